#!lua flags=allow-oom
-- include lease, ledger, give_back
-- leave: the clean stop. Return what is in hand without counting crashes, drop the lease, remember that we left.
-- KEYS  1 heartbeat  2 processing  3 batch  4 queue  5 workers
-- ARGV  1 token  2 role:pod
-- Returns {'OK', returned} or {'FENCED'}
if not lease_is_ours(KEYS[1], ARGV[1]) then return { 'FENCED' } end
local returned = give_back({ processing = KEYS[2], queue = KEYS[4] }, { crashes = false })
redis.call('DEL', KEYS[1])
redis.call('HDEL', KEYS[5], ARGV[2])
redis.call('DEL', KEYS[3])
redis.call('HSET', KEYS[3], 'left', '1')
return { 'OK', returned }
