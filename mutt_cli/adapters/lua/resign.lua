#!lua flags=allow-oom
-- resign: give up a single lease, if it is still ours, or a wish, if it is still the one that was answered.
-- KEYS  1 lease or wish   ARGV  1 its token
-- Returns 1 if it was ours, else 0
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
