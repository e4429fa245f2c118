"""The labels of canaries, and what the last drill found.

`read` is for health: when somebody last drilled, and when it last went well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.drill import KEEP_S, read_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.drill import Label
    from mutt_cli.keys import Keys


@dataclass(frozen=True)
class Noted:
    """What drills found. Times are Unix ms by the clock of Redis, 0 if there was none; text is empty then."""

    last_ms: int = 0
    """When the last drill ended, however."""
    last_ok_ms: int = 0
    """When the last good one ended."""
    result: str = ""
    """Of the last one: `ok`, or what was wrong (core/drill_verdict.py)."""
    stage: str = ""
    """Of the last one: how far the canary came."""
    mode: str = ""
    """Of the last one: `record` or `send`."""
    seconds: float | None = None
    """Of the last one: how long the canary took; None if it did not come to its end."""
    operation: str = ""
    actor: str = ""


def announce(client: Client, keys: Keys, token: str, label: Label) -> None:
    """Write the label, before its canary is posted."""
    with failures_named():
        client.set(keys.drill(token), msgspec.json.encode(label), ex=KEEP_S)


def labels(client: Client, keys: Keys, tokens: Sequence[str]) -> dict[str, Label]:
    """The labels of these tokens that exist, in one call."""
    with failures_named():
        stored: list[Any] = client.mget([keys.drill(token) for token in tokens])
    found = zip(tokens, map(read_label, stored), strict=True)
    return {token: label for token, label in found if label is not None}


def note_post(client: Client, keys: Keys, token: str, label: Label) -> None:
    """Keep what would have been posted in the label, unless its drill has taken it away meanwhile."""
    with failures_named():
        client.set(keys.drill(token), msgspec.json.encode(label), xx=True, keepttl=True)


def expire(client: Client, keys: Keys, token: str) -> None:
    """From now on the canary only ends. Its label stays for a day, for where it may still be."""
    known = labels(client, keys, [token]).get(token)
    if known is not None:
        note_post(client, keys, token, msgspec.structs.replace(known, until=0))


def forget(client: Client, keys: Keys, token: str) -> None:
    """The canary has ended: nothing carries its token any more."""
    with failures_named():
        client.delete(keys.drill(token))


def keep(client: Client, keys: Keys, noted: Noted, *, ok: bool) -> None:
    """Keep what a drill found; a good one also as the last good one."""
    fields: dict[Any, Any] = {
        "at": noted.last_ms, "result": noted.result, "stage": noted.stage, "mode": noted.mode,
        "seconds": "" if noted.seconds is None else f"{noted.seconds:.3f}", "operation": noted.operation,
        "actor": noted.actor,
    }  # fmt: skip
    with failures_named():
        client.hset(keys.last_drill, mapping=fields | ({"ok_at": noted.last_ms} if ok else {}))


def read(client: Client, keys: Keys) -> Noted:
    """What the last drills found; all zero if nobody ever drilled."""
    with failures_named():
        stored: dict[Any, Any] = client.hgetall(keys.last_drill)
    text = {name.decode("utf-8", "replace"): value.decode("utf-8", "replace") for name, value in stored.items()}
    return Noted(
        _number(text.get("at", "")), _number(text.get("ok_at", "")), text.get("result", ""), text.get("stage", ""),
        text.get("mode", ""), _seconds(text.get("seconds", "")), text.get("operation", ""), text.get("actor", ""),
    )  # fmt: skip


_DIGITS: Final = 15


def _number(text: str) -> int:
    """Unix ms; 0 for what a hand wrote and is no such number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0


def _seconds(text: str) -> float | None:
    whole, _, part = text.partition(".")
    return float(text) if _is_number(whole) and (not part or _is_number(part)) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS
