#!lua flags=allow-oom
-- swap: what a restore has filled takes the place of what is there, all of it in one step, or nothing changes.
-- KEYS  1 the mark of that restore; 2..n+1 what goes; then, for each key that was filled, its name now and its own name
-- ARGV  1 n; then, for each key that was filled: the command that tells its length, its length, '1' if it has an end
-- Returns {'OK', how many took their place}, {'GONE'}: the restore was given up, or this Redis has forgotten it, or
--         {'CHANGED', name}: a key is not what was filled. One whose own time ended meanwhile just does not come.
if redis.call('EXISTS', KEYS[1]) == 0 then return { 'GONE' } end
local gone = tonumber(ARGV[1])
local place = 2
for i = gone + 2, #KEYS, 2 do
    local mortal = ARGV[place + 2] == '1' and redis.call('EXISTS', KEYS[i]) == 0
    if not mortal and redis.call(ARGV[place], KEYS[i]) ~= tonumber(ARGV[place + 1]) then
        return { 'CHANGED', KEYS[i + 1] }
    end
    place = place + 3
end
for i = 1, gone + 1 do redis.call('UNLINK', KEYS[i]) end
local placed = 0
place = 2
for i = gone + 2, #KEYS, 2 do
    if redis.call('EXISTS', KEYS[i]) == 1 then
        if ARGV[place + 2] == '0' then redis.call('PERSIST', KEYS[i]) end
        redis.call('RENAME', KEYS[i], KEYS[i + 1])
        placed = placed + 1
    end
    place = place + 3
end
return { 'OK', placed }
