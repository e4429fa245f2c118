"""One wrong line each in the scripts of the queue protocol: what a careless change would look like.

`MUTANTS[name]` is the script or fragment, its text, and the text that replaces it. An empty replacement removes it.
"""

from __future__ import annotations

from typing import Final

_LEASE_1: Final = "if not lease_is_ours(KEYS[1], ARGV[1]) then return { 'FENCED' } end"
_LEASE_2: Final = "if not lease_is_ours(KEYS[1], ARGV[1]) then return 'FENCED' end"

MUTANTS: Final[dict[str, tuple[str, str, str]]] = {
    # Leases
    "claim without a lease": ("claim_batch", _LEASE_1, ""),
    "finish without a lease": ("finish_batch", _LEASE_1, ""),
    "claim of alerts without a lease": ("claim_alerts", _LEASE_1, ""),
    "settle without a lease": ("settle", _LEASE_2, ""),
    "leave without a lease": ("leave", _LEASE_1, ""),
    "beat that re-creates a lease": ("beat", _LEASE_2, ""),
    "register over a living owner": ("register", "return { 'HELD', holder }", "local _ = nil"),
    "register that is not idempotent": (
        "register",
        "if held_by == token and owner == token then return { 'OK', 0, 0 } end",
        "",
    ),
    "register that blames its own process": ("register", "owner == token or (prev ~= '' and owner == prev)", "false"),
    "register that blames nobody": ("register", "crashes = not ours", "crashes = false"),
    "lead over another leader": ("lead", "if holder and holder ~= ARGV[1] then return 0 end", ""),
    "resign of another's lease": ("resign", "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end", ""),
    # Taking work back
    "give back to the wrong end": ("give_back", "push('RPUSH', keys.queue, back)", "push('LPUSH', keys.queue, back)"),
    "give back that keeps a copy": ("give_back", "redis.call('DEL', keys.processing)", ""),
    "give back that drops the poison": (
        "give_back",
        "redis.call('LPUSH', keys.dead, wrap(item.element, fact, ctx.origin, ctx.stamp, item.crashes))",
        "",
    ),
    "give back that counts a twin twice": (
        "give_back",
        "if ctx.crashes and not crashes[digest] then",
        "if ctx.crashes then",
    ),
    "reap of the living": ("reap", "if redis.call('EXISTS', KEYS[2]) == 1 then return { 'ALIVE' } end", ""),
    "reap right after Redis was away": ("reap", "if now < quiet then return { 'QUIET' } end", ""),
    "reap that blames nobody": ("reap", "crashes = true", "crashes = false"),
    "leave that is forgotten": ("leave", "redis.call('HSET', KEYS[3], 'left', '1')", ""),
    "breaker reset by every take-over": ("register", "and redis.call('HGET', KEYS[3], 'left') and", "and"),
    "trip that ends with the timeout": ("breaker", "if trip == 'holds' then return 'OPEN' end", ""),
    "trip that outlives a hand": ("breaker", "if state == 'OPEN' and (ends <= 0", "if (ends <= 0"),
    "trip that a restart ends": ("register", "and redis.call('EXISTS', KEYS[14]) == 0", ""),
    "reset of another's trip": ("set_breaker", "if ARGV[4] ~= '*' and ARGV[4] ~= holder then", "if false then"),
    "trip that keeps no failures": ("set_breaker", "if ARGV[5] ~= '' then", "if false then"),
    "hold that never ends": ("change_holds", "if ends > 0 and ends <= now then", "if false then"),
    "hold of another lifted": ("change_holds", "if expected ~= '*' and expected ~= holder then", "if false then"),
    "hold that begins anew when it is put back": ("change_holds", "if hold['since'] <= 0 then", "if true then"),
    "hold that comes back after its end": ("change_holds", "or hold['until'] > now)", "or true)"),
    "value for a time put back for good": ("change_config", "if set and again then", "if false then"),
    "value for a time put back after its end": ("change_config", "if again and again.at <= now then", "if false then"),
    # The alerter's batch
    "claim that takes a second batch": ("claim_batch", "if redis.call('LLEN', KEYS[2]) > 0 then", "if false then"),
    "claim that believes a late copy": (
        "claim_batch",
        "if current and ARGV[2] <= current then return { 'STALE' } end",
        "",
    ),
    "claim that mixes suspects with others": (
        "claim_batch",
        "local suspects = redis.call('HLEN', KEYS[5]) > 0",
        "local suspects = false",
    ),
    "claim without a bound on bytes": ("claim_batch", "bytes + #element > max_bytes", "false"),
    "claim that copies": ("claim_batch", "if used > 0 then redis.call('LTRIM', KEYS[4], 0, -used - 1) end", ""),
    "finish that repeats itself": (
        "finish_batch",
        "if redis.call('HGET', KEYS[3], 'done') == ARGV[2] then return { 'ALREADY' } end",
        "",
    ),
    "finish of a touched list": ("finish_batch", "or redis.call('LLEN', KEYS[2]) ~= tonumber(ARGV[3])", ""),
    "finish of another batch": ("finish_batch", "redis.call('HGET', KEYS[3], 'batch') ~= ARGV[2] or", ""),
    "finish over another's mark": (
        "finish_batch",
        "if #conflicts > 0 then return { 'CONFLICT', conflicts } end",
        "",
    ),
    "finish that keeps the batch": ("finish_batch", "redis.call('DEL', KEYS[2])", ""),
    "finish that forgets no crash": ("finish_batch", "if redis.call('HLEN', KEYS[4]) > 0 then", "if false then"),
    # The forwarder's alerts
    "claim of alerts without resync": (
        "claim_alerts",
        "#in_hand ~= tonumber(ARGV[4]) or",
        "",
    ),
    "claim of alerts that believes a late copy": ("claim_alerts", "or (last and ARGV[2] <= last)", ""),
    "claim that keeps the retry": ("claim_alerts", "redis.call('ZREM', KEYS[6], member)", ""),
    "claim of a twin": ("claim_alerts", "if hand[element] or alone", "if alone"),
    "claim of a suspect beside others": (
        "claim_alerts",
        "if suspect and (#taken > 0 or #in_hand > 0) then return false end",
        "",
    ),
    "claim without permits": ("claim_alerts", "if #taken >= permits then limited = 1 return false end", ""),
    "claim that trusts stamps from the future": (
        "claim_alerts",
        "redis.call('ZREMRANGEBYSCORE', KEYS[7], now + 1, '+inf')",
        "",
    ),
    "two probes at once": ("claim_alerts", "redis.call('EXISTS', keys.probe) == 1 and 'wait' or 'probe'", "'probe'"),
    "probe of many": ("claim_alerts", "n = math.min(n, 1)", ""),
    "settle that repeats itself": ("settle", "if last == ARGV[2] then return 'ALREADY' end", ""),
    "settle by a late copy": ("settle", "if last and ARGV[2] < last then return 'STALE' end", ""),
    "settle of what is not in hand": (
        "settle",
        "if redis.call('LREM', KEYS[2], 1, ARGV[3]) == 0 then return 'ALREADY' end",
        "redis.call('LREM', KEYS[2], 1, ARGV[3])",
    ),
    "settle of every twin": (
        "settle",
        "redis.call('LREM', KEYS[2], 1, ARGV[3])",
        "redis.call('LREM', KEYS[2], 0, ARGV[3])",
    ),
    "settle that leaves no trace": ("settle", "redis.call('HSET', KEYS[3], 'last', ARGV[2])", ""),
    "settle that forgets no crash": ("settle", "redis.call('HDEL', KEYS[4], redis.sha1hex(ARGV[3]))", ""),
    "retry without an id": ("settle", "ARGV[2] .. '|' .. ARGV[5]", "'|' .. ARGV[5]"),
    "back to the wrong end": (
        "settle",
        "redis.call('RPUSH', KEYS[9], ARGV[5])",
        "redis.call('LPUSH', KEYS[9], ARGV[5])",
    ),
    "breaker moved by an old result": ("breaker", "if epoch ~= breaker_epoch(keys) then return end", ""),
    "breaker that never closes": ("breaker", "breaker_change(keys, 'CLOSED', now) else", "local _ = nil else"),
    # Moves, ingest, journal
    "slice that repeats itself": ("move", "if tonumber(ARGV[2]) <= last then return { 'ALREADY' } end", ""),
    "slice of what has changed": (
        "move",
        "if redis.sha1hex(slice[size - i + 1]) ~= item[1] then return { 'CHANGED' } end",
        "",
    ),
    "slice that keeps a copy": ("move", "redis.call('RPOP', KEYS[2], size)", ""),
    "slice half way before an error": (
        "move",
        "if kind ~= 'none' and kind ~= (kinds[i] or 'list') then",
        "if false then",
    ),
    "request over the cap": (
        "enqueue",
        "if size > 0 and depth + size > tonumber(ARGV[1]) then return { 'QUEUE_FULL', depth } end",
        "",
    ),
    "request accepted twice": ("enqueue", "if known then return { 'REPEAT', known } end", ""),
    "request over the rate": ("enqueue", "if redis.call('ZCARD', KEYS[5]) >= max then", "if false then"),
    "ledger that loses count": ("ledger", "redis.call('HINCRBY', totals, counter, delta)", ""),
    "ledger that loses the minute": (
        "ledger",
        "redis.call('HINCRBY', minutes, minute .. '|' .. source .. '|' .. counter, delta)",
        "",
    ),
    "journal without a record": ("ledger", "if data and #data > 0 then", "if false then"),
    "journal that forgets another's entry": ("forget_entries", "if uid == ARGV[i + 1] then", "if true then"),
    # Unmatched events
    "kind whose damage spoils the others": ("count_kinds", "pcall(add, KEYS[i], ARGV[i])", "add(KEYS[i], ARGV[i])"),
    "kinds counted twice": (
        "count_kinds",
        "if redis.call('HGET', KEYS[1], 'counted') == ARGV[1] then",
        "if false then",
    ),
    "kind that lives for ever": (
        "count_kinds",
        "redis.call('SET', key, text, 'PX', ttl)",
        "redis.call('SET', key, text)",
    ),
    "kinds without a bound": ("count_kinds", "kept >= cap", "false"),
    "meta-alert raised again": ("raise_meta", "or (known.triggered or '') ~= ''", ""),
    "meta-alert raised too early": ("raise_meta", "known.count < tonumber(ARGV[1]) or", ""),
    "slice of a repair sent again twice": (
        "repair",
        "if tonumber(ARGV[2]) <= last then return 'ALREADY' end",
        "",
    ),
    "repair beside another correction": (
        "repair",
        "if (redis.call('HGET', KEYS[1], 'reconcile') or '') ~= ARGV[4] then return 'CHANGED' end",
        "",
    ),
    "acceptance beside another correction": (
        "accept",
        "if (redis.call('HGET', KEYS[4], 'reconcile') or '') ~= ARGV[5] then return 'CHANGED' end",
        "",
    ),
    "remainder accepted twice": (
        "accept",
        "if (redis.call('HGET', KEYS[1], 'accounted') or '0') ~= ARGV[2] then return 'CHANGED' end",
        "",
    ),
}


def broken(script: str, text: str, name: str) -> str:
    """The text of a script with the mutant's line; unchanged if the mutant lives elsewhere.

    Fragments are inside the scripts that include them, so a mutant of a fragment breaks all of those.
    """
    where, old, new = MUTANTS[name]
    return text.replace(old, new) if where == script or where in _FRAGMENTS else text


_FRAGMENTS: Final = frozenset({"lease", "ledger", "breaker", "give_back", "unhandled"})
