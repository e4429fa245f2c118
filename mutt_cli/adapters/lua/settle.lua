#!lua flags=allow-oom
-- include lease, ledger, breaker
-- settle (forwarder): end one element in hand: delivered, waiting for a retry, dead-lettered, or back in its queue.
-- A drill's canary ends without being sent: suppressed. It goes nowhere, as what was delivered.
-- KEYS  1 heartbeat  2 processing  3 batch  4 crash  5 journal  6 ledger  7 ledger minutes  8 retry
--       9 target list (dead-letter queue, or the queue for `back`)
--       10 breaker state  11 failures  12 open_time  13 epoch  14 probe  15 trip  16 last error
-- ARGV  1 token  2 id (UUIDv7)  3 element, byte for byte  4 outcome: delivered | suppressed | retry | dlq | back
--       5 new element (retry, dlq, back)  6 due ms (retry)  7 ledger (msgpack list)  8 journal (packed records)
--       9 breaker epoch  10 breaker class: success | failure | none  11 breaker threshold, 0 = no breaker
--       12 JSON of what failed ('' unless the class is failure)
-- Returns 'OK', 'ALREADY' (this id, or the element is not in hand), 'STALE' (use a new id) or 'FENCED'
if not lease_is_ours(KEYS[1], ARGV[1]) then return 'FENCED' end
local last = redis.call('HGET', KEYS[3], 'last')
if last == ARGV[2] then return 'ALREADY' end
if last and ARGV[2] < last then return 'STALE' end
if redis.call('LREM', KEYS[2], 1, ARGV[3]) == 0 then return 'ALREADY' end

local now, outcome = now_ms(), ARGV[4]
if outcome == 'retry' then
    redis.call('ZADD', KEYS[8], ARGV[6], ARGV[2] .. '|' .. ARGV[5])
elseif outcome == 'dlq' then
    redis.call('LPUSH', KEYS[9], ARGV[5])
elseif outcome == 'back' then
    redis.call('RPUSH', KEYS[9], ARGV[5])
end
redis.call('HDEL', KEYS[4], redis.sha1hex(ARGV[3]))
count(KEYS[6], KEYS[7], cmsgpack.unpack(ARGV[7]))
record(KEYS[5], ARGV[2], now, ARGV[8])
if ARGV[12] ~= '' then redis.call('SET', KEYS[16], ARGV[12]) end
local threshold = tonumber(ARGV[11])
if threshold > 0 then
    local keys = {
        state = KEYS[10], failures = KEYS[11], open_time = KEYS[12], epoch = KEYS[13], probe = KEYS[14], trip = KEYS[15],
    }
    breaker_result(keys, now, tonumber(ARGV[9]), ARGV[10], threshold)
end
redis.call('HSET', KEYS[3], 'last', ARGV[2])
return 'OK'
