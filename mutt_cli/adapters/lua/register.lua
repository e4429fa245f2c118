#!lua flags=allow-oom
-- include lease, ledger, give_back
-- register: take the lease of a worker name, after returning what its former owner held.
-- KEYS  1 heartbeat  2 processing  3 batch  4 queue  5 workers  6 crash  7 dead  8 journal  9 ledger  10 ledger minutes
--       11 breaker state  12 breaker epoch  13 breaker probe  14 breaker trip   (11 to 14 for role moog only)
-- ARGV  1 token  2 expect (token that may be replaced, or '')  3 prev (this process's former token, or '')
--       4 heartbeat value (JSON with the token)  5 lease ms  6 role:pod  7 uid  8 stamp (RFC 3339)  9 crash limit
--       10 stage word  11 pod  12 name of the queue
-- Returns {'OK', returned, buried} or {'HELD', heartbeat value of the holder}
local token, expect, prev = ARGV[1], ARGV[2], ARGV[3]
local holder = redis.call('GET', KEYS[1])
local held_by = token_of(holder)
if holder and held_by ~= token and (held_by ~= expect or expect == '') and (held_by ~= prev or prev == '') then
    return { 'HELD', holder }
end
local owner = redis.call('HGET', KEYS[3], 'owner')
-- A repeated or delayed copy of the call that registered us must not touch the work we have taken since.
if held_by == token and owner == token then return { 'OK', 0, 0 } end
local ours = owner == token or (prev ~= '' and owner == prev)
local returned, buried = give_back({
    processing = KEYS[2], queue = KEYS[4], crash = KEYS[6], dead = KEYS[7], journal = KEYS[8],
    totals = KEYS[9], minutes = KEYS[10],
}, {
    crashes = not ours, limit = tonumber(ARGV[9]), uid = ARGV[7], stamp = ARGV[8], minute = string.sub(ARGV[8], 1, 16),
    role = ARGV[10], pod = ARGV[11], origin = ARGV[12], now = now_ms(),
})
-- A clean stop leaves `left`: the documented reset of the breaker by restart. A take-over after a crash does not,
-- nor does any restart where a person tripped it.
if KEYS[11] and redis.call('HGET', KEYS[3], 'left') and redis.call('GET', KEYS[11]) == 'OPEN'
    and redis.call('EXISTS', KEYS[14]) == 0 then
    redis.call('SET', KEYS[11], 'HALF_OPEN')
    redis.call('INCR', KEYS[12])
    redis.call('DEL', KEYS[13])
end
redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5])
-- What was counted last stays known (count_kinds): the call that did it may still be repeated.
local counted = redis.call('HGET', KEYS[3], 'counted')
redis.call('DEL', KEYS[3])
redis.call('HSET', KEYS[3], 'owner', token)
if counted then redis.call('HSET', KEYS[3], 'counted', counted) end
redis.call('HSET', KEYS[5], ARGV[6], token)
return { 'OK', returned, buried }
