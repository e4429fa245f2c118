"""`mutt ingest send` as an operator types it: against the contract's door, and against the real ingestor."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.frame import MUTT, Answer, environment, mutt, on_terminal
from tests.integration.ingest_door import Door, Fault
from tests.stack import API_KEY, eventually, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

LOG = Path(__file__).parent.parent / "data" / "syslog_families.log"
LINES = len(LOG.read_bytes().splitlines())


@pytest.fixture
def door() -> Iterator[Door]:
    with Door() as server:
        yield server


@pytest.fixture
def key(tmp_path: Path) -> str:
    """A file with the door's key."""
    file = tmp_path / "key"
    file.write_text("s3cret\n")
    return str(file)


def send(tmp_path: Path, door: Door, key: str, *words: str) -> Answer:
    return mutt(tmp_path, "ingest", "send", "--url", door.url, "--api-key-file", key, *words)


def test_message_is_sent_as_often_as_asked_and_its_ids_are_printed(tmp_path: Path, door: Door, key: str) -> None:
    sent = send(tmp_path, door, key, "--count", "3", "--host", "core1", "--message", "link down", "-o", "name")
    assert (sent.code, sent.out) == (0, "c0\nc1\nc2\n")
    assert [(event["hostname"], event["message"]) for event in door.queue] == [("core1", "link down")] * 3


def test_file_of_all_families_is_sent_and_told_as_json(tmp_path: Path, door: Door, key: str) -> None:
    sent = send(tmp_path, door, key, "--file", str(LOG), "--json")
    told = json.loads(sent.out)
    assert sent.code == 0, sent.err
    assert (told["kind"], told["accepted"], told["refused"], told["batches"]) == ("mutt.ingest.send", LINES, 0, 1)
    assert [row["correlation_id"] for row in told["items"]] == [f"c{number}" for number in range(LINES)]


def test_stdin_is_read_and_sent_as_it_comes(tmp_path: Path, door: Door, key: str) -> None:
    command = [*MUTT, "ingest", "send", "--url", door.url, "--api-key-file", key, "--file", "-", "-o", "name"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(tmp_path), text=True
    ) as process:
        assert process.stdin is not None
        process.stdin.write("<189>45: %SYS-5-CONFIG_I: first\n")
        process.stdin.flush()
        eventually(lambda: len(door.queue) == 1, "the first line arrives while the pipe is open")
        out, _ = process.communicate("<189>46: %SYS-5-CONFIG_I: second\n", timeout=20)
    assert (process.returncode, out) == (0, "c0\nc1\n")


def test_refused_lines_are_named_and_the_exit_code_is_six(tmp_path: Path, door: Door, key: str) -> None:
    events = tmp_path / "events.ndjson"
    events.write_text('{"a":1}\nnot json\n{"bad":1}\n{"b":2}\n')
    sent = send(tmp_path, door, key, "--file", str(events), "--json")
    assert sent.code == 6
    refused = [(row["line"], row["reason"]) for row in json.loads(sent.out)["items"] if row["status"] == "refused"]
    assert refused == [(2, "json"), (3, "validation")]


def test_busy_ingestor_is_waited_for_and_people_are_told(tmp_path: Path, door: Door, key: str) -> None:
    door.faults = [Fault(503, "rate_limit", "1")]
    sent = send(tmp_path, door, key, "--message", "x")
    assert sent.code == 0
    assert "does not take events now (rate_limit); next try in 1.0 s" in sent.err
    assert "1 accepted, 0 refused, 1 requests, 1 repeated" in sent.err


def test_ingestor_that_stays_busy_longer_than_the_timeout_is_exit_five(tmp_path: Path, door: Door, key: str) -> None:
    door.faults = [Fault(503, "queue_full", "30")]
    sent = send(tmp_path, door, key, "--message", "x", "--timeout", "2s", "--json")
    assert (sent.code, sent.out) == (5, "")
    assert json.loads(sent.err.splitlines()[-1])["code"] == "MUTT-D101"


def test_what_was_accepted_before_it_stopped_is_told(tmp_path: Path, door: Door, key: str) -> None:
    door.faults = [Fault(), Fault(503, "queue_full", "30")]
    sent = send(tmp_path, door, key, "--count", "600", "--message", "x", "--timeout", "5s", "--json")
    told = json.loads(sent.out)
    assert sent.code == 5
    assert (told["accepted"], told["resume_line"], told["stopped"]) == (500, 501, "MUTT-D101")
    assert "go on from line 501" in sent.err


def test_wrong_key_is_exit_four_and_never_shown(tmp_path: Path, door: Door) -> None:
    file = tmp_path / "key"
    file.write_text("wr0ng-k3y\n")
    sent = send(tmp_path, door, str(file), "--message", "x", "--debug", "-vv")
    assert sent.code == 4
    assert "wr0ng-k3y" not in sent.out + sent.err


def test_dry_run_shows_the_events_and_sends_nothing(tmp_path: Path, door: Door, key: str) -> None:
    planned = send(tmp_path, door, key, "--file", str(LOG), "--dry-run", "--json")
    told = json.loads(planned.out)
    assert (planned.code, told["dry_run"], told["would_send"], door.requests) == (0, True, LINES, [])
    assert told["items"][3]["event"]["mnemonic"] == "LINEPROTO-5-UPDOWN"


def test_terminal_shows_some_rows_and_hostile_text_is_harmless(tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.log"
    hostile.write_bytes(b"<13>\x1b[2Jcleared\n" * 50)
    shown = on_terminal(tmp_path, "ingest", "send", "--file", str(hostile), "--dry-run")
    assert "\x1b[2J" not in shown.out + shown.err
    assert shown.out.count("planned") == 20
    assert "50 events would be sent" in shown.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 2),
        (("--file", "x", "--message", "y"), 2),
        (("--file", "absent.log"), 3),
        (("--file", "."), 2),
        (("--message", "x", "--count", "0"), 2),
        (("--message", "x", "--api-key-file", "absent"), 3),
    ],
)
def test_words_that_do_not_fit_have_their_exit_code_and_stdout_stays_empty(
    tmp_path: Path, words: tuple[str, ...], code: int
) -> None:
    sent = mutt(tmp_path, "ingest", "send", "--url", "http://127.0.0.1:1", *words)
    assert (sent.code, sent.out) == (code, "")
    assert "try:" in sent.err


def test_read_only_refuses_to_send(tmp_path: Path, door: Door, key: str) -> None:
    words = ("ingest", "send", "--url", door.url, "--api-key-file", key, "--message", "x")
    assert mutt(tmp_path, *words, env={"MUTT_READ_ONLY": "1"}).code == 7
    assert door.requests == []


def test_families_file_goes_through_the_real_ingestor_with_the_key_from_vault(
    tmp_path: Path, postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    with running_stack(postgres, openbao) as stack:
        stack.start("ingestor")
        env = {name: value for name, value in stack.environment.items() if name not in {"PATH", "HOME"}}
        sent = mutt(tmp_path, "ingest", "send", "--file", str(LOG), "--json", env=env)
        assert sent.code == 0, sent.err
        told = json.loads(sent.out)
        queued = [json.loads(element) for element in stack.redis.lrange("mutt:ingest_queue", 0, -1)]
    assert API_KEY not in sent.out + sent.err
    assert (told["accepted"], len(queued)) == (LINES, LINES)
    assert {row["event_id"] for row in told["items"]} == {event["event_id"] for event in queued}
    assert {event["message"] for event in queued} >= {"last line of a program that knows nothing of syslog"}
