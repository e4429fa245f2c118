"""Looking at a large deployment through the web UI: how long each page takes, and how large it is.

    python -m bench.web [EVENTS] [RULES] [ROUNDS]

A Valkey, a PostgreSQL and a Vault of its own; EVENTS (1,000,000) records of the history spread over three days, RULES
(10,000) rules with counted matches, 10,000 changes in the audit beside those that the rules themselves have made, 5,000
hosts, 100,000 dead letters. `mutt daemon webui` runs as a process, once with one worker and once with as many as by
default. Each of ROUNDS (15) rounds is a browser's connection that asks for every page once. Beside the times of a page
stands how many times those of /help it takes, so that machines can be compared. The promise: every page within 300 ms
at the median, and less than 100 KB. A page that answers with something else is told of by its status, and then the
bench ends with 1.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import httpx
import psycopg

from bench.figures import machine
from bench.look import letter
from bench.trace import PAYLOADS, RECORDS, STEPS
from mutt_cli.adapters.history_partitions import make_missing
from mutt_cli.core.dead_letter import payload_hash
from mutt_cli.core.partitions import Partition
from tests import servers
from tests.stack import WEB_KEY, Daemon, Stack, stack_on

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DAYS: Final = 3
LETTERS: Final = 100_000
REFERENCE: Final = "/help"
MOST_MS: Final = 300
MOST_BYTES: Final = 100_000
RULES: Final = """
INSERT INTO alert_rules (rule_name, pattern, severity, priority, enabled, device_team_id, team_assignment, description)
SELECT kind || '-' || n, 'core-sw' || n %% 997 || '.*' || upper(kind) || '-[0-5]-' || mark || '.*Gi0/' || n %% 48,
       (ARRAY['critical', 'major', 'minor', 'warning', NULL])[1 + n %% 5], 100 + n %% 900, n %% 20 <> 0,
       CASE WHEN n %% 4 = 0 THEN 1 + n %% 900 END, CASE WHEN n %% 4 <> 0 THEN 'TEAM-' || n %% 40 END,
       'Rule ' || n || ' of the field office'
FROM (SELECT n, (ARRAY['link', 'bgp', 'ospf', 'psu', 'fan', 'stp'])[1 + n %% 6] AS kind,
             (ARRAY['UPDOWN', 'ADJCHANGE', 'FAILED', 'LOST', 'TOPOTRAP'])[1 + n %% 5] AS mark
      FROM generate_series(1, %(rules)s) AS n) AS made
"""
HOSTS: Final = """
INSERT INTO device_teams (hostname, team_assignment)
SELECT 'core-sw' || n, CASE WHEN n %% 7 <> 0 THEN 'TEAM-' || n %% 40 END FROM generate_series(0, 4999) AS n
"""
MATCHES: Final = """
INSERT INTO rule_matches (rule_id, hour, matches, last_at)
SELECT id, hour, 1 + id %% 50, hour + interval '20 minutes'
FROM alert_rules CROSS JOIN generate_series(0, 167) AS ago,
     LATERAL (SELECT date_trunc('hour', now()) - ago * interval '1 hour' AS hour) AS at
WHERE id %% 20 = 1 OR (id %% 4 <> 0 AND ago = id %% 168)
UNION ALL SELECT id, '-infinity', 1000, now() - interval '8 days' FROM alert_rules WHERE id %% 4 <> 0
"""
AUDIT: Final = """
INSERT INTO audit_logs (timestamp, changed_by, operation, table_name, record_id, old_values, new_values, reason,
                        correlation_id)
SELECT now() - n * interval '4 minutes', 'person' || n %% 12, 'UPDATE', 'alert_rules', r.id::text, to_jsonb(r),
       to_jsonb(r) || jsonb_build_object('priority', r.priority + 1, 'version', 2), 'INC-' || n,
       'op-' || upper(lpad(to_hex(n), 6, '0'))
FROM generate_series(1, 10000) AS n JOIN alert_rules AS r ON r.id = 1 + n %% %(rules)s
"""

OPERATION: Final = """
INSERT INTO operations (id, actor, host, context, command, impact, argv, result, finished_at, counts, originals)
SELECT 'op-RULES1', 'jane', 'ops1', 'prod', 'rule import', 'B', '["rule", "import", "f"]', 'done', now(),
       jsonb_build_object('changed', count(*)), jsonb_build_object('rules', jsonb_agg(to_jsonb(r)))
FROM alert_rules AS r
"""
"""A change of all rules at once, with what each was before."""


@dataclass
class Asked:
    """One page: what it is asked for with, and what came of it."""

    path: str
    name: str = ""
    """How it is told, if not by its path."""
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    """What is sent, if it is a form; its token is put in."""
    seconds: list[float] = field(default_factory=list)
    bytes: int = 0
    tag: str = ""
    refused: int = 0
    """The status of an answer that was no page."""


def fill(stack: Stack, events: int, rules: int) -> str:
    """Make all of it; gives the id of an event of the last day."""
    now = datetime.fromtimestamp(time.time(), tz=UTC)
    first = now - timedelta(days=DAYS)
    days = [(first + timedelta(days=number)).date() for number in range(DAYS + 1)]
    with psycopg.connect(stack.dsn, autocommit=True) as conn:
        with conn.transaction():
            make_missing(conn, [Partition(day, table) for table in ("event_history", "event_payloads") for day in days])
        words = {"first": first, "span": timedelta(days=DAYS), "events": events // STEPS, "rules": rules}
        for statement in (RECORDS, PAYLOADS, HOSTS, RULES, MATCHES, AUDIT, OPERATION):
            conn.execute(statement.encode(), words)
        conn.execute(b"VACUUM ANALYZE")
        found = conn.execute(
            b"SELECT event_id::text FROM event_history WHERE recorded_at > %s ORDER BY recorded_at LIMIT 1",
            (now - timedelta(hours=5),),
        ).fetchone()
    for begin in range(0, LETTERS, 5000):
        stack.redis.lpush("mutt:dlq:moog", *(letter(number) for number in range(begin, begin + 5000)))
    stack.redis.hset("mutt:ledger", "accepted", str(LETTERS))
    if found is None:
        raise SystemExit("no events were made")
    return str(found[0])


def pages(event: str, rules: int) -> Iterator[Asked]:
    """Those that are asked for, in the order in which they are told."""
    middle, newest = letter(LETTERS // 2), letter(LETTERS - 10)
    event_of_one = json.loads(middle)["event_id"]
    for path in (
        REFERENCE, "/", "/fragment/overview", "/queues", "/queues/dlq-moog", "/dlq", "/dlq?where=host%3Dcore-sw7",
    ):  # fmt: skip
        yield Asked(path)
    yield Asked(f"/dlq/{payload_hash(newest)}", "/dlq/HASH, of the newest")
    yield Asked(f"/dlq/{payload_hash(middle)}", "/dlq/HASH, in the middle")
    yield Asked(f"/dlq/{event_of_one}", "/dlq/EVENT, in the middle")
    yield Asked(f"/trace/{event}", "/trace/EVENT")
    yield from map(
        Asked,
        (
            "/events", "/events?host=core-sw7", "/events?host=core-sw7&since=24h", "/events?message=Gi0/7",
            "/rules", "/rules?q=ospf", "/rules?q=TEAM-7", f"/rules?page={rules // 200}", f"/rules/{rules // 2}",
            "/rules/new", "/rules/test", "/hosts", "/hosts?q=TEAM-7", "/config", "/config?key=RATE_LIMIT_MAX_REQUESTS",
            "/audit-logs", "/audit-logs?page=150", "/audit-logs?changed_by=person7",
            "/operations/op-RULES1",
        ),
    )  # fmt: skip


def trials() -> Iterator[Asked]:
    """Rules tried on a message, and a draft of one on the newest events."""
    yield Asked("/rules/test?message=%25LINK-3-UPDOWN:+Gi0/7+down&host=core-sw7", "/rules/test, a message")
    draft = {"rule_name": "draft", "pattern": "Gi0/[0-9]+", "match_type": "regex", "priority": "500", "enabled": "on"}
    yield Asked("/rules/test", "/rules/test, a draft", form=draft)


def browser(url: str) -> httpx.Client:
    """Somebody who has logged in by the form."""
    made = httpx.Client(base_url=url, timeout=60, headers={"Origin": url, "Sec-Fetch-Site": "same-origin"})
    answer = made.post("/login", data={"key": WEB_KEY, "target": "/"})
    if answer.status_code != 303:
        raise SystemExit(f"login: {answer.status_code} {answer.text[:300]}")
    return made


def ask(client: httpx.Client, page: Asked) -> None:
    """Once."""
    began = time.perf_counter()
    if page.form:
        answer = client.post(page.path, data=dict(page.form))
    else:
        answer = client.get(page.path, headers=dict(page.headers))
    took = time.perf_counter() - began
    if answer.status_code not in {200, 304} or 'action="/login"' in answer.text:
        page.refused = answer.status_code
        return
    page.seconds.append(took)
    page.bytes = max(page.bytes, len(answer.content))
    page.tag = answer.headers.get("ETag", "")


def measured(url: str, asked: list[Asked], rounds: int) -> list[Asked]:
    """Ask for each page once in each round, and once more with the tag of its answer where it has one."""
    visitor = browser(url)
    token = re.search(r'name="token" value="([^"]+)"', visitor.get(REFERENCE).text)
    for page in asked:
        page.form = {**page.form, "token": token[1] if token else ""} if page.form else page.form
    again = {page.name or page.path: Asked(page.path, f"{page.name or page.path}, unchanged") for page in asked}
    for _ in range(rounds):
        with httpx.Client(base_url=url, timeout=60, cookies=visitor.cookies, headers=visitor.headers) as client:
            for page in asked:
                ask(client, page)
                if page.tag:
                    again[page.name or page.path].headers = {"If-None-Match": page.tag}
                    ask(client, again[page.name or page.path])
    return [one for page in asked for one in (page, again[page.name or page.path]) if one.seconds or one.refused]


def tell(found: list[Asked]) -> None:
    """The table."""
    unit = statistics.median(found[0].seconds)
    print(f"{'page':<42} {'median':>7} {'lowest to highest':>20} {'x /help':>8} {'bytes':>8}")
    for page in found:
        name = page.name or page.path
        if page.refused:
            print(f"{name:<42} {'not there' if page.refused == 404 else f'answers {page.refused}'}")
            continue
        low, middle, high = (1000 * one(page.seconds) for one in (min, statistics.median, max))
        over = [word for word, is_over in (("SLOW", middle > MOST_MS), ("LARGE", page.bytes >= MOST_BYTES)) if is_over]
        times = f"{middle:5.0f}ms {low:7.0f} to {high:5.0f} ms"
        print(f"{name:<42} {times} {middle / 1000 / unit:10.1f} {page.bytes:8,} {' '.join(over)}")


def web_ui(stack: Stack, words: tuple[str, ...]) -> Daemon:
    """The web UI that runs, healthy."""
    daemon = stack.daemon("webui")
    daemon.arguments = words
    daemon.start()
    stack.wait_healthy("webui")
    return daemon


def main() -> int:
    """Fill everything, then ask."""
    refused = 0
    events, rules, rounds = (int(word) for word in [*sys.argv[1:], *("1000000", "10000", "15")[len(sys.argv) - 1 :]])
    with (
        servers.valkey_server() as valkey, servers.postgres_server() as postgres, servers.openbao_server() as vault,
        stack_on(valkey, postgres, vault, {}) as stack,
    ):  # fmt: skip
        event = fill(stack, events, rules)
        print(f"{events:,} records, {rules:,} rules, {LETTERS:,} dead letters, {rounds} rounds, {machine()}")
        for title, words in (("one worker", ("--workers", "1")), ("workers as by default", ())):
            daemon = web_ui(stack, words)
            print(f"\n{title}")
            found = measured(stack.webui_url, [*pages(event, rules), *trials()], rounds)
            tell(found)
            refused += sum(bool(page.refused) for page in found)
            daemon.stop()
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
