-- fragment lease: shared by every script that acts for a worker.

-- Redis time in Unix milliseconds: the one clock of the protocol.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- The token inside a heartbeat value (compact JSON), or nil.
local function token_of(value)
    return value and string.match(value, '"token":"(%x+)"')
end

-- Lease ours = the heartbeat key holds our token.
local function lease_is_ours(heartbeat, token)
    return token_of(redis.call('GET', heartbeat)) == token
end

-- push(command, key, elements, first, last): variadic LPUSH or RPUSH in chunks below Lua's unpack limit.
local function push(command, key, elements, first, last)
    last = last or #elements
    for from = first or 1, last, 1000 do
        redis.call(command, key, unpack(elements, from, math.min(from + 999, last)))
    end
end
