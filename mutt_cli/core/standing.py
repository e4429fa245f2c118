"""How a message stands in the ledger, and what it has to carry so that nobody counts it in twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from mutt_cli.core import ids
from mutt_cli.core.enrich import HAND
from mutt_cli.core.moment import rfc3339
from mutt_cli.core.reconciliation import glimpse

if TYPE_CHECKING:
    from mutt_cli.core.dead_letter import Letter


@dataclass(frozen=True)
class Standing:
    """How a message stands in the ledger."""

    event_id: str
    minute: str
    source: str
    counted: bool
    """Whether somebody has counted it in: whoever files a letter does (core/reconciliation.py)."""
    named: bool
    """Whether it carries its source, so that no later step counts it in again."""


def standing_of(element: bytes, letter: Letter, now_ms: int) -> Standing:
    """How this element, opened as `letter`, stands in the ledger."""
    seen, now = glimpse(element), rfc3339(now_ms)[:16]
    named = bool(text_of(letter, "_source"))
    counted = named or letter.delivery is not None
    minute, source = (seen.place[0] or now, seen.place[1]) if counted else (now, HAND)
    return Standing(seen.event_id, minute, source, counted, named)


def owned(element: bytes, standing: Standing) -> bytes:
    """A letter that a hand made, or whose event was made by one, carries its id and ledger source from now on."""
    if standing.named:
        return element
    return ids.adopt(element, standing.event_id, f"{standing.minute}:00.000Z", standing.source)


def text_of(letter: Letter, name: str) -> str:
    """A field of the message, or what is known beside it; empty if it is no text."""
    known = letter.beside if letter.fields is None else letter.fields
    try:
        return msgspec.json.decode(known[name], type=str) if name in known else ""
    except (msgspec.DecodeError, msgspec.ValidationError):
        return ""
