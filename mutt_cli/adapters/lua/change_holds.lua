#!lua flags=allow-oom
-- include lease
-- change_holds: a person switches something off, or on again. What is over by now is forgotten on the way.
-- KEYS  1 holds (hash: what is held to JSON)
-- ARGV  1 ms for which it holds, 0 until it is lifted  2 operation whose holds alone are lifted, '' = any
--       3.. for each: its name, the JSON of the hold ('' to lift it)
-- Returns the former JSON of each, nil where nothing was held.
local now, lasts, former = now_ms(), tonumber(ARGV[1]), {}
local function told(text)
    local ok, hold = pcall(cjson.decode, text)
    return ok and type(hold) == 'table' and hold or {}
end
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
    local ends = tonumber(told(all[i + 1])['until'] or 0) or 0
    if ends > 0 and ends <= now then redis.call('HDEL', KEYS[1], all[i]) end
end
for i = 3, #ARGV, 2 do
    local name, text = ARGV[i], ARGV[i + 1]
    local stored = redis.call('HGET', KEYS[1], name)
    former[#former + 1] = stored
    if text ~= '' then
        local hold = cjson.decode(text)
        hold['since'] = now
        hold['until'] = lasts > 0 and now + lasts or 0
        redis.call('HSET', KEYS[1], name, cjson.encode(hold))
    elseif stored and (ARGV[2] == '' or told(stored)['operation'] == ARGV[2]) then
        redis.call('HDEL', KEYS[1], name)
    end
end
return former
