"""`GET /api/v1/audit-logs`: who changed what, the newest first, by `limit` and `offset` or by `limit` and `page`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from mutt_cli.daemons.webui.problems import bad_request
from mutt_cli.daemons.webui.rules import answer, refuse_parameters
from mutt_cli.ops import audit
from mutt_cli.present.rules import audit_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    import falcon

    from mutt_cli.core.access import Needed
    from mutt_cli.daemons.webui.stores import Stores

MOST_ROWS: Final = 1000
_MOST_OFFSET: Final = 1_000_000_000


class AuditResource:
    """The audit log."""

    access: ClassVar[Mapping[str, Needed]] = {"GET": "viewer", "HEAD": "viewer"}
    endpoint = "audit_logs"

    def __init__(self, stores: Stores, page_size: int) -> None:
        self._stores, self._page_size = stores, page_size

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """One page; AUDIT_LOG_PAGE_SIZE rows unless `limit` says otherwise."""
        refuse_parameters(req, "limit", "offset", "page")
        limit = _number(req, "limit", self._page_size, 1, MOST_ROWS)
        if "page" in req.params and "offset" in req.params:
            raise bad_request("say either page or offset", {"page": "not beside offset"})
        page = _number(req, "page", 1, 1, _MOST_OFFSET // MOST_ROWS)
        offset = _number(req, "offset", (page - 1) * limit, 0, _MOST_OFFSET)
        with self._stores.replica() as conn:
            found = audit.page(conn, limit=limit, offset=offset)
        answer(resp, audit_object(found))

    on_head = on_get


def _number(req: falcon.Request, name: str, otherwise: int, least: int, most: int) -> int:
    text = req.params.get(name, str(otherwise))
    number = int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 11 else -1
    if not least <= number <= most:
        why = f"it is no whole number from {least} to {most}"
        raise bad_request(f"{name}: {why}", {name: why})
    return number
