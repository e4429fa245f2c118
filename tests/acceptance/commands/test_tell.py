"""What the daemons say of themselves, proved by what other programs see: logs, metrics, service levels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.commands.test_look import accepted
from tests.stack import eventually

if TYPE_CHECKING:
    from tests.acceptance.commands.world import World


@pytest.mark.covers("logs")
def test_one_event_is_told_by_every_service_that_had_it(world: World) -> None:
    folder = {"LOG_DIR": str(world.stack.folder)}
    world.stack = replace(world.stack, environment=world.stack.environment | folder)
    identifier = accepted(world)
    words = ("logs", "--cid", identifier, "--where", "message~event|Forwarded", "-o", "json")

    def told() -> list[str]:
        return [row["service"] for row in world.mutt(*words).json["items"]]

    eventually(lambda: told() == ["ingestor", "alerter", "forwarder"], "all three have told of it")
    stages = f"SELECT string_agg(stage, ' ' ORDER BY recorded_at) FROM event_history WHERE event_id = '{identifier}'"  # noqa: S608
    assert world.psql(stages) == "alerter forwarder"
    counted = world.mutt("logs", "--cid", identifier, "--by", "service", "-o", "json").json["items"]
    assert {row["value"] for row in counted} == {"ingestor", "alerter", "forwarder"}
    with world.unchanged():
        world.mutt("logs", "nobody", code=2)


@pytest.mark.covers("metric list", "metric show")
def test_metrics_are_those_of_the_daemons_pages(world: World) -> None:
    accepted(world)
    name, port = "mutt_ingest_requests_total", world.stack.ports["METRICS_PORT"]
    shown = world.mutt("metric", "show", name, "-o", "json").json
    series = [row for row in shown["items"] if row["labels"] == 'status="success",reason=""']
    page = world.curl(f"http://127.0.0.1:{port}/metrics")
    assert f'{name}{{status="success",reason=""}} {series[0]["value"]}\n' in page
    assert [row["instance"].rpartition(":")[2] for row in series] == [str(port), "all"]
    assert series[1]["value"] == series[0]["value"]
    assert not shown["warnings"]

    latency = world.mutt("metric", "show", "mutt_moog_request_latency_seconds", "-o", "json").json["items"][-1]
    page = world.curl(f"http://127.0.0.1:{world.stack.ports['MOOG_FORWARDER_METRICS_PORT']}/metrics")
    assert f"mutt_moog_request_latency_seconds_count {latency['count']}\n" in page
    assert 0 < latency["p50_seconds"] <= latency["p95_seconds"] <= latency["p99_seconds"]

    listed = world.mutt("metric", "list", "-o", "json", "--where", "service=remediation").json["items"]
    page = world.curl(f"http://127.0.0.1:{world.stack.ports['METRICS_PORT_REMEDIATION']}/metrics")
    assert {row["name"] for row in listed} <= {
        line.split()[2] for line in page.splitlines() if line.startswith("# TYPE")
    }
    world.mutt("metric", "list", "--where", "name~pool")
    world.mutt("metric", "show", "mutt_nothing", code=3)
    world.mutt("metric", "list", "--columns", "colour", code=2)


@pytest.mark.covers("slo show")
def test_service_levels_are_what_the_ledger_counted(world: World) -> None:
    accepted(world)
    shown = world.mutt("slo", "show", "-o", "json").json
    ingest = next(row for row in shown["items"] if row["slo"] == "ingest")
    minutes = world.redis_cli("HGETALL", "mutt:ledger:minutes").splitlines()
    counted = sum(int(value) for field, value in zip(minutes[::2], minutes[1::2], strict=True) if "|accepted" in field)
    folded = int(world.psql("SELECT coalesce(sum(value), 0) FROM ledger_minutes WHERE counter = 'accepted'"))
    assert ingest["good"] == counted + folded > 0
    assert shown["source"].startswith("the ledger")
    world.mutt("slo", "show", "--exit-when", "state=nothing", "--timeout", "0.5", code=8)
