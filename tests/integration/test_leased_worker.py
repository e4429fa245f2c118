"""A worker's name over restarts and fences, where Redis hears of some of them only."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.redis_client import RedisUnavailableError
from mutt_cli.adapters.vault import VaultSession
from mutt_cli.core.secrets import Secrets
from mutt_cli.daemons.leased import LeasedWorker
from mutt_cli.daemons.runtime import Runtime
from mutt_cli.settings import Settings
from tests.contract.protocol.workers import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.adapters.redis_client import Client

ALERT = b'{"event_id":"01930000-0000-7000-8000-000000000001"}'


@pytest.fixture
def worker(valkey: Valkey, tmp_path: Path) -> Callable[[], LeasedWorker]:
    """Incarnations of the forwarder f1 on one host."""

    def made() -> LeasedWorker:
        plain = Settings()
        settings = replace(
            plain,
            redis=replace(plain.redis, socket=str(valkey.socket)),
            platform=replace(plain.platform, state_dir=str(tmp_path)),
        )
        runtime = Runtime(
            "forwarder", "f1", settings, Secrets({}), VaultSession(settings.vault), logging.getLogger("mutt.test"),
            KEYS, started_at="2026-11-23T23:00:00.000Z",
        )  # fmt: skip
        return LeasedWorker(runtime, "moog", "f1", 30_000)

    return made


def stopped_unheard(one: LeasedWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clean stop while Redis is away; with the process ends its lock."""

    def away() -> int:
        raise RedisUnavailableError("away", code="MUTT-R101")

    monkeypatch.setattr(one.lease, "leave", away)
    one.leave()
    assert one._lock._file is not None
    one._lock._file.close()


def test_two_clean_restarts_that_redis_did_not_hear_of_count_no_crash(
    worker: Callable[[], LeasedWorker], redis_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = worker(), worker(), worker()
    first._known_as = first._lock.take()
    first.register()
    redis_client.lpush(KEYS.processing("moog", "f1"), ALERT)
    stopped_unheard(first, monkeypatch)
    second._known_as = second._lock.take()
    second.runtime.stop.set()  # told to stop before Redis was there
    second.register()
    stopped_unheard(second, monkeypatch)
    third._known_as = third._lock.take()
    third.register()
    assert third.ready.is_set()
    assert redis_client.lrange(KEYS.alert_queue, 0, -1) == [ALERT]
    assert not redis_client.exists(KEYS.crash("moog"))


def test_a_beat_for_a_lease_that_is_about_to_be_registered_fences_nothing(
    worker: Callable[[], LeasedWorker], redis_client: Client
) -> None:
    one = worker()
    one.register()
    redis_client.delete(one.lease.heartbeat_key)
    one._beat_once()
    assert one.fenced.is_set()
    one.fenced.clear()
    one.lease = one._new_lease()
    one._beat_once()
    assert not one.fenced.is_set()
