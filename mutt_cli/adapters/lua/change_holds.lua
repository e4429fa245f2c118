#!lua flags=allow-oom
-- include lease
-- change_holds: a person switches something off, or on again: all of it or, where somebody else was there first, none.
-- What is over by now is forgotten on the way.
-- KEYS  1 holds (hash: what is held to JSON)
-- ARGV  1 ms for which they hold, 0 where the hold has its own end or none
--       2.. for each: its name, the JSON of the hold ('' to lift it), what has to be there: the operation that holds it
--       ('' = it was written by hand), '-' = nothing holds it, '*' = whatever there is
-- Returns {'SET', the former JSON of each or nil} or {'OTHER', name, its JSON or nil}: not what was expected.
local now, lasts = now_ms(), tonumber(ARGV[1])
local function told(text)
    local ok, hold = pcall(cjson.decode, text)
    return ok and type(hold) == 'table' and hold or {}
end
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
    local ends = tonumber(told(all[i + 1])['until'] or 0) or 0
    if ends > 0 and ends <= now then redis.call('HDEL', KEYS[1], all[i]) end
end
local former = { 'SET' }
for i = 2, #ARGV, 3 do
    local stored, expected = redis.call('HGET', KEYS[1], ARGV[i]), ARGV[i + 2]
    local holder = stored and tostring(told(stored)['operation'] or '') or '-'
    if expected ~= '*' and expected ~= holder then return { 'OTHER', ARGV[i], stored } end
    former[#former + 1] = stored
end
for i = 2, #ARGV, 3 do
    local name, text = ARGV[i], ARGV[i + 1]
    local hold = text ~= '' and cjson.decode(text) or nil
    if hold then
        if hold['since'] <= 0 then hold['since'] = now end
        if lasts > 0 then hold['until'] = now + lasts end
    end
    -- One that is put back may have ended meanwhile.
    if hold and (hold['until'] <= 0 or hold['until'] > now) then
        redis.call('HSET', KEYS[1], name, cjson.encode(hold))
    else
        redis.call('HDEL', KEYS[1], name)
    end
end
return former
