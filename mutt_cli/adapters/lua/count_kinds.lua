#!lua flags=allow-oom
-- include lease, unhandled
-- count_kinds: add what an alerter saw of unmatched events to the counts of their kinds.
-- A kind lives from its first event for the ttl; the index knows when each one ends, so that no more than the cap are
-- kept: what is new beyond that is counted under the one for the rest.
-- KEYS  1 batch  2 index  3 kind for the rest  4.. kinds
-- ARGV  1 uid  2 ttl ms  3 cap  4.. counts to add (JSON), one for each kind
-- Returns 'OK' or 'ALREADY' (this uid is counted). Whatever a hand has put under a kind's key costs that kind's counts
-- at most.
local LAST_IDS = 5
if redis.call('HGET', KEYS[1], 'counted') == ARGV[1] then return 'ALREADY' end
redis.call('HSET', KEYS[1], 'counted', ARGV[1])
local now, ttl, cap = now_ms(), ARGV[2], tonumber(ARGV[3])
redis.pcall('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local kept = redis.pcall('ZCARD', KEYS[2])
if type(kept) ~= 'number' then kept = 0 end

local function add(key, text)
    local known = read_kind(key)
    if not known and kept >= cap then
        key = KEYS[3]
        known = read_kind(key)
    end
    if not known then
        redis.call('SET', key, text, 'PX', ttl)
        kept = kept + redis.call('ZADD', KEYS[2], now + ttl, key)
        return
    end
    local new = cjson.decode(text)
    known.count = known.count + new.count
    for _, id in ipairs(new.correlation_ids) do table.insert(known.correlation_ids, id) end
    while #known.correlation_ids > LAST_IDS do table.remove(known.correlation_ids, 1) end
    for _, name in ipairs({ 'correlation_id', 'last_seen', 'hostname', 'message' }) do known[name] = new[name] end
    redis.call('SET', key, cjson.encode(known), 'KEEPTTL')
    if redis.call('PTTL', key) < 0 then redis.call('PEXPIRE', key, ttl) end
end

for i = 4, #KEYS do pcall(add, KEYS[i], ARGV[i]) end
return 'OK'
