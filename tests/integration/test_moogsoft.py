"""The way out against real sockets: the simulator, and servers that misbehave byte by byte."""

from __future__ import annotations

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpcore
import pytest

from mutt_cli.adapters.deadline import BoundedBackend, deadline
from mutt_cli.adapters.moogsoft import MAX_ANSWER, MoogsoftClient
from mutt_cli.core.delivery import health, judge
from mutt_cli.daemons.behaviour import Behaviour, Flap
from mutt_cli.daemons.simulator import Simulator
from mutt_cli.errors import ConfigError
from tests.integration.raw_http import OK, PAYLOAD, answers, drip, lasted, request_of, server, silence
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def client(simulator: Simulator) -> Iterator[MoogsoftClient]:
    running = MoogsoftClient(simulator.url, "s3cret-key", 5.0)
    yield running
    running.close()


def received(simulator: Simulator) -> list[dict[str, object]]:
    return list(json.loads(simulator.mailbox.since(0, 10_000)))


def test_post_arrives_with_its_key_and_payload(simulator: Simulator, client: MoogsoftClient) -> None:
    answer = client.post(PAYLOAD, "0195c3a0-0000-7000-8000-000000000001")
    assert (answer.status, answer.failure, answer.text) == (200, None, "HTTP 200 OK")
    assert answer.elapsed_s > 0
    assert judge(answer).kind == "delivered"
    (record,) = received(simulator)
    assert record["payload"] == json.loads(PAYLOAD)
    assert record["key"] == "0195c3a0-0000-7000-8000-000000000001"


def test_request_carries_the_key_only_if_there_is_one() -> None:
    seen: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        seen.append(request_of(connection))
        connection.sendall(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    with server(talk) as url:
        for key in ("s3cret", "", "  padded\n"):
            client = MoogsoftClient(url, key)
            client.post(PAYLOAD, "id-1")
            client.close()
    assert b"Authorization: Bearer s3cret\r\n" in seen[0]
    assert b"Authorization" not in seen[1]
    assert b"Authorization: Bearer padded\r\n" in seen[2]
    assert all(b"Idempotency-Key: id-1\r\n" in one and b"Content-Type: application/json\r\n" in one for one in seen)
    assert all(one.startswith(b"POST /events HTTP/1.1\r\nHost: 127.0.0.1:") for one in seen)


def test_key_of_one_post_is_sent_with_that_post_alone() -> None:
    seen: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        while True:
            seen.append(request_of(connection))
            connection.sendall(OK)

    with server(talk) as url:
        client = MoogsoftClient(url, "old")
        client.post(PAYLOAD, "1")
        client.post(PAYLOAD, "2", api_key="new")
        client.post(PAYLOAD, "3")
        client.close()
    assert [b"Bearer old" in seen[0], b"Bearer new" in seen[1], b"Bearer old" in seen[2]] == [True, True, True]


def test_hostile_idempotency_key_cannot_add_a_header(simulator: Simulator, client: MoogsoftClient) -> None:
    assert client.post(PAYLOAD, "a\r\nX-Evil: 1").status == 200
    assert received(simulator)[0]["key"] == "a__X-Evil:_1"


def test_key_for_the_webhook_is_not_sent_to_another_health_host() -> None:
    seen: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        seen.append(request_of(connection))
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with server(talk) as url:
        client = MoogsoftClient("http://127.0.0.1:9/x", "s3cret", health_url=url)
        assert health(client.probe()) == "healthy"
        client.close()
    assert seen[0].startswith(b"HEAD /events ")
    assert b"s3cret" not in seen[0]


@pytest.mark.parametrize("status", [401, 404, 408, 429, 500, 503, 599])
def test_refusal_is_an_answer_with_its_status(simulator: Simulator, client: MoogsoftClient, status: int) -> None:
    simulator.behave(Behaviour(status=status, retry_after=7))
    answer = client.post(PAYLOAD, "1")
    assert answer.status == status
    assert answer.text.startswith(f"HTTP {status}")
    assert answer.retry_after_s == 7.0
    assert received(simulator) == []


def test_error_text_is_one_clean_line_without_the_key() -> None:
    body = b'{"error":\r\n"\x1b[31mbad key s3cret-key"}' + b"x" * 5_000
    head = b"HTTP/1.1 401 \x1b]0;evil\x07\r\nContent-Length: %d\r\n\r\n" % len(body)
    with server(answers(head.replace(b"\x1b]0;evil\x07", b"Whatever") + body)) as url:
        client = MoogsoftClient(url, "s3cret-key")
        answer = client.post(PAYLOAD, "1")
        client.close()
    assert answer.text.startswith('HTTP 401 Unauthorized: {"error": "')
    assert "s3cret" not in answer.text
    assert answer.text.isprintable()
    assert len(answer.text) < 200


def test_redirect_is_not_followed(simulator: Simulator) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % simulator.url.encode()
    with server(answers(moved)) as url:
        client = MoogsoftClient(url)
        answer = client.post(PAYLOAD, "1")
        client.close()
    assert judge(answer).reason == "redirect"
    assert simulator.mailbox.counts()["posts"] == 0


def test_dropped_connection_is_no_answer_though_the_alert_arrived(simulator: Simulator, client: MoogsoftClient) -> None:
    simulator.behave(Behaviour(drop=True))
    answer = client.post(PAYLOAD, "1")
    assert (answer.status, answer.failure) == (None, "connection")
    assert simulator.mailbox.counts()["posts"] == 1


def test_nobody_listening_is_a_connection_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    client = MoogsoftClient(f"http://127.0.0.1:{port}/")
    answer = client.post(PAYLOAD, "1")
    assert answer.failure == "connection"
    assert "refused" in answer.text


def test_unknown_name_is_a_connection_error() -> None:
    def resolver(*_: object, **__: object) -> list[tuple[object, ...]]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with deadline(5.0), pytest.raises(httpcore.ConnectError, match="not known"):
        BoundedBackend(resolver).connect_tcp("no-such-host.invalid", 80)


def test_slow_resolver_does_not_outlast_the_deadline() -> None:
    hold = threading.Event()

    def resolver(*_: object, **__: object) -> list[tuple[object, ...]]:
        hold.wait(20)
        return []

    begun = time.monotonic()
    with deadline(0.3), pytest.raises(httpcore.ConnectTimeout):
        BoundedBackend(resolver).connect_tcp("slow.invalid", 80)
    assert time.monotonic() - begun < 2.0
    hold.set()


def test_second_address_is_tried_when_the_first_does_not_answer() -> None:
    with server(answers(OK)) as url:
        port = int(url.split(":")[2].split("/")[0])

        def resolver(*_: object, **__: object) -> list[tuple[object, ...]]:
            return [(0, 0, 0, "", (address, port)) for address in ("127.0.0.9", "127.0.0.1")]

        with deadline(5.0):
            stream = BoundedBackend(resolver).connect_tcp("two.invalid", port)
            assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
            stream.close()


def test_silent_server_ends_with_the_deadline() -> None:
    with server(silence) as url:
        assert 0.4 < lasted(MoogsoftClient(url)) < 2.0


def test_dripping_headers_end_with_the_deadline() -> None:
    with server(drip(b"HTTP/1.1 200 OK\r\nX-Pad: " + b"x" * 1_000)) as url:
        assert 0.4 < lasted(MoogsoftClient(url)) < 2.0


def test_endless_informational_answers_end_with_the_deadline() -> None:
    def talk(connection: socket.socket) -> None:
        request_of(connection)
        while True:
            connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            time.sleep(0.02)

    with server(talk) as url:
        assert 0.4 < lasted(MoogsoftClient(url)) < 2.0


def test_server_that_does_not_read_ends_with_the_deadline() -> None:
    def talk(connection: socket.socket) -> None:
        while connection.recv(2_000):
            time.sleep(0.05)

    with server(talk) as url:
        assert lasted(MoogsoftClient(url), b"x" * 50_000_000) < 2.0


def test_status_counts_though_the_body_drips_past_the_deadline() -> None:
    def talk(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)

    with server(talk) as url:
        client = MoogsoftClient(url)
        begun = time.monotonic()
        answer = client.post(PAYLOAD, "1", deadline_s=0.5)
        assert answer.status == 200
        assert time.monotonic() - begun < 2.0
        client.close()


def test_endless_body_is_cut() -> None:
    sent = 0

    def talk(connection: socket.socket) -> None:
        nonlocal sent
        request_of(connection)
        connection.sendall(b"HTTP/1.1 500 Oops\r\n\r\n")
        while True:
            sent += connection.send(b"x" * 65_536)

    with server(talk) as url:
        client = MoogsoftClient(url)
        assert client.post(PAYLOAD, "1").status == 500
        client.close()
    assert sent < 64 * MAX_ANSWER  # what socket buffers take is beyond our reach


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000])
def test_what_is_not_http_is_a_protocol_failure(answer: bytes) -> None:
    with server(answers(answer)) as url:
        client = MoogsoftClient(url)
        told = client.post(PAYLOAD, "1")
        client.close()
    assert told.failure == "protocol"
    assert told.text.startswith("not HTTP: ")


def test_deadline_in_the_past_posts_nothing(simulator: Simulator, client: MoogsoftClient) -> None:
    assert client.post(PAYLOAD, "1").status == 200
    assert client.post(PAYLOAD, "2", deadline_s=-1.0).failure == "timeout"
    assert client.post(PAYLOAD, "3").status == 200
    assert [record["key"] for record in received(simulator)] == ["1", "3"]


def test_slow_answer_is_a_timeout_and_the_next_post_is_not_confused(
    simulator: Simulator, client: MoogsoftClient
) -> None:
    simulator.behave(Behaviour(delay_ms=1_000))
    assert client.post(PAYLOAD, "1", deadline_s=0.2).failure == "timeout"
    simulator.behave(Behaviour(status=202))
    assert client.post(PAYLOAD, "2").status == 202


def test_sixty_four_threads_share_one_client(simulator: Simulator, client: MoogsoftClient) -> None:
    with ThreadPoolExecutor(64) as pool:
        statuses = list(pool.map(lambda n: client.post(PAYLOAD, f"id-{n}").status, range(640)))
    assert set(statuses) == {200}
    assert simulator.mailbox.counts()["unique"] == 640


def test_each_thread_keeps_one_connection_and_close_ends_them_all() -> None:
    open_now, most = 0, 0

    def talk(connection: socket.socket) -> None:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        while connection.recv(1, socket.MSG_PEEK):
            request_of(connection)
            connection.sendall(OK)
        open_now -= 1

    with server(talk) as url, ThreadPoolExecutor(3) as pool:
        client, together = MoogsoftClient(url), threading.Barrier(3, timeout=10)

        def post(n: int) -> int | None:
            if n < 3:
                together.wait()  # so that three threads have begun, and not one does everything
            return client.post(PAYLOAD, str(n)).status

        assert set(pool.map(post, range(30))) == {200}
        assert (open_now, most) == (3, 3)
        client.close()
        eventually(lambda: open_now == 0, "every connection is over")


def test_connection_is_reused_until_the_server_ends_it() -> None:
    connections = 0

    def talk(connection: socket.socket) -> None:
        nonlocal connections
        connections += 1
        for _ in range(3):
            request_of(connection)
            connection.sendall(OK)

    with server(talk) as url:
        client = MoogsoftClient(url)
        assert [client.post(PAYLOAD, str(n)).status for n in range(3)] == [200] * 3
        assert connections == 1
        client.close()


def test_probe_leaves_no_trace_and_knows_health(simulator: Simulator, client: MoogsoftClient) -> None:
    assert health(client.probe()) == "healthy"
    simulator.behave(Behaviour(status=503))
    assert health(client.probe()) == "down"
    simulator.behave(Behaviour(status=401))
    assert health(client.probe()) == "unauthorised"
    assert simulator.mailbox.counts()["posts"] == 0


def test_flapping_receiver_is_seen_up_and_down(simulator: Simulator, client: MoogsoftClient) -> None:
    simulator.behave(Behaviour(flap=Flap(up_s=0.1, down_s=0.1)))
    seen: set[int | None] = set()
    ends = time.monotonic() + 10
    while seen != {200, 503} and time.monotonic() < ends:
        seen.add(client.post(PAYLOAD, "1").status)
    assert seen == {200, 503}


@pytest.mark.parametrize("url", [
    "", "moogsoft", "ftp://host/x", "http://", "http://host:port/", "https://user:word@host/", "http://ho st/",
    "http://höst/", "http://host/ä",
])  # fmt: skip
def test_address_that_cannot_be_used_is_refused_at_once(url: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        MoogsoftClient(url)
    assert refusal.value.code == "MUTT-M101"
    assert "word" not in str(refusal.value).replace("password", "")


@pytest.mark.parametrize("key", ["a\nb", "schlüssel", "a\x00"])
def test_key_that_no_header_can_hold_is_refused_unseen(key: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        MoogsoftClient("http://127.0.0.1:1/", key)
    assert key not in str(refusal.value)
