#!lua flags=allow-oom
-- swap: what a restore has filled takes the place of what is there, all of it in one step.
-- KEYS  1..n what goes; then, for each key that was filled, its name now and the name it gets
-- ARGV  1 n
-- Returns how many took their place. One whose own time ended meanwhile does not.
local gone = tonumber(ARGV[1])
for i = 1, gone do redis.call('UNLINK', KEYS[i]) end
local placed = 0
for i = gone + 1, #KEYS, 2 do
    if redis.call('EXISTS', KEYS[i]) == 1 then
        redis.call('RENAME', KEYS[i], KEYS[i + 1])
        placed = placed + 1
    end
end
return placed
