#!lua flags=allow-oom
-- change_config: set or remove dynamic settings and announce each, in one step. What stands there afterwards is
-- somebody's wish: no longer a default that an alerter wrote by itself.
-- KEYS  1 defaults (hash)  2.. the settings
-- ARGV  1 channel  2.. for each setting: its name, '1' to set or '0' to remove, the value
-- Returns the former wish for each setting, nil where there was none. Repeated: what the first call set.
local wishes = {}
for i = 2, #KEYS do
    local at = 2 + (i - 2) * 3
    local name, set, value = ARGV[at], ARGV[at + 1] == '1', ARGV[at + 2]
    local stored = redis.call('GET', KEYS[i])
    wishes[i - 1] = stored ~= redis.call('HGET', KEYS[1], name) and stored
    if set then redis.call('SET', KEYS[i], value) else redis.call('DEL', KEYS[i]) end
    redis.call('HDEL', KEYS[1], name)
    if set or stored then redis.call('PUBLISH', ARGV[1], name) end
end
return wishes
