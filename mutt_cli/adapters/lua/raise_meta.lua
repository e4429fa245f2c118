#!lua flags=allow-oom
-- include lease, ledger, unhandled
-- raise_meta: one meta-alert for a kind of unmatched events that reached the threshold, once while its key lives.
-- KEYS  1 kind  2 alert queue  3 journal  4 ledger  5 ledger minutes
-- ARGV  1 threshold  2 uid  3 now (RFC 3339)  4 alert  5 ledger (msgpack list)  6 journal (packed records)
-- Returns 'OK' or 'DONE' (raised before, below the threshold, or gone)
local known = read_kind(KEYS[1])
if not known or known.count < tonumber(ARGV[1]) or (known.triggered or '') ~= '' then return 'DONE' end
known.triggered = ARGV[3]
local value = cjson.encode(known)
redis.call('LPUSH', KEYS[2], ARGV[4])
redis.call('SET', KEYS[1], value, 'KEEPTTL')
count(KEYS[4], KEYS[5], cmsgpack.unpack(ARGV[5]))
record(KEYS[3], ARGV[2], now_ms(), ARGV[6])
return 'OK'
