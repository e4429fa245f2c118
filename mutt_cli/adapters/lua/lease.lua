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

-- push(command, key, elements): variadic LPUSH or RPUSH in chunks below Lua's unpack limit.
local function push(command, key, elements)
    for first = 1, #elements, 1000 do
        redis.call(command, key, unpack(elements, first, math.min(first + 999, #elements)))
    end
end
