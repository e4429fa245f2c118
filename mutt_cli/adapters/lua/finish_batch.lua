#!lua flags=allow-oom
-- include lease, ledger
-- finish_batch (alerter): write every outcome of a batch and clear it, or write nothing.
-- KEYS  1 heartbeat  2 processing  3 batch  4 crash  5 journal  6 ledger  7 ledger minutes  8.. named by the plan
-- ARGV  1 token  2 batch id  3 n (length of the batch)  4 plan (msgpack, text and numbers only: cmsgpack knows no bin)
--       pushes  = { {key index, how many elements}, ... }   LPUSH, elements follow in this order from ARGV 6
--       marks   = { {key index, 'new', old id or '', id, at ms, until ms, ttl ms, n}, {key index, 'more', id, n}, ... }
--       ledger  = { {minute, source, counter, delta}, ... }
--       5 journal (packed records)  6.. elements, oldest first
-- Returns {'OK'}, {'ALREADY'}, {'CHANGED'}, {'FENCED'} or {'CONFLICT', {index of each mark that moved, from 0}}
if not lease_is_ours(KEYS[1], ARGV[1]) then return { 'FENCED' } end
if redis.call('HGET', KEYS[3], 'done') == ARGV[2] then return { 'ALREADY' } end
if redis.call('HGET', KEYS[3], 'batch') ~= ARGV[2] or redis.call('LLEN', KEYS[2]) ~= tonumber(ARGV[3]) then
    return { 'CHANGED' }
end
local plan = cmsgpack.unpack(ARGV[4])
local conflicts = {}
for index, mark in ipairs(plan.marks) do
    local id = redis.call('HGET', KEYS[mark[1]], 'id') or ''
    if id ~= mark[3] then conflicts[#conflicts + 1] = index - 1 end
end
if #conflicts > 0 then return { 'CONFLICT', conflicts } end

for _, mark in ipairs(plan.marks) do
    local key = KEYS[mark[1]]
    if mark[2] == 'new' then
        redis.call('HSET', key, 'id', mark[4], 'at', string.format('%d', mark[5]),
            'until', string.format('%d', mark[6]), 'n', mark[8])
        redis.call('PEXPIRE', key, mark[7])
    else
        redis.call('HINCRBY', key, 'n', mark[4])
    end
end
local next_element = 6
for _, to in ipairs(plan.pushes) do
    push('LPUSH', KEYS[to[1]], ARGV, next_element, next_element + to[2] - 1)
    next_element = next_element + to[2]
end
count(KEYS[6], KEYS[7], plan.ledger)
record(KEYS[5], ARGV[2], now_ms(), ARGV[5])
if redis.call('HLEN', KEYS[4]) > 0 then
    for _, element in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
        redis.call('HDEL', KEYS[4], redis.sha1hex(element))
    end
end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[3], 'done', ARGV[2])
return { 'OK' }
