"""What remediation says of its cycles, and the wish that it runs one now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.adapters import scripts
from mutt_cli.adapters.redis_client import failures_named

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys

WANTED_S: Final = 60
"""A wish that nobody has heard by then is void."""


class Cycle(msgspec.Struct, frozen=True):
    """One cycle. `at` is when it ended, Unix ms by the clock of its host."""

    pod: str
    host: str
    pid: int
    at: int
    seconds: float
    returned: int
    buried: int
    dlq_moog: int
    dlq_alerter: int
    breaker: str
    health: str
    interval: float
    batch_size: int
    held: dict[str, str] = {}
    """Why what is left stays, by queue."""
    wanted: str = ""
    """The wish that it answered."""


def note(client: Client, keys: Keys, cycle: Cycle) -> None:
    """Keep what the last cycle did."""
    with failures_named():
        client.set(keys.remediation_cycle, msgspec.json.encode(cycle))


def last(client: Client, keys: Keys) -> Cycle | None:
    """What the last cycle did; None if none has run yet."""
    with failures_named():
        text = client.get(keys.remediation_cycle)
    try:
        return msgspec.json.decode(text, type=Cycle) if isinstance(text, bytes) else None
    except msgspec.MsgspecError:
        return None


def want(client: Client, keys: Keys, wish: str) -> None:
    """Ask for a cycle now."""
    with failures_named():
        client.set(keys.remediation_wanted, wish, ex=WANTED_S)


def wish(client: Client, keys: Keys) -> str:
    """The wish for a cycle; empty if there is none. It stays until it is `answered`."""
    with failures_named():
        text = client.get(keys.remediation_wanted)
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else ""


def answered(client: Client, keys: Keys, wish: str) -> None:
    """Take this wish back, now that its cycle is told; one that came meanwhile stays."""
    if wish:
        scripts.call(client, "resign", [keys.remediation_wanted], [wish])
