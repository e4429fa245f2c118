#!lua flags=allow-oom
-- include lease
-- claim_batch (alerter): take up to n of the oldest elements into the processing list, or return what is held already.
-- KEYS  1 heartbeat  2 processing  3 batch  4 queue  5 crash  6 alert queue (only its length is read)
-- ARGV  1 token  2 id (UUIDv7, grows within a process)  3 n  4 max bytes
-- Returns {'FENCED'}, {'STALE'}, {'EMPTY'}, or
--         {'HELD'|'OK', batch id, elements newest first, redis ms, length of the queue now, of the alert queue}
if not lease_is_ours(KEYS[1], ARGV[1]) then return { 'FENCED' } end
local function answer(word, id, elements)
    return { word, id, elements, now_ms(), redis.call('LLEN', KEYS[4]), redis.call('LLEN', KEYS[6]) }
end

local current = redis.call('HGET', KEYS[3], 'batch')
if redis.call('LLEN', KEYS[2]) > 0 then
    -- Something put here by hand has no batch, or a finished one: it becomes this one.
    if not current or current == redis.call('HGET', KEYS[3], 'done') then
        current = ARGV[2]
        redis.call('HSET', KEYS[3], 'batch', current)
    end
    return answer('HELD', current, redis.call('LRANGE', KEYS[2], 0, -1))
end
if current and ARGV[2] <= current then return { 'STALE' } end
local n, max_bytes = tonumber(ARGV[3]), tonumber(ARGV[4])
local suspects = redis.call('HLEN', KEYS[5]) > 0
local taken, bytes, stop = {}, 0, false
while #taken < n and not stop do
    local want = math.min(50, n - #taken)
    local slice = redis.call('LRANGE', KEYS[4], -want, -1)
    local used = 0
    for i = #slice, 1, -1 do
        local element = slice[i]
        -- Suspects of a crash go one at a time, so that only the true poison reaches the third crash.
        local suspect = suspects and redis.call('HEXISTS', KEYS[5], redis.sha1hex(element)) == 1
        if #taken > 0 and (suspect or bytes + #element > max_bytes) then stop = true break end
        taken[#taken + 1], bytes, used = element, bytes + #element, used + 1
        if suspect then stop = true break end
    end
    if used > 0 then redis.call('LTRIM', KEYS[4], 0, -used - 1) end  -- RPOP would hand them over a second time
    if #slice < want then stop = true end
end
if #taken == 0 then return { 'EMPTY' } end
push('LPUSH', KEYS[2], taken)
redis.call('HSET', KEYS[3], 'batch', ARGV[2])
local newest_first = {}  -- as LRANGE would give them, without reading again what is here
for i = #taken, 1, -1 do newest_first[#newest_first + 1] = taken[i] end
return answer('OK', ARGV[2], newest_first)
