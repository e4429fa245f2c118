#!lua flags=no-writes,allow-oom
-- tap: how far the journal has come, for somebody who looks on.
-- KEYS  1 journal
-- Returns {id of the newest entry there ever was, number of entries ever added}
local last, added = '0-0', 0
local info = redis.pcall('XINFO', 'STREAM', KEYS[1])
if info.err == nil then
    for i = 1, #info, 2 do
        if info[i] == 'last-generated-id' then last = info[i + 1] end
        if info[i] == 'entries-added' then added = info[i + 1] end
    end
end
return {last, added}
