"""How a deployment moved, in a support bundle: numbers and states, and nothing that anybody wrote."""

from __future__ import annotations

from dataclasses import replace

from mutt_cli.core.allowlist import Sieve
from mutt_cli.core.top.frame import Frame
from mutt_cli.present.bundle_fields import FIELDS
from mutt_cli.present.encode import json_text, plain
from mutt_cli.present.flow import flow_rows
from tests.core.health.snapshots import AWAY, NOW, WELL
from tests.core.top.frames import frame
from tests.core.top.scenes import HOSTILE, hostile, incident


def test_each_frame_is_a_row_of_what_was_counted_and_what_waited() -> None:
    (row,) = flow_rows([frame(incident(), accepted=7, forwarded=3)])
    assert row["counters"] == {"accepted": 7, "forwarded": 3}
    assert (row["depths"]["alert"], row["breaker"], row["working"]["alerter"]) == (18_204, "OPEN", 2)


def test_without_redis_it_says_who_was_at_work_and_nothing_else() -> None:
    (row,) = flow_rows([Frame(replace(WELL, at_ms=NOW, pipeline=AWAY))])
    assert (row["counters"], row["depths"], row["breaker"]) == ({}, {}, None)


def test_nothing_that_somebody_wrote_leaves_with_it() -> None:
    sieve = Sieve(frozenset({"open", "alerter"}), ())
    told = json_text(sieve.only(plain(flow_rows([frame(hostile())])), FIELDS["flow"]))
    assert HOSTILE[:6] not in told
    assert "bold" not in told
