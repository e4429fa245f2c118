"""Service levels from the ledger, and from a real Prometheus."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from mutt_cli.adapters.clock import now_ms
from mutt_cli.adapters.configuration import load
from mutt_cli.adapters.migrations import migrate
from mutt_cli.adapters.postgres import connect
from mutt_cli.core.moment import rfc3339
from mutt_cli.daemons.probe import metrics_page, serve
from mutt_cli.keys import Keys
from mutt_cli.ops.backends import Backends
from mutt_cli.ops.slo import levels
from tests import plain_http
from tests.peers import peer
from tests.servers import free_port
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import redis

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.core.slo import Level
    from tests.servers import PostgresServer

KEYS = Keys()
HOUR_MS = 3_600_000


@pytest.fixture
def configuration(valkey: Valkey, postgres: PostgresServer, database: str) -> Configuration:
    made = load(
        {"REDIS_SOCKET": str(valkey.socket), "POSTGRES_HOST": str(postgres.engine.sockets), "POSTGRES_DB": database},
        None,
    )
    with connect(made.settings.postgres, "", "test") as conn:
        migrate(conn)
    return made


@pytest.fixture
def backends(configuration: Configuration, redis_client: redis.Redis) -> Iterator[Backends]:
    del redis_client
    with Backends(configuration.settings) as opened:
        yield opened


def minute(ago_ms: int) -> str:
    return rfc3339(now_ms() - ago_ms)[:16]


def count(backends: Backends, ago_ms: int, counter: str, number: int) -> None:
    backends.redis().hset(KEYS.ledger_minutes, f"{minute(ago_ms)}|api|{counter}", number)


def by_name(found: tuple[Level, ...]) -> dict[str, Level]:
    return {one.objective.name: one for one in found}


def test_the_ledger_tells_what_was_taken_in_and_forwarded(backends: Backends, configuration: Configuration) -> None:
    count(backends, 0, "accepted", 900)
    count(backends, 0, "unserved", 100)
    count(backends, 0, "refused", 50)  # a sender's own mistakes
    count(backends, 0, "forwarded", 97)
    count(backends, 0, "dead", 1)
    backends.redis().lpush(KEYS.dlq_moog, "one", "two")
    with backends.postgres().transaction():
        for ago, number in ((5 * HOUR_MS, 9000), (30 * HOUR_MS, 1_000_000)):
            backends.postgres().execute(
                "INSERT INTO ledger_minutes (minute, source, counter, value) VALUES (%s, 'api', 'accepted', %s)",
                (f"{minute(ago)}:00Z", number),
            )
    found = levels(backends, configuration)
    ingest, forward = by_name(found.levels)["ingest"], by_name(found.levels)["forward"]
    assert (ingest.window.good, ingest.window.bad) == (9900, 100)
    assert (ingest.hour.good, ingest.hour.bad) == (900, 100)
    assert (forward.window.good, forward.window.bad) == (97, 3)
    assert (ingest.state, forward.state) == ("crit", "crit")
    assert found.source.startswith("the ledger")
    assert not found.warnings


def test_targets_that_are_set_at_run_time_count(backends: Backends, configuration: Configuration) -> None:
    count(backends, 0, "accepted", 96)
    count(backends, 0, "unserved", 4)
    backends.redis().set(KEYS.config("slo_ingest_success_target"), "0.9")
    backends.redis().set(KEYS.config("slo_window_hours"), "2")
    found = levels(backends, configuration)
    assert (by_name(found.levels)["ingest"].objective.target, found.window_s) == (0.9, 7200)
    assert by_name(found.levels)["ingest"].state == "ok"


def test_without_postgresql_the_figures_are_young_and_say_so(backends: Backends, configuration: Configuration) -> None:
    count(backends, 0, "accepted", 10)
    away = replace(configuration.settings, postgres=replace(configuration.settings.postgres, host="/nowhere"))
    with Backends(away) as alone:
        found = levels(alone, replace(configuration, settings=away))
    assert by_name(found.levels)["ingest"].window.good == 10
    assert "without PostgreSQL the figures are of the last hour alone" in found.warnings


PAGE = """# TYPE mutt_ingest_requests_total counter
mutt_ingest_requests_total{{status="success",reason=""}} {good}
mutt_ingest_requests_total{{status="fail",reason="queue_full"}} {bad}
mutt_ingest_requests_total{{status="fail",reason="auth"}} {bad}
# TYPE mutt_moog_alerts_processed_total counter
mutt_moog_alerts_processed_total{{status="success"}} {good}
mutt_moog_alerts_processed_total{{status="dlq"}} 0
"""


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[str]:
    """A Prometheus that scrapes a page whose counters grow by 90 to 10."""
    looks = iter(range(1, 100_000))

    def text() -> str:
        look = next(looks)
        return PAGE.format(good=90 * look, bad=10 * look)

    target, port = free_port(), free_port()
    server = serve("127.0.0.1", target, "PORT", {"/metrics": metrics_page(text)})
    (tmp_path / "prometheus.yml").write_text(
        "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\n"
        f"scrape_configs: [{{job_name: mutt, static_configs: [{{targets: ['127.0.0.1:{target}']}}]}}]\n"
    )
    process = subprocess.Popen(
        [peer("prometheus", "prometheus"), f"--config.file={tmp_path}/prometheus.yml",
         f"--storage.tsdb.path={tmp_path}/data", f"--web.listen-address=127.0.0.1:{port}"],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: _grows(url), "Prometheus has seen the counters grow", 40)
        yield url
    finally:
        process.terminate()
        process.wait()
        server.shutdown()
        server.server_close()


def _grows(url: str) -> bool:
    try:
        answer = plain_http.get(
            f"{url}/api/v1/query", params={"query": "increase(mutt_ingest_requests_total[1m])"}, timeout=2
        )
        return any(float(one["value"][1]) > 0 for one in answer.json()["data"]["result"])
    except (httpx.HTTPError, ValueError, KeyError):
        return False


def test_prometheus_is_asked_where_one_is_configured(backends: Backends, prometheus: str) -> None:
    environ = {"REDIS_SOCKET": backends.settings.redis.socket, "PROMETHEUS_URL": prometheus + "/"}
    found = levels(backends, load(environ, None))
    ingest = by_name(found.levels)["ingest"]
    assert found.source == f"Prometheus at {prometheus}/"
    assert ingest.availability == pytest.approx(0.9, abs=0.03)  # a wrong key is the sender's
    assert by_name(found.levels)["forward"].availability == 1.0


def test_a_prometheus_that_does_not_answer_is_told_and_the_ledger_asked(
    backends: Backends, configuration: Configuration
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    settings = replace(configuration.settings, platform=replace(configuration.settings.platform, prometheus_url=url))
    asked = replace(configuration, settings=settings, sources={**configuration.sources, "PROMETHEUS_URL": "file"})
    found = levels(backends, asked)
    assert found.source.startswith("the ledger")
    assert any(one.startswith(f"Prometheus at {url} did not answer") for one in found.warnings)
