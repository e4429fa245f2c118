#!lua flags=allow-oom
-- forget_kinds: remove counts of kinds of unmatched events that nobody has changed since they were read.
-- KEYS  1 index  2.. kinds
-- ARGV  1.. SHA-1 of each kind's value as it was read
-- Returns a list with 1 for each kind that was removed and 0 for each that stays; repeating the call removes nothing
-- more, and answers 0.
local removed = {}
for i = 2, #KEYS do
    local value = redis.pcall('GET', KEYS[i])
    local same = type(value) == 'string' and redis.sha1hex(value) == ARGV[i - 1]
    if same then
        redis.call('DEL', KEYS[i])
        redis.pcall('ZREM', KEYS[1], KEYS[i])
    end
    removed[i - 1] = same and 1 or 0
end
return removed
