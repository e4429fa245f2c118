#!lua flags=allow-oom
-- forget_entries: delete journal entries that are stored; an id that carries another uid by now (ids can repeat after
-- a failover) is left alone.
-- KEYS  1 journal   ARGV  id, uid, id, uid, ...
-- Returns the number deleted
local deleted = 0
for i = 1, #ARGV, 2 do
    local entry = redis.call('XRANGE', KEYS[1], ARGV[i], ARGV[i])[1]
    if entry then
        local fields, uid = entry[2], ''
        for j = 1, #fields, 2 do
            if fields[j] == 'uid' then uid = fields[j + 1] end
        end
        if uid == ARGV[i + 1] then deleted = deleted + redis.call('XDEL', KEYS[1], ARGV[i]) end
    end
end
return deleted
