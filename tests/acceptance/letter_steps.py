"""What happens to the deployment, in this order: each function is one step, its docstring the step's name in the rows.

A step leaves things as it found them, so that the next one meets a deployment that is well.
"""

from __future__ import annotations

import json
import re
import signal
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg

from mutt_cli.adapters.engines.postgres import SUPERUSER
from mutt_cli.core.metrics import API_ENDPOINTS
from mutt_cli.core.replay import ALERT_ROOM
from tests import servers
from tests.acceptance.letter_stack import GUESS, KEYS, SERVICES, Letter
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KNOWN_ID: Final = "abc123-def456"
PARKED_ID: Final = "parked-by-the-breaker"
FAILED_ID: Final = "failed-at-the-door"
TEXT_ID: Final = "told-in-text-mode"
RULE: Final = {"rule_name": "disk_full", "pattern": ".*disk.*full.*", "severity": "critical", "priority": 100}
HOSTILE: Final = (
    "two\r\nlines\nof text", "\x1b[2J\x1b]0;title\x07 escape", "nul \x00 inside", "c1 \x9b31m", "line\u2028end\u2029s",
    "turned \u202e round", '{"level":"ERROR","message":"forged"}', "<3>forged priority",
)  # fmt: skip


def start(letter: Letter) -> None:
    """The daemons start."""
    letter.stack.start(*SERVICES)
    letter.first_pages = {service: letter.page(service) for service in SERVICES}


def matched(letter: Letter) -> None:
    """An event is matched."""
    letter.event(correlation_id=KNOWN_ID)


def unmatched(letter: Letter) -> None:
    """Events match no rule."""
    for number in range(6):
        letter.stack.send({"hostname": "fans", "message": f"fan {number} says nothing that a rule knows"})


def hostile(letter: Letter) -> None:
    """Hostile text arrives everywhere."""
    for number, text in enumerate(HOSTILE):
        letter.event(f"LINK down: {text}", correlation_id=f"hostile-{number}", source=text, severity=text, host=text)
    letter.post(content=b'{"message":"LINK down \\ud800","correlation_id":"\\udc00"}')
    letter.post(json={"message": "x"}, headers={"X-API-Key": GUESS, "X-Correlation-ID": "two words"})
    letter.web("GET", "/api/v1/rules%0d%0aforged%1b%5b2J%00")
    letter.stack.redis.hset(KEYS.workers, b"alerter:\xff\x1b[2J", "")
    odd = KEYS.processing("alerter", "line\nbreak").encode() + b"\xfe"
    letter.stack.redis.lpush(odd, b"left behind by a worker with an odd name")
    eventually(lambda: not letter.stack.redis.exists(odd), "it is given back")
    letter.stack.redis.lpush(KEYS.alert_queue, b"no json, \x1b[2J\xff\n and two lines")
    eventually(lambda: "(unreadable)" in letter.new("forwarder"), "it is set aside")


def reload(letter: Letter) -> None:
    """The alerter gets SIGHUP."""
    letter.signal("alerter", signal.SIGHUP)


def change_setting(letter: Letter) -> None:
    """A setting is changed."""
    letter.set("alerter_defer_sleep_ms", 20)


@contextmanager
def changed(letter: Letter, **values: object) -> Iterator[None]:
    """Dynamic settings have these values for a while, then again those that they had at the start."""
    for name, value in values.items():
        letter.set(name, value)
    try:
        yield
    finally:
        for name in reversed(values):
            letter.set(name, letter.configured(name))


@contextmanager
def answering(letter: Letter, **how: object) -> Iterator[None]:
    """Moogsoft answers like this for a while."""
    letter.moogsoft(**how)
    try:
        yield
    finally:
        letter.moogsoft()


def no_key(letter: Letter) -> None:
    """A request has no key of ours."""
    assert letter.post(json={"message": "x"}, headers={"X-API-Key": GUESS}) == 401
    assert letter.web("GET", "/api/v1/rules", key=GUESS).status_code == 401


def no_event(letter: Letter) -> None:
    """A request is no event."""
    assert letter.post(content=b"{no json") == 400
    deep = json.dumps({"correlation_id": FAILED_ID, "number": 1 << 70})
    assert letter.post(content=deep.encode()) == 400


def queue_full(letter: Letter) -> None:
    """The queue is full."""
    with changed(letter, max_ingest_queue_size=1):
        assert letter.post(json=[{"message": "one"}, {"message": "two"}]) == 503


def too_fast(letter: Letter) -> None:
    """A sender is too fast."""
    with changed(letter, ingest_max_rate=1):
        assert 503 in [letter.post(json={"message": "too fast"}) for _ in range(3)]


def redis_full(letter: Letter) -> None:
    """Redis has no memory left."""
    client = letter.stack.redis
    client.config_set("maxmemory", 1)
    try:
        assert letter.post(json={"message": "no room", "correlation_id": "no-room"}) == 503
    finally:
        client.config_set("maxmemory", 0)


@contextmanager
def thresholds(letter: Letter, mode: str) -> Iterator[None]:
    """A shed threshold that one batch exceeds."""
    values = {"alerter_queue_warn_threshold": 5, "alerter_queue_shed_threshold": 10, "alerter_shed_mode": mode}
    with changed(letter, **values):
        yield


def many(letter: Letter) -> None:
    """More than that, in one request."""
    letter.stack.send(*[{"hostname": f"many{number}", "message": "nothing known"} for number in range(50)])


def shed(letter: Letter) -> None:
    """Too much waits, mode dlq."""
    with thresholds(letter, "dlq"):
        many(letter)
        eventually(lambda: "shedding event" in letter.new("alerter"), "events are shed")


def defer(letter: Letter) -> None:
    """Too much waits, mode defer."""
    series = 'mutt_alerter_shed_events_total{mode="defer"}'
    with thresholds(letter, "defer"), waiting_alerts(letter, 10):
        many(letter)
        eventually(lambda: letter.number("alerter", series) > 0, "the alerter pauses")


def web_requests(letter: Letter) -> None:
    """The web UI is used."""
    made = letter.web("POST", "/api/v1/rules", json=RULE)
    assert made.status_code == 201, made.text
    one = f"/api/v1/rules/{made.json()['id']}"
    assert letter.web("PUT", one, json={"priority": 1}).status_code == 200
    for method, path in (("GET", "/api/v1/rules"), ("GET", one), ("DELETE", one), ("GET", "/api/v1/audit-logs")):
        assert letter.web(method, path).status_code == 200, (method, path)
    others = tuple(f"/api/v1/{name.replace('_', '-')}" for name in API_ENDPOINTS if name != "rule")
    for path in others:
        assert letter.web("GET", path).status_code == 200, path
    for path in (*others, one):
        assert letter.web("GET", path, params={"api_key": GUESS}).status_code == 400, path


@contextmanager
def without(letter: Letter, table: str) -> Iterator[None]:
    """A table is not there for a while."""
    with psycopg.connect(letter.stack.dsn, autocommit=True) as conn:
        conn.execute(f"ALTER TABLE {table} RENAME TO not_{table}".encode())
        try:
            yield
        finally:
            conn.execute(f"ALTER TABLE not_{table} RENAME TO {table}".encode())


def no_tables(letter: Letter) -> None:
    """PostgreSQL cannot answer."""
    with without(letter, "audit_logs"):
        assert letter.web("GET", "/api/v1/audit-logs").status_code == 500
        assert letter.web("GET", "/api/v1/config/history").status_code == 500
    with without(letter, "alert_rules"):
        assert letter.web("GET", "/api/v1/rules").status_code == 500
        assert letter.web("GET", "/api/v1/rules/1").status_code == 500
        assert letter.web("GET", "/api/v1/teams").status_code == 500
        assert letter.web("GET", "/api/v1/dev-hosts").status_code == 500
        letter.signal("alerter", signal.SIGHUP)
        eventually(lambda: "rules cannot be read" in letter.new("alerter"), "the alerter says so")


def too_many_clients(letter: Letter) -> None:
    """PostgreSQL has no connection left for an alerter that starts."""
    second = letter.stack.second("alerter")
    with ExitStack() as stack:
        try:
            for _ in range(200):
                stack.enter_context(psycopg.connect(letter.postgres.dsn_for("postgres", SUPERUSER)))
        except psycopg.OperationalError:
            second.start()
        eventually(lambda: "too many clients" in letter.stack.log("alerter-pod-2"), "it is told")
    eventually(lambda: "Reloading" in letter.stack.log("alerter-pod-2"), "it works once there is room", 30)
    second.stop()


def failing(**how: object) -> Callable[[Letter], None]:
    """A step: Moogsoft answers an alert like this for a while."""

    def step(letter: Letter) -> None:
        failed = f"Forward error with correlation_id=fails-{name}"
        with answering(letter, **how):
            letter.event(correlation_id=f"fails-{name}")
            eventually(lambda: failed in letter.new("forwarder"), "it failed once")

    name = "-".join(f"{key}-{value}" for key, value in how.items())
    step.__doc__ = f"Moogsoft fails: {name}"
    return step


def rejected(letter: Letter) -> None:
    """Moogsoft rejects an alert for good."""
    with answering(letter, status=400):
        letter.event(correlation_id="poison-1")
        eventually(lambda: re.search("poison message.*poison-1", letter.new("remediation")), "it is buried")


def down(letter: Letter) -> None:
    """Moogsoft is down."""
    with answering(letter, status=503):
        letter.event(correlation_id="held-1")
        eventually(lambda: "health: down" in letter.new("remediation"), "it is seen")
        held_up(letter, "health")


@contextmanager
def waiting_alerts(letter: Letter, number: int) -> Iterator[None]:
    """So many alerts wait for a forwarder that does not take them."""
    client = letter.stack.redis
    with paused(letter, "forwarder"):
        client.lpush(KEYS.alert_queue, *[json.dumps({"description": f"filler {n}"}) for n in range(number)])
        yield
        client.ltrim(KEYS.alert_queue, number, -1)


@contextmanager
def paused(letter: Letter, service: str) -> Iterator[None]:
    """A daemon stands still, far shorter than its lease."""
    letter.signal(service, signal.SIGSTOP)
    try:
        yield
    finally:
        letter.signal(service, signal.SIGCONT)


def held_up(letter: Letter, reason: str) -> None:
    """Wait until this holds a replay up once more."""
    series = f'mutt_remediation_replay_fail_total{{reason="{reason}"}}'
    before = letter.number("remediation", series)
    eventually(lambda: letter.number("remediation", series) > before, f"a replay is held up: {reason}")


def limited(letter: Letter) -> None:
    """More alerts than the delivery limit allows."""
    with changed(letter, moog_rate_limit=1):
        for _ in range(3):
            letter.event()
        eventually(lambda: letter.number("forwarder", "mutt_moog_rate_limit_hits_total") > 0, "alerts wait")


def breaker(letter: Letter) -> None:
    """The breaker opens and closes again."""
    state = 'mutt_moog_circuit_breaker_state{name="moogsoft"}'
    with changed(letter, circuit_breaker_threshold=2):
        with changed(letter, circuit_breaker_timeout=3600):
            with answering(letter, status=503):
                letter.event()
                eventually(lambda: letter.number("forwarder", state) == 1, "the breaker is open")
                letter.event(correlation_id=PARKED_ID)
                eventually(lambda: re.search(f"OPEN.*{PARKED_ID}", letter.new("forwarder")), "an alert is parked")
            held_up(letter, "breaker")
        eventually(lambda: letter.number("forwarder", state) == 0, "the breaker is closed")


def no_room(letter: Letter) -> None:
    """A replay would not fit."""
    with waiting_alerts(letter, ALERT_ROOM):
        parked = {"description": "goes as room allows", "_delivery": {"reason": "circuit_open", "origin": "alert"}}
        letter.stack.redis.lpush(KEYS.dlq_moog, json.dumps(parked))
        held_up(letter, "room")


def unlisted(letter: Letter) -> None:
    """A worker that nobody knows left something behind."""
    with paused(letter, "forwarder"):  # else it may be the one who finds it
        letter.stack.redis.lpush(KEYS.processing("alerter", "gone"), '{"message":"left behind"}')
        eventually(lambda: "worker gone is gone" in letter.new("alerter"), "it is given back")


def unreadable(letter: Letter) -> None:
    """Somebody queues what is no alert."""
    letter.stack.redis.lpush(KEYS.alert_queue, "no json at all")


def refused(letter: Letter) -> None:
    """Redis refuses to be read."""
    client = letter.stack.redis
    client.execute_command("ACL", "SETUSER", "default", "-llen")  # type: ignore[no-untyped-call]
    try:
        held_up(letter, "redis")
    finally:
        client.execute_command("ACL", "SETUSER", "default", "+llen")  # type: ignore[no-untyped-call]


def wrong_starts(letter: Letter) -> None:
    """Ingestors that cannot start."""
    stack = letter.stack
    ports = {"INGESTOR_PORT": str(servers.free_port()), "METRICS_PORT": str(servers.free_port())}
    file = stack.folder / "tcp.env"
    lines = (stack.folder / "mutt.env").read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join(line for line in lines if not line.startswith("REDIS_SOCKET")), encoding="utf-8")
    no_redis = {"MUTT_ENV_FILE": str(file), "REDIS_HOST": "localhost", "REDIS_PORT": str(servers.free_port())}
    ways: dict[str, dict[str, str]] = {
        "keyless": {"VAULT_SECRET_PATH": "mutt/keyless"}, "no-token": {"VAULT_TOKEN": GUESS}, "no-redis": no_redis,
    }  # fmt: skip
    import hvac

    client = hvac.Client(url=letter.vault.address, token=letter.vault.root_token)
    client.secrets.kv.v2.create_or_update_secret(path="mutt/keyless", secret={"OTHER": "x"})
    made = [stack.daemon("ingestor", pod, **ports, **how) for pod, how in ways.items()]
    for daemon in made:
        daemon.log.touch()
        found = daemon.log.stat()
        daemon.environment = daemon.environment | {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        daemon.start()
    for daemon in made:
        assert daemon.process is not None
        assert daemon.process.wait(40) in {69, 77, 78}


def text_mode(letter: Letter) -> None:
    """A forwarder logs as text."""
    letter.stack.daemons["forwarder"].stop()
    letter.stack.daemon("forwarder", "text", LOG_FORMAT="text", LOG_DIR="").start()
    letter.event(correlation_id=TEXT_ID)
    eventually(lambda: TEXT_ID in letter.stack.log("forwarder-text"), "it has delivered", 30)


def vault_away(letter: Letter) -> None:
    """Vault goes away."""
    letter.vault.stop()


def name_of(step: Callable[[Letter], None]) -> str:
    """A step's name: its docstring, as the end of a sentence."""
    said = (step.__doc__ or "").strip().removesuffix(".")
    return said if said.startswith(("Moogsoft", "Redis", "PostgreSQL", "Vault")) else said[:1].lower() + said[1:]


STEPS: Final[tuple[Callable[[Letter], Any], ...]] = (
    start, matched, unmatched, reload, change_setting, web_requests, no_key, no_event, queue_full, too_fast, shed,
    defer, limited, unlisted, unreadable, hostile, failing(status=401), failing(status=302), failing(status=503),
    failing(status=429), failing(delay_ms=1500), failing(drop=True), rejected, down, breaker, no_room, redis_full,
    no_tables, too_many_clients, refused, wrong_starts, text_mode, vault_away,
)  # fmt: skip
