"""A running daemon follows its settings: announced, silently changed, wrong, and through a Redis that goes away."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import dynamic_store
from mutt_cli.adapters.vault import VaultSession
from mutt_cli.core.secrets import Secrets
from mutt_cli.daemons import settings_watch
from mutt_cli.daemons.runtime import Runtime
from mutt_cli.keys import Keys
from mutt_cli.settings import Redis, Settings
from tests import servers
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.adapters.redis_client import Client

KEYS = Keys()
SHED = "alerter_queue_shed_threshold"


@contextmanager
def watched(socket: str, *, service: str = "forwarder", enabled: bool = True) -> Iterator[Runtime]:
    """A process that follows its settings until the block ends; nothing of it is left to log into the next test."""
    worker = replace(Settings().worker, dynamic_config_enabled=enabled)
    settings = replace(Settings(), redis=Redis(socket=socket), worker=worker)
    log = logging.getLogger(f"mutt.{service}")
    runtime = Runtime(service, "pod-1", settings, Secrets({}), VaultSession(settings.vault), log, KEYS, "")
    try:
        runtime.follow_settings()
        yield runtime
    finally:
        runtime.stop.set()
        if runtime.settings_watch is not None:
            runtime.settings_watch.join(20.0)
            assert not runtime.settings_watch.is_alive()
    assert not runtime.failed


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "mutt")
    return caplog


@pytest.fixture
def seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only announcements are noticed, for the length of a test."""
    monkeypatch.setattr(settings_watch, "READ_EVERY_S", 3600.0)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_watch, "READ_EVERY_S", 0.1)


def set_by_hand(client: Client, key: str, text: str) -> None:
    client.set(KEYS.config(key), text)
    client.publish(KEYS.config_updates, key)


def listens(client: Client) -> bool:
    return bool(client.pubsub_numsub(KEYS.config_updates)[0][1])


def test_a_value_stored_before_the_start_is_in_effect_before_anything_runs(
    redis_client: Client, valkey: Valkey
) -> None:
    redis_client.set(KEYS.config("remediation_enabled"), "false")
    with watched(str(valkey.socket)) as runtime:
        assert not runtime.settings.remediation.enabled


@pytest.mark.usefixtures("seldom")
def test_what_is_set_and_announced_by_hand_is_in_effect_and_in_the_log(
    redis_client: Client, valkey: Valkey, log: pytest.LogCaptureFixture
) -> None:
    with watched(str(valkey.socket)) as runtime:
        eventually(lambda: listens(redis_client), "it listens")
        set_by_hand(redis_client, SHED, "5000")
        eventually(lambda: runtime.settings.alerter.queue_shed_threshold == 5000, "it is in effect")
    said = f"config: {SHED} (ALERTER_QUEUE_SHED_THRESHOLD) changed from '2000' to '5000'"
    eventually(lambda: said in log.messages, "it is told")


@pytest.mark.usefixtures("often")
def test_a_change_whose_announcement_was_lost_is_found_all_the_same(redis_client: Client, valkey: Valkey) -> None:
    with watched(str(valkey.socket)) as runtime:
        redis_client.set(KEYS.config("moog_rate_limit"), "7")
        eventually(lambda: runtime.settings.moog.rate_limit_max_requests == 7, "it is found")
        redis_client.delete(KEYS.config("moog_rate_limit"))
        eventually(lambda: runtime.settings.moog.rate_limit_max_requests == 100, "and so is its end")


@pytest.mark.usefixtures("often")
def test_a_value_that_cannot_be_used_is_told_once_and_changes_nothing(
    redis_client: Client, valkey: Valkey, log: pytest.LogCaptureFixture
) -> None:
    def complaints() -> list[str]:
        return [line for line in log.messages if "'lots' is not possible" in line]

    with watched(str(valkey.socket)) as runtime:
        redis_client.mset({KEYS.config(SHED): "lots", KEYS.config("moog_rate_limit"): "8"})
        eventually(lambda: runtime.settings.moog.rate_limit_max_requests == 8, "the other is in effect")
        redis_client.set(KEYS.config("moog_rate_limit"), "9")
        eventually(lambda: runtime.settings.moog.rate_limit_max_requests == 9, "it was read again")
        assert runtime.settings.alerter.queue_shed_threshold == 2000
        assert len(complaints()) == 1

        def refused() -> bool:
            """Whether the only reader says so: its first report is written after its first reading is in effect."""
            return [reader.refused for reader in dynamic_store.readers(redis_client, KEYS)] == [(SHED,)]

        eventually(refused, "it says what it refused")
        redis_client.set(KEYS.config(SHED), "3000")
        eventually(lambda: runtime.settings.alerter.queue_shed_threshold == 3000, "it is mended")
        redis_client.set(KEYS.config(SHED), "lots")
        eventually(lambda: len(complaints()) == 2, "a new mistake is told again")


@pytest.mark.usefixtures("seldom")
def test_a_misspelled_name_that_is_announced_is_told_with_the_nearest(
    redis_client: Client, valkey: Valkey, log: pytest.LogCaptureFixture
) -> None:
    with watched(str(valkey.socket)):
        eventually(lambda: listens(redis_client), "it listens")

        def told() -> bool:
            set_by_hand(redis_client, "alerter_queue_shed_treshold", "5000")
            return any(f"did you mean {SHED}?" in line for line in log.messages)

        eventually(told, "it is told")


@pytest.mark.usefixtures("often")
def test_what_was_meant_for_a_time_goes_back_by_itself(
    redis_client: Client, valkey: Valkey, log: pytest.LogCaptureFixture
) -> None:
    with watched(str(valkey.socket)) as runtime:
        dynamic_store.change(redis_client, KEYS, {"moog_rate_limit": "7"}, for_ms=1500)
        eventually(lambda: runtime.settings.moog.rate_limit_max_requests == 7, "it is in effect")
        eventually(lambda: runtime.settings.moog.rate_limit_max_requests == 100, "it is over")
    assert any("the time is over for which moog_rate_limit was set" in line for line in log.messages)


def test_a_broken_subscription_is_made_anew(redis_client: Client, valkey: Valkey) -> None:
    with watched(str(valkey.socket)) as runtime:
        eventually(lambda: listens(redis_client), "it listens")
        redis_client.client_kill_filter(_type="pubsub")
        set_by_hand(redis_client, "moog_rate_limit", "11")
        eventually(lambda: runtime.settings.moog.rate_limit_max_requests == 11, "it is in effect")
        eventually(lambda: listens(redis_client), "it listens again")


def test_a_restart_of_redis_keeps_the_settings_and_later_changes_arrive(log: pytest.LogCaptureFixture) -> None:
    with servers.valkey_server() as server:
        client = dynamic_store_client(server)
        client.set(KEYS.config("moog_rate_limit"), "12")
        with watched(str(server.socket)) as runtime:
            eventually(lambda: listens(client), "it listens")
            server.stop()
            eventually(lambda: any("changes cannot be read" in line for line in log.messages), "it is told")
            assert runtime.settings.moog.rate_limit_max_requests == 12
            server.start()
            set_by_hand(dynamic_store_client(server), "moog_rate_limit", "13")
            eventually(lambda: runtime.settings.moog.rate_limit_max_requests == 13, "the change arrives")
            assert sum("changes cannot be read" in line for line in log.messages) == 1


def dynamic_store_client(server: Valkey) -> Client:
    import redis

    return redis.Redis(unix_socket_path=str(server.socket))


@pytest.mark.usefixtures("often")
def test_switched_off_it_obeys_nothing_and_says_so(redis_client: Client, valkey: Valkey) -> None:
    redis_client.set(KEYS.config("moog_rate_limit"), "7")
    with watched(str(valkey.socket), enabled=False) as runtime:
        readers = eventually(lambda: dynamic_store.readers(redis_client, KEYS), "it is listed")
        assert [one.revision for one in readers] == ["off"]
        assert runtime.settings.moog.rate_limit_max_requests == 100


def test_a_process_that_ends_is_listed_no_more(redis_client: Client, valkey: Valkey) -> None:
    with watched(str(valkey.socket)):
        eventually(lambda: dynamic_store.readers(redis_client, KEYS), "it is listed")
    eventually(lambda: not dynamic_store.readers(redis_client, KEYS), "it is gone")


def test_an_alerter_writes_what_is_configured_so_that_get_answers(redis_client: Client, valkey: Valkey) -> None:
    redis_client.set(KEYS.config("alerter_shed_mode"), "defer")
    with watched(str(valkey.socket), service="alerter") as runtime:
        assert redis_client.get(KEYS.config(SHED)) == b"2000"
        assert redis_client.get(KEYS.config("alerter_queue_warn_threshold")) == b"1000"
        assert redis_client.get(KEYS.config("alerter_shed_mode")) == b"defer"
        assert runtime.settings.alerter.shed_mode == "defer"
        assert dynamic_store.read(redis_client, KEYS).chosen == {"alerter_shed_mode": "defer"}


def test_a_default_that_an_alerter_wrote_gives_way_to_a_later_configuration(
    redis_client: Client, valkey: Valkey
) -> None:
    redis_client.set(KEYS.config(SHED), "1500")
    redis_client.hset(KEYS.config_defaults, SHED, "1500")
    with watched(str(valkey.socket), service="alerter") as runtime:
        assert runtime.settings.alerter.queue_shed_threshold == 2000
        assert redis_client.get(KEYS.config(SHED)) == b"2000"
        assert redis_client.hget(KEYS.config_defaults, SHED) == b"2000"


def test_a_full_redis_keeps_no_daemon_from_its_settings(redis_client: Client, valkey: Valkey) -> None:
    redis_client.set(KEYS.config("moog_rate_limit"), "7")
    redis_client.config_set("maxmemory", "1")
    try:
        with watched(str(valkey.socket), service="alerter") as runtime:
            assert runtime.settings.moog.rate_limit_max_requests == 7
            eventually(lambda: dynamic_store.readers(redis_client, KEYS), "it can even say so")
            former = dynamic_store.change(redis_client, KEYS, {"moog_rate_limit": "8"})
            assert former.texts == {"moog_rate_limit": "7"}
            eventually(lambda: runtime.settings.moog.rate_limit_max_requests == 8, "and a change arrives")
    finally:
        redis_client.config_set("maxmemory", "0")
