-- fragment ledger: signed counters and journal entries, raised inside the script that makes the transition.

-- count(totals, minutes, entries): entries = { {minute, source, counter, delta}, ... }
local function count(totals, minutes, entries)
    for _, entry in ipairs(entries or {}) do
        local minute, source, counter, delta = entry[1], entry[2], entry[3], entry[4]
        redis.call('HINCRBY', totals, counter, delta)
        redis.call('HINCRBY', minutes, minute .. '|' .. source .. '|' .. counter, delta)
    end
end

-- record(journal, uid, at, data): one packed entry under the call's own id.
local function record(journal, uid, at, data)
    if data and #data > 0 then
        redis.call('XADD', journal, '*', 'uid', uid, 'at', string.format('%d', at), 'data', data)
    end
end
