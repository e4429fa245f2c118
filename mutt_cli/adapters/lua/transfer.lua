#!lua flags=allow-oom
-- include lease, ledger
-- transfer: one slice of a bulk operation by hand: elements picked from anywhere in a queue go to other lists or away.
-- What is not picked keeps its place and its order.
-- KEYS  1 operations  2 from (list or sorted set)  3 journal  4 ledger  5 ledger minutes  6.. targets named by the plan
-- ARGV  1 operation id  2 slice number, from 1  3 uid  4 plan (msgpack):
--       picks  = { {place from the right end, 0 = oldest; of a sorted set the ARGV index of the member,
--                   sha1 of the element or member, target key index or -1 = removed, ARGV index of its new form or 0} }
--                oldest first
--       ledger = { {minute, source, counter, delta}, ... }
--       5 journal (packed records)  6.. members and new forms
-- Returns {'OK', length of `from`}, {'ALREADY'} (this slice is done) or {'CHANGED'} (somebody took from the queue)
-- An error half way would leave what was written until then: look for keys of a wrong type before writing anything.
local kinds = { 'hash', 'any', 'stream', 'hash', 'hash' }
local from = redis.call('TYPE', KEYS[2]).ok
for i, key in ipairs(KEYS) do
    local kind = redis.call('TYPE', key).ok
    local wanted = kinds[i] or 'list'
    if kind ~= 'none' and kind ~= wanted and not (wanted == 'any' and (kind == 'list' or kind == 'zset')) then
        return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. kind .. '; nothing was moved')
    end
end

local plan = cmsgpack.unpack(ARGV[4])
if #plan.picks == 0 then return redis.error_reply('nothing is picked') end
local last = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
if tonumber(ARGV[2]) <= last then return { 'ALREADY' } end
local elements = {}
for i, pick in ipairs(plan.picks) do
    local element
    if from == 'zset' then
        element = ARGV[pick[1]]
        if not redis.call('ZSCORE', KEYS[2], element) then return { 'CHANGED' } end
    else
        element = redis.call('LINDEX', KEYS[2], -1 - pick[1])
        if not element or redis.sha1hex(element) ~= pick[2] then return { 'CHANGED' } end
    end
    elements[i] = element
end

if from == 'zset' then
    for i, element in ipairs(elements) do
        redis.call('ZREM', KEYS[2], element)
        elements[i] = string.sub(element, (string.find(element, '|', 1, true) or 0) + 1)
    end
elseif #plan.picks > 0 and plan.picks[#plan.picks][1] == #plan.picks - 1 then
    redis.call('RPOP', KEYS[2], #plan.picks)
else
    -- Marked and then removed from the right end on: LREM looks no further than the last of them.
    local mark = '\0mutt transfer ' .. ARGV[1] .. ' ' .. ARGV[3]
    for _, pick in ipairs(plan.picks) do
        redis.call('LSET', KEYS[2], -1 - pick[1], mark)
    end
    redis.call('LREM', KEYS[2], -#plan.picks, mark)
end
for i, pick in ipairs(plan.picks) do
    if pick[3] > 0 then
        redis.call('LPUSH', KEYS[pick[3]], pick[4] > 0 and ARGV[pick[4]] or elements[i])
    end
end
count(KEYS[4], KEYS[5], plan.ledger)
record(KEYS[3], ARGV[3], now_ms(), ARGV[5])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return { 'OK', redis.call(from == 'zset' and 'ZCARD' or 'LLEN', KEYS[2]) }
