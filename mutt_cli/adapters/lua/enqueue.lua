#!lua
-- include lease, ledger
-- enqueue (ingestor): accept a whole request or refuse it. The only script without allow-oom: a full Redis refuses
-- new events, and everything that drains it goes on.
-- KEYS  1 queue  2 ledger  3 ledger minutes  4 quarantine  5 rate limiter  6 idempotency key (or the queue again)
-- ARGV  1 cap  2 plan (msgpack): ledger, quarantined (how many of the elements go to quarantine: the last ones),
--         quarantine_cap, rate = {max, window ms, member} or false, idempotency_ttl ms or 0
--       3 answer to remember under the idempotency key  4.. elements, oldest first
-- Returns {'OK', depth}, {'QUEUE_FULL', depth}, {'RATE_LIMIT', ms until a slot is free} or {'REPEAT', stored value}
local plan = cmsgpack.unpack(ARGV[2])
if plan.idempotency_ttl > 0 then
    local known = redis.call('GET', KEYS[6])
    if known then return { 'REPEAT', known } end
end
local now = now_ms()
if plan.rate then
    local max, window = plan.rate[1], plan.rate[2]
    redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', now - window)
    redis.call('ZREMRANGEBYSCORE', KEYS[5], now + 1, '+inf')  -- stamps from the future: the server's clock stepped back
    if redis.call('ZCARD', KEYS[5]) >= max then
        local oldest = redis.call('ZRANGE', KEYS[5], 0, 0, 'WITHSCORES')
        return { 'RATE_LIMIT', oldest[2] and math.max(1, tonumber(oldest[2]) + window - now) or window }
    end
end
local depth, last_good = redis.call('LLEN', KEYS[1]), #ARGV - plan.quarantined
local size = last_good - 3
if size > 0 and depth + size > tonumber(ARGV[1]) then return { 'QUEUE_FULL', depth } end
if plan.rate then
    redis.call('ZADD', KEYS[5], now, plan.rate[3])
    redis.call('PEXPIRE', KEYS[5], plan.rate[2] + 1000)
end
push('LPUSH', KEYS[1], ARGV, 4, last_good)
if plan.quarantined > 0 and plan.quarantine_cap > 0 then
    push('LPUSH', KEYS[4], ARGV, last_good + 1, #ARGV)
    redis.call('LTRIM', KEYS[4], 0, plan.quarantine_cap - 1)
end
count(KEYS[2], KEYS[3], plan.ledger)
if plan.idempotency_ttl > 0 then redis.call('SET', KEYS[6], ARGV[3], 'PX', plan.idempotency_ttl) end
return { 'OK', depth + size }
