"""A drill's canary: how it is labelled, why nobody can forge the label, and the built-in rule that decides it.

`mutt drill` posts one event that carries a token of 128 random bits in the field `mutt_drill`, and before that writes
what is to become of it under the token's key in Redis (`Label`). Alerters and forwarders believe a label only while
that key exists: an event from outside that carries the field is an event like any other. No alert from outside can
carry `_drill`: what a sender says stands in the alert's `event`.

The key outlives the drill by a day where the canary was not seen to end. A canary that comes after `until` ends where
it is met and goes no further, so that one that was held up for hours posts nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from mutt_cli.core.enrich import HAND
from mutt_cli.core.moment import rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.core.event import Event

FIELD: Final = "mutt_drill"
"""The event's field with the token, as the sender of the canary writes it."""
MARK: Final = "_drill"
"""The alert's field with the token, as an alerter that believed it writes it."""
TITLE: Final = "TEST"
"""Name of the built-in rule: `type` of the alert in Moogsoft, and how its description begins."""
HOST: Final = "mutt-drill"
SIGNATURE: Final = "mutt-drill"
"""Of every alert that a drill posts: Moogsoft holds one, however often somebody drills."""
DONE, LATE = "drill", "drill_late"
"""Reasons in the journal of events: a canary that was recorded instead of posted, one that came after its time."""
KEEP_S: Final = 86_400
"""How long the key of a canary is kept that was not seen to end."""
_TOKEN: Final = re.compile(r"[0-9a-f]{32}")

Mode = Literal["record", "send"]


class Label(msgspec.Struct, frozen=True):
    """What becomes of the canary. `until`: Redis time in ms after which it only ends."""

    mode: Mode
    until: int
    operation: str = ""
    post: dict[str, Any] | None = None
    """What a forwarder would have posted."""

    def late(self, now_ms: int) -> bool:
        """Whether its time is over."""
        return now_ms > self.until


def is_token(text: str) -> bool:
    """Whether a drill can have written this."""
    return _TOKEN.fullmatch(text) is not None


def read_label(stored: bytes | None) -> Label | None:
    """The label that is stored; None if there is none, or somebody else wrote something there."""
    if stored is None:
        return None
    try:
        return msgspec.json.decode(stored, type=Label)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def canary(token: str, correlation_id: str, actor: str) -> dict[str, Any]:
    """The event that is posted to the ingestor. The token is in no field that is logged."""
    return {
        "message": f"{TITLE}: drill of MUTT by {actor}, please ignore",
        "hostname": HOST, "severity": "info", "correlation_id": correlation_id, FIELD: token,
    }  # fmt: skip


def alert(event: Event, label: Label, *, sequence: int, now_ms: int) -> bytes:
    """The alert that the built-in rule makes. The first four fields are read by scripts: keep them (core/enrich.py).

    Recorded canaries have a signature each: none waits for another's retry.
    """
    made: dict[str, Any] = {
        "event_id": event.event_id,
        "correlation_id": event.correlation_id,
        "received_at": event.received_at or rfc3339(now_ms),
        "_source": event.source_key or HAND,
        MARK: event.drill,
        "severity": "info",
        "description": event.message,
        "source": event.hostname,
        "hostname": event.hostname,
        "message": event.message,
        "rule": {"name": TITLE},
        "team": TITLE,
        "environment": "test",
        "signature": SIGNATURE if label.mode == "send" else f"{SIGNATURE}-{event.event_id}",
        "matched_at": rfc3339(now_ms),
        "suppressed_since_last": 0,
        "sequence": sequence,
        "attempt": 0,
        "event": {},
    }
    return msgspec.json.encode(made)


def token_in(content: Mapping[str, Any]) -> str:
    """The token that an alert carries; empty if it carries none."""
    text = content.get(MARK)
    return text if isinstance(text, str) and is_token(text) else ""
