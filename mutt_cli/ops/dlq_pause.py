"""Stopping remediation in a dead-letter queue for a time, and letting it go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.adapters import pauses, queue_reading
from mutt_cli.core import pipeline
from mutt_cli.core.pause import Pause
from mutt_cli.errors import RefusedError, UsageError
from mutt_cli.ops import queues
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends

DRAINED: Final = (pipeline.DLQ_ALERTER, pipeline.DLQ_MOOG)
"""The queues that remediation takes from."""


@dataclass(frozen=True)
class Change:
    """What is stopped in which queues, before and after; None = remediation goes on."""

    before: Mapping[str, Pause | None]
    after: Mapping[str, Pause | None]

    @property
    def nothing(self) -> bool:
        """Whether it is so already."""
        return dict(self.before) == dict(self.after)

    def images(self) -> dict[str, Any]:
        """Before and after, for the operations journal."""
        return {"before": msgspec.to_builtins(dict(self.before)), "after": msgspec.to_builtins(dict(self.after))}


def wanted(backends: Backends, name: str | None) -> tuple[str, ...]:
    """The queue that is meant, or all. Raises NotFoundError or UsageError."""
    if name is None:
        return DRAINED
    queue = queues.named(name, queues.fixed(), backends)
    if queue.name not in DRAINED:
        raise UsageError(
            f"remediation takes nothing from {queue.name}", tries=tuple(f"mutt dlq pause {one}" for one in DRAINED)
        )
    return (queue.name,)


def pausing(backends: Backends, names: Sequence[str], actor: str, reason: str, for_s: float | None) -> Change:
    """What stopping would change."""
    now = queue_reading.now_ms(backends.redis())
    made = Pause(actor, reason, now, None if for_s is None else now + round(for_s * 1000))
    return Change(_now(backends, names), dict.fromkeys(names, made))


def resuming(backends: Backends, names: Sequence[str]) -> Change:
    """What letting it go on would change."""
    return Change(_now(backends, names), dict.fromkeys(names))


def apply(backends: Backends, change: Change) -> None:
    """Do it. Remediation reads it within a second, before each slice."""
    pauses.write(backends.redis(), backends.keys, change.after)


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """What was before. Raises RefusedError MUTT-G006 if somebody changed it since."""
    before, after = (_read(recorded.originals.get(name)) for name in ("before", "after"))
    now = _now(backends, list(after))
    changed = [name for name in after if now[name] not in (after[name], None)]
    if changed:
        raise RefusedError(
            f"the pause of {', '.join(changed)} was changed after {recorded.id}", code="MUTT-G006",
            tries=("mutt dlq list",),
        )  # fmt: skip
    lines = [f"{name}: remediation {'stays stopped' if one else 'goes on'}" for name, one in before.items()]
    return Undo(lines, payload=before)


def carry_out(backends: Backends, _recorded: Recorded, undo: Undo, _by: str) -> Undone:
    """Put back what was before."""
    before: Mapping[str, Pause | None] = undo.payload
    change = Change(_now(backends, list(before)), before)
    apply(backends, change)
    return Undone(undo.lines, counts={"queues": len(before)}, originals=change.images())


def _now(backends: Backends, names: Sequence[str]) -> dict[str, Pause | None]:
    found = pauses.read(backends.redis(), backends.keys)
    return {name: found.get(name) for name in names}


def _read(images: object) -> dict[str, Pause | None]:
    return msgspec.convert(images or {}, dict[str, Pause | None])
