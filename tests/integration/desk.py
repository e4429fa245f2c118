"""Somebody at the ledger: what the command does, step by step, and a Redis that can be put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import redis

from mutt_cli.adapters import operations, operations_reading
from mutt_cli.adapters.clock import new_operation_id, utc_now
from mutt_cli.adapters.operations import Begun, Ended
from mutt_cli.core.reconciliation import glimpse
from mutt_cli.ops import ledger_repair, ledger_undo
from mutt_cli.ops.backends import Backends
from mutt_cli.ops.holding import held
from mutt_cli.ops.operation import Operation
from mutt_cli.ops.reconcile import Reconciliation, reconcile
from mutt_cli.settings import Redis, Settings
from tests import servers
from tests.integration.flow import Flow
from tests.integration.rollback import Lagging

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.ops.ledger_repair import Repaired, RepairPlan


@dataclass
class Desk:
    """Somebody at the ledger."""

    backends: Backends
    flow: Flow
    folder: Path

    def judged(self) -> Reconciliation:
        return reconcile(self.backends, self.flow.witness)

    def plan(self) -> RepairPlan:
        return ledger_repair.plan(self.backends, self.judged())

    def repair(self, planned: RepairPlan | None = None) -> Repaired:
        """Plan and carry out, with its record open."""
        plan = planned or self.plan()
        operation = Operation(self.begin(ledger_repair.recorded_plan(plan)))
        done = ledger_repair.carry_out(self.backends, plan, operation, "mk@host", self.folder)
        self.end(operation)
        return done

    def begin(self, plan: dict[str, object]) -> str:
        name = new_operation_id()
        begun = Begun(name, utc_now(), "mk@host", "host", "local", "reconcile", "W", ["reconcile"], "", plan)
        operations.begin(self.backends.postgres(), begun)
        return name

    def end(self, operation: Operation, result: str = "done") -> None:
        begun = Begun(operation.id, utc_now(), "mk@host", "host", "local", "reconcile", "W", ["reconcile"], "", {})
        ended = Ended(result, operation.counts, operation.originals, (), operation.backup_path)
        operations.end(self.backends.postgres(), begun, ended)

    def recorded(self, name: str) -> Recorded:
        [found] = operations_reading.find(self.backends.postgres(), name)
        return found

    def undo(self, name: str) -> tuple[str, ...]:
        """Take it back; returns what could not be."""
        recorded = self.recorded(name)
        with held(self.backends, recorded, "mk@host"):
            planned = ledger_undo.plan_undo(self.backends, recorded)
            done = ledger_undo.carry_out(self.backends, recorded, planned, self.begin({"undoes": name}))
        return tuple(done.cannot)

    def left(self, planned: RepairPlan | None = None) -> dict[str, tuple[str, ...]]:
        return {one.why: one.ids for one in (planned or self.plan()).judged.left}


@pytest.fixture
def desk(backends: Backends, flow: Flow, tmp_path: Path) -> Desk:
    return Desk(backends, flow, tmp_path / "backups")


@pytest.fixture
def lagging(tmp_path: Path) -> Iterator[Lagging]:
    with servers.valkey_server(in_memory=True) as server:
        yield Lagging(server, tmp_path / "past")


@pytest.fixture
def behind(lagging: Lagging, migrated: Connection, tmp_path: Path) -> Desk:
    """A desk at a Redis that can be put back."""
    made = Backends(Settings(redis=Redis(socket=str(lagging.server.socket))))
    made._postgres = migrated
    flow = Flow(redis.Redis(unix_socket_path=str(lagging.server.socket)), tmp_path / "witness")
    return Desk(made, flow, tmp_path / "backups")


def waiting(flow: Flow, key: str) -> list[bytes]:
    return [one for one in flow.client.lrange(key, 0, -1) if isinstance(one, bytes)]


def ids(flow: Flow, key: str) -> list[str]:
    return [glimpse(one).event_id for one in waiting(flow, key)]
