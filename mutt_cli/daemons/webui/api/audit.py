"""`/audit-logs` and `/config-audit`: who changed what, the newest first, by `limit` and `offset` or `limit` and `page`.

Two names of one log: the first answers `logs`, the second `changes`, as clients of either expect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.postgres import DatabaseError, explain, for_reading
from mutt_cli.core.audit_diff import VERBS
from mutt_cli.daemons.webui.api import parameters
from mutt_cli.daemons.webui.api.endpoint import LARGEST_ID, Endpoint, Reply
from mutt_cli.daemons.webui.problems import bad_request
from mutt_cli.ops import audit
from mutt_cli.present.rules import audit_object
from mutt_cli.present.schema import COUNT, TEXT, TIME, Schema, many, maybe, record

if TYPE_CHECKING:
    from mutt_cli.daemons.webui.api.endpoint import Call

MOST_ROWS: Final = 1000
_MOST_OFFSET: Final = 1_000_000_000

FILTERS: Final = (
    parameters.words("changed_by", "A part of the name of who did it."),
    parameters.words("table_name", "alert_rules, device_teams, dev_hosts, config ..."),
    parameters.words("record_id", "The record's id, key or host name."),
    parameters.choice("operation", "What was done.", *VERBS),
    parameters.words("hostname", "Changes of this host's team or environment."),
    parameters.whole("rule_id", "Changes of this rule.", 1, LARGEST_ID),
    parameters.moment("start_date", "From"),
    parameters.moment("end_date", "To"),
)
_PLACE: Final = (
    parameters.whole("limit", "So many rows; AUDIT_LOG_PAGE_SIZE if not given.", 1, MOST_ROWS),
    parameters.whole("offset", "After so many of the newest.", 0, _MOST_OFFSET),
    parameters.whole("page", "The page of this number, instead of an offset.", 1, _MOST_OFFSET // MOST_ROWS),
)
_ROW: Final[dict[str, Schema]] = {
    "id": COUNT, "timestamp": TIME, "changed_by": TEXT, "operation": TEXT, "table_name": maybe(TEXT),
    "record_id": maybe(TEXT), "old_values": maybe({"type": "object"}), "new_values": maybe({"type": "object"}),
    "reason": maybe(TEXT), "correlation_id": maybe(TEXT),
}  # fmt: skip
PAGINATION: Final = record(page=COUNT, limit=COUNT, offset=COUNT, total=COUNT, pages=COUNT)


def logs(call: Call) -> Reply:
    """One page of the audit log; filters are combined."""
    return Reply(_page(call))


def changes(call: Call) -> Reply:
    """The same log under its other name."""
    found = _page(call)
    return Reply({"changes": found["logs"], "pagination": found["pagination"]})


def wanted(query: Any) -> audit.Filter:
    """What the parameters ask for. Raises RequestError 400 where two of them contradict each other."""
    table, record_id = query["table_name"], query["record_id"]
    if query["hostname"] and query["rule_id"]:
        raise bad_request("say either hostname or rule_id", {"hostname": "not beside rule_id"})
    tables: tuple[str, ...] = (table,) if table else ()
    if query["hostname"]:
        tables, record_id = ("device_teams", "dev_hosts"), query["hostname"]
    if query["rule_id"]:
        tables, record_id = ("alert_rules",), str(query["rule_id"])
    return audit.Filter(
        since=query["start_date"], until=query["end_date"], actor=query["changed_by"], tables=tables,
        record=record_id, operation=query["operation"],
    )  # fmt: skip


def _page(call: Call) -> dict[str, Any]:
    query, settings = call.query, call.backends.settings
    if query["page"] is not None and query["offset"] is not None:
        raise bad_request("say either page or offset", {"page": "not beside offset"})
    limit = query["limit"] or settings.webui.audit_page_size
    offset = query["offset"] or ((query["page"] or 1) - 1) * limit
    try:
        found = audit.page(call.backends.replica(), wanted(query), limit=limit, offset=offset)
    except DatabaseError as error:
        raise explain(error, for_reading(settings.postgres)) from error
    return audit_object(found)


ENDPOINTS: Final = (
    Endpoint(
        "GET", "/audit-logs", "viewer", "list_audit_logs", logs,
        record(logs=many(record(**_ROW)), pagination=PAGINATION), "audit_logs", (*_PLACE, *FILTERS),
    ),
    Endpoint(
        "GET", "/config-audit", "viewer", "list_config_audit", changes,
        record(changes=many(record(**_ROW)), pagination=PAGINATION), "audit_logs", (*_PLACE, *FILTERS),
    ),
    Endpoint(
        "GET", "/audit", "viewer", "list_audit", changes,
        record(changes=many(record(**_ROW)), pagination=PAGINATION), "audit_logs", (*_PLACE, *FILTERS),
    ),
)  # fmt: skip
