"""A change of rules, hosts or teams in words and in JSON: what changes, who decides with it by now, how to undo it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core import rule_advice
from mutt_cli.core.change_words import host_line, rule_line
from mutt_cli.present.output import Column, Document, Listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.core.host_change import HostChange
    from mutt_cli.core.rule_change import Image, RuleChange
    from mutt_cli.ops.inventory import Carried, Proposal
    from mutt_cli.ops.operation import Operation
    from mutt_cli.ops.rule_cache import Cached

MOST_LINES: Final = 50
"""Changes that people see one by one; JSON has all of them."""
_ORDINALS: Final = {1: "st", 2: "nd", 3: "rd"}


def plan_lines(proposal: Proposal) -> list[str]:
    """Every change in a line, the deletions too, and what is worth knowing before."""
    lines = [*map(rule_line, proposal.rules), *map(host_line, proposal.hosts)]
    more = len(lines) - MOST_LINES
    told = lines[:MOST_LINES] + ([f"and {more:,} more: -o json has them all"] if more > 0 else [])
    return told + ([f"{proposal.unchanged:,} are so already"] if proposal.unchanged else [])


def summary(proposal: Proposal) -> str:
    """`2 rules added, 1 rule changed`."""
    told = []
    for name, number in proposal.counts.items():
        noun, _, past = name.partition("_")
        told.append(f"{number:,} {noun if number != 1 else noun[:-1]} {past}")
    return ", ".join(told) or "nothing changes"


def plan_document(kind: str, proposal: Proposal, live: Sequence[Image]) -> Document:
    """What a dry run shows, or a command that finds everything so already."""
    text = [*plan_lines(proposal), *_places(proposal, live)]
    return Document(kind, _fields(proposal, dry_run=True), text=text or ["nothing changes"], warnings=proposal.warnings)


def diff_listing(kind: str, proposal: Proposal) -> Listing:
    """What a file would change, a row each; `unchanged` entries are not shown."""
    rows = [_rule_row(one, one.after) | {"what": rule_line(one)} for one in proposal.rules]
    rows += [_host_row(one, one.after) | {"what": host_line(one)} for one in proposal.hosts]
    columns = (
        Column("verb"),
        Column("name"),
        Column("what", "free"),
        Column("id", wide=True),
        Column("noun", wide=True),
    )
    fields = {"unchanged": proposal.unchanged}
    return Listing(kind, columns, rows, fields=fields, warnings=proposal.warnings, name="name")


def nothing_document(kind: str, proposal: Proposal) -> Document:
    """Everything is so already."""
    return Document(kind, _fields(proposal, dry_run=False), text=["nothing changes: it is so already"])


@dataclass(frozen=True)
class Done:
    """A change that was made; `cached` is None if nobody waited for the alerters."""

    proposal: Proposal
    carried: Carried
    operation: Operation
    cached: Cached | None


def done_document(kind: str, done: Done, live: Sequence[Image]) -> Document:
    """What was changed; `live` are the rules as they were before."""
    proposal, carried, operation, cached = done.proposal, done.carried, done.operation, done.cached
    rules, hosts = carried.written.rules, carried.written.hosts
    fields = _fields(proposal, dry_run=False) | {
        "operation": operation.id,
        "changes": [*map(_rule_row, proposal.rules, rules), *map(_host_row, proposal.hosts, hosts)],
        "revision": carried.written.revision,
        "alerters": alerter_rows(cached) if cached else None,
        "undo": f"mutt undo {operation.id}",
    }
    told = [*plan_lines(proposal), *_ids(proposal.rules, rules), *_places(proposal, live)]
    told += list(acknowledged(cached)) if cached else [f"stored as revision {carried.written.revision}"]
    warnings = (*proposal.warnings, *operation.warnings)
    if carried.untold:
        warnings += (f"alerters could not be told, they look by themselves every 5 s: {carried.untold}",)
    text = [*told, f"undo:  mutt undo {operation.id}"]
    return Document(kind, fields, text=text, warnings=warnings, name=operation.id)


def alerter_rows(cached: Cached) -> list[dict[str, Any]]:
    """Every alerter, and whether it decides with the rules that were asked for."""
    return [
        {
            "name": one.name, "host": one.host, "pid": one.pid, "revision": one.revision,
            "state": "behind" if one in cached.behind else "in_effect",
        }
        for one in cached.alerters
    ]  # fmt: skip


def acknowledged(cached: Cached) -> Iterator[str]:
    """Which alerters decide with it, and which do not yet."""
    if not cached.alerters:
        yield "no alerter runs; each reads the rules when it starts"
        return
    good = [one.name for one in cached.alerters if one not in cached.behind]
    total = f"{len(good)}/{len(cached.alerters)} alerters"
    names = ", ".join(good) or "none"
    yield f"{total} decide with revision {cached.revision} after {cached.waited_s:.1f} s: {names}"
    for one in cached.behind:
        yield f"  {one.name} on {one.host} (pid {one.pid}) still decides with revision {one.revision}"


def _fields(proposal: Proposal, *, dry_run: bool) -> dict[str, Any]:
    changes = [_rule_row(one, one.after) for one in proposal.rules] + [
        _host_row(one, one.after) for one in proposal.hosts
    ]
    return {
        "dry_run": dry_run, "operation": None, "changes": changes, "counts": proposal.counts,
        "unchanged": proposal.unchanged, "revision": None, "alerters": None, "undo": None,
    }  # fmt: skip


def _rule_row(change: RuleChange, now: dict[str, Any] | None) -> dict[str, Any]:
    rule_id = change.rule.get("id") or (now or {}).get("id")
    fields = [{"field": name, "old": old, "new": new} for name, old, new in change.fields]
    return {"noun": "rule", "verb": change.verb, "id": rule_id, "name": change.rule["rule_name"], "fields": fields}


def _host_row(change: HostChange, _now: dict[str, Any] | None) -> dict[str, Any]:
    fields = [{"field": name, "old": old, "new": new} for name, old, new in change.fields]
    return {"noun": "host", "verb": change.verb, "id": None, "name": change.host, "fields": fields}


def _ids(changes: Sequence[RuleChange], now: Sequence[dict[str, Any] | None]) -> Iterator[str]:
    for change, image in list(zip(changes, now, strict=True))[:MOST_LINES]:
        if change.verb == "add" and image is not None and not change.rule.get("id"):
            yield f"rule {change.rule['rule_name']} has the id {image['id']}"


def _places(proposal: Proposal, live: Sequence[Image]) -> Iterator[str]:
    """Where the one rule that was added or moved stands among the others."""
    if len(proposal.rules) != 1 or proposal.rules[0].after is None:
        return
    change, image = proposal.rules[0], proposal.rules[0].after
    if {"priority", "enabled", "pattern"} & {name for name, _, _ in change.fields}:
        found = rule_advice.place(live, proposal.rules, image)
        if found is not None:
            yield f"it is tried as the {ordinal(found[0])} of {found[1]:,} enabled rules"


def ordinal(number: int) -> str:
    """`1st`, `12th`, `103rd`."""
    ending = "th" if number % 100 in {11, 12, 13} else _ORDINALS.get(number % 10, "th")
    return f"{number:,}{ending}"
