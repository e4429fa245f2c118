#!lua flags=allow-oom
-- include lease, ledger
-- witness (ingestor): publish absolute accepted totals; add refusals to the ledger, once per call id.
-- A total is never lowered: a process that lost a part of its files knows less than it has said.
-- KEYS  1 witness of this process  2 witnesses  3 ledger  4 ledger minutes
-- ARGV  1 id (UUIDv7, grows within a process)  2 name of the process  3 window ms  4 refusals (msgpack: ledger entries)
--       5 the first minute that is kept, '' for no look at old ones  6.. minute, total, minute, total, ...
-- Returns 'OK' or 'ALREADY' (this call was made before; the totals are written all the same)
local now, window = now_ms(), tonumber(ARGV[3])
for i = 6, #ARGV, 2 do
    if tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0') < tonumber(ARGV[i + 1]) then
        redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    end
end
if ARGV[5] ~= '' then
    for _, minute in ipairs(redis.call('HKEYS', KEYS[1])) do
        if minute ~= 'last' and minute < ARGV[5] then redis.call('HDEL', KEYS[1], minute) end
    end
    local known = redis.call('HGETALL', KEYS[2])
    for i = 1, #known, 2 do
        if tonumber(known[i + 1]) < now - window then redis.call('HDEL', KEYS[2], known[i]) end
    end
end
redis.call('HSET', KEYS[2], ARGV[2], string.format('%d', now))
local last = redis.call('HGET', KEYS[1], 'last')
local done = last and ARGV[1] <= last
if not done then
    count(KEYS[3], KEYS[4], cmsgpack.unpack(ARGV[4]))
    redis.call('HSET', KEYS[1], 'last', ARGV[1])
end
redis.call('PEXPIRE', KEYS[1], window)
return done and 'ALREADY' or 'OK'
