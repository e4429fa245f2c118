#!lua flags=allow-oom
-- fold_end (historian): PostgreSQL has this fold; forget what was set aside, if it still belongs to it.
-- KEYS  1 folding  2 folded
-- ARGV  1 uid
-- Returns 'OK' or 'OTHER' (nothing is set aside, or another fold's)
if redis.call('HGET', KEYS[1], 'uid') ~= ARGV[1] then return 'OTHER' end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[1])
return 'OK'
