"""A process that is switched off, on a Redis that goes away meanwhile."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import dynamic_store, holds
from mutt_cli.adapters.redis_client import REDIS_TROUBLE, connect
from mutt_cli.core.hold import Hold
from mutt_cli.daemons.hold_watch import HoldWatch
from mutt_cli.keys import Keys
from mutt_cli.settings import Redis
from tests import servers
from tests.integration.test_settings_watch import watched
from tests.stack import eventually

if TYPE_CHECKING:
    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.adapters.redis_client import Client

KEYS = Keys()
LOG = logging.getLogger("mutt.ingestor")


def test_a_stop_for_a_time_ends_while_redis_is_away_and_one_without_stays(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "mutt")
    with servers.valkey_server() as valkey:
        client = connect(replace(Redis(), socket=str(valkey.socket)))
        holds.change(client, KEYS.holds, {"ingestor/timed": Hold("mk", "INC-1")}, for_ms=1_000)
        holds.change(client, KEYS.holds, {"ingestor/open": Hold("mk", "INC-2")})
        timed, lasting = (HoldWatch(KEYS, "ingestor", (name, "host"), LOG) for name in ("timed", "open"))
        assert timed.look(client)
        assert lasting.look(client)
        assert 0 < timed.left_s <= 1.0
    with pytest.raises(REDIS_TROUBLE):
        timed.look(client)
    eventually(lambda: timed.hold is None, "it ends by the clock of this host")
    timed.tell()
    assert lasting.hold is not None
    assert lasting.left_s == float("inf")
    assert "switched on again" in caplog.messages


@pytest.mark.parametrize("enabled", [True, False])
def test_a_running_process_obeys_and_says_so_also_without_dynamic_settings(
    redis_client: Client, valkey: Valkey, enabled: bool
) -> None:
    def said() -> list[str]:
        return [one.held for one in dynamic_store.readers(redis_client, KEYS)]

    with watched(str(valkey.socket), service="ingestor", enabled=enabled) as runtime:
        holds.change(redis_client, KEYS.holds, {"ingestor": Hold("mk", "", "op-1")})
        eventually(lambda: said() == ["op-1"], "it says that it is off")
        eventually(lambda: runtime.holds.hold is not None, "it obeys")
        redis_client.hdel(KEYS.holds, "ingestor")  # by hand
        eventually(lambda: said() == [""], "it says that it works")


def test_a_hold_of_another_service_or_instance_holds_nobody_else(redis_client: Client) -> None:
    holds.change(redis_client, KEYS.holds, {"alerter": Hold("mk"), "ingestor/elsewhere": Hold("mk")})
    watch = HoldWatch(KEYS, "ingestor", ("pod-1", "host"), LOG)
    assert not watch.look(redis_client)
    assert watch.hold is None
