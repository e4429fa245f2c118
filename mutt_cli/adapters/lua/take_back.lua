#!lua flags=allow-oom
-- take_back: a try of each of these was none that failed. What has ended since stays ended.
-- KEYS  1.. tries
-- Returns 'OK'. Repeated: one try less.
for i = 1, #KEYS do
    if tonumber(redis.call('GET', KEYS[i]) or 0) > 0 then redis.call('DECR', KEYS[i]) end
end
return 'OK'
