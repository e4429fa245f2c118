"""Events that no rule matched, counted by kind, and the meta-alert that says a rule is missing (C-34, D12).

A kind is a host and a message without its timestamps, sequence numbers, digits and hex runs, so that 48 ports that
flap are one kind. Its counts live in Redis as one JSON object, from the first event of the kind until the window
(`UNHANDLED_EXPIRY_SECONDS`) is over; one meta-alert is raised when they reach `UNHANDLED_THRESHOLD`.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.core.dedupe import stable_text
from mutt_cli.core.moment import rfc3339

if TYPE_CHECKING:
    from mutt_cli.core.enrich import Inventory
    from mutt_cli.core.event import Event

LAST_IDS: Final = 5
"""Correlation ids that a kind remembers: the last ones."""
MAX_MESSAGE: Final = 500
MAX_SOURCE: Final = 100
"""Characters of an example message and of a host name in a key."""
SOURCE: Final = "mutt"
"""Ledger source of what MUTT itself made."""
NO_RULE: Final = "mutt-unhandled"
"""Name that a meta-alert carries where others carry their rule's."""
OTHER: Final = ("other", "0" * 16)
"""The kind that counts everything beyond `UNHANDLED_MAX_KEYS`."""
_ONE_DIGIT: Final = bytes.maketrans(b"123456789", b"000000000")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._:-]")  # what would not survive `xargs redis-cli GET` (contract.md 2.1)


class Counts(msgspec.Struct, frozen=True):
    """What is known of one kind; the value of its key (contract.md 2.1, TG:1526). Times are RFC 3339."""

    correlation_id: str
    """Of the latest event."""
    correlation_ids: tuple[str, ...]
    count: int
    first_seen: str
    last_seen: str
    hostname: str
    message: str
    """An example: the latest event's, cut."""
    triggered: str = ""
    """When its meta-alert was raised; empty before."""


@dataclass(frozen=True)
class Kind:
    """The key of a kind in two parts, and counts: what a worker adds, or what Redis holds."""

    source: str
    digest: str
    counts: Counts


def kind_of(one: Event) -> tuple[str, str]:
    """Host, as a key may hold it, and 16 hex digits of the folded message."""
    return _source(one.hostname), _digest(one.message.encode("utf-8", "surrogatepass").translate(_ONE_DIGIT))


@lru_cache(maxsize=4096)
def _source(hostname: str) -> str:
    return _UNSAFE.sub("_", hostname)[:MAX_SOURCE] or "unknown"


@lru_cache(maxsize=4096)
def _digest(shape: bytes) -> str:
    """Messages that differ in digits alone have one shape, so that most of them are folded only once."""
    folded = stable_text(shape.decode("utf-8", "surrogatepass"), fold=True).encode("utf-8", "surrogatepass")
    return hashlib.sha1(folded, usedforsecurity=False).hexdigest()[:16]


class Tally:
    """Unmatched events since the last `take`, by kind: what one worker has seen and not yet told Redis."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], _Seen] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, one: Event) -> None:
        """Count one event."""
        kind = kind_of(one)
        seen = self._seen.get(kind)
        if seen is None:
            self._seen[kind] = _Seen(1, one, one, deque((one.correlation_id,), LAST_IDS))
        else:
            seen.count += 1
            seen.latest = one
            seen.ids.append(one.correlation_id)

    def take(self, now_ms: int) -> list[Kind]:
        """Everything that was counted, in order of appearance; the tally is empty afterwards."""
        taken, self._seen = self._seen, {}
        return [Kind(*kind, _counts(seen, rfc3339(now_ms))) for kind, seen in taken.items()]


@dataclass(slots=True)
class _Seen:
    count: int
    first: Event
    latest: Event
    ids: deque[str]


def _counts(seen: _Seen, now: str) -> Counts:
    latest = seen.latest
    return Counts(
        correlation_id=latest.correlation_id,
        correlation_ids=tuple(seen.ids),
        count=seen.count,
        first_seen=seen.first.received_at or now,
        last_seen=latest.received_at or now,
        hostname=latest.hostname[:MAX_SOURCE],
        message=latest.message[:MAX_MESSAGE],
    )


def meta_alert(kind: Kind, event_id: str, inventory: Inventory, now_ms: int) -> bytes:
    """The alert that tells of a kind; its four first fields stand where scripts look for them (enrich.py)."""
    counts, now = kind.counts, rfc3339(now_ms)
    description = f"{counts.count} events matched no rule since {counts.first_seen}: {counts.message}"
    alert: dict[str, Any] = {
        "event_id": event_id,
        "correlation_id": counts.correlation_id,
        "received_at": now,
        "_source": SOURCE,
        "severity": "warning",
        "description": description,
        "source": counts.hostname,
        "hostname": counts.hostname,
        "message": description,
        "rule": {"name": NO_RULE},
        "team": inventory.teams.get(counts.hostname, "") or inventory.default_team,
        "environment": "dev" if counts.hostname in inventory.dev_hosts else "prod",
        "signature": hashlib.sha256(f"{kind.source}\0{kind.digest}".encode()).hexdigest()[:32],
        "matched_at": now,
        "suppressed_since_last": 0,
        "sequence": 0,
        "attempt": 0,
        "event": {
            "unhandled_count": counts.count, "first_seen": counts.first_seen, "last_seen": counts.last_seen,
            "correlation_ids": counts.correlation_ids, "kind": f"{kind.source}:{kind.digest}",
        },
    }  # fmt: skip
    return msgspec.json.encode(alert)


def read_counts(text: bytes) -> Counts | None:
    """The value of a kind's key; None if somebody put something else there."""
    try:
        return msgspec.json.decode(text, type=Counts)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
