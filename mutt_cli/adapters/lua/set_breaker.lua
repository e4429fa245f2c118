#!lua flags=allow-oom
-- include lease, breaker
-- set_breaker: a person trips the breaker, or closes it.
-- KEYS  1 state  2 failures  3 open_time  4 epoch  5 probe  6 trip
-- ARGV  1 OPEN | CLOSED  2 JSON of the trip ('' for CLOSED)  3 ms for which it holds, 0 until it is reset
--       4 operation whose trip alone is closed, '' = whatever there is
-- Returns {'SET', former state, former trip or nil} or {'OTHER', state, trip or nil}: not the trip that was meant.
local keys = {
    state = KEYS[1], failures = KEYS[2], open_time = KEYS[3], epoch = KEYS[4], probe = KEYS[5], trip = KEYS[6],
}
local now, state, text = now_ms(), redis.call('GET', KEYS[1]) or 'CLOSED', redis.call('GET', KEYS[6])
if ARGV[4] ~= '' then
    local ok, trip = pcall(cjson.decode, text or '')
    if not (ok and type(trip) == 'table' and trip['operation'] == ARGV[4]) then return { 'OTHER', state, text } end
end
redis.call('DEL', KEYS[6])
breaker_change(keys, ARGV[1], now)
if ARGV[1] == 'OPEN' then
    local trip, lasts = cjson.decode(ARGV[2]), tonumber(ARGV[3])
    trip['since'] = now
    trip['until'] = lasts > 0 and now + lasts or 0
    redis.call('SET', KEYS[6], cjson.encode(trip))
end
return { 'SET', state, text }
