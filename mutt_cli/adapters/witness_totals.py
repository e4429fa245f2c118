"""The witnesses in Redis: what each ingestor process says it has accepted, per minute, whatever the ledger says.

A process republishes its whole window now and then, so that a Redis that was rolled back learns it again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.adapters import scripts
from mutt_cli.adapters.redis_client import failures_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.ledger import Entry
    from mutt_cli.keys import Keys

WINDOW_MS: Final = 24 * 3_600_000
"""How long a total is kept, and a witness that does not publish any more."""
_LAST: Final = b"last"


@dataclass(frozen=True)
class Statement:
    """One publication. After a lost answer the same one is made again: `uid` counts its refusals once."""

    uid: str
    totals: Mapping[str, int]
    refusals: Sequence[Entry] = ()
    since: str = ""
    """The first minute that is kept; empty: old ones are not looked for."""


def publish(client: Client, keys: Keys, ingestor: str, said: Statement) -> None:
    """Raise the totals of one ingestor process. Raises as `scripts.call`."""
    names = [keys.witness(ingestor), keys.witnesses, keys.ledger, keys.ledger_minutes]
    totals = [part for pair in said.totals.items() for part in pair]
    refusals = msgspec.msgpack.encode(said.refusals)
    scripts.call(client, "witness", names, [said.uid, ingestor, WINDOW_MS, refusals, said.since, *totals])


def read(client: Client, keys: Keys) -> Counter[str]:
    """Accepted events per minute, over all witnesses."""
    found: Counter[str] = Counter()
    with failures_named():
        ingestors: list[bytes] = list(client.hkeys(keys.witnesses))  # type: ignore[arg-type]  # replies are bytes
        for ingestor in ingestors:
            said: dict[bytes, bytes] = client.hgetall(keys.witness(ingestor.decode("utf-8", "replace")))  # type: ignore[assignment]
            for minute, total in said.items():
                if minute != _LAST and total.isdigit():
                    found[minute.decode("utf-8", "replace")] += int(total)
    return found
