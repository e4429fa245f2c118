"""What a forwarder takes into its hands, and when it leaves alerts where they are."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.vault import VaultSession
from mutt_cli.core.secrets import Secrets
from mutt_cli.daemons.forwarder import Forwarder
from mutt_cli.daemons.meters import ForwarderMeters
from mutt_cli.daemons.runtime import Runtime
from mutt_cli.settings import Settings
from tests.contract.protocol.workers import KEYS

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.adapters.redis_client import Client

ALERT = b'{"event_id":"01930000-0000-7000-8000-000000000001","source":"sw1","description":"fan"}'


def forwarder(valkey: Valkey, folder: Path) -> Forwarder:
    """One that has its lease, and no threads."""
    plain = Settings()
    settings = replace(
        plain,
        redis=replace(plain.redis, socket=str(valkey.socket)),
        moog=replace(plain.moog, webhook_url="http://127.0.0.1:9/webhook"),
        platform=replace(plain.platform, state_dir=str(folder)),
    )
    runtime = Runtime(
        "forwarder", "f1", settings, Secrets({}), VaultSession(settings.vault), logging.getLogger("mutt.test"), KEYS,
        started_at="2026-11-23T23:00:00.000Z",
    )  # fmt: skip
    made = Forwarder(runtime, ForwarderMeters())
    made.worker.register()
    return made


def test_near_the_end_of_its_lease_it_takes_nothing_and_spends_no_permit(
    redis_client: Client, valkey: Valkey, tmp_path: Path
) -> None:
    made = forwarder(valkey, tmp_path)
    redis_client.lpush(KEYS.alert_queue, ALERT)
    made.worker._good_until = boottime_s() + made.runtime.settings.moog.timeout - 1  # no post fits into it
    assert not made._claim()
    assert redis_client.llen(KEYS.alert_queue) == 1
    assert not redis_client.zcard(KEYS.rate_limit_moog)


def test_with_a_fresh_lease_it_takes_what_waits(redis_client: Client, valkey: Valkey, tmp_path: Path) -> None:
    made = forwarder(valkey, tmp_path)
    redis_client.lpush(KEYS.alert_queue, ALERT)
    assert made._claim()
    assert redis_client.zcard(KEYS.rate_limit_moog) == 1


@pytest.mark.parametrize("fenced", [False, True])
def test_what_another_forwarder_has_by_now_is_neither_counted_nor_told(
    redis_client: Client, valkey: Valkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fenced: bool
) -> None:
    made = forwarder(valkey, tmp_path)
    told: list[str] = []

    def between(_: object) -> None:
        """After the claim, before what is no alert is set aside."""
        if fenced:
            redis_client.set(made.worker.lease.heartbeat_key, "somebody else's")

    monkeypatch.setattr(made._lines, "claimed", between)
    monkeypatch.setattr(made._lines, "unreadable", lambda *_: told.append("line"))
    monkeypatch.setattr(made.meters, "ended", lambda _: told.append("count"))
    redis_client.lpush(KEYS.alert_queue, b"no alert")
    assert made._claim()
    assert (told, redis_client.llen(KEYS.dlq_moog)) == (([], 0) if fenced else (["count", "line"], 1))
    assert made.worker.fenced.is_set() == fenced
