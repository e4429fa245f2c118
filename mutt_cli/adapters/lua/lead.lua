#!lua flags=allow-oom
-- include lease
-- lead: take or keep a lease of which there is one (historian, janitor, remediation).
-- KEYS  1 lease   ARGV  1 token  2 ttl ms
-- Returns 1 if the lease is ours now, else 0
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
