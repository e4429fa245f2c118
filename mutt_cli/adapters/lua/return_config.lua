#!lua flags=allow-oom
-- return_config: a setting that was meant for a time goes back to what it was, once that time is over. Whoever finds
-- it due may call; one call of many does it.
-- KEYS  1 returns (hash)  2 the setting   ARGV  1 channel  2 its name
-- Returns 'RETURNED'; 'CHANGED' (somebody set another value since: it stays); 'WAIT' (not yet); 'NONE'
local pending = redis.call('HGET', KEYS[1], ARGV[2])
if not pending then return 'NONE' end
pending = cjson.decode(pending)
local time = redis.call('TIME')
if time[1] * 1000 + math.floor(time[2] / 1000) < pending.at then return 'WAIT' end
redis.call('HDEL', KEYS[1], ARGV[2])
if redis.call('GET', KEYS[2]) ~= pending.text then return 'CHANGED' end
if pending.former then redis.call('SET', KEYS[2], pending.former) else redis.call('DEL', KEYS[2]) end
redis.call('PUBLISH', ARGV[1], ARGV[2])
return 'RETURNED'
