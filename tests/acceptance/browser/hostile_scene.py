"""The corpus in every field that somebody else than us may write: through the door where it opens, else around it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import psycopg

from mutt_cli.adapters.clock import new_api_key
from mutt_cli.core.api_keys import digest
from mutt_cli.core.dead_letter import payload_hash
from mutt_cli.keys import Keys
from tests import plain_http
from tests.acceptance.browser.corpus import CORPUS, storable
from tests.acceptance.browser.scene import await_rules, called
from tests.stack import API_KEY, eventually

if TYPE_CHECKING:
    from mutt_cli.keys import Role
    from tests.stack import Stack

KEYS: Final = Keys()
QUEUES: Final = (KEYS.dlq_moog, KEYS.dlq_alerter, KEYS.dead, KEYS.old_events, KEYS.quarantine)
SETTINGS: Final = ("alerter_shed_mode", "slo_window_hours", "metrics_cache_ttl", "max_poison_retries")


@dataclass
class Traces:
    """Where texts of the corpus can be looked at one by one, by their names."""

    rules: dict[str, int] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    operations: dict[str, str] = field(default_factory=dict)


def store(stack: Stack) -> Traces:
    """Write all of it everywhere."""
    found = Traces()
    stack.redis.hset(KEYS.remediation_paused, mapping={"dlq-moog": CORPUS["image"], "dlq-alerter": CORPUS["long"]})
    with psycopg.connect(stack.dsn) as conn:
        for name, text in CORPUS.items():
            _write_rows(conn, found, name, storable(text))
    stack.change("UPDATE rules_revision SET revision = revision + 1")
    stack.redis.publish(KEYS.rules_updates, stack.query("SELECT revision FROM rules_revision")[0][0])
    await_rules(stack)
    for number, (name, text) in enumerate(CORPUS.items()):
        found.events[name] = _send(stack, number, text)
        found.letters[name] = _file(stack, number, text)
    _write_redis(stack)
    replayed = {"ids": [found.letters["image"]], "reason": CORPUS["image"]}
    called(stack, "POST", "/dlq/replay", replayed)
    asked = "SELECT count(DISTINCT event_id) FROM event_history"
    eventually(lambda: stack.query(asked)[0][0] >= len(CORPUS), "the events have a history", 30)
    return found


def _write_rows(conn: psycopg.Connection[Any], found: Traces, name: str, text: str) -> None:
    """Rules, hosts, teams, keys and what the audit keeps of them, by somebody with this name for this reason."""
    words = {"text": text, "host": f"{name}-{text}", "key": digest(found.keys.setdefault(name, new_api_key()))}
    conn.execute(
        "SELECT set_config('mutt.actor', %(text)s, true), set_config('mutt.reason', %(text)s, true),"
        " set_config('mutt.correlation_id', %(text)s, true)", words,
    )  # fmt: skip
    columns = "rule_name, pattern, severity, priority, description, team_assignment, match_type, prod_handling"
    row = conn.execute(
        f"INSERT INTO alert_rules ({columns}) VALUES (%(text)s, %(text)s, %(text)s, 7, %(text)s, %(text)s, 'contains',"  # noqa: S608
        " %(text)s) RETURNING id", words,
    ).fetchone()  # fmt: skip
    assert row is not None
    found.rules[name] = row[0]
    conn.execute("INSERT INTO device_teams (hostname, team_assignment) VALUES (%(host)s, %(text)s)", words)
    conn.execute("INSERT INTO dev_hosts (hostname) VALUES (%(text)s) ON CONFLICT DO NOTHING", words)
    conn.execute("INSERT INTO api_keys (name, role, key_hash) VALUES (%(text)s, 'admin', %(key)s)", words)
    found.operations[name] = f"op-{len(found.rules):06d}"
    told = words | {"json": json.dumps({text: text, "value": text})}
    for table, record in (("config", "moog_timeout"), (text, text)):
        conn.execute(
            "INSERT INTO audit_logs (changed_by, operation, table_name, record_id, old_values, new_values, reason)"
            " VALUES (%(text)s, 'UPDATE', %(table)s, %(record)s, %(json)s, %(json)s, %(text)s)",
            told | {"table": table, "record": record},
        )
    conn.execute(
        "INSERT INTO operations (id, actor, host, context, command, reason, result, finished_at, argv, plan, counts,"
        " originals, backup_path) VALUES (%(id)s, %(text)s, %(text)s, %(text)s, %(text)s, %(text)s, %(text)s, now(),"
        " %(argv)s, %(json)s, %(counts)s, %(json)s, %(text)s)",
        told | {"id": found.operations[name], "argv": json.dumps([text, text]), "counts": json.dumps({text: 7})},
    )


def _send(stack: Stack, number: int, text: str) -> str:
    """An event that says it in every field; one that the ingestor refuses is put where accepted ones wait."""
    fields = {
        "hostname": text, "message": text, "severity": text, "source": text, "team": text, text: text,
        "event_id": f"01a33000-0000-7000-8000-{number:012d}", "correlation_id": text,
    }  # fmt: skip
    headers = {"X-API-Key": API_KEY, "Content-Type": "application/json"}
    answer = plain_http.post(f"{stack.ingest_url}/ingest", content=json.dumps(fields), headers=headers, timeout=10)
    if answer.status_code == 200:
        return str(answer.json()["event_id"])
    stack.redis.lpush(KEYS.ingest_queue, json.dumps(fields | {"received_at": "2026-11-28T01:00:00.000Z"}))
    return str(fields["event_id"])


def _file(stack: Stack, number: int, text: str) -> str:
    """Dead letters in every queue of them: a message whose fields say it, and one that is nothing else."""
    failure = {"reason": text, "error": text, "attempts": 1, "origin": "mutt:alert_queue", "rule": text, "pod": text}
    fields = {
        "event_id": f"01a44000-0000-7000-8000-{number:012d}", "correlation_id": text, "hostname": text, "message": text,
        "severity": text, "rule": text, "team": text, "received_at": text, "_source": text, text: {text: [text]},
        "_delivery": failure, "_dlq": failure,
    }  # fmt: skip
    body = json.dumps(fields)
    for queue in QUEUES:
        stack.redis.lpush(queue, body, text.encode("utf-8", "surrogatepass"))
    return payload_hash(body.encode())


def _write_redis(stack: Stack) -> None:
    """What daemons write of themselves, and what people write by hand."""
    failure = {"at": 1, "text": CORPUS["long"], "reason": CORPUS["script"], "by": CORPUS["image"]}
    stack.redis.set(KEYS.breaker("last_error"), json.dumps(failure))
    roles: tuple[tuple[Role, str], ...] = (("alerter", "image"), ("moog", "long"), ("alerter", "closing"))
    for role, name in roles:
        text = CORPUS[name]
        beat = dict.fromkeys(("token", "host", "boot_id", "started_at", "version", "config_version", "status"), text)
        stack.redis.hset(KEYS.workers, f"{role}:{text}", "t")
        stack.redis.set(KEYS.heartbeat(role, text), json.dumps(beat | {"pid": 1}))
    for setting, name in zip(SETTINGS, ("image", "long", "script", "direction"), strict=True):
        stack.redis.set(KEYS.config(setting), CORPUS[name])
