#!lua flags=allow-oom
-- include lease, ledger
-- accept: an operator accepts what the ledger cannot explain; the correction and its ids are written together.
-- KEYS  1 ledger  2 ledger minutes  3 journal  4 operations
-- ARGV  1 uid  2 the value of `accounted` that the decision was made on  3 ledger (msgpack list)
--       4 journal (packed records)  5 uid of the last correction that was seen, '' for none
--       6 operation id, '' for none: it has its one slice from now on
-- Returns 'OK' or 'CHANGED' (somebody accepted or repaired in between, perhaps an earlier copy of this call)
if (redis.call('HGET', KEYS[1], 'accounted') or '0') ~= ARGV[2] then return 'CHANGED' end
if (redis.call('HGET', KEYS[4], 'reconcile') or '') ~= ARGV[5] then return 'CHANGED' end
count(KEYS[1], KEYS[2], cmsgpack.unpack(ARGV[3]))
record(KEYS[3], ARGV[1], now_ms(), ARGV[4])
redis.call('HSET', KEYS[4], 'reconcile', ARGV[1])
if ARGV[6] ~= '' then redis.call('HSET', KEYS[4], ARGV[6], 1) end
return 'OK'
