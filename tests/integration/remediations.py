"""Words for tests of remediation: dead letters, a breaker, and a connection with bad luck."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import redis

from mutt_cli.adapters import ledger
from mutt_cli.adapters.vault import VaultSession
from mutt_cli.core.dead_letter import annotate, message_id
from mutt_cli.core.pipeline import in_flow_order
from mutt_cli.core.secrets import Secrets
from mutt_cli.daemons.meters import RemediationMeters
from mutt_cli.daemons.remediation import Remediation
from mutt_cli.daemons.runtime import Runtime
from mutt_cli.daemons.simulator import Simulator
from mutt_cli.settings import Moog, Redis, Settings
from mutt_cli.settings import Remediation as Values
from tests.contract.protocol.workers import KEYS, oldest_first

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.adapters.redis_client import Client


def letter(name: str, reason: str, times: int = 1) -> str:
    """A dead letter of an accepted event."""
    element = b'{"event_id":"%s","received_at":"2026-11-23T22:33:00.000Z","_source":"api"}' % name.encode()
    for number in range(times):
        element = annotate(element, reason=reason, error="said so", attempt=1, origin="alert", at_ms=1_000 + number)
    return element.decode()


def names(client: Client, key: str) -> list[str]:
    """The event ids in a list, oldest first."""
    return [message_id(element.encode()) for element in oldest_first(client, key)]


def breaker(client: Client, state: str) -> None:
    client.set(KEYS.breaker("state"), state)
    client.incr(KEYS.breaker("epoch"))


def remainder(client: Client) -> int:
    found = in_flow_order(ledger.workers(client, KEYS))
    return ledger.read_balance(client, KEYS, found).balance.remainder


class Unlucky(redis.Redis):
    """A connection that loses the first reply to a move, or meets an operator who is faster."""

    before: Callable[[], object] | None = None
    lose = False

    def evalsha(self, *arguments: Any, **options: Any) -> Any:
        moving = arguments[1] >= 6
        if moving and self.before is not None:
            action, self.before = self.before, None
            action()
        answer = super().evalsha(*arguments, **options)
        if moving and self.lose:
            self.lose = False
            raise redis.exceptions.ConnectionError("reply lost")
        return answer


@pytest.fixture
def moogsoft() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def make(valkey: Valkey, redis_client: Client, moogsoft: Simulator) -> Callable[..., Remediation]:
    """Remediations of this test's Redis and webhook; keywords change `remediation` settings, `moog` the others."""

    def made(moog: Moog | None = None, **values: Any) -> Remediation:
        settings = replace(
            Settings(), redis=Redis(socket=str(valkey.socket)), remediation=Values(**values),
            moog=moog or Moog(webhook_url=moogsoft.url),
        )  # fmt: skip
        log = logging.getLogger("mutt.remediation")
        vault = VaultSession(settings.vault)
        runtime = Runtime("remediation", "pod-1", settings, Secrets({}), vault, log, KEYS, "")
        return Remediation(runtime, RemediationMeters())

    return made
