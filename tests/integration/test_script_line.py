"""A kept connection answers for its own calls only, and is replaced when the server has ended it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
import redis

from mutt_cli.adapters import scripts
from mutt_cli.adapters.redis_client import RedisRefusedError, RedisUnavailableError, connect, failures_named
from mutt_cli.adapters.script_line import ScriptLine
from mutt_cli.keys import Keys
from mutt_cli.settings import Redis
from tests.stack import eventually

if TYPE_CHECKING:
    from mutt_cli.adapters.engines.valkey import Valkey

ECHO = "return ARGV[1]"


def line_to(socket: str, timeout_s: float = 5.0) -> ScriptLine:
    return ScriptLine(lambda: redis.Redis(unix_socket_path=socket, socket_timeout=timeout_s))


def said(line: ScriptLine, word: str) -> str:
    with failures_named():
        answer: bytes = line.eval(ECHO, 0, word)
    return answer.decode()


def test_script_of_the_protocol_runs_as_over_a_client(valkey: Valkey, redis_client: redis.Redis) -> None:
    line = ScriptLine(lambda: connect(Redis(socket=str(valkey.socket))))
    redis_client.script_flush()
    for _ in range(2):  # the first call has to bring the text along
        assert (
            scripts.call(line, "beat", [Keys().heartbeat("moog", "p"), Keys().workers], ["t", "{}", 1, "w"])
            == b"FENCED"
        )


def test_connection_that_the_server_ended_is_replaced_before_the_call(
    valkey: Valkey, redis_client: redis.Redis
) -> None:
    line = line_to(str(valkey.socket))
    assert said(line, "a") == "a"
    redis_client.client_kill_filter(_type="normal", skipme=True)
    assert said(line, "b") == "b"


def test_late_answer_is_never_taken_for_the_next_call(valkey: Valkey, redis_client: redis.Redis) -> None:
    line = line_to(str(valkey.socket), timeout_s=0.2)
    assert said(line, "first") == "first"
    redis_client.client_pause(600, all=True)
    with pytest.raises(RedisUnavailableError):
        said(line, "late")
    assert eventually(lambda: _or_nothing(line, "next"), "the server answers again") == "next"


def _or_nothing(line: ScriptLine, word: str) -> str:
    try:
        return said(line, word)
    except RedisUnavailableError:
        return ""


def test_refused_script_is_an_answer_and_the_connection_stays(valkey: Valkey, redis_client: redis.Redis) -> None:
    line = line_to(str(valkey.socket))
    said(line, "a")
    before = redis_client.info("stats")["total_connections_received"]
    with pytest.raises(RedisRefusedError), failures_named():
        line.eval("return redis.call('NOSUCHCOMMAND')", 0)
    assert said(line, "b") == "b"
    assert redis_client.info("stats")["total_connections_received"] == before


def test_each_thread_gets_its_own_answers(valkey: Valkey) -> None:
    line = line_to(str(valkey.socket))
    wrong: list[int] = []

    def ask(number: int) -> None:
        wrong.extend(n for n in range(300) if said(line, f"{number}-{n}") != f"{number}-{n}")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_server_that_is_away_is_told_as_such_and_not_waited_for_twice(valkey: Valkey) -> None:
    line = line_to(f"{valkey.socket}.gone")
    began = time.monotonic()
    with pytest.raises(RedisUnavailableError, match="ConnectionError"):
        said(line, "a")
    assert time.monotonic() - began < 5
