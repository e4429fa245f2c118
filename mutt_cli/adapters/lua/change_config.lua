#!lua flags=allow-oom
-- change_config: set or remove dynamic settings and announce each, in one step. What stands there afterwards is
-- somebody's wish: no longer a default that an alerter wrote by itself. A setting may be meant for a time only; what
-- it then goes back to is what stood there before the first of several such changes.
-- KEYS  1 defaults (hash)  2 returns (hash)  3.. the settings
-- ARGV  1 channel  2 ms for which the values are meant, 0 for good
--       3.. for each setting: its name, '1' to set or '0' to remove, the value, and '' or, where a value for a time is
--       put back, JSON of when it ends (`at`, Unix ms) and what it then goes back to (`former`)
-- Returns for each setting its former wish, nil where there was none, and when that would have gone back to what
-- (JSON), nil where it was for good. Repeated: what the first call set.
local time, wishes = redis.call('TIME'), {}
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 3, #KEYS do
    local first = 3 + (i - 3) * 4
    local name, set, value = ARGV[first], ARGV[first + 1] == '1', ARGV[first + 2]
    local again = ARGV[first + 3] ~= '' and cjson.decode(ARGV[first + 3]) or nil
    local stored, pending = redis.call('GET', KEYS[i]), redis.call('HGET', KEYS[2], name)
    local wish = stored ~= redis.call('HGET', KEYS[1], name) and stored
    local held = pending and cjson.decode(pending)
    if held and held.text ~= stored then held = false end
    wishes[#wishes + 1], wishes[#wishes + 2] = wish, held and pending
    if again and again.at <= now then  -- its time is over by now
        set, value, again = type(again.former) == 'string', again.former, nil
    end
    if set then redis.call('SET', KEYS[i], value) else redis.call('DEL', KEYS[i]) end
    if set and again then
        redis.call('HSET', KEYS[2], name, cjson.encode({at = again.at, text = value, former = again.former or nil}))
    elseif set and tonumber(ARGV[2]) > 0 then
        local former = wish
        if held then former = held.former end
        former = former or nil
        redis.call('HSET', KEYS[2], name, cjson.encode({at = now + ARGV[2], text = value, former = former}))
    else
        redis.call('HDEL', KEYS[2], name)
    end
    redis.call('HDEL', KEYS[1], name)
    if set or stored then redis.call('PUBLISH', ARGV[1], name) end
end
return wishes
