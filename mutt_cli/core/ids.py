"""Ids as pure functions: UUIDs (RFC 9562) from a time and random bits, and what a UUIDv7 tells back."""

from __future__ import annotations

import hashlib
import re
from typing import Final

import msgspec

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def uuid7(unix_ms: int, sequence: int, random_bits: int) -> str:
    """A UUIDv7 (section 5.7) as 36 characters: 48 bits of Unix ms, 12 bits `sequence`, 62 random bits."""
    time, chance = f"{unix_ms & (1 << 48) - 1:012x}", f"{0b10 << 62 | random_bits & (1 << 62) - 1:016x}"
    return f"{time[:8]}-{time[8:]}-7{sequence & 0xFFF:03x}-{chance[:4]}-{chance[4:]}"


def uuid7_floor(unix_ms: int) -> str:
    """The least id that a UUIDv7 of this millisecond may have, in the order in which databases compare them."""
    time = f"{max(0, min(unix_ms, (1 << 48) - 1)):012x}"
    return f"{time[:8]}-{time[8:]}-0000-0000-000000000000"


def uuid4(random_bits: int) -> str:
    """A UUIDv4 (section 5.4) as 36 characters, of 122 random bits."""
    text, variant = f"{random_bits & (1 << 120) - 1:030x}", "89ab"[random_bits >> 120 & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[12:15]}-{variant}{text[15:18]}-{text[18:]}"


def uuid7_ms(event_id: str) -> int | None:
    """The Unix milliseconds inside a UUIDv7, or None if `event_id` is not one."""
    digits = event_id.replace("-", "")
    if len(digits) != 32 or digits[12] != "7":
        return None
    try:
        return int(digits[:12], 16)
    except ValueError:
        return None


def is_uuid(text: str) -> bool:
    """True for 36 characters in the canonical form."""
    return _UUID.fullmatch(text) is not None


def element_id(element: bytes) -> str:
    """The id of an element that carries none (pushed by hand): the SHA-256 of its bytes, shaped as a UUIDv8.

    Equal bytes give an equal id, so the same element keeps its id and its Idempotency-Key through retries.
    """
    digits = list(hashlib.sha256(element).hexdigest()[:32])
    digits[12], digits[16] = "8", "89ab"[int(digits[16], 16) & 3]
    text = "".join(digits)
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def adopt(element: bytes, event_id: str, received_at: str, source: str) -> bytes:
    """A hand-made JSON object with our id, time and ledger source in front, so that it is counted as injected once.

    What is no JSON object comes back unchanged.
    """
    try:
        fields = msgspec.json.decode(element, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return element
    ours = {"event_id": event_id, "correlation_id": event_id, "received_at": received_at, "_source": source}
    head = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in ours.items()}
    theirs = {name: value for name, value in fields.items() if name not in ("event_id", "received_at", "_source")}
    return msgspec.json.encode(head | theirs)
