#!lua flags=allow-oom
-- include lease, ledger
-- finish_batch (alerter): write every outcome of a batch and clear it, or write nothing.
-- KEYS  1 heartbeat  2 processing  3 batch  4 crash  5 journal  6 ledger  7 ledger minutes  8.. named by the plan
-- ARGV  1 token  2 batch id  3 n (length of the batch)  4 plan (msgpack):
--       pushes  = { {key index, {element, ...}}, ... }      LPUSH, oldest first
--       marks   = { {key index, 'new', old id or '', id, at ms, until ms, ttl ms}, {key index, 'more', id, n}, ... }
--       ledger  = { {minute, source, counter, delta}, ... }
--       journal = packed records
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
            'until', string.format('%d', mark[6]), 'n', 0)
        redis.call('PEXPIRE', key, mark[7])
    else
        redis.call('HINCRBY', key, 'n', mark[4])
    end
end
for _, to in ipairs(plan.pushes) do push('LPUSH', KEYS[to[1]], to[2]) end
count(KEYS[6], KEYS[7], plan.ledger)
record(KEYS[5], ARGV[2], now_ms(), plan.journal)
if redis.call('HLEN', KEYS[4]) > 0 then
    for _, element in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
        redis.call('HDEL', KEYS[4], redis.sha1hex(element))
    end
end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[3], 'done', ARGV[2])
return { 'OK' }
