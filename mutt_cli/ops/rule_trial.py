"""Rules tried before they go live: on a message that nobody has sent, and on the events of the last day."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import inventory_store, rule_past
from mutt_cli.core import rule_trial
from mutt_cli.core.decided import HostThen
from mutt_cli.core.rule_contest import held
from mutt_cli.core.rule_trial import Past
from mutt_cli.errors import NotFoundError
from mutt_cli.ops import events, rule_plans
from mutt_cli.ops.inventory import asked

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.decided import Decided
    from mutt_cli.core.rule_contest import Held
    from mutt_cli.core.rule_trial import Backtest, Candidates, Question
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.events import Seen

PERIOD: Final = timedelta(hours=24)
MOST_PAST: Final = 1000
"""Events that a draft is tried on, the newest: each is an event as it was received, and somebody waits."""


@dataclass(frozen=True)
class Trial:
    """What became of a question, and of the past where there is a draft."""

    decision: Decided | None
    """None if no message was given."""
    backtest: Backtest | None = None
    warnings: tuple[str, ...] = ()


class LiveRules:
    """The rules of now, compiled once for each revision of them: for whoever asks often."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[int, Candidates] | None = None

    def candidates(self, backends: Backends) -> Candidates:
        """Every rule, disabled ones included. Raises MuttError as `inventory.asked`."""
        with self._lock:  # who comes while they are compiled waits: to compile them twice takes twice as long
            revision = asked(backends, inventory_store.revision)
            if self._known is None or self._known[0] != revision:
                self._known = (revision, rule_trial.candidates(asked(backends, rule_past.rules_now)))
            return self._known[1]


def draft(rules: Candidates, fields: Mapping[str, Any], rule_id: int | None = None) -> Held:
    """The rule that somebody would make of these fields, or of rule `rule_id`. Raises BadRuleError, NotFoundError."""
    made = rule_plans.drafted(fields)
    if rule_id is not None and rule_id not in rules.rules:
        raise NotFoundError(f"there is no rule {rule_id}", code="MUTT-P301", tries=("mutt rule list",))
    number = max(rules.rules, default=0) + 1 if rule_id is None else rule_id
    return held({**made, "id": number, "version": 0})


def trial(
    backends: Backends, live: Candidates, question: Question | None, made: Held | None, *, now: datetime
) -> Trial:
    """Ask the rules, with `made` among them if there is one."""
    rules = live if made is None else live.beside(made)
    decision = None
    if question is not None:
        host = asked(backends, lambda conn: _host(conn, question.hostname, now))
        decision = rule_trial.tried(question, rules, host, backends.settings.alerter.unhandled_default_team)
    if made is None:
        return Trial(decision)
    # The alerter's own records: what a forwarder or a person did later says nothing of rules, and has no words.
    wanted = events.Search(now - PERIOD, now + PERIOD, {"stage": "alerter"}, messages=MOST_PAST, most=MOST_PAST)
    found = events.search(backends, wanted)
    past = [known for one in found.seen if (known := _past(one)) is not None]
    return Trial(decision, rule_trial.backtested(made, rules, past), found.warnings)


def _host(conn: Connection, name: str, now: datetime) -> HostThen:
    return rule_past.host_at(conn, name, now) or HostThen()


def _past(one: Seen) -> Past | None:
    """None for what was decided without rules, or whose words nobody kept."""
    record = one.record
    if one.message is None or (record.outcome != "unhandled" and record.rule_id is None):
        return None
    return Past(record.event_id, one.message, record.hostname, one.at_ms, record.rule_id)
