"""What would become of events, without sending one: judged as the ingestor judges, matched as an alerter matches."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import rule_store
from mutt_cli.adapters.clock import IdSource, now_ms
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.core import event
from mutt_cli.core.decision import examine
from mutt_cli.core.event import Arrival, Limits, Refusal
from mutt_cli.core.intake import Refused
from mutt_cli.core.matcher import compile_rules
from mutt_cli.core.moment import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mutt_cli.core.intake import Item, Outcome
    from mutt_cli.core.matcher import RuleSet
    from mutt_cli.ops.backends import Backends

SOURCE: Final = "test"


@dataclass(frozen=True)
class Tested:
    """One event. `rule` is empty if none would match; `reason` and `detail` tell why it would be refused."""

    line: int
    accepted: bool
    hostname: str = ""
    severity: str = ""
    message: str = ""
    rule_id: int | None = None
    rule: str = ""
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Result:
    """Counts over everything, and the first events of it."""

    tested: tuple[Tested, ...]
    accepted: int
    refused: int
    matched: int
    revision: int
    rules: int


def try_out(backends: Backends, groups: Iterable[Sequence[Outcome]], keep: int) -> Result:
    """Judge everything that is read. Raises what PostgreSQL's absence raises: without rules nothing can be said."""
    rules = _rules(backends)
    settings = backends.settings.ingest
    limits = Limits(settings.max_event_bytes, settings.max_depth, settings.required_fields)
    kept: list[Tested] = []
    accepted = refused = matched = 0
    for one in _tested(chain.from_iterable(groups), rules, limits):
        accepted, refused = accepted + one.accepted, refused + (not one.accepted)
        matched += one.rule_id is not None
        kept += [one] * (len(kept) < keep)
    return Result(tuple(kept), accepted, refused, matched, rules.revision, len(rules.rules))


def _rules(backends: Backends) -> RuleSet:
    try:
        table = rule_store.load(backends.postgres())
    except DatabaseError as error:
        raise explain(error, backends.settings.postgres) from error
    return compile_rules(table.revision, rule_store.usable(table))


def _tested(outcomes: Iterable[Outcome], rules: RuleSet, limits: Limits) -> Iterator[Tested]:
    ids, stamp = IdSource(), rfc3339(now_ms())
    for outcome in outcomes:
        if isinstance(outcome, Refused):
            yield Tested(outcome.line, accepted=False, reason=outcome.reason, detail=outcome.detail)
        else:
            yield _one(outcome, rules, limits, Arrival(ids.new(), stamp, SOURCE, SOURCE, "", f"test-{outcome.line}"))


def _one(item: Item, rules: RuleSet, limits: Limits, arrival: Arrival) -> Tested:
    found = event.accept(item.body, arrival, limits)
    if isinstance(found, Refusal):
        return Tested(item.line, accepted=False, reason=found.reason, detail=found.detail)
    seen = examine([found.element], rules)[0]
    known, rule = seen.event, seen.rule
    return Tested(
        item.line, accepted=True, hostname=known.hostname,
        severity=rule.severity or known.severity if rule else known.severity, message=known.message,
        rule_id=rule.id if rule else None, rule=rule.name if rule else "", detail=seen.failure,
    )  # fmt: skip
