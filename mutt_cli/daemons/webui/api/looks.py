"""What only looks: status, levels, figures, queues, events. Answers are those of the commands with `-o json`."""

from __future__ import annotations

import platform
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from mutt_cli import __version__
from mutt_cli.adapters.clock import now_ms, utc_now
from mutt_cli.adapters.history_search import EXACT
from mutt_cli.daemons.webui.api import parameters
from mutt_cli.daemons.webui.api.endpoint import Endpoint, Reply
from mutt_cli.ops import events, queue_details, queues, trace
from mutt_cli.ops.figures import figures
from mutt_cli.ops.slo import levels
from mutt_cli.ops.status import status as look
from mutt_cli.present.arrange import Arrangement, arranged
from mutt_cli.present.events import event_listing
from mutt_cli.present.figures import figures_object
from mutt_cli.present.messages import peek_listing
from mutt_cli.present.output import Envelope, enveloped
from mutt_cli.present.queues import details_document, queue_listing
from mutt_cli.present.schema import COUNT, NUMBER, TEXT, Schema, many, maybe, record
from mutt_cli.present.schemas import schema_of
from mutt_cli.present.slo import slo_listing
from mutt_cli.present.status import status_document
from mutt_cli.present.trace import trace_document

if TYPE_CHECKING:
    from mutt_cli.daemons.webui.api.endpoint import Call
    from mutt_cli.present.output import Document, Listing

CONTEXT: Final = "webui"
MOST_ROWS: Final = 1000
_SECONDS: Final = 3.0
"""How long a queue is looked through at most."""
_HOUR: Final = timedelta(hours=1)
_MESSAGES: Final = 1000
_ALIASES: Final = {"host": "hostname", "rule": "rule_name"}


def kind(name: str) -> Schema:
    """The shape of a command's JSON. Raises KeyError for a command that there is not: a mistake of ours."""
    found = schema_of(f"mutt.{name}")
    if found is None:
        raise KeyError(name)
    return found


def reply(found: Document | Listing) -> Reply:
    """A command's result as its JSON."""
    return Reply(enveloped(found, Envelope(CONTEXT, utc_now())))


def listed(call: Call, found: Listing) -> Reply:
    """The rows that the parameters ask for."""
    query = call.query
    order = {name: query[name] for name in ("sort", "limit", "after", "where")}
    return reply(arranged(found, Arrangement(**order, now=utc_now())))


ARRANGING: Final = (
    parameters.where(),
    parameters.words("sort", "FIELD or FIELD:desc."),
    parameters.whole("limit", "At most so many rows.", 1, MOST_ROWS, 100),
    parameters.words("after", "The `next` of the last page."),
)


def status(call: Call) -> Reply:
    """Back ends, services, queues, ledger and breaker, and what is wrong, the worst first."""
    return reply(status_document(look(call.place.configuration, call.place.folders)))


def service_levels(call: Call) -> Reply:
    """Availability, burn rate of the last hour, and what is left of the error budget, of intake and forwarding."""
    return reply(slo_listing(levels(call.backends, call.place.configuration)))


def version(_call: Call) -> Reply:
    """What runs here."""
    return Reply({"version": __version__, "python": platform.python_version(), "api": ["v1", "v2"]})


def metrics(call: Call) -> Reply:
    """Events that were accepted: a minute, on the average of 15 minutes and of an hour, and per hour of a day."""
    return Reply(figures_object(figures(call.backends, now_ms())))


def list_queues(call: Call) -> Reply:
    """Depth, oldest message, live consumers and drainer of every queue."""
    return listed(call, queue_listing(queues.states(call.backends)))


def show_queue(call: Call) -> Reply:
    """One queue: depth and its trend, age of its messages, size, cap and threshold, who drains it, its key."""
    return reply(details_document(queue_details.measured(call.backends, call.path["queue"])))


def peek(call: Call) -> Reply:
    """Messages of a queue, without taking them: those that leave next, or those that fit."""
    query = call.query
    found = queue_details.peeked(
        call.backends, call.path["queue"], query["where"], most=query["limit"], newest=query["end"] == "newest",
        seconds=_SECONDS,
    )  # fmt: skip
    return reply(
        peek_listing(
            "mutt.queue.peek", found.queue.name, found.messages, now_ms=found.now_ms, depth=found.depth,
            looked=found.looked,
        )
    )  # fmt: skip


def search(call: Call) -> Reply:
    """Events by time and by what is recorded of them, the newest first; without `since` those of the last hour.

    Conditions like hostname=core-sw1 and rule=link-down are looked up in the database, others on the newest 10,000.
    """
    query = call.query
    last = query["until"] or utc_now() + _HOUR
    first = query["since"] or (last if query["until"] else utc_now()) - _HOUR
    clauses = [(_ALIASES.get(one.field, one.field), one) for one in query["where"]]
    exact = {name: one.text for name, one in clauses if one.operator == "=" and one.text and name in EXACT}
    rest = [name for name, one in clauses if exact.get(name) != one.text]
    whole = bool(rest or query["sort"] or query["after"])
    messages = events.MOST if "message" in rest else _MESSAGES
    most = events.MOST if whole else min(events.MOST, 4 * query["limit"])
    found = events.search(call.backends, events.Search(first, last, exact, messages, most))
    return listed(call, event_listing(found))


def show_event(call: Call) -> Reply:
    """One event's story by its id, or by the first 8 or more characters of its correlation id."""
    traced = trace.resolved(trace.trace(call.backends, call.path["event"], now_ms=now_ms()))
    return reply(trace_document(traced, tries=tuple(traced.story.verdict.tries), local=False, ascii_only=False))


_FIGURES: Final = record(
    summary=record(current_rate_1m=NUMBER, avg_rate_15m=NUMBER, avg_rate_1h=NUMBER),
    chart_24h=record(labels=many(TEXT), data=many(maybe(COUNT))), warnings=many(TEXT),
)  # fmt: skip
_MOMENTS: Final = (parameters.moment("since", "From"), parameters.moment("until", "To"))

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    Endpoint("GET", "/status", "viewer", "show_status", status, kind("status"), "status"),
    Endpoint("GET", "/slo", "viewer", "show_service_levels", service_levels, kind("slo.show"), "slo"),
    Endpoint(
        "GET", "/version", "open", "show_version", version, record(version=TEXT, python=TEXT, api=many(TEXT)), "version"
    ),
    Endpoint("GET", "/metrics", "viewer", "show_figures", metrics, _FIGURES, "metrics"),
    Endpoint("GET", "/queues", "viewer", "list_queues", list_queues, kind("queue.list"), "queues", ARRANGING),
    Endpoint("GET", "/queues/{queue}", "viewer", "show_queue", show_queue, kind("queue.show"), "queues", errors=(404,)),
    Endpoint(
        "GET", "/queues/{queue}/messages", "viewer", "peek_queue", peek, kind("queue.peek"), "queues",
        (
            parameters.where(), parameters.whole("limit", "At most so many.", 1, 100, 10),
            parameters.choice("end", "From which end.", "oldest", "newest", otherwise="oldest"),
        ),
        errors=(404,),
    ),
    Endpoint(
        "GET", "/events", "viewer", "search_events", search, kind("event.search"), "events", (*_MOMENTS, *ARRANGING)
    ),
    Endpoint("GET", "/events/{event}", "viewer", "trace_event", show_event, kind("trace"), "events", errors=(404,)),
    Endpoint("GET", "/trace/{event}", "viewer", "trace", show_event, kind("trace"), "events", errors=(404,)),
)  # fmt: skip
