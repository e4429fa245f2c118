"""Reading the dedupe marks of a batch in one round trip; they are written by the script that emits the alert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.dedupe import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys


def read(client: Client, keys: Keys, fingerprints: Sequence[str]) -> dict[str, Mark]:
    """The marks that exist; fingerprints without one are left out."""
    with failures_named(), client.pipeline(transaction=False) as pipe:
        for fingerprint in fingerprints:
            pipe.hmget(keys.dedupe(fingerprint), ["id", "until", "n"])
        answers = pipe.execute()
    return {
        fingerprint: Mark(event_id.decode(), int(until or 0), int(followers or 0))
        for fingerprint, (event_id, until, followers) in zip(fingerprints, answers, strict=True)
        if event_id
    }
