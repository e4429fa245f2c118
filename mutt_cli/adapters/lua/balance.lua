#!lua flags=no-writes,allow-oom
-- include lease
-- balance: counters and lengths at one instant.
-- KEYS  1 ledger  2 retry (sorted set)  3.. lists
-- Returns {redis ms, {counter, value, ...}, retry length, {length of each list in order}}
local lengths = {}
for i = 3, #KEYS do lengths[i - 2] = redis.call('LLEN', KEYS[i]) end
return { now_ms(), redis.call('HGETALL', KEYS[1]), redis.call('ZCARD', KEYS[2]), lengths }
