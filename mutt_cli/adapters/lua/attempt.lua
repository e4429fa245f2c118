#!lua flags=allow-oom
-- attempt: count one more try of each of these, unless one of them has had its tries.
-- KEYS  1.. tries   ARGV  1 most tries  2 s that they count, from the first one on
-- Returns 0 if the try counts, else for how many s there is no other one. Repeated: one more try.
local wait = 0
for i = 1, #KEYS do
    if tonumber(redis.call('GET', KEYS[i]) or 0) >= tonumber(ARGV[1]) then
        wait = math.max(wait, 1, redis.call('TTL', KEYS[i]))
    end
end
if wait > 0 then return wait end
for i = 1, #KEYS do
    if redis.call('INCR', KEYS[i]) == 1 then redis.call('EXPIRE', KEYS[i], ARGV[2]) end
end
return 0
