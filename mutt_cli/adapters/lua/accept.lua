#!lua flags=allow-oom
-- include lease, ledger
-- accept: an operator accepts what the ledger cannot explain; the correction and its ids are written together.
-- KEYS  1 ledger  2 ledger minutes  3 journal
-- ARGV  1 uid  2 the value of `accounted` that the decision was made on  3 ledger (msgpack list)
--       4 journal (packed records)
-- Returns 'OK' or 'CHANGED' (somebody accepted in between, perhaps an earlier copy of this call)
if (redis.call('HGET', KEYS[1], 'accounted') or '0') ~= ARGV[2] then return 'CHANGED' end
count(KEYS[1], KEYS[2], cmsgpack.unpack(ARGV[3]))
record(KEYS[3], ARGV[1], now_ms(), ARGV[4])
return 'OK'
