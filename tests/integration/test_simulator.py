"""The Moogsoft simulator tells the truth about what arrived, and fails as it is told."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.daemons.behaviour import Behaviour, Fate, Flap, fate
from mutt_cli.daemons.mailbox import MAX_KEYS, Mailbox
from mutt_cli.daemons.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


SERVE = """
import pathlib, sys
from mutt_cli.daemons.simulator import serve
serve("127.0.0.1", int(sys.argv[1]), pathlib.Path(sys.argv[2]))
"""


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


def ask(
    simulator: Simulator, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, Any, http.client.HTTPMessage]:
    """Status, JSON and headers of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None, answer.headers
    finally:
        connection.close()


def post(simulator: Simulator, key: str, body: bytes = b'{"severity":4}') -> int:
    return ask(simulator, "POST", "/events/webhook", body, {"Idempotency-Key": key})[0]


def test_posts_are_shown_in_order_with_key_path_and_payload(simulator: Simulator) -> None:
    post(simulator, "a", b'{ "n": 1 }')
    post(simulator, "b", b"not json")
    _, records, _ = ask(simulator, "GET", "/received")
    assert [(r["seq"], r["key"], r["path"], r["payload"]) for r in records] == [
        (1, "a", "/events/webhook", {"n": 1}),
        (2, "b", "/events/webhook", "not json"),
    ]
    assert [r["key"] for r in ask(simulator, "GET", "/received?since=1")[1]] == ["b"]
    assert [r["key"] for r in ask(simulator, "GET", "/received?since=0&limit=1")[1]] == ["a"]


def test_counts_tell_duplicates_from_unique_posts(simulator: Simulator) -> None:
    for key in ("a", "b", "a", "a"):
        post(simulator, key)
    ask(simulator, "POST", "/", b"{}")
    ask(simulator, "POST", "/", b"{}")
    counts = ask(simulator, "GET", "/counts")[1]
    assert (counts["posts"], counts["unique"], counts["duplicates"]) == (6, 4, 2)


def test_refused_post_is_counted_but_never_received(simulator: Simulator) -> None:
    assert ask(simulator, "PUT", "/behaviour", b'{"status":503,"retry_after":9}')[0] == 200
    status, said, headers = ask(simulator, "POST", "/", b"{}", {"Idempotency-Key": "a"})
    assert (status, said, headers["Retry-After"]) == (503, {"error": "as told"}, "9")
    assert ask(simulator, "GET", "/received")[1] == []
    assert ask(simulator, "GET", "/counts")[1]["refused"] == 1


def test_healing_and_clearing(simulator: Simulator) -> None:
    ask(simulator, "PUT", "/behaviour", b'{"status":500}')
    assert ask(simulator, "GET", "/behaviour")[1] == {"status": 500}
    ask(simulator, "DELETE", "/behaviour")
    assert ask(simulator, "GET", "/behaviour")[1] == {}
    assert post(simulator, "a") == 200
    ask(simulator, "DELETE", "/received")
    assert ask(simulator, "GET", "/counts")[1]["posts"] == 0
    post(simulator, "a")
    assert [r["seq"] for r in ask(simulator, "GET", "/received?since=1")[1]] == [2]


@pytest.mark.parametrize("body", [
    b'{"status":99}', b'{"statsu":503}', b'{"probability":2}', b"no", b"[]", b'{"flap":{"up_s":0,"down_s":1}}', b"\xff",
])  # fmt: skip
def test_behaviour_nobody_can_mean_is_refused_and_changes_nothing(simulator: Simulator, body: bytes) -> None:
    status, said, _ = ask(simulator, "PUT", "/behaviour", body)
    assert status == 400
    assert said["error"]
    assert post(simulator, "a") == 200


def test_dropped_post_is_recorded_and_not_answered(simulator: Simulator) -> None:
    ask(simulator, "PUT", "/behaviour", b'{"drop":true}')
    with pytest.raises(http.client.RemoteDisconnected):
        post(simulator, "a")
    assert [r["key"] for r in ask(simulator, "GET", "/received")[1]] == ["a"]


def test_slow_post_is_recorded_before_its_answer(simulator: Simulator) -> None:
    simulator.behave(Behaviour(delay_ms=60_000))
    with socket.create_connection(("127.0.0.1", simulator.port)) as sender:
        sender.sendall(b"POST / HTTP/1.1\r\nIdempotency-Key: a\r\nContent-Length: 2\r\n\r\n{}")
        ends = time.monotonic() + 10
        while ask(simulator, "GET", "/counts")[1]["posts"] == 0:
            assert time.monotonic() < ends
        sender.settimeout(0)
        with pytest.raises(BlockingIOError):
            sender.recv(1)


def test_half_sent_post_is_not_received(simulator: Simulator) -> None:
    with socket.create_connection(("127.0.0.1", simulator.port)) as sender:
        sender.sendall(b'POST / HTTP/1.1\r\nIdempotency-Key: a\r\nContent-Length: 50\r\n\r\n{"severity"')
        sender.shutdown(socket.SHUT_WR)
        assert sender.recv(100) == b""
    assert ask(simulator, "GET", "/counts")[1]["posts"] == 0


@pytest.mark.parametrize(("head", "status"), [
    ("Content-Length: 9999999", b"413"), ("Content-Length: -1", b"411"), ("X: y", b"411"),
])  # fmt: skip
def test_body_without_a_sane_length_is_refused(simulator: Simulator, head: str, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", simulator.port)) as sender:
        sender.sendall(f"POST / HTTP/1.1\r\n{head}\r\n\r\n".encode())
        assert sender.recv(100).split()[1] == status


def test_rejected_field_is_named(simulator: Simulator) -> None:
    ask(simulator, "PUT", "/behaviour", b'{"reject_field":"custom_info.rule.id","reject_value":"7"}')
    status, said, _ = ask(simulator, "POST", "/", b'{"custom_info":{"rule":{"id":7}}}')
    assert (status, said) == (400, {"error": "custom_info.rule.id: not acceptable"})
    assert ask(simulator, "POST", "/", b'{"custom_info":{"rule":{"id":8}}}')[0] == 200


def test_health_and_unknown_pages(simulator: Simulator) -> None:
    assert ask(simulator, "GET", "/health")[0] == 200
    assert ask(simulator, "HEAD", "/webhook")[0] == 200
    assert ask(simulator, "GET", "/nothing")[0] == 404
    assert ask(simulator, "DELETE", "/nothing")[0] == 404
    assert ask(simulator, "PUT", "/nothing", b"{}")[0] == 404


@pytest.mark.parametrize(("behaviour", "body", "age_s", "chance", "expected"), [
    (Behaviour(), b"", 0.0, 0.0, Fate()),
    (Behaviour(status=503, probability=0.3), b"", 0.0, 0.29, Fate(503, "as told")),
    (Behaviour(status=503, probability=0.3), b"", 0.0, 0.3, Fate()),
    (Behaviour(flap=Flap(2.0, 1.0)), b"", 1.9, 0.0, Fate()),
    (Behaviour(flap=Flap(2.0, 1.0)), b"", 2.1, 0.0, Fate(503, "down")),
    (Behaviour(flap=Flap(2.0, 1.0)), b"", 3.1, 0.0, Fate()),
    (Behaviour(flap=Flap(2.0, 1.0), drop=True), b"", 5.5, 0.0, Fate(drop=True)),
    (Behaviour(status=202, delay_ms=250), b"", 0.0, 0.0, Fate(202, "as told", 0.25)),
    (Behaviour(reject_field="severity"), b'{"a":1}', 0.0, 0.0, Fate()),
    (Behaviour(reject_field="severity"), b"[]", 0.0, 0.0, Fate()),
    (Behaviour(reject_field="severity"), b"\xff", 0.0, 0.0, Fate()),
])  # fmt: skip
def test_fate_of_one_post(behaviour: Behaviour, body: bytes, age_s: float, chance: float, expected: Fate) -> None:
    assert fate(behaviour, body, age_s, chance) == expected


def test_memory_is_bounded_and_says_what_it_forgot(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_KEYS >= 1_000_000
    monkeypatch.setattr("mutt_cli.daemons.mailbox.MAX_RECORDS", 3)
    monkeypatch.setattr("mutt_cli.daemons.mailbox.MAX_KEYS", 2)
    mailbox = Mailbox()
    for n in range(5):
        mailbox.accept("now", str(n), "/", b"{}")
    assert [record["seq"] for record in json.loads(mailbox.since(0, 100))] == [3, 4, 5]
    assert mailbox.counts()["keys_forgotten"] == 3


def test_record_that_cannot_be_written_is_not_acknowledged() -> None:
    mailbox = Mailbox()
    with open("/dev/full", "ab", buffering=0) as full:  # noqa: PTH123 a device, not a file
        mailbox._file = full
        with pytest.raises(OSError, match="No space"):
            mailbox.accept("now", "a", "/", b"{}")
    assert mailbox.counts()["posts"] == 0


def started(port: int, file: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(port), str(file)])
    ends = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None
            assert time.monotonic() < ends
            time.sleep(0.02)
        else:
            return process


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_every_answered_post_is_in_the_file_after_a_sigkill(tmp_path: Path) -> None:
    file, port = tmp_path / "received.jsonl", free_port()
    process = started(port, file)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for n in range(200):
        connection.request("POST", "/", b'{"n":%d}' % n, {"Idempotency-Key": f"id-{n}"})
        connection.getresponse().read()
    process.kill()
    process.wait()
    connection.close()
    assert [json.loads(line)["key"] for line in file.read_text().splitlines()] == [f"id-{n}" for n in range(200)]


def test_sigterm_ends_it_cleanly_with_a_connection_open(tmp_path: Path) -> None:
    port = free_port()
    process = started(port, tmp_path / "received.jsonl")
    with socket.create_connection(("127.0.0.1", port)):
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(("sent", "status"), [("Bearer new", 200), ("Bearer old", 401), ("new", 401), ("", 401)])
def test_a_post_without_the_wanted_key_is_refused(simulator: Simulator, sent: str, status: int) -> None:
    simulator.behave(Behaviour(bearer="new"))
    assert ask(simulator, "POST", "/webhook", b"{}", {"Authorization": sent})[0] == status
    assert ask(simulator, "GET", "/counts")[1]["posts"] == (status == 200)


@pytest.mark.parametrize(("sent", "status"), [("Bearer new", 200), ("Bearer old", 401), ("", 401)])
def test_a_probe_is_judged_by_its_key_as_a_post_is(simulator: Simulator, sent: str, status: int) -> None:
    simulator.behave(Behaviour(bearer="new"))
    assert ask(simulator, "HEAD", "/webhook", headers={"Authorization": sent})[0] == status
