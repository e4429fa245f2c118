"""`mutt redis` as an operator types it, on MUTT's own Valkey and on Redis where it is installed."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest
import redis
from psycopg.conninfo import conninfo_to_dict

from mutt_cli.adapters.migrations import migrate
from mutt_cli.core.unhandled import Counts
from mutt_cli.keys import Keys
from tests.acceptance.commands.world import validate
from tests.acceptance.frame import Answer, code, mutt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mutt_cli.adapters.engines.valkey import Valkey
    from tests.servers import PostgresServer

KEYS = Keys()
WEEK_AGO = timedelta(days=8)


@pytest.fixture(params=["valkey", "redis"])
def server(request: pytest.FixtureRequest, valkey: Valkey) -> Iterator[redis.Redis]:
    """An emptied server of either kind, as its administrator; afterwards it is as it was."""
    socket = str(valkey.socket) if request.param == "valkey" else request.getfixturevalue("redis_server")
    client = redis.Redis(unix_socket_path=socket, protocol=2)
    client.flushall()
    client.slowlog_reset()
    client.acl_setuser("admin", enabled=True, nopass=True, keys=["*"], channels=["*"], commands=["+@all"])
    client.execute_command("AUTH", "admin", "any")  # type: ignore[no-untyped-call]
    kept = client.config_get("maxmemory", "maxmemory-policy", "slowlog-log-slower-than", "maxclients")
    yield client
    for name, value in kept.items():
        client.config_set(str(name), str(value))
    client.execute_command("ACL", "SETUSER", "default", "+@all")  # type: ignore[no-untyped-call]
    client.close()


@pytest.fixture
def env(server: redis.Redis, postgres: PostgresServer, database: str) -> dict[str, str]:
    words = conninfo_to_dict(postgres.dsn_for(database))
    path = server.connection_pool.connection_kwargs["path"]
    return {"REDIS_SOCKET": path, "POSTGRES_HOST": str(words["host"]), "POSTGRES_DB": database}


@pytest.fixture
def asked(tmp_path: Path, env: dict[str, str]) -> Any:
    """Ask for JSON: the answer, held against its schema."""

    def ask(*words: str) -> dict[str, Any]:
        answer = mutt(tmp_path, "redis", *words, "-o", "json", env=env)
        assert answer.code == 0, answer.err
        return valid(answer.out)

    return ask


def valid(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    validate(found)
    return found


def deny(server: redis.Redis, *commands: str) -> None:
    server.execute_command("ACL", "SETUSER", "default", *(f"-{one}" for one in commands))  # type: ignore[no-untyped-call]


def check(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in found["checks"] if one["check"] == name)


def test_info_tells_mutts_keys_from_others_and_what_the_server_does(server: redis.Redis, asked: Any) -> None:
    server.mset({f"shop:{n}": "x" for n in range(700)})
    server.lpush(KEYS.ingest_queue, "a", "b")
    server.set(KEYS.dedupe("f"), "x", ex=60)
    found = asked("info")
    assert (found["keys"], found["mutt_keys"], found["other_keys"], found["keys_exact"]) == (702, 2, 700, True)
    known = server.info()
    assert found["server_version"] == known.get("valkey_version", known["redis_version"])
    assert (check(found, "role")["value"], found["append_only"]) == ("primary", True)
    assert 0 <= found["cpu_of_one_core"] < 2


def test_memory_is_judged_and_the_line_that_mends_it_runs(server: redis.Redis, asked: Any) -> None:
    for n in range(400):
        server.lpush(KEYS.alert_queue, "x" * 2_000)
        server.set(f"shop:{n}", "y" * 10_000)
    used = int(server.info("memory")["used_memory"])
    server.config_set("maxmemory", used + used // 20)
    found = asked("memory")
    assert (found["state"], check(found, "used")["state"], check(found, "policy")["state"]) == ("crit", "crit", "ok")
    assert 800_000 < found["mutt_bytes"] < 2_000_000
    assert found["other_bytes"] > 4_000_000
    assert found["largest"][0]["key"] == KEYS.alert_queue
    line = next(line for line in check(found, "used")["tries"] if "CONFIG SET" in line)
    server.execute_command(*line.removeprefix("redis-cli ").split())  # type: ignore[no-untyped-call]
    assert check(asked("memory"), "used")["state"] == "ok"


def test_a_redis_that_may_evict_queues_is_critical(server: redis.Redis, asked: Any) -> None:
    server.config_set("maxmemory-policy", "allkeys-lru")
    policy = check(asked("memory"), "policy")
    assert (policy["state"], policy["value"]) == ("crit", "allkeys-lru")
    server.execute_command(*policy["tries"][0].removeprefix("redis-cli ").split())  # type: ignore[no-untyped-call]
    assert check(asked("memory"), "policy")["state"] == "ok"


def test_clients_are_named_and_mutts_are_apart(server: redis.Redis, asked: Any) -> None:
    other = redis.Redis(unix_socket_path=server.connection_pool.connection_kwargs["path"], client_name="grafana")
    waiting = threading.Thread(target=other.blpop, args=(["shop:jobs"], 30), daemon=True)
    waiting.start()
    while not server.info("clients")["blocked_clients"]:
        pass
    found = asked("clients")
    groups = {one["name"]: one for one in found["items"]}
    assert (groups["grafana"]["owner"], groups["grafana"]["blocked"]) == ("other", 1)
    assert groups["mutt"]["owner"] == "mutt"
    assert check(found, "blocked_of_mutt")["value"] == 0
    server.lpush("shop:jobs", "done")
    waiting.join()
    other.close()


def test_what_a_role_may_not_see_is_said_with_the_line_that_shows_it(
    server: redis.Redis, tmp_path: Path, env: dict[str, str], asked: Any
) -> None:
    deny(server, "config|get", "client|list", "slowlog|get", "client|setname")
    found = asked("clients")
    assert (found["state"], found["items"]) == ("unkn", [])
    assert "redis-cli ACL SETUSER USER +client|list" in check(found, "clients")["tries"]
    assert check(asked("slowlog"), "slow_commands")["tries"] == ["redis-cli ACL SETUSER USER +slowlog|get"]
    assert asked("memory")["append_fsync"] is None
    server.execute_command("ACL", "SETUSER", "default", "+@all")  # type: ignore[no-untyped-call]
    assert asked("clients")["state"] == "ok"
    del tmp_path, env


def test_latency_is_measured_from_here(asked: Any) -> None:
    found = asked("latency")
    assert found["samples"] >= 1
    assert 0 < found["minimum_seconds"] <= found["median_seconds"] <= found["maximum_seconds"]


def test_a_slow_command_names_its_client_and_key_and_no_payload(
    server: redis.Redis, tmp_path: Path, env: dict[str, str], asked: Any
) -> None:
    server.config_set("slowlog-log-slower-than", 0)
    other = redis.Redis(unix_socket_path=env["REDIS_SOCKET"], client_name="cron-job")
    other.lpush(KEYS.ingest_queue, "the secret payload")
    other.keys("*")
    server.config_set("slowlog-log-slower-than", 20_000)
    found = asked("slowlog")
    rows = {one["command"]: one for one in found["items"]}
    assert (rows["LPUSH"]["client"], rows["LPUSH"]["key"]) == ("cron-job", KEYS.ingest_queue)
    assert (rows["KEYS"]["state"], check(found, "keys_command")["state"]) == ("warn", "warn")
    assert "cron-job" in check(found, "keys_command")["note"]
    assert check(found, "threshold")["tries"][0] == "redis-cli CONFIG SET slowlog-log-slower-than 10000"
    for form in ("table", "json", "csv", "yaml", "jsonl"):
        assert "secret payload" not in mutt(tmp_path, "redis", "slowlog", "-o", form, env=env).out
    other.close()


def test_the_largest_keys_are_found_by_bytes_and_nobody_asked_for_keys(
    server: redis.Redis, tmp_path: Path, env: dict[str, str], asked: Any
) -> None:
    for start in range(0, 20_000, 1000):
        server.mset({f"shop:{n}": "x" for n in range(start, start + 1000)})
    server.rpush(KEYS.dlq_moog, *("x" * 1000 for _ in range(100)))
    server.hset("shop:big", mapping={str(n): "y" * 1000 for n in range(500)})
    server.config_resetstat()
    found = asked("bigkeys")
    top = [(one["key"], one["owner"], one["type"], one["elements"]) for one in found["items"][:2]]
    assert top == [("shop:big", "other", "hash", 500), (KEYS.dlq_moog, "mutt", "list", 100)]
    assert (found["looked_at"], found["keys"], found["complete"]) == (20_002, 20_002, True)
    stats = server.info("commandstats")
    assert "cmdstat_keys" not in stats
    assert stats["cmdstat_scan"]["calls"] >= 40
    short = mutt(tmp_path, "redis", "bigkeys", "--budget", "0.001s", env=env)
    assert short.code == 0
    assert KEYS.dlq_moog in short.out
    assert "look longer: --budget" in short.err


def test_keys_that_should_end_and_do_not_are_named_and_queues_are_not(server: redis.Redis, asked: Any) -> None:
    server.lpush(KEYS.ingest_queue, "x")
    server.set(KEYS.config("alerter_shed_mode"), "none")
    server.set(KEYS.dedupe("good"), "x", ex=60)
    server.set(KEYS.dedupe("stuck"), "x")
    server.set(KEYS.unhandled("core-sw1", "abc"), "{}")
    server.set("shop:for-ever", "x")
    found = asked("nottl")
    assert [one["key"] for one in found["items"]] == [KEYS.dedupe("stuck"), KEYS.unhandled("core-sw1", "abc")]


def counted(server: redis.Redis, name: str, age: timedelta, *, ends: bool = True) -> str:
    """A kind of unmatched events that was last seen so long ago."""
    seen = (datetime.now(UTC) - age).isoformat().replace("+00:00", "Z")  # noqa: TID251  a test may look at the clock
    key = KEYS.unhandled(name, "0" * 16)
    server.set(key, msgspec.json.encode(Counts("c", ("c",), 7, seen, seen, name, f"{name} says \x1b[31mred")))
    if ends:
        server.expire(key, 86_400)
        server.zadd(KEYS.unhandled_index, {key: 2e12})
    return key


@pytest.fixture
def migrated(postgres: PostgresServer, database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres.dsn_for(database), autocommit=True) as conn:
        migrate(conn)
        yield conn


KILLED_AFTER_ONE_SLICE = """
import os, signal, sys
from mutt_cli.adapters import scripts
call, calls = scripts.call, []
def killed(client, name, *rest):
    if name == "forget_kinds" and calls:
        os.kill(os.getpid(), signal.SIGKILL)
    calls.append(name) if name == "forget_kinds" else None
    return call(client, name, *rest)
scripts.call = killed
from mutt_cli.cli import run
sys.exit(run(sys.argv[1:]))
"""


def clean(tmp_path: Path, env: dict[str, str], *words: str) -> Answer:
    return mutt(tmp_path, "redis", "clean", "unhandled", *words, env=env)


def test_old_counts_go_by_when_they_were_last_seen_and_the_rest_stays(
    server: redis.Redis, tmp_path: Path, env: dict[str, str], migrated: psycopg.Connection
) -> None:
    old, stray = counted(server, "old-host", WEEK_AGO), counted(server, "stray", WEEK_AGO, ends=False)
    fresh = counted(server, "fresh-host", timedelta(hours=1), ends=False)
    server.set(KEYS.unhandled("odd", "1"), "no json")
    done = clean(tmp_path, env, "--older-than", "7d", "--yes", "-o", "json")
    assert done.code == 0, done.err
    answer = valid(done.out)
    assert (answer["removed"], answer["kinds"], answer["unreadable"], answer["complete"]) == (2, 4, 1, True)
    assert not server.exists(old, stray)
    assert server.exists(fresh, KEYS.unhandled("odd", "1")) == 2
    assert server.zscore(KEYS.unhandled_index, old) is None
    row = migrated.execute("SELECT result, counts, originals FROM operations").fetchone()
    assert row is not None
    assert (row[0], row[1]) == ("done", {"removed": 2, "kept": 0})
    assert {one["key"] for one in row[2]["kinds"]} == {old, stray}
    again = clean(tmp_path, env, "--yes", "-o", "json")
    assert (again.code, json.loads(again.out)["removed"]) == (0, 0)


def test_what_was_removed_comes_back_unless_it_is_counted_anew(
    server: redis.Redis, tmp_path: Path, env: dict[str, str], migrated: psycopg.Connection
) -> None:
    names = [counted(server, name, WEEK_AGO) for name in ("one", "two")]
    values = server.mget(names)
    removed = json.loads(clean(tmp_path, env, "--yes", "-o", "json").out)
    server.set(names[1], "anew")
    back = mutt(tmp_path, "undo", removed["operation"], env=env)
    assert back.code == 6, back.err
    assert "1 kinds are there" in back.out + back.err
    assert server.mget(names[0], names[1]) == [values[0], b"anew"]
    assert 80_000_000 < server.pttl(names[0]) <= 86_400_000
    assert server.zscore(KEYS.unhandled_index, names[0]) is not None
    assert mutt(tmp_path, "undo", removed["operation"], env=env).code == 7
    del migrated


def test_a_removal_that_is_killed_half_way_is_finished_by_the_next_and_can_be_taken_back(
    server: redis.Redis, tmp_path: Path, env: dict[str, str], migrated: psycopg.Connection
) -> None:
    for n in range(300):
        counted(server, f"host-{n}", WEEK_AGO)
    pattern = KEYS.unhandled_pattern
    dying = code(KILLED_AFTER_ONE_SLICE)
    assert mutt(tmp_path, "redis", "clean", "unhandled", "--yes", env=env, program=dying).code == -9
    assert len(list(server.scan_iter(match=pattern))) == 200
    (killed,) = migrated.execute("SELECT id FROM operations WHERE result IS NULL").fetchall()
    rest = clean(tmp_path, env, "--yes", "-o", "json")
    assert json.loads(rest.out)["removed"] == 200
    assert mutt(tmp_path, "undo", killed[0], env=env).code == 0
    assert len(list(server.scan_iter(match=pattern))) == 300


def test_a_dry_run_shows_the_plan_and_removes_nothing(
    server: redis.Redis, tmp_path: Path, env: dict[str, str], migrated: psycopg.Connection
) -> None:
    old = counted(server, "old-host", WEEK_AGO)
    planned = clean(tmp_path, env, "--dry-run", "-o", "json")
    assert planned.code == 0
    answer = valid(planned.out)
    assert (answer["dry_run"], answer["old"], answer["removed"]) == (True, 1, 0)
    assert "old-host  7 times" in planned.err
    assert "\x1b" not in planned.err
    assert server.exists(old)
    assert migrated.execute("SELECT count(*) FROM operations").fetchone() == (0,)


def test_without_a_yes_nobody_is_asked_and_nothing_is_removed(
    server: redis.Redis, tmp_path: Path, env: dict[str, str]
) -> None:
    old = counted(server, "old-host", WEEK_AGO)
    refused = clean(tmp_path, env)
    assert refused.code == 2
    assert "add --yes" in refused.err
    assert clean(tmp_path, {**env, "MUTT_READ_ONLY": "1"}, "--yes").code == 7
    assert clean(tmp_path, env, "--older-than", "soon", "--yes").code == 2
    assert server.exists(old)


def test_a_redis_that_is_away_is_named(tmp_path: Path) -> None:
    for verb in ("info", "memory", "clients", "latency", "slowlog", "bigkeys", "nottl"):
        away = mutt(tmp_path, "redis", verb, env={"REDIS_SOCKET": str(tmp_path / "absent")})
        assert away.code == 5
        assert "MUTT-R101" in away.err


@pytest.mark.parametrize("form", ["table", "wide", "json", "jsonl", "yaml", "csv", "name"])
def test_a_key_with_a_hostile_name_reaches_no_terminal_raw(
    server: redis.Redis, tmp_path: Path, env: dict[str, str], form: str
) -> None:
    server.set(b"\x1b]0;title\x07\x9b31m\xe2\x80\xae\xff\n=1", "x" * 1000)
    server.set(KEYS.dedupe("\x1b[31m\u202e"), "x")
    for verb in ("bigkeys", "nottl"):
        answer = mutt(tmp_path, "redis", verb, "-o", form, env=env)
        assert answer.code == 0, answer.err
        assert not [one for one in "\x1b\x07\x9b\u202e" if one in answer.out]
