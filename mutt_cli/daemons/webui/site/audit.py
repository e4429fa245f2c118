"""The audit log: who changed what, filtered and page by page, each change with what was before and after."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from mutt_cli.adapters.clock import utc_now
from mutt_cli.adapters.postgres import DatabaseError, explain, for_reading
from mutt_cli.core.audit_diff import VERBS
from mutt_cli.daemons.webui.api.audit import FILTERS, wanted
from mutt_cli.daemons.webui.api.looks import CONTEXT
from mutt_cli.daemons.webui.api.parameters import whole
from mutt_cli.daemons.webui.api.resource import read_query
from mutt_cli.daemons.webui.lent import LentBackends
from mutt_cli.daemons.webui.site.pages import OPERATION, Page, given
from mutt_cli.ops import audit
from mutt_cli.present.audit import audit_listing, audit_row
from mutt_cli.present.output import Envelope, render

if TYPE_CHECKING:
    from collections.abc import Mapping

    import falcon

    from mutt_cli.adapters.audit_store import AuditRow
    from mutt_cli.daemons.webui.site.pages import Site
    from mutt_cli.daemons.webui.site.visits import Visit

_PAGE: Final = whole("page", "", 1, 1_000_000, 1)


class AuditPage(Page):
    """`/audit-logs`."""

    path, title, template, command = "/audit-logs", "Audit log", "audit.html", "mutt audit list"
    filters = "audit_filter.html"

    def show(self, req: falcon.Request, _visit: Visit) -> dict[str, Any]:
        """One page of the changes that fit."""
        typed = given(req)
        query = read_query(typed, (*FILTERS, _PAGE))
        limit = self.site.place.runtime.settings.webui.audit_page_size
        found = _found(self.site, query, limit, (query["page"] - 1) * limit)
        return {
            "command": _command(typed),
            "rows": [_row(row) for row in found.rows],
            "found": found,
            "earlier": _address(typed, found.number + 1) if found.number < found.pages else "",
            "later": _address(typed, found.number - 1) if found.number > 1 else "",
            "file": f"/audit-logs.csv?{urlencode({**typed, 'page': 1})}", "most": audit.MOST, **self.filled_in(req),
        }  # fmt: skip

    def filled_in(self, req: falcon.Request) -> dict[str, Any]:
        """What was typed, and what kinds of changes there are."""
        typed = given(req)
        return {"given": {one.name: typed.get(one.name, "") for one in FILTERS}, "verbs": VERBS}


class AuditFile(Page):
    """`/audit-logs.csv`: the newest changes that fit, at most `audit.MOST`, as `mutt audit list -o csv` has them."""

    path, title, template, command = "/audit-logs.csv", "Audit log", "audit.html", "mutt audit list -o csv"

    def on_get(self, req: falcon.Request, resp: falcon.Response, **_at: Any) -> None:
        """The file, or the door."""
        visit = self.visit(req)
        if visit is None:
            self.door(req, resp)
            return
        found = _found(self.site, read_query(given(req), (*FILTERS, _PAGE)), audit.MOST, 0)
        now = utc_now()
        listing = audit_listing("mutt.audit.list", audit.Audited(found.rows))
        resp.content_type = "text/csv; charset=utf-8"
        resp.downloadable_as = f"mutt-audit-{now:%Y%m%dT%H%M%SZ}.csv"
        resp.text = render(listing, "csv", Envelope(CONTEXT, now))

    on_head = on_get


def _row(row: AuditRow) -> dict[str, Any]:
    """A change; whether it was an operation, which has a page: a hand in SQL may have written anything there."""
    told = audit_row(row)
    return {**told, "leads": bool(OPERATION.fullmatch(told["operation"] or ""))}


def _found(site: Site, query: Mapping[str, Any], limit: int, offset: int) -> audit.AuditPage:
    with LentBackends(site.place.runtime, site.stores) as backends:
        try:
            return audit.page(backends.replica(), wanted(query), limit=limit, offset=offset)
        except DatabaseError as error:
            raise explain(error, for_reading(backends.settings.postgres)) from error


def _command(typed: Mapping[str, str]) -> str:
    """The nearest in a shell, which takes one name of a thing and knows no kinds of changes."""
    thing = typed.get("hostname") or typed.get("rule_id")
    thing = thing or "/".join(typed[name] for name in ("table_name", "record_id") if typed.get(name))
    names = {"--since": "start_date", "--until": "end_date", "--actor": "changed_by"}
    words = {option: typed.get(name, "") for option, name in names.items()} | {"--object": thing}
    return shlex.join(["mutt", "audit", "list", *(one for pair in words.items() if pair[1] for one in pair)])


def _address(given: dict[str, Any], page: int) -> str:
    return "?" + urlencode({**given, "page": page})
