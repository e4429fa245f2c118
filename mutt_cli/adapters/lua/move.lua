#!lua flags=allow-oom
-- include lease, ledger
-- move: one slice of a bulk move, at most 100 of the oldest elements, each with its own decision.
-- KEYS  1 operations  2 from  3 journal  4 ledger  5 ledger minutes  6.. targets named by the plan
-- ARGV  1 operation id  2 slice number, from 1  3 uid  4 plan (msgpack):
--       items   = { {sha1 of the element, target key index, 0 = stays or -1 = removed, ARGV index of its new form or 0} }
--                 oldest first
--       ledger  = { {minute, source, counter, delta}, ... }
--       5 journal (packed records)  6.. new forms
-- What stays goes to the left end, so that the next slice meets new elements.
-- Returns {'OK', length of `from`}, {'ALREADY'} (this slice is done) or {'CHANGED'} (somebody took from the right end)
-- An error half way would leave what was written until then: look for keys of a wrong type before writing anything.
local kinds = { 'hash', 'list', 'stream', 'hash', 'hash' }
for i, key in ipairs(KEYS) do
    local kind = redis.call('TYPE', key).ok
    if kind ~= 'none' and kind ~= (kinds[i] or 'list') then
        return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. kind .. '; nothing was moved')
    end
end

local last = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
if tonumber(ARGV[2]) <= last then return { 'ALREADY' } end
local plan = cmsgpack.unpack(ARGV[4])
local size = #plan.items
local slice = redis.call('LRANGE', KEYS[2], -size, -1)
if #slice ~= size then return { 'CHANGED' } end
for i, item in ipairs(plan.items) do
    if redis.sha1hex(slice[size - i + 1]) ~= item[1] then return { 'CHANGED' } end
end
redis.call('RPOP', KEYS[2], size)
for i, item in ipairs(plan.items) do
    local element = slice[size - i + 1]
    if item[2] == 0 then
        redis.call('LPUSH', KEYS[2], element)
    elseif item[2] > 0 then
        redis.call('LPUSH', KEYS[item[2]], item[3] > 0 and ARGV[item[3]] or element)
    end
end
count(KEYS[4], KEYS[5], plan.ledger)
record(KEYS[3], ARGV[3], now_ms(), ARGV[5])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return { 'OK', redis.call('LLEN', KEYS[2]) }
