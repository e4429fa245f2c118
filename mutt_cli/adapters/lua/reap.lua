#!lua flags=allow-oom
-- include lease, ledger, give_back
-- reap: if a peer's lease expired, return what it held, counting one crash.
-- When nobody has reaped for a while, Redis itself was away and every lease looks expired: nobody reaps until
-- live workers had time to register again.
-- KEYS  1 reap state  2 heartbeat  3 processing  4 queue  5 workers  6 crash  7 dead  8 journal  9 ledger  10 minutes
-- ARGV  1 gap ms  2 quiet ms  3 role:pod  4 uid  5 stamp  6 crash limit  7 stage word  8 pod  9 name of the queue
-- Returns {'QUIET'|'ALIVE'} or {'REAPED', returned, buried}
local now = now_ms()
local tick = tonumber(redis.call('HGET', KEYS[1], 'tick') or '0')
local quiet = tonumber(redis.call('HGET', KEYS[1], 'quiet') or '0')
if now - tick > tonumber(ARGV[1]) or now < tick - 1000 then
    quiet = now + tonumber(ARGV[2])
    redis.call('HSET', KEYS[1], 'quiet', string.format('%d', quiet))
end
redis.call('HSET', KEYS[1], 'tick', string.format('%d', now))
if now < quiet then return { 'QUIET' } end
if redis.call('EXISTS', KEYS[2]) == 1 then return { 'ALIVE' } end
local returned, buried = give_back({
    processing = KEYS[3], queue = KEYS[4], crash = KEYS[6], dead = KEYS[7], journal = KEYS[8],
    totals = KEYS[9], minutes = KEYS[10],
}, {
    crashes = true, limit = tonumber(ARGV[6]), uid = ARGV[4], stamp = ARGV[5], minute = string.sub(ARGV[5], 1, 16),
    role = ARGV[7], pod = ARGV[8], origin = ARGV[9], now = now,
})
redis.call('HDEL', KEYS[5], ARGV[3])
return { 'REAPED', returned, buried }
