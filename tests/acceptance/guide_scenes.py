"""The states in which the guides' lines are typed: what runs, what waits, what Moogsoft does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
import psycopg
import redis

from mutt_cli.daemons.behaviour import Behaviour
from tests import plain_http
from tests.guides import QUIET
from tests.stack import SOURCE_TREE, Daemon, eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.adapters.engines.postgres import Postgres
    from mutt_cli.daemons.simulator import Simulator

SECRETS: Final = {
    "INGEST_API_KEY": "key-of-a-sender",
    "WEBUI_API_KEY": "key-of-an-operator",
    "MOOG_API_KEY": "key-for-moogsoft",
    "DB_PASS": "password-of-the-database",
}
HEALTH: Final = {"ingestor": 8080, "alerter": 8081, "forwarder": 8082, "remediation": 8087, "webui": 8090}
FOLDER: Final = Path("/tmp/world")  # noqa: S108 - /tmp is a file system of our own
IN_HAND: Final = "processing:alerter:alerter-001"


class World:
    """Everything runs and is well, until a scene changes it."""

    def __init__(self, simulator: Simulator, postgres: Postgres) -> None:
        self.simulator = simulator
        self.postgres = postgres
        self.redis = redis.Redis()
        self.daemons: dict[str, Daemon] = {}
        self.sent = 0
        keep = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self.environment = keep | {"HOME": str(FOLDER), "PYTHONPATH": str(SOURCE_TREE)}

    def run(self, *names: str, **settings: str) -> None:
        """Start daemons that do not run, with these settings in their environment, until each is healthy."""
        for name in names:
            if not (name in self.daemons and self.daemons[name].alive):
                self.daemons[name] = Daemon(name, self.environment | settings, FOLDER / f"{name}.log", cold=True)
                self.daemons[name].start()
        for name in names:
            eventually(partial(self._healthy, name), f"{name} is healthy", 30)

    def mutt(self, *words: str) -> None:
        """A command that must succeed."""
        subprocess.run([sys.executable, "-m", "mutt_cli", *words], env=self.environment, check=True, stdout=sys.stderr)

    def stop(self, *names: str) -> None:
        """Stop daemons that run."""
        for name in names:
            self.daemons[name].stop()

    def _healthy(self, name: str) -> bool:
        assert self.daemons[name].alive, f"{name} ended: {self.daemons[name].log.read_text()[-2000:]}"
        try:
            return plain_http.get(f"http://127.0.0.1:{HEALTH[name]}/health", timeout=2).is_success
        except httpx.HTTPError:
            return False

    def send(self, message: str, **fields: str) -> None:
        """Send an event of a host of its own, so that no two are one fault."""
        self.sent += 1
        self._post({"source": f"switch{self.sent}", "message": message, **fields})

    def _post(self, body: object) -> None:
        key = {"X-API-Key": SECRETS["INGEST_API_KEY"]}
        plain_http.post("http://127.0.0.1:8080/ingest", json=body, headers=key, timeout=10).raise_for_status()

    def link_down(self, note: str = "", **fields: str) -> None:
        """Send an event that a rule matches."""
        self.send(f"%LINK-3-UPDOWN: Gi0/1 changed to down {note}", **fields)

    def many(self, number: int) -> None:
        """Send that many events that no rule matches, in one request."""
        events = [{"source": "chatterbox", "message": f"nothing that a rule knows, {one}"} for one in range(number)]
        self._post(events)

    def received(self) -> str:
        """All that Moogsoft accepted, as text."""
        return self.simulator.mailbox.since(0, 10_000).decode()

    def queued(self, name: str) -> int:
        """Length of `mutt:NAME`."""
        return int(self.redis.llen(f"mutt:{name}"))

    def waiting(self, name: str) -> str:
        """What `mutt:NAME` holds, as text."""
        return str(self.redis.lrange(f"mutt:{name}", 0, -1))

    def shows(self, port: int, text: str) -> None:
        """Wait until the metrics have this text."""
        url = f"http://127.0.0.1:{port}/metrics"
        eventually(lambda: text in plain_http.get(url, timeout=5).text, f"{port} shows {text}")

    def sql(self, statement: str) -> None:
        """One statement, as the owner of the tables."""
        with psycopg.connect(self.postgres.conninfo(), autocommit=True) as conn:
            conn.execute(statement.encode())


def all_is_well(world: World) -> None:
    """One event was delivered, one matched no rule, and everything has been counted."""
    world.run(*HEALTH)
    if not world.sent:
        world.link_down()
        world.send("nothing that a rule knows")
        eventually(lambda: "LINK-3-UPDOWN" in world.received(), "the alert arrives")
        eventually(lambda: list(world.redis.scan_iter("mutt:unhandled:*")), "the other event is counted")
        world.shows(9091, 'mutt_alerter_events_processed_total{status="handled"} 1')
        world.shows(9092, 'mutt_moog_requests_total{status="success"} 1')
        world.shows(8086, "mutt_remediation_moog_health 1")


def a_rule_named_cpu_high(world: World) -> None:
    """The rule that the service operations guide adds."""
    world.sql("DELETE FROM alert_rules WHERE rule_name = 'cpu_high'")
    world.sql("INSERT INTO alert_rules (rule_name, pattern) VALUES ('cpu_high', '.*CPU.*threshold.*exceeded.*')")


def a_rule_that_matches_everything(world: World) -> None:
    """What the guide warns of."""
    world.sql("INSERT INTO alert_rules (rule_name, pattern, priority) VALUES ('everything', '.*', -1)")


def old_unhandled_keys(world: World) -> None:
    """One key without an end of life, which MUTT itself never leaves."""
    world.redis.set("mutt:unhandled:an-old-one:0", "{}")


def events_in_hand(world: World) -> None:
    """The alerter stands still in the middle of a batch, which none of the rules that were switched off matches."""
    if not world.queued(IN_HAND):
        world.mutt("cache", "reload")  # by themselves alerters notice within 5 s what SQL has changed
    alerter = world.daemons["alerter"]
    alerter.pause()
    ends = time.monotonic() + 20
    while not world.queued(IN_HAND):
        if not world.queued("ingest_queue"):
            world.many(5_000)
        alerter.wake()
        while not world.queued(IN_HAND):
            assert time.monotonic() < ends, "the alerter had never anything in hand"
        alerter.pause()


def alerter_stopped(world: World) -> None:
    """Events wait."""
    if world.daemons["alerter"].alive:
        world.daemons["alerter"].wake()
        eventually(lambda: not world.queued("ingest_queue"), "what waited has been taken")
    world.stop("alerter")
    if not world.queued("ingest_queue"):
        world.link_down()


def forwarder_stopped(world: World) -> None:
    """What waited has been decided, and alerts wait, among them one whose correlation id is known."""
    world.stop("forwarder")
    world.run("alerter")
    if "the handled one" not in world.waiting("alert_queue"):
        world.link_down("the handled one", correlation_id="trace-of-a-handled-event")
        world.send("another that no rule knows")
        eventually(lambda: "the handled one" in world.waiting("alert_queue"), "the alert waits")
        kind = f"mutt:unhandled:switch{world.sent}:*"
        eventually(lambda: list(world.redis.scan_iter(kind)), "the last of the others is counted")


def moogsoft_refuses(world: World) -> None:
    """Two alerts were answered 400 and are dead letters."""
    if not world.queued("dlq:moog"):
        world.run("forwarder")
        eventually(lambda: not world.queued("alert_queue"), "earlier alerts have left")
        eventually(lambda: not world.queued("processing:moog:alerter-001"), "and have been settled")
        world.simulator.behave(Behaviour(status=400))
        world.link_down("first refused by Moogsoft")
        world.link_down("then refused by Moogsoft")
        eventually(lambda: world.queued("dlq:moog") >= 2, "two alerts are dead letters")
        world.shows(9092, "mutt_moog_dlq_depth 2")


def dead_letters(world: World) -> None:
    """One of them was given up."""
    if not world.queued("dlq:dead"):
        world.redis.lmove("mutt:dlq:moog", "mutt:dlq:dead", "RIGHT", "LEFT")


def moogsoft_back(world: World) -> None:
    """It takes alerts again; what it refused is still set aside."""
    world.simulator.behave(Behaviour())
    assert world.queued("dlq:moog")


def moogsoft_away(world: World) -> None:
    """It fails so often that the breaker opens."""
    world.simulator.behave(Behaviour(status=503))
    if world.redis.get("mutt:circuit_breaker:moogsoft:state") != b"OPEN":
        for _ in range(12):
            world.link_down()
        world.shows(9092, 'mutt_moog_circuit_breaker_state{name="moogsoft"} 1')


def the_alerter_sheds(world: World) -> None:
    """More waits than it may, and what is too much was set aside."""
    if not world.queued("dlq:alerter"):
        world.stop("remediation", "alerter")  # remediation would return it
        world.many(2_500)
        world.run("alerter", ALERTER_SHED_MODE="dlq")
        eventually(lambda: world.queued("dlq:alerter"), "events are shed")


def the_threshold_was_set(world: World) -> None:
    """What SO:1661 does with a script of old, by the command that took its place (D23)."""
    world.run(*HEALTH)
    world.mutt("config", "set", "alerter_queue_shed_threshold", "5000", "--publish")


SCENES: Final[dict[str, Callable[[World], None]]] = {
    QUIET: all_is_well,
    "a rule named cpu_high": a_rule_named_cpu_high,
    "a rule that matches everything": a_rule_that_matches_everything,
    "old unhandled keys": old_unhandled_keys,
    "events in hand": events_in_hand,
    "alerter stopped": alerter_stopped,
    "forwarder stopped": forwarder_stopped,
    "moogsoft refuses": moogsoft_refuses,
    "dead letters": dead_letters,
    "moogsoft back": moogsoft_back,
    "moogsoft away": moogsoft_away,
    "the alerter sheds": the_alerter_sheds,
    "the shed threshold was set to 5000": the_threshold_was_set,
}
"""In the order in which they follow from each other; each is brought about anew before each of its lines."""
