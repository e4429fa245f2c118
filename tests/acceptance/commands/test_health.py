"""`mutt health`: what it says of a live deployment is what other programs see, in every form that machines read."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import warm_start
from tests.acceptance.commands.world import silent_back_ends
from tests.peers import peer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.commands.world import World

HERE = ("--skip", "disk.spool,backup.age,svc.version")
"""What depends on the machine that runs the tests."""


@pytest.mark.covers("health")
def test_health_is_well_and_says_the_numbers_that_redis_has(world: World) -> None:
    world.redis_cli("LPUSH", "mutt:dlq:old_events", "{}")
    world.mutt("health", "--only", "queue.*,dlq.*,ledger,breaker.moog,redis.*,db.*,vault.*")
    told = world.mutt("health", *HERE, "-o", "json").json
    assert (told["status"], told["code"], told["counts"]["critical"]) == ("ok", 0, 0)
    values = {one["id"]: one["value"] for one in told["checks"]}
    assert str(round(values["queue.ingest.depth"])) == world.redis_cli("LLEN", "mutt:ingest_queue")
    assert str(round(values["dlq.dead.depth"])) == world.redis_cli("LLEN", "mutt:dlq:dead")
    assert world.mutt("health", *HERE, "-q").out == ""
    assert world.mutt("health", "--only", "nosuch", code=3).out.startswith("MUTT UNKNOWN - no check selected by nosuch")
    world.redis_cli("DEL", "mutt:dlq:old_events")


def test_the_worst_check_decides_the_exit_code_and_a_window_caps_it(world: World) -> None:
    only = ("--only", "dlq.dead.depth")
    world.redis_cli("LPUSH", "mutt:dlq:dead", "{}")
    assert "1 poison messages need a person" in world.mutt("health", *only, code=1).out
    worse = ("--threshold", "dlq.dead.depth=,0")
    assert world.mutt("health", *only, *worse, code=2).out.startswith("MUTT CRITICAL - 1 critical")
    assert world.mutt("health", *only, *worse, "--exit-ok").code == 0
    world.mutt("maintenance", "start", "--for", "1h", "--reason", "INC-1182")
    capped = world.mutt("health", *only, *worse, code=1).out
    assert capped.startswith("MUTT WARNING - MAINT until ")
    assert "(INC-1182)" in capped
    world.mutt("health", *only, *worse, "--no-maintenance", code=2)
    world.mutt("maintenance", "end")
    world.redis_cli("DEL", "mutt:dlq:dead", "mutt:maintenance")


@pytest.mark.parametrize(
    "words",
    [
        ("--nonsense",), ("--only", "queue.nosuch"), ("--threshold", "ledger=x"), ("--threshold", "nosuch=1,2"),
        ("--threshold", "ledger=1"), ("--timeout", "soon"), ("-o", "yaml"), ("-c", "nosuch"), ("--help",),
        ("--textfile", "mutt.txt"), ("--skip", "*"), ("--only", "redis.ping", "--group", "local"), ("more",),
    ],
)  # fmt: skip
def test_whatever_could_not_be_executed_is_unknown_and_nothing_else(world: World, words: tuple[str, ...]) -> None:
    told = world.mutt("health", *words, code=3)
    assert told.out.startswith(("MUTT UNKNOWN - ", "Usage:"))
    assert "Traceback" not in told.out + told.err


@pytest.mark.parametrize(
    "words",
    [
        ("--where", "x", "health", "--nosuch"), ("--sort", "a", "health", "--bogus"), ("-qc", "ctx", "health", "--no"),
        ("-V", "health"), ("health", "-qh"), ("health", "-w"), ("health", "--exit-when", "state=ok"),
        ("health", "--ping-url", "http://[bad/"), ("health", "--only", "slo.ingest", "--exit-ok"),
    ],
)  # fmt: skip
def test_no_word_anywhere_makes_another_exit_code(world: World, words: tuple[str, ...]) -> None:
    world.mutt(*words, code=3)


def test_a_verdict_that_cannot_be_printed_is_unknown(world: World) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mutt_cli", "health", "--only", "redis.ping"], stdout=full, stderr=subprocess.PIPE,
            env=world.stack.environment, check=False,
        )  # fmt: skip
    assert (done.returncode, b"Traceback" in done.stderr) == (3, False)


def test_unknown_has_the_form_that_was_asked_for(world: World, tmp_path: Path) -> None:
    path = tmp_path / "mutt.prom"
    told = world.mutt("health", "-o", "json", "--only", "nosuch", "--textfile", str(path), code=3).json
    assert (told["status"], told["code"], told["checks"][0]["id"]) == ("unknown", 3, "config")
    assert "mutt_health_status" in path.read_text()
    assert world.mutt("health", "-o", "prometheus", "--only", "nosuch", code=3).out.count("# HELP") == 4


def test_settings_and_thresholds_of_a_file_that_cannot_be_used_are_unknown(world: World, tmp_path: Path) -> None:
    settings = tmp_path / "mutt.env"
    settings.write_text("REDIS_PORT=none\n")
    told = world.mutt("health", "-c", str(settings), code=3)
    assert "MUTT UNKNOWN - " in told.out


def test_the_textfile_is_what_promtool_accepts_and_everybody_may_read(world: World, tmp_path: Path) -> None:
    promtool = peer("promtool", "prometheus")
    path = tmp_path / "mutt.prom"
    world.mutt("health", *HERE, "--textfile", str(path), "-q")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [one.name for one in tmp_path.iterdir()] == ["mutt.prom"]
    with path.open("rb") as text:
        checked = subprocess.run(
            [promtool, "check", "metrics"], stdin=text, capture_output=True, text=True, check=False
        )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
    assert world.mutt("health", "-o", "prometheus", *HERE).out.splitlines()[1] == "# TYPE mutt_health_status gauge"


def test_a_textfile_that_cannot_be_written_makes_the_verdict_unknown(world: World, tmp_path: Path) -> None:
    path = tmp_path / "absent" / "mutt.prom"
    told = world.mutt("health", "--only", "redis.ping", "--textfile", str(path), code=3)
    assert f"textfile: {path} cannot be written" in told.out


@pytest.fixture
def watchdog() -> Iterator[tuple[str, list[str]]]:
    """A watchdog outside: its address, and the paths that were called."""
    called: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            called.append(self.path)
            self.send_response(200 if self.path == "/ping/s3cret" else 500)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """No news."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", called
        server.shutdown()


def test_the_watchdog_is_called_unless_it_is_critical(world: World, watchdog: tuple[str, list[str]]) -> None:
    address, called = watchdog
    ping = ("--only", "queue.ingest.depth", "--ping-url", f"{address}/ping/s3cret")
    world.mutt("health", *ping)
    world.mutt("health", *ping, "--threshold", "queue.ingest.depth=5:,", code=1)
    assert called == ["/ping/s3cret"] * 2
    world.mutt("health", *ping, "--threshold", "queue.ingest.depth=,5:", code=2)
    assert len(called) == 2


def test_a_watchdog_that_is_not_reached_is_told_without_its_address(
    world: World, watchdog: tuple[str, list[str]]
) -> None:
    address, _ = watchdog
    for url in (f"{address}/other/s3cret", "http://127.0.0.1:1/s3cret", "ftp://x/s3cret"):
        told = world.mutt("health", "--only", "redis.ping", "--ping-url", url, code=3)
        assert "watchdog" in told.out
        assert "s3cret" not in told.out + told.err


def test_back_ends_that_never_say_a_word_are_critical_in_time(world: World, tmp_path: Path) -> None:
    with silent_back_ends(tmp_path) as away:
        done = warm_start.run(("health", "--timeout", "8s", "-o", "json"), {**world.stack.environment, **away}, b"")
    assert done.returncode == 2, done.stdout
    assert b'"id":"redis.ping","status":"critical"' in done.stdout


def test_verdict_and_screen_show_the_same(world: World) -> None:
    """Both are made of one look; here of two, at a deployment that stands still."""
    verdict = {one["id"]: one for one in world.mutt("health", "-o", "json", code=None).json["checks"]}
    screen = world.mutt("status", "-o", "json").json
    depths = {one["queue"]: one["depth"] for one in screen["queues"]}
    assert verdict["queue.ingest.depth"]["value"] == depths["ingest"]
    assert verdict["dlq.moog.depth"]["value"] == depths["dlq-moog"]
    assert verdict["ledger"]["value"] == screen["ledger"]["remainder"] == 0
    assert {one["check"] for one in screen["findings"]} == {
        name for name, one in verdict.items() if one["status"] not in {"ok", "skipped"}
    }
