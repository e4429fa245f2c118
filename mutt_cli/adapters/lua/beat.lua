#!lua flags=allow-oom
-- include lease
-- beat: renew a lease that is still ours, with fresh facts about the worker.
-- KEYS  1 heartbeat  2 workers
-- ARGV  1 token  2 heartbeat value (JSON with the token)  3 lease ms  4 role:pod
-- Returns 'OK' or 'FENCED' (never re-creates a lease that expired)
if not lease_is_ours(KEYS[1], ARGV[1]) then return 'FENCED' end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('HSET', KEYS[2], ARGV[4], ARGV[1])
return 'OK'
