-- fragment unhandled: reading the counts of one kind of events that no rule matched.

-- The value of a kind, or nil if there is none that can be read.
local function read_kind(key)
    local text = redis.pcall('GET', key)
    if type(text) ~= 'string' then return nil end
    local ok, value = pcall(cjson.decode, text)
    local whole = ok and type(value) == 'table' and tonumber(value.count) and type(value.correlation_ids) == 'table'
    return whole and value or nil
end
