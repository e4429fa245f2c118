-- fragment unhandled: counts of events that no rule matched, one JSON value per kind. Needs lease.
--
-- Whatever a hand has put under these keys, counting must not stop an event: callers wrap it in pcall.

local LAST_IDS = 5

-- The value of a kind, or nil if there is none that can be read.
local function read_kind(key)
    local text = redis.pcall('GET', key)
    if type(text) ~= 'string' then return nil end
    local ok, value = pcall(cjson.decode, text)
    local whole = ok and type(value) == 'table' and tonumber(value.count) and type(value.correlation_ids) == 'table'
    return whole and value or nil
end

-- count_kind(index, key, other, fresh, ttl, cap): add the counts of one batch. A kind lives from its first event for
-- `ttl` ms; `index` knows when each one ends, so that no more than `cap` are kept: what is new beyond that is counted
-- under `other`.
local function count_kind(index, key, other, fresh, ttl, cap)
    local now = now_ms()
    redis.pcall('ZREMRANGEBYSCORE', index, '-inf', now)
    local known, kept = read_kind(key), redis.pcall('ZCARD', index)
    if not known and type(kept) == 'number' and kept >= cap then
        key = other
        known = read_kind(key)
    end
    local add = cjson.decode(fresh)
    if not known then
        redis.call('SET', key, fresh, 'PX', ttl)
        redis.pcall('ZADD', index, now + ttl, key)
        return
    end
    known.count = known.count + add.count
    for _, id in ipairs(add.correlation_ids) do table.insert(known.correlation_ids, id) end
    while #known.correlation_ids > LAST_IDS do table.remove(known.correlation_ids, 1) end
    for _, name in ipairs({ 'correlation_id', 'last_seen', 'hostname', 'message' }) do known[name] = add[name] end
    redis.call('SET', key, cjson.encode(known), 'KEEPTTL')
    if redis.call('PTTL', key) < 0 then redis.call('PEXPIRE', key, ttl) end
end
