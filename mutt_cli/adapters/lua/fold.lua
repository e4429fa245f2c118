#!lua flags=allow-oom
-- fold (historian): set closed minutes of the ledger aside for PostgreSQL, under the uid of this fold.
-- KEYS  1 ledger minutes  2 folding  3 folded
-- ARGV  1 uid (UUIDv7)  2.. fields
-- Returns 'OK', 'BUSY' (an earlier fold has not ended) or 'EMPTY' (none of these fields is there)
if redis.call('EXISTS', KEYS[2]) == 1 then return 'BUSY' end
local prev, moved = redis.call('GET', KEYS[3]) or '', false
for i = 2, #ARGV do
    local value = redis.call('HGET', KEYS[1], ARGV[i])
    if value then
        redis.call('HSET', KEYS[2], ARGV[i], value)
        redis.call('HDEL', KEYS[1], ARGV[i])
        moved = true
    end
end
if not moved then return 'EMPTY' end
redis.call('HSET', KEYS[2], 'uid', ARGV[1], 'prev', prev)
return 'OK'
