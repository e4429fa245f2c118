"""`mutt db partition` and `mutt db retention`: days are made, moved to files, dropped, come back, and end by policy."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters import history_partitions, partition_archive
from mutt_cli.adapters.clock import utc_now
from mutt_cli.core.ids import uuid7
from mutt_cli.core.partitions import DONE, HISTORY, PAYLOADS, Partition
from tests.acceptance.commands.world import validate
from tests.acceptance.frame import Answer, code, mutt

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection

ROWS = """
INSERT INTO event_history (recorded_at, event_id, correlation_id, stage, outcome, reason, queue, pod, source,
    duration_us, attempt, hostname, sender, ingestor, severity, rule_name, operation_id, journal_uid, started_at)
SELECT %(at)s, gen_random_uuid(), 'quote " and, comma' || n, 'alerter', 'alerted', '', E'line\nbreak', 'p', 's',
    n, 1, 'h', '', 'i', '', 'r', '', gen_random_uuid(), CASE WHEN n = 1 THEN %(at)s END
FROM generate_series(1, %(n)s) AS n
"""
KILLED_AT = """
import os, signal, sys
from mutt_cli.adapters import {module} as module
work, calls = module.{name}, []
def killed(*given, **more):
    if len(calls) == {after}:
        os.kill(os.getpid(), signal.SIGKILL)
    calls.append(1)
    return work(*given, **more)
module.{name} = killed
from mutt_cli.cli import run
sys.exit(run(sys.argv[1:]))
"""


def today() -> date:
    return utc_now().date()


def days_ago(n: int) -> Partition:
    return Partition(today() - timedelta(days=n), HISTORY)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@pytest.fixture
def env(db_env: dict[str, str], migrated: Connection) -> dict[str, str]:
    """A data base with the days from five days ago on, and 50 rows in each of the last three."""
    for n in range(5, -1, -1):
        for table in (HISTORY, PAYLOADS, DONE):
            history_partitions.make(migrated, Partition(days_ago(n).day, table))
    for n in (3, 2, 1):
        migrated.execute(ROWS.encode(), {"at": at(days_ago(n).day), "n": 50})
    return db_env


def told(tmp_path: Path, env: dict[str, str], *words: str, exit_code: int = 0) -> dict[str, Any]:
    answer = mutt(tmp_path, "db", *words, "-o", "json", env=env)
    assert answer.code == exit_code, answer.err
    found: dict[str, Any] = json.loads(answer.out)
    validate(found)
    return found


def content(conn: Connection, partition: str) -> list[tuple[Any, ...]]:
    return conn.execute(f"SELECT to_jsonb(t)::text FROM {partition} AS t ORDER BY 1".encode()).fetchall()  # noqa: S608


def names(conn: Connection) -> set[str]:
    return {one.name for one in history_partitions.existing(conn)}


def folder(tmp_path: Path, env: dict[str, str]) -> Path:
    (found,) = (tmp_path / "archive").glob(f"{env['POSTGRES_DB']}-*")
    return found


def killed_at(module: str, name: str, after: int) -> tuple[str, ...]:
    return code(KILLED_AT.format(module=module, name=name, after=after))


def test_the_days_are_listed_with_what_retention_makes_of_them(tmp_path: Path, env: dict[str, str]) -> None:
    rows = {one["partition"]: one for one in told(tmp_path, env, "partition", "list")["items"]}
    assert rows[days_ago(0).name]["state"] == "today"
    assert rows[days_ago(3).name]["state"] == "kept"
    assert rows[Partition(days_ago(5).day, PAYLOADS).name]["state"] == "expired"  # payloads are kept for 3 days
    assert rows["event_history_default"]["day"] is None
    assert told(tmp_path, env, "partitions", "list")["total"] == len(rows)


def test_days_are_made_ahead_and_undo_removes_the_empty_ones(
    tmp_path: Path, env: dict[str, str], migrated: Connection
) -> None:
    before = names(migrated)
    planned = told(tmp_path, env, "partition", "create", "--months", "1", "--dry-run")
    assert (len(planned["planned"]), names(migrated)) == (93, before)
    made = told(tmp_path, env, "partition", "create", "--months", "1")
    assert set(made["made"]) == set(planned["planned"]) == names(migrated) - before
    assert told(tmp_path, env, "partition", "create", "--months", "1")["made"] == []
    used = Partition(today() + timedelta(days=7), HISTORY)
    migrated.execute(ROWS.encode(), {"at": at(used.day), "n": 1})
    undone = mutt(tmp_path, "undo", made["operation"], env=env)
    assert undone.code == 6, undone.err
    assert names(migrated) - before == {used.name}
    assert mutt(tmp_path, "db", "partition", "create", "--months", "13", env=env).code == 2


def test_making_days_that_was_killed_goes_on_with_the_rest(
    tmp_path: Path, env: dict[str, str], migrated: Connection
) -> None:
    before = names(migrated)
    dying = killed_at("history_partitions", "_make", 10)
    assert mutt(tmp_path, "db", "partition", "create", env=env, program=dying).code == -9
    assert len(names(migrated) - before) == 10
    assert len(told(tmp_path, env, "partition", "create")["made"]) == 83
    (killed,) = migrated.execute("SELECT id FROM operations WHERE result IS NULL").fetchall()
    assert mutt(tmp_path, "undo", killed[0], env=env).code == 0
    assert names(migrated) == before


def test_an_archived_day_is_in_a_file_whose_checksum_holds(
    tmp_path: Path, env: dict[str, str], migrated: Connection
) -> None:
    day = days_ago(3).name
    found = told(tmp_path, env, "partition", "archive", day, "--yes")
    (written,) = found["written"]
    place = folder(tmp_path, env) / f"{day}.csv.gz"
    assert (written["partition"], written["rows"]) == (day, 50)
    assert written["sha256"] == hashlib.sha256(place.read_bytes()).hexdigest()
    assert written["file_bytes"] == place.stat().st_size
    assert gzip.decompress(place.read_bytes()).startswith(b"recorded_at,event_id,")
    assert place.stat().st_mode & 0o777 == 0o600
    assert len(content(migrated, day)) == 50  # nothing is removed
    row = migrated.execute("SELECT result, counts, backup_path FROM operations").fetchone()
    assert row == ("done", {"archived": 1, "rows": 50}, str(folder(tmp_path, env)))
    rows = {one["partition"]: one for one in told(tmp_path, env, "partition", "list")["items"]}
    assert (rows[day]["archived"], rows[days_ago(2).name]["archived"]) == (True, False)


def test_without_names_every_day_that_has_ended_is_archived_once(tmp_path: Path, env: dict[str, str]) -> None:
    first = told(tmp_path, env, "partition", "archive", "--yes")
    assert len(first["written"]) == 15  # five days of three tables
    assert told(tmp_path, env, "partition", "archive", "--yes")["written"] == []


def test_archiving_that_was_killed_leaves_no_half_archive_and_goes_on(
    tmp_path: Path, env: dict[str, str], migrated: Connection
) -> None:
    dying = killed_at("partition_archive", "_read_again", 4)
    assert mutt(tmp_path, "db", "partition", "archive", "--yes", env=env, program=dying).code == -9
    archived = [one for one in told(tmp_path, env, "partition", "list")["items"] if one["archived"]]
    assert len(archived) == 4
    assert len(told(tmp_path, env, "partition", "archive", "--yes")["written"]) == 11
    assert not list(folder(tmp_path, env).glob(".*"))
    del migrated


def test_a_day_is_dropped_only_with_a_sound_archive_and_comes_back_from_it(
    tmp_path: Path, env: dict[str, str], migrated: Connection
) -> None:
    day = days_ago(2).name
    before = content(migrated, day)
    confirm = ("--confirm", day)
    without = mutt(tmp_path, "db", "partition", "drop", day, *confirm, env=env)
    assert (without.code, "MUTT-P210" in without.err) == (7, True)
    told(tmp_path, env, "partition", "archive", day, "--yes")
    assert mutt(tmp_path, "db", "partition", "drop", day, env=env).code == 2
    assert told(tmp_path, env, "partition", "drop", day, "--dry-run")["planned"] == [day]
    assert day in names(migrated)
    dropped = told(tmp_path, env, "partition", "drop", day, *confirm)
    assert dropped["dropped"] == [day]
    assert day not in names(migrated)
    assert mutt(tmp_path, "undo", dropped["operation"], env=env).code == 0
    assert content(migrated, day) == before
    found = migrated.execute("SELECT count(*) FROM event_history WHERE recorded_at = %s", (at(days_ago(2).day),))
    assert found.fetchone() == (50,)


def test_every_table_of_the_history_comes_back_as_it_was(
    tmp_path: Path, env: dict[str, str], migrated: Connection
) -> None:
    day = days_ago(1).day
    ms = int(at(day).timestamp() * 1000)
    migrated.execute(
        "INSERT INTO event_payloads VALUES (%s, gen_random_uuid(), %s)", (at(day), bytes(range(256)) * 900)
    )
    migrated.execute("INSERT INTO journal_done (uid) VALUES (%s)", (uuid7(ms, 1, 1),))
    chosen = [Partition(day, table).name for table in (HISTORY, PAYLOADS, DONE)]
    before = [content(migrated, name) for name in chosen]
    assert all(before)
    told(tmp_path, env, "partition", "archive", *chosen, "--yes")
    dropped = told(tmp_path, env, "partition", "drop", "--confirm", env["POSTGRES_DB"])
    assert set(dropped["dropped"]) == set(chosen)
    assert mutt(tmp_path, "undo", dropped["operation"], "--yes", env=env).code == 0
    assert [content(migrated, name) for name in chosen] == before


def test_an_archive_that_was_touched_or_lacks_late_rows_drops_nothing(
    tmp_path: Path, env: dict[str, str], migrated: Connection
) -> None:
    touched, late = days_ago(3).name, days_ago(2).name
    told(tmp_path, env, "partition", "archive", touched, late, "--yes")
    place = folder(tmp_path, env) / f"{touched}.csv.gz"
    body = bytearray(place.read_bytes())
    body[len(body) // 2] ^= 1
    place.write_bytes(bytes(body))
    refused = mutt(tmp_path, "db", "partition", "drop", touched, "--confirm", touched, env=env)
    assert (refused.code, "MUTT-P212" in refused.err) == (7, True)
    migrated.execute(ROWS.encode(), {"at": at(days_ago(2).day), "n": 1})
    refused = mutt(tmp_path, "db", "partition", "drop", late, "--confirm", late, env=env)
    assert (refused.code, "MUTT-P211" in refused.err) == (7, True)
    assert {touched, late} <= names(migrated)
    told(tmp_path, env, "partition", "archive", late, "--yes")
    assert told(tmp_path, env, "partition", "drop", late, "--confirm", late)["dropped"] == [late]


def test_archiving_a_day_anew_keeps_the_only_copy_of_what_was_dropped(
    tmp_path: Path, env: dict[str, str], migrated: Connection
) -> None:
    day = days_ago(2)
    before = content(migrated, day.name)
    told(tmp_path, env, "partition", "archive", day.name, "--yes")
    dropped = told(tmp_path, env, "partition", "drop", day.name, "--confirm", day.name)
    told(tmp_path, env, "partition", "create")
    history_partitions.make(migrated, day)  # late records made the day anew
    migrated.execute(ROWS.encode(), {"at": at(day.day), "n": 7})
    told(tmp_path, env, "partition", "archive", day.name, "--yes")
    other = told(tmp_path, env, "partition", "drop", day.name, "--confirm", day.name)
    assert len(list(folder(tmp_path, env).glob(f"{day.name}*.csv.gz"))) == 2
    assert mutt(tmp_path, "undo", dropped["operation"], "--yes", env=env).code == 0
    assert content(migrated, day.name) == before
    assert mutt(tmp_path, "undo", other["operation"], "--yes", env=env).code == 7


def test_archives_of_two_servers_lie_apart(tmp_path: Path) -> None:
    assert partition_archive.folder_of(tmp_path, "mutt", 1) != partition_archive.folder_of(tmp_path, "mutt", 2)


def test_a_drop_that_was_killed_goes_on_and_each_half_can_be_taken_back(
    tmp_path: Path, env: dict[str, str], migrated: Connection
) -> None:
    before = names(migrated)
    told(tmp_path, env, "partition", "archive", "--yes")
    confirm = ("--confirm", env["POSTGRES_DB"])
    dying = killed_at("history_partitions", "drop", 5)
    assert mutt(tmp_path, "db", "partition", "drop", *confirm, env=env, program=dying).code == -9
    assert len(before - names(migrated)) == 5
    rest = told(tmp_path, env, "partition", "drop", *confirm)
    assert len(rest["dropped"]) == 10
    (killed,) = migrated.execute("SELECT id FROM operations WHERE result IS NULL").fetchall()
    assert mutt(tmp_path, "undo", killed[0], "--yes", env=env).code == 0
    assert names(migrated) == before  # its plan named all of them
    nothing = mutt(tmp_path, "undo", rest["operation"], "--yes", env=env)
    assert (nothing.code, "MUTT-G005" in nothing.err) == (7, True), nothing.err
    undone = "SELECT undone_by FROM operations WHERE id = %s"
    assert migrated.execute(undone, (rest["operation"],)).fetchall() == [(None,)]


@pytest.mark.parametrize("verb", ["archive", "drop"])
def test_today_and_what_is_no_partition_are_refused(tmp_path: Path, env: dict[str, str], verb: str) -> None:
    filling = mutt(tmp_path, "db", "partition", verb, days_ago(0).name, env=env)
    assert (filling.code, "MUTT-P213" in filling.err) == (7, True)
    assert mutt(tmp_path, "db", "partition", verb, "alert_rules", env=env).code == 3


def stale(conn: Connection, rows: int) -> None:
    conn.execute(ROWS.encode(), {"at": at(days_ago(40).day), "n": rows})


def kept_for(env: dict[str, str], days: int) -> dict[str, str]:
    return {**env, "HISTORY_DAYS": str(days), "HISTORY_RAW_DAYS": "1"}


def test_what_retention_does_not_keep_is_shown_and_stays(
    tmp_path: Path, env: dict[str, str], migrated: Connection
) -> None:
    stale(migrated, 3)
    before = names(migrated)
    shown = told(tmp_path, kept_for(env, 2), "retention", "show")
    gone = {one["partition"] for one in shown["partitions"]}
    assert days_ago(3).name in gone
    assert days_ago(2).name not in gone
    assert Partition(days_ago(2).day, PAYLOADS).name in gone
    assert shown["rows"] == [{"table": "event_history_default", "rows": 3}]
    assert told(tmp_path, kept_for(env, 2), "retention", "run", "--dry-run")["partitions"] == shown["partitions"]
    assert names(migrated) == before
    assert mutt(tmp_path, "db", "retention", "run", env=kept_for(env, 2)).code == 2
    assert mutt(tmp_path, "db", "retention", "run", "--yes", env=kept_for(env, 2)).code == 2


def test_retention_deletes_days_and_rows_and_then_there_is_nothing_left_to_do(
    tmp_path: Path, env: dict[str, str], migrated: Connection
) -> None:
    stale(migrated, 3)
    confirm = ("--confirm", env["POSTGRES_DB"])
    done = told(tmp_path, kept_for(env, 2), "retention", "run", *confirm)
    assert (len(done["dropped"]), done["deleted_rows"]) == (3 + 4 + 3, 3)
    assert days_ago(3).name not in names(migrated)
    again = told(tmp_path, kept_for(env, 2), "retention", "run", *confirm)
    assert (again["dropped"], again["deleted_rows"], again["operation"]) == ([], 0, None)
    refused = mutt(tmp_path, "undo", done["operation"], env=env)
    assert (refused.code, "what is not kept is gone" in refused.err) == (7, True)


def test_where_no_historian_has_said_what_it_keeps_the_disk_here_counts_for_nothing(
    tmp_path: Path, env: dict[str, str]
) -> None:
    answer = mutt(tmp_path, "db", "retention", "show", "-o", "json", env=env)
    found = json.loads(answer.out)
    assert (found["max_bytes"], found["judged_by"]) == (0, None)
    assert "judged by age alone, as set on this host" in found["warnings"][0]
    limited = told(tmp_path, {**env, "HISTORY_MAX_BYTES": "1"}, "retention", "show")
    assert (limited["max_bytes"], len(limited["partitions"]) > len(found["partitions"])) == (1, True)
    assert "judged by age and HISTORY_MAX_BYTES" in limited["warnings"][0]


def test_retention_that_was_killed_goes_on_in_batches(
    tmp_path: Path, env: dict[str, str], migrated: Connection
) -> None:
    stale(migrated, 25_000)
    confirm = ("--confirm", env["POSTGRES_DB"])
    dying = killed_at("history_partitions", "delete_batch", 1)
    assert mutt(tmp_path, "db", "retention", "run", *confirm, env=env, program=dying).code == -9
    left = migrated.execute("SELECT count(*) FROM event_history_default").fetchone()
    assert left == (15_000,)
    assert told(tmp_path, env, "retention", "run", *confirm)["deleted_rows"] == 15_000
    states = migrated.execute("SELECT result FROM operations ORDER BY started_at").fetchall()
    assert states == [(None,), ("done",)]


def test_a_reader_that_holds_a_day_makes_the_drop_give_up_and_nothing_is_lost(
    tmp_path: Path, env: dict[str, str], migrated: Connection
) -> None:
    told(tmp_path, env, "partition", "archive", days_ago(2).name, "--yes")
    with migrated.transaction():
        migrated.execute("SELECT count(*) FROM event_history")
        day = days_ago(2).name
        held: Answer = mutt(tmp_path, "db", "partition", "drop", day, "--confirm", day, env=env)
    assert (held.code, "MUTT-P106" in held.err) == (7, True)
    assert len(content(migrated, day)) == 50
