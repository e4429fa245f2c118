-- fragment give_back: return what a processing list holds to the right end of its queue, in order. Needs lease, ledger.
--
-- With crashes, each distinct element (by SHA-1) gets one; the third sends it to the dead letters, wrapped
-- unparsed: whatever killed three workers must not be parsed a fourth time, so it is only ever quoted here.

local BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

local function base64(bytes)
    local out = {}
    for i = 1, #bytes, 3 do
        local a, b, c = string.byte(bytes, i, i + 2)
        local n = a * 65536 + (b or 0) * 256 + (c or 0)
        for shift = 1, 4 do
            local index = math.floor(n / 64 ^ (4 - shift)) % 64
            local absent = (shift == 3 and not b) or (shift == 4 and not c)
            out[#out + 1] = absent and '=' or string.sub(BASE64, index + 1, index + 1)
        end
    end
    return table.concat(out)
end

-- True if every byte sequence is well-formed UTF-8 of one to four bytes (RFC 3629, surrogates and overlong forms out).
local function is_utf8(text)
    local rest = string.gsub(text, '[\1-\127]+', '')
    rest = string.gsub(rest, '[\194-\223][\128-\191]', '')
    rest = string.gsub(rest, '\224[\160-\191][\128-\191]', '')
    rest = string.gsub(rest, '[\225-\236\238\239][\128-\191][\128-\191]', '')
    rest = string.gsub(rest, '\237[\128-\159][\128-\191]', '')
    rest = string.gsub(rest, '\240[\144-\191][\128-\191][\128-\191]', '')
    rest = string.gsub(rest, '[\241-\243][\128-\191][\128-\191][\128-\191]', '')
    rest = string.gsub(rest, '\244[\128-\143][\128-\191][\128-\191]', '')
    return rest == ''
end

-- What the ledger and the journal need to know of an element; read with patterns, since parsing it may be the poison.
local function facts(element)
    local function text(name)
        return string.match(element, '"' .. name .. '":"([%w%-%._:+]+)"')
    end
    local received = text('received_at') or ''
    return {
        event_id = text('event_id'), correlation_id = text('correlation_id') or '',
        minute = string.match(received, '^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d'), received_at = received,
        source = text('_source'),
    }
end

-- The dead letter: the element quoted, the facts beside it, and `_delivery` with the reason.
local function wrap(element, fact, origin, stamp, crashes)
    local letter = {
        correlation_id = fact.correlation_id,
        _delivery = {
            reason = 'crash', error = 'the worker died ' .. crashes .. ' times while this message was in its hands',
            origin = origin, crashes = crashes, first_failed_at = stamp, last_failed_at = stamp, wrapped = true,
        },
    }
    if fact.event_id then letter.event_id = fact.event_id end
    if fact.source then letter._source = fact.source end
    if fact.minute then letter.received_at = fact.received_at end
    if is_utf8(element) then letter.raw = element else letter.raw_base64 = base64(element) end
    return cjson.encode(letter)
end

-- bury(keys, elements, ctx): the third crash. keys: dead, crash, journal, totals, minutes.
local function bury(keys, buried, ctx)
    local records, entries = {}, {}
    for _, item in ipairs(buried) do
        local fact = facts(item.element)
        local minute, source = fact.minute or ctx.minute, fact.source or 'hand'
        if not fact.source then entries[#entries + 1] = { minute, source, 'injected', 1 } end
        entries[#entries + 1] = { minute, source, 'dead', 1 }
        local id = fact.event_id or ('sha1:' .. item.digest)
        records[#records + 1] = { id, fact.correlation_id, ctx.role, 'dead', 'crash', 'dead', ctx.pod, 0, source }
        redis.call('LPUSH', keys.dead, wrap(item.element, fact, ctx.origin, ctx.stamp, item.crashes))
        redis.call('HDEL', keys.crash, item.digest)
    end
    count(keys.totals, keys.minutes, entries)
    record(keys.journal, ctx.uid, ctx.now, cmsgpack.pack(records))
end

-- give_back(keys, ctx): keys: processing, queue, dead, crash, journal, totals, minutes.
-- ctx: crashes (bool), limit, uid, stamp (RFC 3339 now), minute, role (stage word), pod, origin (queue name), now (ms).
-- Returns the number returned and the number buried.
local function give_back(keys, ctx)
    local elements = redis.call('LRANGE', keys.processing, 0, -1)
    if #elements == 0 then return 0, 0 end
    local crashes, back, buried = {}, {}, {}
    for _, element in ipairs(elements) do
        local digest = ctx.crashes and redis.sha1hex(element) or ''
        if ctx.crashes and not crashes[digest] then
            crashes[digest] = redis.call('HINCRBY', keys.crash, digest, 1)
        end
        if ctx.crashes and crashes[digest] >= ctx.limit then
            buried[#buried + 1] = { element = element, digest = digest, crashes = crashes[digest] }
        else
            back[#back + 1] = element
        end
    end
    if ctx.crashes then redis.call('PEXPIRE', keys.crash, 86400000) end
    push('RPUSH', keys.queue, back)
    if #buried > 0 then bury(keys, buried, ctx) end
    redis.call('DEL', keys.processing)
    return #back, #buried
end
