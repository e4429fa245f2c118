"""Changes that the web UI makes: recorded as one operation under the name of the command that does the same.

So `mutt op list` shows them, `mutt undo` takes them back, and the audit names the key, the reason and the operation.
"""

from __future__ import annotations

import platform
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mutt_cli.adapters.clock import new_operation_id, utc_now
from mutt_cli.adapters.operations import Begun
from mutt_cli.adapters.rule_store import Actor
from mutt_cli.core.rule_fields import trouble_with
from mutt_cli.daemons.webui.problems import RequestError, bad_request
from mutt_cli.errors import RefusedError
from mutt_cli.ops import inventory
from mutt_cli.ops.operation import recorded
from mutt_cli.present.inventory import plan_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mutt_cli.daemons.webui.api.endpoint import Call
    from mutt_cli.ops.inventory import Carried, Proposal
    from mutt_cli.ops.operation import Operation

CONTEXT = "webui"
"""What the journal has where a command names its context."""


@dataclass(frozen=True)
class Doing:
    """What is done: the command that does the same, the words behind it, and why."""

    command: str
    words: Sequence[str]
    reason: str
    impact: Literal["W", "B", "D"] = "W"
    """That of the command (ux.md section 2)."""
    confirm: str = ""
    """What somebody typed to say that they know where they are."""


@contextmanager
def journalled(
    call: Call, doing: Doing, plan: Mapping[str, Any], originals: Mapping[str, Any] | None = None
) -> Iterator[Operation]:
    """Record what the block does.

    Raises RequestError 400 for a reason that cannot be shown, and where a protected deployment wants more, 403 in
    read-only mode.
    """
    webui = call.backends.settings.webui
    if webui.read_only:
        raise RequestError(403, "MUTT-W403", "this web UI is read-only (WEBUI_READ_ONLY): nothing is changed from here")
    trouble = trouble_with({"reason": doing.reason}, {"reason"})
    if trouble is not None:
        raise bad_request(trouble.message, trouble.fields)
    if webui.protected:
        _require_care(doing, webui.protected)
    begun = Begun(
        new_operation_id(), utc_now(), call.caller.name, platform.node(), CONTEXT, doing.command, doing.impact,
        (*doing.command.split(), *doing.words), doing.reason, {**plan, "correlation_id": call.correlation_id},
        originals or {},
    )  # fmt: skip
    with recorded(call.backends, call.place.folders.state, begun) as operation:
        yield operation


def _require_care(doing: Doing, name: str) -> None:
    if not doing.reason.strip():
        raise bad_request(f"{name} is protected: say why", {"reason": "a change of a protected deployment needs one"})
    if doing.impact != "W" and doing.confirm.strip() != name:
        raise bad_request(f"{name} is protected: type its name to go on", {"confirm": f"it is not {name}"})


def carried(call: Call, doing: Doing, proposal: Proposal) -> tuple[Carried, str]:
    """Write a change of rules or hosts and tell the alerters; what was written, and the id of the operation.

    Raises RequestError 412 if somebody changed in this moment what the caller expects to be of a version.
    """
    plan = {"changes": plan_lines(proposal), "counts": proposal.counts}
    try:
        with journalled(call, doing, plan, proposal.originals) as operation:
            done = inventory.carry_out(call.backends, proposal, Actor(call.caller.name, doing.reason, operation.id))
            operation.originals, operation.counts = done.originals, proposal.counts
    except RefusedError as error:
        if error.code == "MUTT-P303" and call.expected is not None:
            raise RequestError(412, error.code, error.message) from error
        raise
    if done.untold:
        call.place.runtime.log.warning("the change is stored, but could not be announced: %s", done.untold)
    return done, operation.id


def told(operation: str) -> dict[str, str]:
    """What every answer to a change says of it."""
    return {"operation": operation, "undo": f"mutt undo {operation}"}


def refuse_stale(expected: int | None, version: int, what: str) -> None:
    """Raises RequestError 412 if the caller looked at another version; None looked at none."""
    if expected is not None and expected != version:
        raise RequestError(
            412, "MUTT-P303", f"{what} is at version {version}: somebody changed it since you looked at it"
        )
