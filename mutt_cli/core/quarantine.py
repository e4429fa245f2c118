"""A refused batch item as it is kept in quarantine: the original as text, and why it was refused (D8, D28)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from mutt_cli.core.event import Refusal

MAX_KEPT = 1 << 20
"""Bytes of the original that are kept; what is longer is cut, and says so."""


def letter(raw: bytes, refusal: Refusal, *, received_at: str, source: str) -> bytes:
    """One JSON object with `raw` (or `raw_base64`), and the reason in `_delivery` as every dead letter has it."""
    kept = raw[:MAX_KEPT]
    delivery = {
        "reason": refusal.reason,
        "error": refusal.detail,
        "origin": "ingest",
        "first_failed_at": received_at,
        "last_failed_at": received_at,
        "cut_bytes": len(raw) - len(kept),
        "wrapped": True,
    }
    try:
        original = {"raw": kept.decode("utf-8")}
    except UnicodeDecodeError:
        original = {"raw_base64": base64.b64encode(kept).decode("ascii")}
    return msgspec.json.encode({**original, "received_at": received_at, "_source": source, "_delivery": delivery})
