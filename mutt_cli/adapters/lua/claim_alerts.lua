#!lua flags=allow-oom
-- include lease, breaker
-- claim_alerts (forwarder): take up to n elements, due retries first, as the breaker and the limiter permit.
-- KEYS  1 heartbeat  2 processing  3 batch  4 queue  5 crash  6 retry  7 rate limiter
--       8 breaker state  9 failures  10 open_time  11 epoch  12 probe  13 trip
-- ARGV  1 token  2 id (UUIDv7)  3 n (free slots)  4 held (elements in hand)  5 permits per window, 0 = no limiter
--       6 window ms  7 open action: dlq | hold  8 breaker timeout ms, 0 = none but a tripped one  9 probe lease ms
-- Returns {'FENCED'}, {'RESYNC', elements in hand} or
--         {'OK', mode, epoch, elements, limited, redis ms}; mode: send | park | probe | wait; limited: 1 if
--         something waits for a permit. `park`: the breaker is open, settle these to the dead-letter queue unsent.
if not lease_is_ours(KEYS[1], ARGV[1]) then return { 'FENCED' } end
local last = redis.call('HGET', KEYS[3], 'last')
local in_hand = redis.call('LRANGE', KEYS[2], 0, -1)
if #in_hand ~= tonumber(ARGV[4]) or (last and ARGV[2] <= last) then return { 'RESYNC', in_hand } end

local now, n = now_ms(), tonumber(ARGV[3])
local keys = {
    state = KEYS[8], failures = KEYS[9], open_time = KEYS[10], epoch = KEYS[11], probe = KEYS[12], trip = KEYS[13],
}
local mode, state = 'send', breaker_state(keys, now, tonumber(ARGV[8]))
if state == 'OPEN' then
    mode = ARGV[7] == 'dlq' and 'park' or 'wait'
elseif state == 'HALF_OPEN' then
    mode = redis.call('EXISTS', keys.probe) == 1 and 'wait' or 'probe'
    n = math.min(n, 1)
end
local epoch = breaker_epoch(keys)
if mode == 'wait' then n = 0 end

local permits, max, window = n, tonumber(ARGV[5]), tonumber(ARGV[6])
local metered = max > 0 and mode ~= 'park' and n > 0
if metered then
    redis.call('ZREMRANGEBYSCORE', KEYS[7], '-inf', now - window)
    redis.call('ZREMRANGEBYSCORE', KEYS[7], now + 1, '+inf')
    permits = math.max(0, max - redis.call('ZCARD', KEYS[7]))
end

local hand, suspects = {}, redis.call('HLEN', KEYS[5]) > 0
for _, element in ipairs(in_hand) do
    hand[element] = true
    if suspects and redis.call('HEXISTS', KEYS[5], redis.sha1hex(element)) == 1 then n = 0 end
end
local taken, alone, limited = {}, false, 0

-- A byte-identical twin of an element in hand waits; a suspect of a crash travels alone. True if `element` may go now.
local function may_take(element)
    if hand[element] or alone or #taken >= n then return false end
    local suspect = suspects and redis.call('HEXISTS', KEYS[5], redis.sha1hex(element)) == 1
    if suspect and (#taken > 0 or #in_hand > 0) then return false end
    if #taken >= permits then limited = 1 return false end
    alone = suspect
    return true
end

local function take(element)
    taken[#taken + 1], hand[element] = element, true
end

if n > 0 then
    for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[6], '-inf', now, 'LIMIT', 0, n + #in_hand)) do
        local element = string.sub(member, string.find(member, '|', 1, true) + 1)
        if may_take(element) then
            redis.call('ZREM', KEYS[6], member)
            take(element)
        end
    end
    local slice = redis.call('LRANGE', KEYS[4], -n, -1)
    for i = #slice, 1, -1 do
        if not may_take(slice[i]) then break end
        take(redis.call('RPOP', KEYS[4]))
    end
end
if #taken > 0 then
    push('LPUSH', KEYS[2], taken)
    if mode == 'probe' then redis.call('SET', keys.probe, ARGV[1], 'PX', ARGV[9]) end
    if metered then
        for i = 1, #taken do redis.call('ZADD', KEYS[7], now, ARGV[2] .. ':' .. i) end
        redis.call('PEXPIRE', KEYS[7], window + 1000)
    end
    redis.call('HSET', KEYS[3], 'last', ARGV[2])
end
return { 'OK', mode, epoch, taken, limited, now }
