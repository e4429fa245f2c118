"""Every page that is to be walked: whoever adds a page adds a line here, or `test_walk` says so."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.acceptance.browser.scene import Facts


@dataclass(frozen=True)
class Spot:
    """A page in one of its states: its route, and an address with the names of `Facts` in braces."""

    name: str
    route: str
    template: str = ""
    code: int = 200

    def address(self, facts: Facts) -> str:
        """Where it is."""
        return (self.template or self.route).format(**asdict(facts))


RULE: Final = "/rules/{rule_id:int(min=1, max=9223372036854775807)}"
SPOTS: Final = (
    Spot("overview", "/"),
    Spot("queues", "/queues"),
    Spot("queue", "/queues/{queue}"),
    Spot("queue-filtered", "/queues/{queue}", "/queues/{queue}?end=newest&where=host~edge"),
    Spot("letters", "/dlq"),
    Spot("letters-by-host", "/dlq", "/dlq?by=host&queue=dlq-moog&where=host~edge"),
    Spot("letter", "/dlq/{letter}"),
    Spot("events", "/events"),
    Spot("events-none", "/events", "/events?host=nobody&message=x&since=2h"),
    Spot("trace", "/trace/{event}"),
    Spot("trace-unknown", "/trace/{event}", "/trace/0199c0de-0000-7000-8000-0000000000aa", 404),
    Spot("rules", "/rules"),
    Spot("rules-new", "/rules/new"),
    Spot("rules-test", "/rules/test", "/rules/test?message=fan+failed&host=core-sw1&event_severity=major"),
    Spot("rules-test-event", "/rules/test", "/rules/test?event={event}"),
    Spot("rule", RULE, "/rules/{rule}?done=op-ABC234"),
    Spot("hosts", "/hosts"),
    Spot("config", "/config"),
    Spot("setting", "/config", "/config?key={setting}&q=MOOG_T"),
    Spot("audit", "/audit-logs"),
    Spot("audit-filtered", "/audit-logs", "/audit-logs?table_name=alert_rules&record_id={rule}"),
    Spot("operation", "/operations/{operation}"),
    Spot("operation-unknown", "/operations/{operation}", "/operations/op-ABC234", 404),
    Spot("filter-refused", "/dlq", "/dlq?where=host", 400),
    Spot("help", "/help"),
    Spot("login", "/login"),
)
FILES: Final = ("/audit-logs.csv",)
"""What a browser saves instead of showing it."""
PARTS: Final = ("/fragment/overview",)
"""Parts of pages that a script loads."""
