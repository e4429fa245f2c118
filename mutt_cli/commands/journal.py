"""From a call of a command to its record in the operations journal."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from mutt_cli.adapters.clock import new_operation_id
from mutt_cli.adapters.contexts import state_dir
from mutt_cli.adapters.operations import Begun
from mutt_cli.ops.operation import recorded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from mutt_cli.commands.context import Run
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.operation import Operation


def journalled(
    run: Run,
    backends: Backends,
    words: Sequence[str],
    plan: Mapping[str, Any] | None = None,
    originals: Mapping[str, Any] | None = None,
) -> AbstractContextManager[Operation]:
    """Record what the block does as one operation of this call. `words` follow the command and hold no secret.

    `originals` are the before-images as far as they are known: they are stored before the first change, so that undo
    has them even if this process is killed.
    """
    begun = Begun(
        new_operation_id(), run.now(), _storable(run.actor), platform.node(), run.context.name, run.spec.path,
        run.spec.impact, (*run.spec.path.split(), *words), _storable(run.reason), plan or {},
        originals or {},
    )  # fmt: skip
    return recorded(backends, state_dir(run.environ), begun)


def _storable(text: str) -> str:
    """The text without bytes that were no UTF-8 on the command line."""
    return text.encode("utf-8", "replace").decode()
