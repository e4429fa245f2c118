"""One message in a queue as an operator sees it: who it is about, how old, how it failed. Total over bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.core.dead_letter import Delivery, hash_of, id_of, open_letter
from mutt_cli.core.moment import unix_ms

if TYPE_CHECKING:
    from mutt_cli.core.dead_letter import Letter

SHORT: Final = 7
"""Least characters of a payload hash that address a message (D33)."""
SHORT_CORRELATION: Final = 8
"""Least characters of a correlation id that do."""
_HEX: Final = re.compile(r"[0-9a-f]+")
_PLAIN: Final = re.compile(r"[a-z0-9._:-]*[a-df-z_:][a-z0-9._:-]*")
"""What JSON writes as it is; a number it may write in several ways."""
_OUR_ID: Final = b'"event_id"'


@dataclass(frozen=True)
class Message:
    """One element. `member` is what the server holds, if that is more than the element (the retry set)."""

    element: bytes
    member: bytes = b""

    @cached_property
    def letter(self) -> Letter:
        """The element taken apart."""
        return open_letter(self.element)

    @cached_property
    def hash(self) -> str:
        """The payload hash, 64 hex digits."""
        return hash_of(self.letter)

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The top level of the message; of wrapped or raw text what is known beside it, and the text as `raw`."""
        try:
            if self.letter.fields is not None:
                found: dict[str, Any] = msgspec.json.decode(self.letter.body)
                return found
        except (msgspec.DecodeError, RecursionError):
            pass
        beside = {name: _value(raw) for name, raw in self.letter.beside.items()}
        return {**beside, "raw": self.letter.body.decode("utf-8", "replace")}

    @property
    def delivery(self) -> Delivery:
        """How it failed; empty if it never did."""
        return self.letter.delivery or Delivery()

    @cached_property
    def event_id(self) -> str:
        """Its own id, or one made from its content."""
        return id_of(self.letter)

    @property
    def correlation_id(self) -> str:
        """As it says, else empty."""
        return _text(self.fields.get("correlation_id"))

    @property
    def hostname(self) -> str:
        """What it is about."""
        return next((text for name in ("hostname", "host", "source") if (text := _text(self.fields.get(name)))), "")

    @property
    def text(self) -> str:
        """What it says: its message, else its description, else the whole of it."""
        for name in ("message", "description", "raw"):
            if text := _text(self.fields.get(name)):
                return text
        return self.letter.body.decode("utf-8", "replace")

    @property
    def rule(self) -> str:
        """The name of the rule that made it an alert; empty for an event."""
        rule = self.fields.get("rule")
        return _text(rule.get("name")) if isinstance(rule, dict) else ""

    @cached_property
    def since_ms(self) -> int | None:
        """When it was accepted, else matched, else first failed; Unix ms."""
        for name in ("received_at", "matched_at"):
            if (at := unix_ms(self.fields.get(name))) is not None:
                return at
        return self.delivery.first_failed_ms

    def age_s(self, now_ms: int) -> float | None:
        """Seconds since it was accepted."""
        return None if self.since_ms is None else max(0, now_ms - self.since_ms) / 1000

    def facts(self, now_ms: int) -> dict[str, Any]:
        """What filters may ask for: the message's own fields, and what is known of it by the names of the columns."""
        one = self.delivery
        return {
            **self.fields,
            "_delivery": {
                "reason": one.reason, "error": one.error, "attempts": one.attempts, "origin": one.origin,
                "crashes": one.crashes, "replays": one.replays,
            },
            "id": self.hash,
            "event_id": self.event_id,
            "correlation_id": self.correlation_id,
            "host": self.hostname,
            "rule": self.rule,
            "text": self.text,
            "age_seconds": self.age_s(now_ms),
            "size_bytes": len(self.element),
            "reason": one.reason,
            "error": one.error,
            "attempts": one.attempts,
            "crashes": one.crashes,
            "replays": one.replays,
            "origin": one.origin,
        }  # fmt: skip

    def addressed_by(self, prefix: str) -> bool:
        """Whether this text addresses it: a prefix of its payload hash or correlation id, or its whole event id."""
        wanted, needle = _wanted(prefix)
        if needle is None or _may_hold(self.element, needle):
            if len(prefix) >= SHORT_CORRELATION and self.correlation_id.lower().startswith(wanted):
                return True
            if wanted == self.event_id.lower():
                return True
        return len(prefix) >= SHORT and _HEX.fullmatch(wanted) is not None and self.hash.startswith(wanted)


@lru_cache(maxsize=256)
def _wanted(prefix: str) -> tuple[str, bytes | None]:
    """A name in small letters, and the bytes that stand in whatever has this id; None if none need stand there."""
    wanted = prefix.lower()
    made_from_content = wanted[14:15] == "8"
    return wanted, None if made_from_content or not _PLAIN.fullmatch(wanted) else wanted.encode()


def _may_hold(element: bytes, needle: bytes) -> bool:
    """False only where bytes alone rule an id out: a queue is looked through for one message.

    An element without an id has one that is made of its content; what is an escape or base64 has to be read.
    """
    if needle in element.lower() or _OUR_ID not in element:
        return True
    return b"\\u" in element or b"raw_base64" in element


def _value(raw: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)
