"""An event seen waiting in a queue: who it is and what its element tells, and how to know it among others.

`Wanted` is asked about every element of every queue, so it rules out by bytes first and reads only what may fit.
What people type is an event id in full, or the beginning (8 characters or more) of a correlation id (D7, D33).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.core import event as events
from mutt_cli.core import pipeline
from mutt_cli.core.alert import Alert, parse_element
from mutt_cli.core.dead_letter import message_id, open_letter, payload_hash
from mutt_cli.core.moment import unix_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.core.dead_letter import Delivery

LEAST_PREFIX: Final = 8
"""Characters of a correlation id that name an event (D7)."""
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
_PLAIN: Final = re.compile(r"[A-Za-z0-9._:-]+")
"""Characters that no encoder writes as an escape, in JSON within JSON either."""
_OUR_ID: Final = b'"event_id"'


@dataclass(frozen=True)
class Wanted:
    """What a person typed, and what an event must have to be meant."""

    text: str
    whole_only: bool = False
    """Look for this event id alone, not for a correlation id that begins so."""

    @property
    def event_id(self) -> str:
        """The text as an event id: a UUID in any spelling as 36 lower-case characters, else as it is."""
        if not _UUID.fullmatch(self.text):
            return self.text
        digits = self.text.replace("-", "").lower()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    @property
    def event_ids(self) -> tuple[str, ...]:
        """Event ids that may be meant."""
        return (self.event_id,)

    @property
    def prefix(self) -> str:
        """The beginning of a correlation id that is looked for; empty if only an event id can be meant."""
        return "" if self.whole_only or len(self.text) < LEAST_PREFIX else self.text

    def needles(self) -> tuple[bytes, ...]:
        """Bytes of which at least one stands in whatever fits; empty if bytes rule nothing out.

        An id that was made from content (UUIDv8) stands nowhere in what a hand pushed.
        """
        if _UUID.fullmatch(self.text) and self.event_id[14] == "8":
            return ()
        pieces = [_longest_plain(self.event_id), *([_longest_plain(self.prefix)] if self.prefix else [])]
        return tuple(dict.fromkeys(piece.encode() for piece in pieces)) if all(pieces) else ()

    def fits(self, event_id: str, correlation_id: str) -> bool:
        """Whether this event is meant."""
        return event_id == self.event_id or bool(self.prefix and correlation_id.startswith(self.prefix))


@dataclass(frozen=True)
class AnyOf:
    """Several events by their ids in full; asked like `Wanted`."""

    event_ids: tuple[str, ...]
    prefix: str = ""

    def needles(self) -> tuple[bytes, ...]:
        """As of `Wanted`; empty if one of them is known by its content alone."""
        wanted = [Wanted(one, whole_only=True).needles() for one in self.event_ids]
        return tuple(dict.fromkeys(needle for each in wanted for needle in each)) if all(wanted) else ()

    def fits(self, event_id: str, correlation_id: str) -> bool:  # noqa: ARG002 - as of `Wanted`
        """Whether this event is meant."""
        return event_id in self.event_ids


@dataclass(frozen=True)
class Sighting:
    """One element in one queue. Times are Unix milliseconds, 0 if it does not say; text is empty if it does not."""

    queue: str
    """Short name (ux.md 4.1 rule 3)."""
    payload_hash: str
    event_id: str
    correlation_id: str
    hostname: str
    severity: str
    message: str
    source: str
    sender: str
    ingestor: str
    received_ms: int
    matched_ms: int
    """When a rule made an alert of it; 0 for an event."""
    rule_id: int | None
    rule_version: int | None
    rule_name: str
    attempt: int
    """Deliveries tried so far."""
    delivery: Delivery | None
    due_ms: int | None
    """Of what waits for a retry."""
    team: str = ""
    environment: str = ""
    """Of an alert, as it was enriched."""


def may_fit(element: bytes, needles: tuple[bytes, ...]) -> bool:
    """False only for an element that cannot be the wanted one. One without an id gets its id from its content."""
    return not needles or any(needle in element for needle in needles) or _OUR_ID not in element


def see(queue: str, element: bytes, due_ms: int | None = None) -> Sighting:
    """Read one element, an event, an alert or a dead letter of either; total over bytes."""
    letter = open_letter(element)
    event = events.parse(letter.body)
    alert = parse_element(letter.body)
    is_alert = isinstance(alert, Alert) and isinstance(alert.content.get("rule"), dict)
    known = alert if isinstance(alert, Alert) and is_alert else None
    own_id = events.parse(element).event_id if _before_decision(queue) else message_id(element)
    said = letter.beside if letter.fields is None else letter.fields
    return Sighting(
        queue=queue,
        payload_hash=payload_hash(element),
        event_id=own_id,
        correlation_id=_text(said, "correlation_id") or own_id,
        hostname=event.hostname,
        severity=event.severity,
        message=event.message,
        source=_text(said, "_source"),
        sender=event.source_addr,
        ingestor=event.ingestor,
        received_ms=unix_ms(_text(said, "received_at")) or 0,
        matched_ms=unix_ms(known.content.get("matched_at")) or 0 if known else 0,
        rule_id=known.rule_id if known else None,
        rule_version=known.rule_version if known else None,
        rule_name=known.rule_name if known else "",
        attempt=known.attempt if known else 0,
        delivery=letter.delivery,
        due_ms=due_ms,
        team=_word(known, "team"),
        environment=_word(known, "environment"),
    )


def _word(alert: Alert | None, name: str) -> str:
    value = alert.content.get(name) if alert is not None else None
    return value if isinstance(value, str) else ""


def _before_decision(queue: str) -> bool:
    """Whether an alerter will name what waits here; from then on the element carries its id."""
    return queue == pipeline.INGEST or queue.startswith(pipeline.in_hand("alerter", "").name)


def _text(said: Mapping[str, msgspec.Raw], name: str) -> str:
    try:
        value = msgspec.json.decode(said[name]) if name in said else ""
    except msgspec.DecodeError:
        return ""
    return value if isinstance(value, str) else ""


def _longest_plain(text: str) -> str:
    return max(_PLAIN.findall(text), key=len, default="")
