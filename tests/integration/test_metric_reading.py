"""Every daemon's metrics are found where it says they are, and one that is silent is named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import dynamic_store, host
from mutt_cli.adapters.dynamic_store import Reader
from mutt_cli.daemons.probe import metrics_page, serve
from mutt_cli.errors import NotFoundError, UnreachableError
from mutt_cli.keys import Keys
from mutt_cli.ops import metrics
from mutt_cli.ops.backends import Backends
from mutt_cli.settings import Settings
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import redis

    from mutt_cli.adapters.engines.valkey import Valkey

KEYS = Keys()
HERE = host.hostname()
COUNTER = "mutt_alerter_events_processed_total"


@pytest.fixture
def backends(valkey: Valkey, redis_client: redis.Redis) -> Iterator[Backends]:
    """A deployment of which nothing runs on the usual ports."""
    del redis_client
    settings = Settings()
    ports = {name: replace(getattr(settings, name), metrics_port=free_port()) for name in (
        "ingest", "alerter", "forwarder", "remediation",
    )}  # fmt: skip
    made = replace(
        settings, redis=replace(settings.redis, socket=str(valkey.socket)), **ports,
        webui=replace(settings.webui, port=free_port()),
    )  # fmt: skip
    with Backends(made) as opened:
        yield opened


@pytest.fixture
def page(backends: Backends) -> Iterator[Callable[..., int]]:
    """Serves a page on a port of its own and says so in Redis, as a daemon does; returns the port."""
    servers = []

    def begin(service: str, name: str, text: Callable[[], str]) -> int:
        port = free_port()
        servers.append(serve("127.0.0.1", port, "PORT", {"/metrics": metrics_page(text)}))
        announce(backends, service, name, port)
        return port

    yield begin
    for server in servers:
        server.shutdown()
        server.server_close()


def announce(backends: Backends, service: str, name: str, port: int, where: str = HERE) -> None:
    reader = Reader(service, name, where, 1, "", (), "", port)
    dynamic_store.note_reader(backends.redis(), KEYS, reader)


def counter(value: int) -> str:
    return f'# HELP {COUNTER} Decided.\n# TYPE {COUNTER} counter\n{COUNTER}{{status="handled"}} {value}\n'


def test_instances_are_shown_apart_and_in_sum(backends: Backends, page: Callable[..., int]) -> None:
    first = page("alerter", "pod-1", lambda: counter(5))
    second = page("alerter", "pod-2", lambda: counter(7))
    announce(backends, "alerter", "pod-1.2", first)  # a second worker of the same daemon has the same page
    reading = metrics.read(backends, twice=False)
    found = metrics.series(reading, COUNTER)
    assert {one.instance: one.value for one in found} == {
        f"{HERE}:{first}": 5, f"{HERE}:{second}": 7, "": 12,
    }  # fmt: skip
    assert not reading.silent
    assert "no ingestor, forwarder, remediation, webui runs" in reading.warnings[0]


def test_a_rate_is_made_of_two_looks(
    backends: Backends, page: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "SAMPLE_S", 0.05)
    looks = iter((100, 130))
    page("alerter", "pod-1", lambda: counter(next(looks)))
    reading = metrics.read(backends, twice=True)
    spent = reading.now[0].at_s - reading.before[0].at_s
    found = [one for one in metrics.series(reading, "mutt_alerter_*") if not one.instance]
    assert [round(one.rate or 0, 6) for one in found] == [round(30 / spent, 6)]


def test_a_daemon_that_does_not_answer_is_named_and_the_others_are_shown(
    backends: Backends, page: Callable[..., int]
) -> None:
    page("alerter", "pod-1", lambda: counter(5))
    closed = free_port()
    announce(backends, "forwarder", "pod-1", closed)
    reading = metrics.read(backends, twice=False)
    assert [one.endpoint.service for one in reading.silent] == ["forwarder"]
    assert f"forwarder at {HERE}:{closed} did not answer: Connection refused" in reading.warnings
    assert metrics.series(reading, COUNTER)


def test_a_daemon_that_serves_none_is_not_blamed(backends: Backends, page: Callable[..., int]) -> None:
    page("alerter", "pod-1", lambda: counter(5))
    announce(backends, "remediation", "pod-1", 0)
    reading = metrics.read(backends, twice=False)
    assert not reading.silent
    assert any("remediation" in one and "PROMETHEUS_ENABLED" in one for one in reading.warnings)


def test_without_redis_this_host_is_asked_at_the_ports_of_its_settings(backends: Backends) -> None:
    port = backends.settings.alerter.metrics_port
    server = serve("127.0.0.1", port, "PORT", {"/metrics": metrics_page(lambda: counter(5))})
    alone = replace(backends.settings, redis=replace(backends.settings.redis, socket="/nowhere.sock"))
    try:
        with Backends(alone) as without:
            reading = metrics.read(without, twice=False)
    finally:
        server.shutdown()
        server.server_close()
    assert [one.value for one in metrics.series(reading, COUNTER, each=False)] == [5]
    assert "only daemons of this host are asked" in reading.warnings[0]


def test_no_answer_at_all_is_an_error_and_an_unknown_name_too(backends: Backends, page: Callable[..., int]) -> None:
    with pytest.raises(UnreachableError, match="no daemon shows its metrics"):
        metrics.read(backends, twice=False)
    page("alerter", "pod-1", lambda: counter(5))
    with pytest.raises(NotFoundError, match=f"did you mean {COUNTER}"):
        metrics.series(metrics.read(backends, twice=False), "mutt_alerter_event_processed_total")
