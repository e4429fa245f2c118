#!lua flags=allow-oom
-- change_config: set or remove dynamic settings and announce each, in one step. What stands there afterwards is
-- somebody's wish: no longer a default that an alerter wrote by itself. A setting may be meant for a time only; what
-- it then goes back to is what stood there before the first of several such changes.
-- KEYS  1 defaults (hash)  2 returns (hash)  3.. the settings
-- ARGV  1 channel  2 ms for which the values are meant, 0 for good
--       3.. for each setting: its name, '1' to set or '0' to remove, the value
-- Returns the former wish for each setting, nil where there was none. Repeated: what the first call set.
local time, wishes = redis.call('TIME'), {}
local at = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2]
for i = 3, #KEYS do
    local first = 3 + (i - 3) * 3
    local name, set, value = ARGV[first], ARGV[first + 1] == '1', ARGV[first + 2]
    local stored, pending = redis.call('GET', KEYS[i]), redis.call('HGET', KEYS[2], name)
    local wish = stored ~= redis.call('HGET', KEYS[1], name) and stored
    wishes[i - 2] = wish
    pending = pending and cjson.decode(pending)
    if set then redis.call('SET', KEYS[i], value) else redis.call('DEL', KEYS[i]) end
    if set and tonumber(ARGV[2]) > 0 then
        local former = wish
        if pending and pending.text == stored then former = pending.former end
        redis.call('HSET', KEYS[2], name, cjson.encode({at = at, text = value, former = former}))
    else
        redis.call('HDEL', KEYS[2], name)
    end
    redis.call('HDEL', KEYS[1], name)
    if set or stored then redis.call('PUBLISH', ARGV[1], name) end
end
return wishes
