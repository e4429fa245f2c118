"""An element of the alert queue, and what of it goes to Moogsoft: one pure mapping, total over whatever was queued.

Fields follow Moogsoft's public "Alert and Event Field Reference" and "Severity Reference" (docs.moogsoft.com): the
severity is an integer from 0 (clear) to 5 (critical), the signature decides which events become one alert and holds
767 bytes, texts hold 65,535. `severity`, `description` and `source` are always present (SO:658, TG:685, C-55).
Keys that begin with `_` are MUTT's own and never leave it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.core import drill
from mutt_cli.core.dead_letter import Delivery, message_id, open_letter
from mutt_cli.core.moment import unix_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

CLEAR, INDETERMINATE, WARNING, MINOR, MAJOR, CRITICAL = range(6)
_SEVERITIES: Final = {
    **dict.fromkeys(("clear", "cleared", "ok", "normal", "resolved", "recovered", "closed", "up"), CLEAR),
    **dict.fromkeys(("indeterminate", "unknown", "info", "informational", "information", "notice", "notification",
                     "debug", "trace"), INDETERMINATE),
    **dict.fromkeys(("warning", "warn"), WARNING),
    "minor": MINOR,
    **dict.fromkeys(("major", "error", "err", "high"), MAJOR),
    **dict.fromkeys(("critical", "crit", "fatal", "alert", "emergency", "emerg", "panic", "disaster"), CRITICAL),
}  # fmt: skip
SEVERITY_WORDS: Final = frozenset(_SEVERITIES)
"""Lower case words that mean a severity; besides them a digit from 0 to 5 does."""
_SYSLOG: Final = (CRITICAL, CRITICAL, CRITICAL, MAJOR, WARNING, INDETERMINATE, INDETERMINATE, INDETERMINATE)
"""By syslog severity 0 to 7 (RFC 5424 6.2.1): emergency, alert, critical, error, warning, notice, info, debug."""

MAX_DESCRIPTION: Final = 4_000
MAX_TEXT: Final = 255
MAX_SIGNATURE: Final = 255
"""Characters; at most three bytes each, so that the 767 bytes of the column hold it."""
MAX_FIELDS: Final = 64
MAX_FIELD_BYTES: Final = 1_000
MAX_EVENT_BYTES: Final = 16_384
"""Original fields that travel in `custom_info`: how many, bytes of one, and of all together."""

_OWN: Final = frozenset({
    "event_id", "correlation_id", "received_at", "severity", "description", "source", "hostname", "message", "rule",
    "team", "environment", "signature", "matched_at", "suppressed_since_last", "sequence", "attempt", "event",
})  # fmt: skip
"""Fields of the alert itself; what else a hand has put beside them counts as a field of the event."""


@dataclass(frozen=True)
class Alert:
    """One element of the alert queue, read. Text is empty and numbers are 0 or None where it does not say."""

    event_id: str
    """Ours, or made from the content if a hand pushed it without one; also the `Idempotency-Key`."""
    correlation_id: str
    source: str
    """The ledger's source (`_source`)."""
    hostname: str
    severity: str
    signature: str
    """What must leave in order and what Moogsoft deduplicates by; never empty."""
    received_ms: int
    received_at: str
    rule_id: int | None
    rule_version: int | None
    rule_name: str
    sequence: int
    attempt: int
    """Attempts made so far."""
    delivery: Delivery | None
    content: Mapping[str, Any]
    """The whole JSON object without `_delivery`."""
    drill: str = ""
    """The token of a drill's canary; empty for every other alert."""


@dataclass(frozen=True)
class Unreadable:
    """An element that is no JSON object that can be sent."""

    reason: str


def parse_element(element: bytes) -> Alert | Unreadable:
    """Read one element of the alert queue."""
    letter = open_letter(element)
    if letter.fields is None:
        return Unreadable("not a JSON object")
    try:
        content = msgspec.json.decode(letter.body)
    except msgspec.DecodeError as error:
        return Unreadable(str(error)[:MAX_TEXT])
    rule = _mapping(content.get("rule"))
    return Alert(
        event_id=message_id(element),
        correlation_id=_text(content.get("correlation_id")),
        source=_text(content.get("_source")),
        hostname=_text(content.get("hostname") or content.get("source")),
        severity=_text(content.get("severity")),
        signature=_signature(content),
        received_ms=unix_ms(content.get("received_at")) or 0,
        received_at=_text(content.get("received_at")),
        rule_id=_integer(rule.get("id")),
        rule_version=_integer(rule.get("version")),
        rule_name=_text(rule.get("name")),
        sequence=_integer(content.get("sequence")) or 0,
        attempt=max(0, _integer(content.get("attempt")) or 0),
        delivery=letter.delivery,
        content=content,
        drill=drill.token_in(content) if drill.MARK in content else "",
    )


def moogsoft_severity(value: object, syslog: object = None) -> int:
    """Moogsoft's severity, 0 to 5, of a word in any case or of a number on Moogsoft's own scale.

    A word nobody knows falls back to `syslog`, the device's severity (0 to 7), and then to 1, indeterminate.
    """
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _SEVERITIES:
            return _SEVERITIES[word]
        value = int(word) if len(word) == 1 and word in "0123456789" else None
    number = _integer(value)
    if number is not None and CLEAR <= number <= CRITICAL:
        return number
    level = _integer(syslog)
    return _SYSLOG[level] if level is not None and 0 <= level < len(_SYSLOG) else INDETERMINATE


def moogsoft_payload(alert: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object that is posted, from the content of an alert queue's element.

    `agent_time` (Unix seconds) and `external_id` are left out if the alert does not say them.
    """
    event, rule = _mapping(alert.get("event")), _mapping(alert.get("rule"))
    source = _source(alert)
    when = _first_moment(alert.get("received_at"), alert.get("matched_at"), alert.get("timestamp"))
    external = _text(alert.get("correlation_id") or alert.get("event_id"))
    payload: dict[str, Any] = {
        "signature": _signature(alert),
        "source_id": _text(alert.get("source_addr") or event.get("source_addr")) or source,
        "external_id": external,
        "manager": "MUTT",
        "source": source,
        "class": _text(alert.get("team")) or "unassigned",
        "agent": "MUTT",
        "agent_location": _text(event.get("location") or event.get("site")) or source,
        "type": _text(rule.get("name")) or "unmatched",
        "severity": moogsoft_severity(alert.get("severity"), event.get("syslog_severity")),
        "description": _description(alert),
        "custom_info": _custom_info(alert, event, rule),
    }
    if not external:
        del payload["external_id"]
    if when is not None:
        payload["agent_time"] = when // 1000
    return payload


def _custom_info(alert: Mapping[str, Any], event: Mapping[str, Any], rule: Mapping[str, Any]) -> dict[str, Any]:
    beside = {name: value for name, value in alert.items() if name not in _OWN}
    if not isinstance(alert.get("event"), dict | None):
        beside["event"] = alert["event"]
    fields, left_out = _bounded({**event, **beside})
    info: dict[str, Any] = {
        "event_id": _text(alert.get("event_id")),
        "rule": {name: _short(rule[name]) for name in ("id", "version", "name", "priority") if name in rule},
        "environment": _text(alert.get("environment")),
        "severity": _text(alert.get("severity")),
        "received_at": _text(alert.get("received_at")),
        "matched_at": _text(alert.get("matched_at")),
        "suppressed_since_last": max(0, _integer(alert.get("suppressed_since_last")) or 0),
        "sequence": _integer(alert.get("sequence")) or 0,
        "event": fields,
    }
    if left_out:
        info["fields_left_out"] = left_out
    return info


def _bounded(fields: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """The original fields that fit, long ones cut, and how many were left out for want of room."""
    kept: dict[str, Any] = {}
    room, left_out = MAX_EVENT_BYTES, 0
    for name, value in fields.items():
        if name.startswith("_"):
            continue
        key, short = _clip(name, MAX_TEXT), _short(value)
        room -= (size := len(msgspec.json.encode({key: short})))
        if room < 0 or len(kept) >= MAX_FIELDS:
            room += size
            left_out += 1
        else:
            kept[key] = short
    return kept, left_out


def _short(value: object) -> object:
    """The value if its JSON is short enough, else the beginning of its text."""
    encoded = msgspec.json.encode(value)
    if len(encoded) <= MAX_FIELD_BYTES:
        return value
    text = value if isinstance(value, str) else encoded.decode()
    return _clip(text, MAX_FIELD_BYTES // 4)


def _description(alert: Mapping[str, Any]) -> str:
    """What happened, in the alert's words: its description, else its message, else all it says, as JSON."""
    for name in ("description", "message"):
        if text := _text(alert.get(name), MAX_DESCRIPTION):
            return text
    said = {name: value for name, value in alert.items() if not name.startswith("_") and name != "attempt"}
    return _clip(msgspec.json.encode(said).decode(), MAX_DESCRIPTION)


def _source(alert: Mapping[str, Any]) -> str:
    return _text(alert.get("source")) or _text(alert.get("hostname")) or "unknown"


def _signature(alert: Mapping[str, Any]) -> str:
    """The fingerprint; for an alert pushed by hand without one, of its source and description."""
    given = _text(alert.get("signature"), MAX_SIGNATURE)
    return given or hashlib.sha256(f"{_source(alert)}\0{_description(alert)}".encode()).hexdigest()[:32]


def _first_moment(*candidates: object) -> int | None:
    return next((ms for ms in map(unix_ms, candidates) if ms is not None), None)


def _text(value: object, limit: int = MAX_TEXT) -> str:
    """A bounded text; numbers as they are written, other values as JSON, absence as nothing."""
    if value is None:
        return ""
    return _clip(value if isinstance(value, str) else msgspec.json.encode(value).decode(), limit)


def _clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
