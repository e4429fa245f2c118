"""The event: accepted at the door, parsed again by the alerter.

A queued event is one compact JSON object. MUTT's own fields stand first, in this order: `event_id`,
`correlation_id`, `received_at`, `_source` (ledger source), `_ingestor`, `source_addr`; then the sender's fields as
they came. Scripts read the first four with patterns (lua/give_back.lua), so nothing may stand before them.
What a sender calls by one of our names is kept under `sender_fields`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Final

import msgspec

from mutt_cli.core import dead_letter, ids
from mutt_cli.core.dead_letter import message_id
from mutt_cli.core.moment import unix_ms

OURS: Final = frozenset(
    {"event_id", "received_at", "_source", "_ingestor", "source_addr", "_delivery", "sender_fields"}
)
"""Names that only MUTT may set in an event."""

MAX_ID: Final = 128
"""Characters of a correlation id."""
MAX_INT: Final = 1 << 63
_HEADER_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
# A string, closed or not, is one token and is never scanned twice: the cost is linear in any input.
_OPENING: Final = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
_DIGITS: Final = bytes(ord("0") if chr(byte).isdecimal() and byte < 128 else byte for byte in range(256))
_INT_RUN: Final = b"0" * 19


@dataclass(frozen=True)
class Refusal:
    """Why an item is not accepted: `reason` is one word for metrics and quarantine, `detail` a sentence."""

    reason: str
    detail: str


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """What the door knows about an item beside its content."""

    event_id: str
    received_at: str
    """RFC 3339, milliseconds, Z."""
    source: str
    """Ledger source: the name of the ingest key or listener."""
    ingestor: str
    sender: str
    """Network address of the sender."""
    fallback_correlation_id: str
    """From the X-Correlation-ID header if valid, else a random UUIDv4."""


@dataclass(frozen=True)
class Limits:
    """Bounds of one item (reliability.md 2.4)."""

    max_bytes: int
    max_depth: int
    required_fields: tuple[str, ...] = ()


class AcceptedEvent(msgspec.Struct, frozen=True, gc=False):
    """An item that may enter the queue."""

    element: bytes
    event_id: str
    correlation_id: str


def valid_header_id(text: str) -> bool:
    """True if an X-Correlation-ID header may become the correlation id (D7)."""
    return _HEADER_ID.fullmatch(text) is not None


def valid_correlation_id(value: object) -> bool:
    """True for 1 to 128 printable characters: what a sender may use as correlation id in the body (D7)."""
    return isinstance(value, str) and 0 < len(value) <= 128 and value.isprintable()


def claimed_id(raw: bytes, limits: Limits) -> str:
    """The correlation id that the sender of one object gave it, for the line about its refusal; empty if none."""
    if len(raw) > limits.max_bytes or not depth_within(raw, limits.max_depth):
        return ""
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    theirs = value.get("correlation_id") if isinstance(value, dict) else None
    return str(theirs) if valid_correlation_id(theirs) else ""


def depth_within(raw: bytes, limit: int) -> bool:
    """True if no array or object nests deeper than `limit`; counted on bytes, so that no parser meets the bomb."""
    if raw.count(b"[") + raw.count(b"{") <= limit:
        return True
    depth = 0
    for token in _OPENING.finditer(raw):
        first = token.group()
        if first in (b"[", b"{"):
            depth += 1
            if depth > limit:
                return False
        elif first in (b"]", b"}"):
            depth -= 1
    return True


def accept(raw: bytes, arrival: Arrival, limits: Limits) -> AcceptedEvent | Refusal:
    """One item of a request: the element to queue, or why not. Any JSON object is welcome (D7, C-07)."""
    if len(raw) > limits.max_bytes:
        return Refusal("too_large", f"the event has {len(raw)} bytes; at most {limits.max_bytes} are accepted")
    if not depth_within(raw, limits.max_depth):
        return Refusal("too_deep", f"the event nests deeper than {limits.max_depth} levels")
    fields = _object(raw)
    if isinstance(fields, Refusal):
        return fields
    missing = [name for name in limits.required_fields if name not in fields]
    if missing:
        return Refusal("validation", f"required fields are missing: {', '.join(missing)} (REQUIRED_MESSAGE_FIELDS)")
    return _stamped(fields, arrival)


def _object(raw: bytes) -> dict[str, Any] | Refusal:
    try:
        fields = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Refusal("json", f"the event is not valid JSON: {error}")
    if not isinstance(fields, dict):
        return Refusal("not_an_object", 'an event is a JSON object, such as {"message": "link down"}')
    if _INT_RUN in raw.translate(_DIGITS) and not _numbers_fit(fields):  # half a microsecond; a pattern takes two
        return Refusal("number_range", "an integer is outside the range of 64 bits")
    return fields


def _numbers_fit(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(_numbers_fit, value.values()))
    if isinstance(value, list):
        return all(map(_numbers_fit, value))
    return not isinstance(value, int) or -MAX_INT <= value < MAX_INT


def _stamped(fields: dict[str, Any], arrival: Arrival) -> AcceptedEvent:
    theirs = fields.pop("correlation_id", None)
    correlation_id = theirs if valid_correlation_id(theirs) else arrival.fallback_correlation_id
    set_aside = {} if OURS.isdisjoint(fields) else {name: fields.pop(name) for name in OURS & fields.keys()}
    if theirs is not None and theirs != correlation_id:
        set_aside["correlation_id"] = theirs
    element: dict[str, Any] = {
        "event_id": arrival.event_id,
        "correlation_id": correlation_id,
        "received_at": arrival.received_at,
        "_source": arrival.source,
        "_ingestor": arrival.ingestor,
        "source_addr": arrival.sender,
    }
    if "hostname" not in fields and (host := _host(fields.get("host"), fields.get("source"))):
        element["hostname"] = host
    element |= fields
    if set_aside:
        element["sender_fields"] = set_aside
    return AcceptedEvent(msgspec.json.encode(element), arrival.event_id, correlation_id)


def _host(*candidates: object) -> str:
    """hostname, else host, else source (C-07); only text names a host."""
    return next((name for name in candidates if isinstance(name, str) and name), "")


SyslogSeverity = Annotated[int, msgspec.Meta(ge=0, le=7)]
"""RFC 5424 section 6.2.1."""


_NAMES: Final = {"source_key": "_source", "ingestor": "_ingestor", "drill": "mutt_drill"}


class Event(msgspec.Struct, frozen=True, gc=False, rename=_NAMES):
    """A queued event as the alerter reads it; fields it does not decide on stay in the element."""

    event_id: str = ""
    correlation_id: str = ""
    received_at: str = ""
    source_key: str = ""
    ingestor: str = ""
    source_addr: str = ""
    message: str = ""
    hostname: str = ""
    severity: str = ""
    syslog_severity: SyslogSeverity | None = None
    drill: str = ""
    """The token of a drill's canary (core/drill.py), or whatever a sender calls so."""

    @property
    def injected(self) -> bool:
        """True if no ingestor accepted it: it was pushed by hand and is not in the ledger yet."""
        return not (self.source_key and self.event_id)

    @property
    def received_ms(self) -> int:
        """When it was accepted, Unix ms; 0 if unknown."""
        stamp = self.received_at
        return _stamp_ms(stamp) if len(stamp) <= 32 else unix_ms(stamp) or 0


@lru_cache(maxsize=1024)
def _stamp_ms(stamp: str) -> int:
    """Many events share one moment where there are many; only short texts are remembered, so memory is bounded."""
    return unix_ms(stamp) or 0


_decode_event = msgspec.json.Decoder(Event).decode


def parse(element: bytes) -> Event:
    """A queued element as an event. Total: what is no JSON object is an event whose message is the text."""
    try:
        event = _decode_event(element)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError):
        return _lenient(element)
    usable = event.message and len(event.event_id) == 36 and len(event.correlation_id) <= MAX_ID
    return event if usable else _lenient(element)


def fields_of(element: bytes) -> dict[str, Any]:
    """The sender's fields of a queued element; empty if it is no JSON object."""
    try:
        value = msgspec.json.decode(element)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    return {name: field for name, field in value.items() if name not in OURS and name != "correlation_id"}


def _lenient(element: bytes) -> Event:
    """An event without a message, or one that somebody's hands made: each field that is usable, ids from its bytes."""
    try:
        value = msgspec.json.decode(element)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = None
    if not isinstance(value, dict):
        text = element.decode("utf-8", "replace")
        made = message_id(element)
        return Event(event_id=made, correlation_id=made, message=text)

    def text_of(name: str) -> str:
        field = value.get(name)
        return field if isinstance(field, str) else ""

    theirs = value.get("correlation_id")
    known = message_id(element)  # the same for compact and pretty-printed JSON
    made = known if ids.is_uuid(known) else ids.element_id(element)
    level = value.get("syslog_severity")
    return Event(
        event_id=made,
        correlation_id=theirs[:MAX_ID] if isinstance(theirs, str) and theirs else made,
        received_at=text_of("received_at"),
        source_key=text_of("_source"),
        ingestor=text_of("_ingestor"),
        source_addr=text_of("source_addr"),
        message=text_of("message") or _quoted(element, value) or msgspec.json.encode(fields_of(element)).decode(),
        hostname=_host(value.get("hostname"), value.get("host"), value.get("source")),
        severity=text_of("severity"),
        syslog_severity=level if isinstance(level, int) and 0 <= level <= 7 else None,
        drill=text_of("mutt_drill"),
    )


def _quoted(element: bytes, value: dict[str, Any]) -> str:
    """The text that a dead letter on its way back wraps; empty if this is none."""
    delivery = value.get(dead_letter.DELIVERY)
    wrapped = isinstance(delivery, dict) and delivery.get(dead_letter.WRAPPED) is True
    return dead_letter.strip(element).decode("utf-8", "replace") if wrapped else ""
