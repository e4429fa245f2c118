"""The right side of the wide overview: back ends, service levels, rules, settings, ledger, last operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.present import times
from mutt_cli.present.top.line import Line, Style, cell, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.snapshot import Part, Pipeline, Snapshot
    from mutt_cli.present.top.view import View

WIDTH: Final = 43


def panel(view: View, last_operation: str = "") -> list[Line]:
    """The lines of the panel, the head first."""
    if view.frame is None:
        return []
    snapshot = view.frame.snapshot
    return [
        ((f" {'BACK END':<12}{'STATE':<7}{'LATENCY':>8}  LOAD", "bold"),),
        *_backends(view, snapshot),
        (),
        *_facts(snapshot, last_operation),
    ]


def _backends(view: View, snapshot: Snapshot) -> Iterator[Line]:
    redis, database, vault = snapshot.redis, snapshot.database, snapshot.vault
    memory = redis.value.memory if redis.value else None
    load = ""
    if memory:
        load = f"mem {memory.used * 100 // memory.maxmemory}%" if memory.maxmemory else f"mem {times.size(memory.used)}"
    yield _backend("redis", redis, redis.value.round_trip_s if redis.value else None, load, old="redis" in view.old)
    slots = database.value.slots if database.value else None
    load = f"conn {slots.used}/{slots.most}" if slots else ""
    yield _backend(
        "db", database, database.value.round_trip_s if database.value else None, load, old="database" in view.old
    )
    if vault is not None:
        ttl = vault.value.ttl_s if vault.value else None
        load = f"token {times.span(ttl)}" if ttl is not None else "sealed" if vault.value and vault.value.sealed else ""
        yield _backend("vault", vault, vault.took_s if vault.value else None, load, old="vault" in view.old)
    yield _moogsoft(snapshot.pipeline.value)


def _backend(name: str, found: Part[object], took_s: float | None, load: str, *, old: bool) -> Line:
    """One line. A part of before says so; without any value, the state says why."""
    bad = found.trouble is not None
    state, style = (found.trouble.kind if found.trouble else "ok"), ("crit" if bad else "ok")
    mark = "!" if bad else "~" if old else " "
    latency = "-" if took_s is None or bad else f"{took_s * 1000:.1f}ms"
    return (
        (mark, "crit" if bad else ""), (cell(name, 12), ""), (cell(state, 7), _style(style)),
        (f"{latency:>8}  ", ""), (load, "dim" if bad else ""),
    )  # fmt: skip


def _style(word: str) -> Style:
    return "crit" if word == "crit" else "ok"


def _moogsoft(flow: Pipeline | None) -> Line:
    if flow is None:
        return (("?moogsoft    ", "unkn"), ("?", "unkn"))
    closed = flow.breaker.state == "CLOSED"
    state, style = ("ok", "ok") if closed else (flow.breaker.state.lower()[:6], "crit")
    limit = f"limit {flow.limit.used}/{flow.limit.most}" if flow.limit else ""
    said = limit if closed else shown(flow.breaker.last_error)
    return ((" " if closed else "!", _style(style)), ("moogsoft    ", ""), (cell(state, 7), _style(style)),
            (f"{'-':>8}  ", ""), (said, ""))  # fmt: skip


def _facts(snapshot: Snapshot, last_operation: str) -> Iterator[Line]:
    for burn in (snapshot.burn.value or ()) if snapshot.burn else ():
        rate = "-" if burn.rate is None else f"{burn.rate:.1f}"
        yield _fact(f"slo {burn.objective}", f"burn {rate} (warn >{burn.warning:g})")
    flow = snapshot.pipeline.value
    if flow is not None:
        yield _fact("rules", _rules(flow))
        yield _fact("settings", f"{len(flow.behind)} behind" if flow.behind else "in sync", bad=bool(flow.behind))
        yield _fact("switched off", ", ".join(one.what for one in flow.off) or "nothing", bad=bool(flow.off))
        yield _fact("maintenance", _windows(flow), bad=bool(flow.windows))
        share = flow.journal.size_bytes * 100 // max(1, flow.journal.cap_bytes)
        yield _fact("journal", f"{flow.journal.entries:,} entries, {share} %")
    account = snapshot.account.value
    if account is not None:
        balanced = "balanced" if not account.remainder else f"remainder {account.remainder:,}"
        yield _fact("ledger", balanced, bad=bool(account.remainder))
    if snapshot.database.value is not None:
        days = len([day for day in snapshot.database.value.days if day >= snapshot.database.value.today])
        yield _fact("partitions", f"{max(0, days - 1)} days ahead")
    if last_operation:
        yield _fact("last op", last_operation)


def _fact(name: str, text: str, *, bad: bool = False) -> Line:
    return ((" ", ""), (cell(name, 14), ""), (shown(text), "warn" if bad else ""))


def _rules(flow: Pipeline) -> str:
    if not flow.caches:
        return "no alerter says"
    revisions = sorted({one.revision for one in flow.caches})
    oldest = max(one.age_s for one in flow.caches)
    numbers = "/".join(map(str, revisions))
    return f"r{numbers}  {times.span(round(oldest))}  {len(flow.caches)} alerter{'s' * (len(flow.caches) != 1)}"


def _windows(flow: Pipeline) -> str:
    if not flow.windows:
        return "none"
    longest = max(flow.windows, key=lambda one: one.until)
    return f"{longest.scope} {longest.reason}"
