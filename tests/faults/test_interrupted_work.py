"""Work of several steps interrupted in the middle: draining, removing, ending sessions, migrating."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest

from tests.faults.interruption import (
    KEYS,
    KINDS,
    as_before,
    door,
    interrupted,
    kinds,
    last_operation,
    stack,
    value,
)
from tests.stack import Stack, eventually, running_stack

if TYPE_CHECKING:
    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

__all__ = ["as_before", "stack"]
LETTERS: Final = 4000


def test_a_drain_that_is_killed_holds_what_it_held_and_is_gone_on_with_or_taken_back(
    stack: Stack, openbao: DevOpenBao
) -> None:
    drain = ["maintenance", "drain", "--yes", "--timeout", "60s"]
    with door(stack, openbao, "redis", b"maintenance drain", "after") as through:
        interrupted(stack, drain, through, signal.SIGKILL)
    first, result = last_operation(stack, "maintenance drain")
    assert (result, _held(stack)) == (None, {"remediation"})

    stack.redis.lpush("mutt:ingest_queue", '{"message": "it waits", "hostname": "sw1"}')
    process = _draining(stack, drain)
    process.kill()
    process.wait(30)
    second, _ = last_operation(stack, "maintenance drain")
    assert _held(stack) == {"ingestor", "remediation"}
    assert stack.redis.llen("mutt:ingest_queue") == 1
    assert stack.mutt("undo", second, "--yes").returncode == 0
    assert _held(stack) == {"remediation"}
    assert stack.mutt("undo", first, "--yes").returncode == 0
    assert _held(stack) == set()


def _held(stack: Stack) -> set[str]:
    names: Any = stack.redis.hkeys(KEYS.holds)
    return {name.decode() for name in names}


def _draining(stack: Stack, words: list[str]) -> subprocess.Popen[bytes]:
    """A drain that waits for the ingest queue, which nobody empties."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mutt_cli", *words], env=stack.environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/",
    )  # fmt: skip
    eventually(lambda: stack.redis.hexists(KEYS.holds, "ingestor") or process.poll() is not None, "it waits", 30)
    return process


@pytest.mark.parametrize("at", ["door", "wait"])
def test_a_drain_ended_by_ctrl_c_knows_what_it_held(stack: Stack, openbao: DevOpenBao, at: str) -> None:
    """Also what Redis had taken before the command heard of it."""
    drain = ["maintenance", "drain", "--yes", "--timeout", "60s"]
    stack.redis.lpush("mutt:ingest_queue", '{"message": "it waits", "hostname": "sw1"}')
    if at == "door":
        with door(stack, openbao, "redis", b"maintenance drain", "after") as through:
            process = interrupted(stack, drain, through, signal.SIGINT)
    else:
        process = _draining(stack, drain)
        process.send_signal(signal.SIGINT)
        process.wait(30)
    assert process.returncode == 130
    name, result = last_operation(stack, "maintenance drain")
    ((originals,),) = stack.query(f"SELECT originals FROM operations WHERE id = '{name}'")  # noqa: S608
    held = _held(stack)
    assert (result, set(originals["made"])) == ("interrupted", held)
    assert held == ({"remediation"} if at == "door" else {"remediation", "ingestor"})
    assert stack.mutt("undo", name, "--yes").returncode == 0
    assert _held(stack) == set()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=lambda one: one.name)
def test_a_clean_that_is_interrupted_between_two_calls_puts_each_count_back(
    stack: Stack, openbao: DevOpenBao, number: signal.Signals
) -> None:
    made = kinds(stack)
    third = hashlib.sha1(made[KEYS.unhandled(f"sw{KINDS - 1:03}", f"{KINDS - 1:016x}")].encode()).hexdigest()  # noqa: S324
    words = ["redis", "clean", "unhandled", "--older-than", "1d", "--yes"]
    with door(stack, openbao, "redis", third.encode(), "before") as through:
        interrupted(stack, words, through, number)
    left = sum(bool(one) for one in stack.redis.mget(list(made)))
    assert 0 < left < KINDS
    name, result = last_operation(stack, "redis clean")
    assert result == (None if number is signal.SIGKILL else "interrupted")
    told = stack.mutt("undo", name, "--yes")
    assert told.returncode == 6, told.stderr
    assert stack.redis.mget(list(made)) == [one.encode() for one in made.values()]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=lambda one: one.name)
def test_ending_sessions_that_is_interrupted_ends_no_session_half_and_counts_those_it_knows_of(
    stack: Stack, openbao: DevOpenBao, number: signal.Signals
) -> None:
    with ExitStack() as scope:
        idle = [psycopg.connect(stack.dsn, application_name="mutt-alerter", autocommit=True) for _ in range(3)]
        for one in idle:
            scope.callback(one.close)
        name = value(stack, "POSTGRES_DB")
        words = ["db", "connections", "kill", "--idle-over", "0s", "--confirm", name]
        with door(stack, openbao, "postgres", b"pg_terminate_backend", "before") as through:
            interrupted(stack, words, through, number)
        alive = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'mutt-alerter' AND datname = current_database()"
        )
        ended = 0 if number is signal.SIGKILL else 1
        eventually(lambda: stack.query(alive) == [(3 - ended,)], f"{ended} of three is ended")
        operation, result = last_operation(stack, "db connections kill")
        ((counts,),) = stack.query(f"SELECT counts FROM operations WHERE id = '{operation}'")  # noqa: S608
        if number is signal.SIGINT:
            assert (result, counts["busy"], counts["refused"]) == ("interrupted", 0, 0)
        else:
            assert result is None
        assert "connect again by themselves" in stack.mutt("undo", operation, "--yes").stderr
        assert stack.mutt(*words).returncode == 0
        eventually(lambda: stack.query(alive) == [(0,)], "all of them are ended")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=lambda one: one.name)
def test_a_migration_that_is_interrupted_leaves_nothing_behind_and_is_in_the_file_of_the_host(
    stack: Stack, openbao: DevOpenBao, postgres: PostgresServer, number: signal.Signals
) -> None:
    with postgres.database() as name:
        path = stack.folder / "mutt.env"
        path.write_text(path.read_text().replace(f"POSTGRES_DB={value(stack, 'POSTGRES_DB')}", f"POSTGRES_DB={name}"))
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"

        def there() -> int:
            with psycopg.connect(postgres.dsn_for(name)) as conn:
                row = conn.execute(tables.encode()).fetchone()
                return int(row[0]) if row else -1

        with door(stack, openbao, "postgres", b"INSERT INTO schema_version", "before") as through:
            process = interrupted(stack, ["db", "migrate", "--yes"], through, number)
        assert number is signal.SIGKILL or process.returncode == 130
        eventually(lambda: there() == 0, "nothing is left of it")
        notes = (stack.folder / "state" / "operations.jsonl").read_text().splitlines()
        told = [json.loads(line) for line in notes if '"db migrate"' in line]
        assert told[-1].get("result") == (None if number is signal.SIGKILL else "interrupted")
        done = stack.mutt("db", "migrate", "--yes")
        assert done.returncode == 0, done.stderr
        assert there() > 0


def test_a_rotation_ended_while_daemons_are_told_says_what_it_wrote(stack: Stack, openbao: DevOpenBao) -> None:
    words = ["vault", "rotate", "stage", "INGEST_API_KEY", "--file", "-"]
    with door(stack, openbao, "redis", KEYS.secrets_asked.encode(), "before") as through:
        assert interrupted(stack, words, through, signal.SIGINT).returncode == 130
    name, result = last_operation(stack, "vault rotate stage")
    ((counts, originals),) = stack.query(f"SELECT counts, originals FROM operations WHERE id = '{name}'")  # noqa: S608
    assert (result, counts) == ("interrupted", {"secrets": 1})
    assert originals["revision_after"] > 0
    audit = f"SELECT record_id FROM audit_logs WHERE correlation_id = '{name}'"  # noqa: S608
    assert stack.query(audit) == [("Vault INGEST_API_KEY",)]
    assert stack.mutt("vault", "rotate", "promote", "INGEST_API_KEY").returncode == 0


def test_a_replay_that_is_killed_is_gone_on_with_and_sends_each_letter_once(stack: Stack) -> None:
    letters = [f"01a22000-0000-7000-8000-{number:012d}" for number in range(LETTERS)]
    told = {"reason": "http_500", "error": "HTTP 500", "attempts": 1, "origin": "mutt:alert_queue"}
    alert = {"hostname": "sw1", "message": "alert", "severity": "major", "_delivery": told}
    stack.redis.lpush("mutt:dlq:moog", *(json.dumps(alert | {"event_id": name}) for name in letters))
    process = subprocess.Popen(
        [sys.executable, "-m", "mutt_cli", "dlq", "replay", "dlq-moog", "--all", "--yes"],
        env=stack.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/",
    )  # fmt: skip
    eventually(lambda: _ids(stack, "mutt:alert_queue") or process.poll() is not None, "some are sent", 30)
    process.kill()
    said = process.communicate()
    sent, left = _ids(stack, "mutt:alert_queue"), _ids(stack, "mutt:dlq:moog")
    assert sent, said
    assert left, said
    assert sorted(sent + left) == sorted(letters)
    name, result = last_operation(stack, "dlq replay")
    assert result is None
    done = stack.mutt("op", "resume", name, "--yes")
    assert done.returncode == 0, done.stderr
    assert (sorted(_ids(stack, "mutt:alert_queue")), _ids(stack, "mutt:dlq:moog")) == (sorted(letters), [])


def _ids(stack: Stack, key: str) -> list[str]:
    found: Any = stack.redis.lrange(key, 0, -1)
    return [json.loads(one)["event_id"] for one in found]


@pytest.mark.nightly
def test_whoever_waits_for_a_restart_has_more_time_than_a_change_takes_and_may_go_away(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    """A setting of the file is written at once; for the restart a person has ten minutes, not the 30 s of a change."""
    with running_stack(postgres, openbao) as made:
        made.start("ingestor")
        path = made.folder / "mutt.env"
        before = path.read_text()
        process = subprocess.Popen(
            [sys.executable, "-m", "mutt_cli", "config", "set", "INGEST_MAX_BATCH=77"], env=made.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/",
        )  # fmt: skip
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(35)
        process.send_signal(signal.SIGINT)
        process.wait(30)
        name, result = last_operation(made, "config set")
        assert (process.returncode, result, "INGEST_MAX_BATCH=77" in path.read_text()) == (130, "done", True)
        assert made.mutt("undo", name, "--yes").returncode == 0
        assert path.read_text() == before
