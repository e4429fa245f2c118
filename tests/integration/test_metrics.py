"""Numbers that come from more than one process: the ingestor's totals, and the gauges in Redis."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from mutt_cli.adapters import gauges
from mutt_cli.adapters.metrics import Shared, page
from mutt_cli.errors import MuttError
from mutt_cli.keys import Keys
from tests import servers

if TYPE_CHECKING:
    from pathlib import Path

KEYS = Keys()
WORKER = """
import sys
from pathlib import Path
from mutt_cli.adapters.metrics import Metrics, Shared
folder, number, requests = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
Shared(folder).join(number)
metrics = Metrics("ingestor")
for _ in range(requests):
    metrics.add("mutt_ingest_requests_total", "fail", "auth")
    metrics.observe("mutt_ingest_latency_seconds", 0.02)
print("ready", flush=True)
sys.stdin.read()
"""


def worker(folder: Path, number: int, requests: int) -> subprocess.Popen[str]:
    """A process that has counted, and lives on."""
    command = [sys.executable, "-c", WORKER, str(folder), str(number), str(requests)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_counters_of_two_processes_add_up_and_outlive_them(tmp_path: Path) -> None:
    shared = Shared(tmp_path / "metrics")
    shared.prepare()
    first, second = worker(shared.folder, 1, 3), worker(shared.folder, 2, 4)
    try:
        living = page("ingestor", shared.samples(), {})
    finally:
        end(first)
        end(second)
    assert 'mutt_ingest_requests_total{status="fail",reason="auth"} 7\n' in living
    assert 'mutt_ingest_requests_total{status="success",reason=""} 0\n' in living
    assert 'mutt_ingest_latency_seconds_bucket{le="0.01"} 0\n' in living
    assert 'mutt_ingest_latency_seconds_bucket{le="0.025"} 7\n' in living
    assert "mutt_ingest_latency_seconds_count 7\n" in living
    assert page("ingestor", shared.samples(), {}) == living


def test_worker_started_again_goes_on_with_the_numbers_of_its_predecessor(tmp_path: Path) -> None:
    shared = Shared(tmp_path / "metrics")
    shared.prepare()
    end(worker(shared.folder, 1, 3))
    files = set(shared.folder.iterdir())
    end(worker(shared.folder, 1, 2))
    assert 'reason="auth"} 5\n' in page("ingestor", shared.samples(), {})
    assert set(shared.folder.iterdir()) == files


GAUGES = """
import sys
from pathlib import Path
from mutt_cli.adapters.metrics import Metrics, Shared
Shared(Path(sys.argv[1])).join(int(sys.argv[2]))
metrics = Metrics("webui")
if sys.argv[3] != "0":
    metrics.set("mutt_webui_db_pool_in_use", int(sys.argv[3]))
"""


def test_gauge_of_each_process_is_summed_and_a_worker_that_died_leaves_none_behind(tmp_path: Path) -> None:
    shared = Shared(tmp_path / "metrics")
    shared.prepare()
    for number, in_use in ((1, 3), (2, 4), (1, 0)):
        subprocess.run([sys.executable, "-c", GAUGES, str(shared.folder), str(number), str(in_use)], check=True)
    assert "\nmutt_webui_db_pool_in_use 4\n" in page("webui", shared.samples(), {})


def test_start_makes_the_folder_private_and_forgets_former_numbers(tmp_path: Path) -> None:
    shared = Shared(tmp_path / "state" / "metrics")
    shared.prepare()
    end(worker(shared.folder, 1, 3))
    shared.prepare()
    assert list(shared.folder.iterdir()) == []
    assert shared.folder.stat().st_mode & 0o777 == 0o700


def test_file_that_a_worker_is_just_making_harms_no_scrape(tmp_path: Path) -> None:
    shared = Shared(tmp_path)
    (tmp_path / "counter_1.db").touch()
    assert shared.samples() == {}


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with pytest.raises(MuttError, match=str(tmp_path)) as caught:
        Shared(tmp_path / "state" / "metrics").prepare()
    assert caught.value.code == "MUTT-D121"


def test_gauges_are_what_redis_holds_now(redis_client: redis.Redis) -> None:
    read = gauges.of_forwarder(redis_client, KEYS, ["pod-1"])
    quiet = read()
    assert set(quiet.values()) == {0.0}
    redis_client.rpush(KEYS.dlq_moog, "a", "b")
    redis_client.zadd(KEYS.retry, {"a": 1})
    redis_client.rpush(KEYS.processing("moog", "pod-1"), "a", "b", "c")
    redis_client.set(KEYS.breaker("state"), "HALF_OPEN")
    redis_client.set(KEYS.breaker("failures"), "4")
    assert read() == {
        "mutt_moog_dlq_depth": 2,
        "mutt_moog_retry_depth": 1,
        "mutt_moog_processing_list_depth": 3,
        "mutt_moog_circuit_breaker_state": 2,
        "mutt_moog_circuit_breaker_failures": 4,
    }


def test_depths_of_remediation_are_told_by_queue_under_the_documented_names(redis_client: redis.Redis) -> None:
    keys = Keys("{lane1}")
    redis_client.rpush(keys.dlq_moog, "a", "b")
    redis_client.rpush(keys.dlq_alerter, "a")
    redis_client.rpush(keys.dead, "a", "b", "c")
    text = page("remediation", {}, gauges.of_remediation(redis_client, keys)())
    assert 'mutt_remediation_dlq_depth{dlq_name="mutt:dlq:moog"} 2\n' in text
    assert 'mutt_remediation_dlq_depth{dlq_name="mutt:dlq:alerter"} 1\n' in text
    assert "mutt_remediation_dead_depth 3\n" in text
    assert "\nmutt_moog_health" not in text  # nobody has asked


def test_key_of_the_wrong_kind_hides_no_other_gauge(redis_client: redis.Redis) -> None:
    read = gauges.of_forwarder(redis_client, KEYS, ["pod-1"])
    redis_client.set(KEYS.dlq_moog, "by hand")
    redis_client.zadd(KEYS.retry, {"a": 1})
    redis_client.set(KEYS.breaker("failures"), "many")
    found = read()
    assert found["mutt_moog_retry_depth"] == 1
    assert "mutt_moog_dlq_depth" not in found
    assert "mutt_moog_circuit_breaker_failures" not in found


def test_last_known_depth_stays_while_redis_is_away() -> None:
    with servers.valkey_server() as server:
        client = redis.Redis(unix_socket_path=str(server.socket), retry=Retry(NoBackoff(), 0))  # as daemons do
        client.rpush(KEYS.ingest_queue, "a", "b")
        read = gauges.of_ingestor(client, KEYS)
        assert read() == {"mutt_ingest_queue_depth": 2}
    assert read() == {"mutt_ingest_queue_depth": 2}


def test_redis_that_never_answers_costs_a_scrape_a_second_and_gives_no_number() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = redis.Redis(port=silent.getsockname()[1], socket_timeout=3)
        read = gauges.of_ingestor(client, KEYS)
        began = time.monotonic()
        assert read() == {}
        assert time.monotonic() - began < 2
    assert "\nmutt_ingest_queue_depth" not in page("ingestor", {}, {})
