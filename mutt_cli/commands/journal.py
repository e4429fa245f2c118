"""From a call of a command to its record in the operations journal."""

from __future__ import annotations

import platform
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mutt_cli.adapters import operations
from mutt_cli.adapters.clock import new_operation_id
from mutt_cli.adapters.contexts import state_dir
from mutt_cli.adapters.operations import Begun, Ended
from mutt_cli.errors import MuttError
from mutt_cli.ops.operation import Operation, recorded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from mutt_cli.commands.context import Run
    from mutt_cli.ops.backends import Backends


def journalled(
    run: Run,
    backends: Backends,
    words: Sequence[str],
    plan: Mapping[str, Any] | None = None,
    originals: Mapping[str, Any] | None = None,
    *,
    at_hand: bool = False,
) -> AbstractContextManager[Operation]:
    """Record what the block does as one operation of this call. `words` follow the command and hold no secret.

    `originals` are the before-images as far as they are known: they are stored before the first change, so that undo
    has them even if this process is killed. `at_hand`: they lie in the file of this host, too, for an operation that
    may take PostgreSQL away.
    """
    begun = _begun(run, words, plan or {}, originals or {})
    return recorded(backends, state_dir(run.environ), begun, at_hand=at_hand)


@contextmanager
def noted(run: Run, words: Sequence[str]) -> Iterator[Operation]:
    """Record what the block does in the file of this host alone: for what concerns this user and no deployment.

    The next change of a deployment brings the record to its others.
    """
    folder, begun = state_dir(run.environ), _begun(run, words, {}, {})
    operation = Operation(begun.id)
    operations.note(folder, begun)
    result = "interrupted"
    try:
        yield operation
        result = operation.result
    except MuttError as error:
        result = f"failed: {error.code} {error.message}"
        raise
    finally:
        operations.note(folder, begun, Ended(result, operation.counts, operation.originals))


def _begun(run: Run, words: Sequence[str], plan: Mapping[str, Any], originals: Mapping[str, Any]) -> Begun:
    impact = "W" if run.spec.impact == "R" else run.spec.impact  # a command that reads, with a flag that writes
    return Begun(
        new_operation_id(), run.now(), storable(run.actor), platform.node(), run.context.name, run.spec.path,
        impact, (*run.spec.path.split(), *words), storable(run.reason), plan, originals,
    )  # fmt: skip


def storable(text: str) -> str:
    """The text without bytes that were no UTF-8 on the command line."""
    return text.encode("utf-8", "replace").decode()
