-- fragment breaker: the shared circuit breaker. keys: state, failures, open_time, epoch, probe, trip. Needs lease.
-- Every change of state raises the epoch; results of an older epoch do not move the breaker any more.

local function breaker_epoch(keys)
    return tonumber(redis.call('GET', keys.epoch) or '0')
end

local function breaker_change(keys, state, now)
    redis.call('SET', keys.state, state)
    redis.call('INCR', keys.epoch)
    redis.call('DEL', keys.probe)
    if state == 'OPEN' then redis.call('SET', keys.open_time, string.format('%d', now)) end
    if state == 'CLOSED' then redis.call('SET', keys.failures, '0') end
end

-- What a person's trip means now: 'holds', 'over' (its time has passed) or 'none'. Whoever sets the state by hand, or
-- removes it, ends the trip.
local function breaker_trip(keys, state, now)
    local text = redis.call('GET', keys.trip)
    if not text then return 'none' end
    local ok, trip = pcall(cjson.decode, text)
    local ends = ok and type(trip) == 'table' and tonumber(trip['until'] or 0) or 0
    if state == 'OPEN' and (ends <= 0 or now < ends) then return 'holds' end
    redis.call('DEL', keys.trip)
    return state == 'OPEN' and 'over' or 'none'
end

-- The state now: an OPEN breaker whose time is over becomes HALF_OPEN. With timeout 0 there is no breaker but the one
-- that a person tripped.
local function breaker_state(keys, now, timeout)
    local state = redis.call('GET', keys.state) or 'CLOSED'
    local trip = breaker_trip(keys, state, now)
    if trip == 'holds' then return 'OPEN' end
    if timeout == 0 then
        if trip == 'over' then breaker_change(keys, 'CLOSED', now) end
        return 'CLOSED'
    end
    if state ~= 'OPEN' then return state end
    local age = now - tonumber(redis.call('GET', keys.open_time) or '0')
    -- It opened in the future where the clock has stepped back since: it would stay open for as long as that was.
    if trip == 'over' or age >= timeout or age < 0 then
        breaker_change(keys, 'HALF_OPEN', now)
        state = 'HALF_OPEN'
    end
    return state
end

-- breaker_result(keys, now, epoch, class, threshold): class 'success', 'failure' or 'none'.
local function breaker_result(keys, now, epoch, class, threshold)
    if epoch ~= breaker_epoch(keys) then return end
    local state = redis.call('GET', keys.state) or 'CLOSED'
    if class == 'none' then
        -- A probe that proved nothing (429, sent back) lets the next one try.
        if state == 'HALF_OPEN' then redis.call('DEL', keys.probe) end
        return
    end
    if class == 'success' then
        if state == 'HALF_OPEN' then breaker_change(keys, 'CLOSED', now) else redis.call('SET', keys.failures, '0') end
    elseif state == 'HALF_OPEN' then
        breaker_change(keys, 'OPEN', now)
    elseif state == 'CLOSED' and redis.call('INCR', keys.failures) >= threshold then
        breaker_change(keys, 'OPEN', now)
    end
end
