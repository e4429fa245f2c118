"""How an alert's stay in a forwarder ends: what its journal record says, whichever way it goes."""

from __future__ import annotations

import json
from typing import Final

import pytest

from mutt_cli.core import settlement
from mutt_cli.core.alert import Alert, parse_element
from mutt_cli.core.backoff import Policy
from mutt_cli.core.delivery import Answer, judge
from mutt_cli.core.journal import Record, unpack_records

NOW: Final = 1_800_000_000_000
ELEMENT: Final = json.dumps(
    {
        "event_id": "0199c0de-0000-7000-8000-000000000001", "hostname": "core-sw1", "severity": "major",
        "rule": {"id": 7, "version": 3, "name": "link-down"}, "message": "down",
    }
).encode()  # fmt: skip
ALERT: Final = parse_element(ELEMENT)


def record(ending: settlement.Ending) -> Record:
    [found] = unpack_records(ending.journal)
    return found


def ended(answer: Answer) -> settlement.Ending:
    assert isinstance(ALERT, Alert)
    return settlement.sent(ELEMENT, ALERT, judge(answer), Policy(), pod="f1", jitter=1.0, now_ms=NOW, elapsed_s=0.1)


def parked() -> settlement.Ending:
    assert isinstance(ALERT, Alert)
    return settlement.parked(ELEMENT, ALERT, "f1", NOW)


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (ended(Answer(status=200)), "delivered"),
        (ended(Answer(status=503)), "retry"),
        (ended(Answer(status=400)), "dead_lettered"),
        (parked(), "dead_lettered"),
    ],
    ids=["delivered", "retry", "refused", "parked by the breaker"],
)
def test_every_end_names_host_severity_and_rule_so_that_it_is_found_by_them(
    ending: settlement.Ending, outcome: str
) -> None:
    found = record(ending)
    assert found.outcome == outcome
    assert (found.hostname, found.severity) == ("core-sw1", "major")
    assert (found.rule_id, found.rule_version, found.rule_name) == (7, 3, "link-down")
