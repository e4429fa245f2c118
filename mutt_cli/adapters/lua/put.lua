#!lua
-- include lease, ledger
-- put: one slice of messages from a file goes into a list, behind those that are there.
-- KEYS  1 operations  2 to  3 journal  4 ledger  5 ledger minutes
-- ARGV  1 operation id  2 slice number, from 1  3 uid  4 ledger entries (msgpack)  5 journal (packed records)
--       6.. elements, those that leave first first
-- Returns {'OK', length of `to`} or {'ALREADY'} (this slice is done)
local kinds = { 'hash', 'list', 'stream', 'hash', 'hash' }
for i, key in ipairs(KEYS) do
    local kind = redis.call('TYPE', key).ok
    if kind ~= 'none' and kind ~= kinds[i] then
        return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. kind .. '; nothing was put in')
    end
end

local last = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
if tonumber(ARGV[2]) <= last then return { 'ALREADY' } end
for i = 6, #ARGV do
    redis.call('LPUSH', KEYS[2], ARGV[i])
end
count(KEYS[4], KEYS[5], cmsgpack.unpack(ARGV[4]))
record(KEYS[3], ARGV[3], now_ms(), ARGV[5])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return { 'OK', redis.call('LLEN', KEYS[2]) }
