"""Taking a drill's canary out of the queue where it lies, with its record and its place in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import transfer
from mutt_cli.adapters.canary_search import find
from mutt_cli.adapters.clock import IdSource, now_ms
from mutt_cli.adapters.transfer import Pick
from mutt_cli.core.pipeline import QUEUES
from mutt_cli.core.transfer import Hand, Way
from mutt_cli.core.transfer import transfer as decided
from mutt_cli.ops import slices

if TYPE_CHECKING:
    from mutt_cli.ops.backends import Backends

_LOOKS: Final = 5
"""At a queue on the move, before it is left to end by itself."""


def taken_out(backends: Backends, queue: str, event_id: str, operation: str, actor: str) -> bool:
    """Whether the canary was removed from the queue of this short name; what a worker has in hand stays there."""
    source = next((one for one in QUEUES if one.name == queue), None)
    if source is None:
        return False
    client, keys, ids = backends.redis(), backends.keys, IdSource()
    for _ in range(_LOOKS):
        found = find(client, keys, source, event_id)
        if found is None:
            return False
        place, message = found
        removal = decided(message.element, Way(source, None, "purged"), Hand(operation, actor, now_ms()))
        answer = transfer.carry_out(
            client, keys, [Pick(place, message, removal)], operation=operation, number=1, source=source, targets={},
            uid=ids.new(),
        )  # fmt: skip
        if answer != "changed":
            slices.forget(backends, operation)
            return True
    return False
