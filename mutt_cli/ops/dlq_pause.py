"""Stopping remediation in a dead-letter queue for a time, and letting it go on: holds like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core import pipeline
from mutt_cli.core.switches import PAUSED
from mutt_cli.errors import UsageError
from mutt_cli.ops import queues

if TYPE_CHECKING:
    from mutt_cli.ops.backends import Backends

DRAINED: Final = (pipeline.DLQ_ALERTER, pipeline.DLQ_MOOG)
"""The queues that remediation takes from."""


def wanted(backends: Backends, name: str | None) -> tuple[str, ...]:
    """The holds (`dlq/dlq-moog`) of the queue that is meant, or of all. Raises NotFoundError or UsageError."""
    if name is None:
        return tuple(PAUSED + one for one in DRAINED)
    queue = queues.named(name, queues.fixed(), backends)
    if queue.name not in DRAINED:
        raise UsageError(
            f"remediation takes nothing from {queue.name}", tries=tuple(f"mutt dlq pause {one}" for one in DRAINED)
        )
    return (PAUSED + queue.name,)
