"""One operation of the journal: what somebody did, how it ended, what it replaced, and how to take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.daemons.webui.lent import LentBackends
from mutt_cli.daemons.webui.site.pages import OPERATION, Page
from mutt_cli.errors import NotFoundError
from mutt_cli.ops import operations
from mutt_cli.ops.undo import UNDOERS, advice
from mutt_cli.present.operations import facts, masked, operation_row

if TYPE_CHECKING:
    import falcon

    from mutt_cli.daemons.webui.site.visits import Visit


class OperationPage(Page):
    """`/operations/{operation}`: a change that was made from a page leads here, and so does its row in the audit."""

    path, title, template, command = "/operations/{operation}", "Operation", "operation.html", "mutt op show ID"
    section = "/audit-logs"

    def show(self, req: falcon.Request, visit: Visit) -> dict[str, Any]:  # noqa: ARG002
        """As `mutt op show` tells it. Raises NotFoundError also for what concerns the files of one person."""
        place, name = self.site.place, req.context.at["operation"]
        unknown = NotFoundError(f"there is no operation {name}", tries=("mutt op list",))
        if not OPERATION.fullmatch(name):
            raise unknown
        with LentBackends(place.runtime, self.site.stores) as backends:
            found = operations.one(backends, place.folders.state, name)
        if found.command.startswith(operations.PERSONAL):
            raise unknown
        return {
            "command": f"mutt op show {found.id}", "one": operation_row(found), "undo": advice(found),
            "undoable": found.command in UNDOERS and not found.undone_by,
            "parts": [("Plan", facts(found.plan)), ("Before", facts(masked(found.originals)))],
        }  # fmt: skip
