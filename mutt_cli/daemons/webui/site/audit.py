"""The audit log: who changed what, filtered and page by page, each change with what was before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from mutt_cli.adapters.postgres import DatabaseError, explain, for_reading
from mutt_cli.daemons.webui.api.audit import FILTERS, OPERATIONS, wanted
from mutt_cli.daemons.webui.api.parameters import whole
from mutt_cli.daemons.webui.api.resource import read_query
from mutt_cli.daemons.webui.lent import LentBackends
from mutt_cli.daemons.webui.site.pages import Page, given
from mutt_cli.ops import audit
from mutt_cli.present.audit import audit_row

if TYPE_CHECKING:
    import falcon

    from mutt_cli.daemons.webui.site.visits import Visit

_PAGE = whole("page", "", 1, 1_000_000, 1)


class AuditPage(Page):
    """`/audit-logs`."""

    path, title, template, command = "/audit-logs", "Audit log", "audit.html", "mutt audit list"

    def show(self, req: falcon.Request, _visit: Visit) -> dict[str, Any]:
        """One page of the changes that fit."""
        typed = given(req)
        query = read_query(typed, (*FILTERS, _PAGE))
        place = self.site.place
        limit = place.runtime.settings.webui.audit_page_size
        with LentBackends(place.runtime, self.site.stores) as backends:
            try:
                found = audit.page(backends.replica(), wanted(query), limit=limit, offset=(query["page"] - 1) * limit)
            except DatabaseError as error:
                raise explain(error, for_reading(backends.settings.postgres)) from error
        return {
            "rows": [audit_row(row) for row in found.rows],
            "found": found,
            "given": {one.name: typed.get(one.name, "") for one in FILTERS},
            "operations": OPERATIONS,
            "earlier": _address(typed, found.number + 1) if found.number < found.pages else "",
            "later": _address(typed, found.number - 1) if found.number > 1 else "",
        }


def _address(given: dict[str, Any], page: int) -> str:
    return "?" + urlencode({**given, "page": page})
