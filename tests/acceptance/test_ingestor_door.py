"""The door of the real ingestor: its processes and cores, senders that are slow or send too much, and its stop."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests import plain_http
from tests.stack import API_KEY, Stack, eventually, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

BODY = b'{"message":"sent in two halves"}'
HEAD = (
    f"POST /ingest HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {API_KEY}\r\nContent-Length: {len(BODY)}\r\n\r\n"
).encode()


@pytest.fixture(scope="module")
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """An ingestor with one worker."""
    with running_stack(postgres, openbao, INGEST_MAX_BODY_BYTES="4096") as made:
        made.start("ingestor")
        yield made


def dial(stack: Stack) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", stack.ports["INGESTOR_PORT"]))
    connection.settimeout(20)
    return connection


def test_fifty_senders_that_stop_in_the_middle_keep_nobody_waiting(stack: Stack) -> None:
    slow = [dial(stack) for _ in range(50)]
    for connection in slow:
        connection.sendall(HEAD + BODY[:10])
    assert plain_http.get(f"{stack.ingest_url}/health", timeout=5).status_code == 200
    assert stack.send({"message": "beside them"})["status"] == "queued"
    slow[0].sendall(BODY[10:])
    assert slow[0].recv(65_536).startswith(b"HTTP/1.1 200")
    for connection in slow:
        connection.close()


def test_sender_that_falls_silent_is_dropped(stack: Stack) -> None:
    with dial(stack) as connection:
        connection.settimeout(40)
        connection.sendall(HEAD + BODY[:10])
        assert connection.recv(65_536) == b""


@pytest.mark.parametrize(
    ("head", "status"),
    [(b"X-Long: " + b"a" * 17_000, b"431"), (b"X-API-Key: k\r\nContent-Length: 4097", b"413")],
    ids=["header", "body"],
)
def test_what_is_too_large_is_refused_before_it_is_sent(stack: Stack, head: bytes, status: bytes) -> None:
    with dial(stack) as connection:
        connection.sendall(b"POST /ingest HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n\r\n")
        assert connection.recv(65_536).split()[1] == status


def test_request_that_is_under_way_at_the_stop_is_answered(postgres: PostgresServer, openbao: DevOpenBao) -> None:
    with running_stack(postgres, openbao) as stack:
        stack.start("ingestor")
        daemon = stack.daemons["ingestor"]
        assert daemon.process is not None
        with dial(stack) as begun, dial(stack) as idle:
            begun.sendall(HEAD + BODY[:10])
            # An answer on a later connection means that the loop has met the earlier one.
            assert plain_http.get(f"{stack.ingest_url}/health", timeout=5).status_code == 200
            daemon.process.terminate()
            eventually(lambda: refused(stack), "nobody is let in any more")
            begun.sendall(BODY[10:])
            assert begun.recv(65_536).startswith(b"HTTP/1.1 200")
            assert idle.recv(1) == b""
        assert daemon.process.wait(40) == 0
        assert stack.redis.llen("mutt:ingest_queue") == 1


def refused(stack: Stack) -> bool:
    """Whether a sender is refused at once, so that it asks another host, and does not wait for an answer."""
    try:
        return not plain_http.get(f"{stack.ingest_url}/health", timeout=20)
    except httpx.ConnectError:
        return True


needs_cores = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core: nothing to choose from")


@needs_cores
@pytest.mark.parametrize("pinned", [True, False], ids=["pinned", "free"])
def test_workers_take_turns_on_the_cores_unless_told_not_to(
    postgres: PostgresServer, openbao: DevOpenBao, *, pinned: bool
) -> None:
    with running_stack(postgres, openbao, INGESTOR_PIN_WORKERS=str(pinned).lower()) as stack:
        daemon = stack.daemon("ingestor")
        daemon.arguments = ("--workers", "3")
        daemon.start()
        stack.wait_healthy("ingestor")
        assert daemon.process is not None
        ours = sorted(os.sched_getaffinity(0))
        turns = [{ours[number % len(ours)]} for number in range(3)] if pinned else [set(ours)] * 3
        *workers, exporter = children(daemon.process.pid)
        eventually(lambda: [os.sched_getaffinity(pid) for pid in workers] == turns, f"the workers run on {turns}")
        assert os.sched_getaffinity(exporter) == os.sched_getaffinity(daemon.process.pid) == set(ours)


def children(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
