#!lua flags=allow-oom
-- include lease, breaker
-- set_breaker: a person trips the breaker, closes it, or puts it back as it was.
-- KEYS  1 state  2 failures  3 open_time  4 epoch  5 probe  6 trip
-- ARGV  1 OPEN | CLOSED | HALF_OPEN  2 JSON of the trip, '' for none
--       3 ms for which it holds, 0 where the trip has its own end or none
--       4 what has to be there: the operation whose trip it is, '-' = no trip, '*' = whatever there is
--       5 failures in a row, 6 since when it is open, both '' unless it is put back
-- Returns {'SET' | 'OTHER', former state, failures, open_time, trip or nil}; 'OTHER': nothing was changed.
local keys = {
    state = KEYS[1], failures = KEYS[2], open_time = KEYS[3], epoch = KEYS[4], probe = KEYS[5], trip = KEYS[6],
}
local now, lasts = now_ms(), tonumber(ARGV[3])
local state, text = redis.call('GET', KEYS[1]) or 'CLOSED', redis.call('GET', KEYS[6])
local former = {
    'SET', state, redis.call('GET', KEYS[2]) or '0', redis.call('GET', KEYS[3]) or '0', text,
}
local holder = '-'
if text and state == 'OPEN' then
    local ok, trip = pcall(cjson.decode, text)
    holder = ok and type(trip) == 'table' and tostring(trip['operation'] or '') or ''
end
if ARGV[4] ~= '*' and ARGV[4] ~= holder then
    former[1] = 'OTHER'
    return former
end
redis.call('DEL', KEYS[6])
breaker_change(keys, ARGV[1], now)
if ARGV[5] ~= '' then redis.call('SET', KEYS[2], ARGV[5]) end
if ARGV[6] ~= '' and ARGV[6] ~= '0' then redis.call('SET', KEYS[3], ARGV[6]) end
if ARGV[2] ~= '' then
    local trip = cjson.decode(ARGV[2])
    if trip['since'] <= 0 then trip['since'] = now end
    if lasts > 0 then trip['until'] = now + lasts end
    if trip['until'] <= 0 or trip['until'] > now then redis.call('SET', KEYS[6], cjson.encode(trip)) end
end
return former
