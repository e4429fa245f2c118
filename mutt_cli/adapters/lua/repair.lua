#!lua
-- include lease, ledger
-- repair: one slice of what an operator puts right in the ledger: lost events go into the ingest queue again, and what
-- the ledger did not know is counted. Not while somebody else corrected something since it was looked at.
-- KEYS  1 operations  2 ingest queue  3 journal  4 ledger  5 ledger minutes
-- ARGV  1 operation id  2 slice number, from 1  3 uid  4 uid of the last correction that was seen, '' for none
--       5 ledger entries (msgpack)  6 journal (packed records)  7.. elements, those that leave first first
-- Returns 'OK', 'ALREADY' (this slice is done) or 'CHANGED' (somebody accepted or repaired in between)
local kinds = { 'hash', 'list', 'stream', 'hash', 'hash' }
for i, key in ipairs(KEYS) do
    local kind = redis.call('TYPE', key).ok
    if kind ~= 'none' and kind ~= kinds[i] then
        return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. kind .. '; nothing was put in')
    end
end

local last = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
if tonumber(ARGV[2]) <= last then return 'ALREADY' end
if (redis.call('HGET', KEYS[1], 'reconcile') or '') ~= ARGV[4] then return 'CHANGED' end
for i = 7, #ARGV do
    redis.call('LPUSH', KEYS[2], ARGV[i])
end
count(KEYS[4], KEYS[5], cmsgpack.unpack(ARGV[5]))
record(KEYS[3], ARGV[3], now_ms(), ARGV[6])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2], 'reconcile', ARGV[3])
return 'OK'
