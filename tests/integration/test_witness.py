"""The witness: accepted ids in a bounded local file, whatever happens around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.adapters.clock import IdSource
from mutt_cli.adapters.witness import Witness, name, of_minutes, prune, read, sizes, totals

if TYPE_CHECKING:
    from pathlib import Path


def test_noted_ids_come_back_in_order_over_hours_and_processes(tmp_path: Path) -> None:
    ids = [IdSource().new() for _ in range(6)]
    one, two = Witness(tmp_path, "pod-1", 10**6), Witness(tmp_path, "pod-2", 10**6)
    one.note("2026-11-23T22", ids[:2])
    two.note("2026-11-23T22", ids[2:4])
    one.note("2026-11-23T23", ids[4:])
    assert list(read(tmp_path)) == ids
    assert list(read(tmp_path, "2026-11-23T23")) == ids[4:]


def test_torn_last_record_is_left_out(tmp_path: Path) -> None:
    source = IdSource()
    witness, whole = Witness(tmp_path, "p", 10**6), source.new()
    witness.note("2026-11-23T22", [whole])
    with (tmp_path / "2026-11-23T22.p.ids").open("ab") as file:
        file.write(b"torn")
    assert list(read(tmp_path)) == [whole]


def test_oldest_files_go_first_and_the_current_hour_never(tmp_path: Path) -> None:
    for day in (21, 22, 23):
        for hour in range(24):
            (tmp_path / f"2026-11-{day}T{hour:02d}.p.ids").write_bytes(b"x" * 160)
    prune(tmp_path, "2026-11-23T23", max_bytes=10**6)
    assert len(list(tmp_path.glob("*.ids"))) == 24
    prune(tmp_path, "2026-11-23T23", max_bytes=1)
    assert [file.name for file in tmp_path.glob("*.ids")] == ["2026-11-23T23.p.ids"]


def minutes(folder: Path) -> dict[str, int]:
    return dict(totals(sizes(folder, "p")))


def test_totals_per_minute_are_known_from_the_files_of_a_process_alone(tmp_path: Path) -> None:
    source, witness, other = IdSource(), Witness(tmp_path, "p", 10**6), Witness(tmp_path, "other.p", 10**6)
    for moment, number in (("22:33:59.999", 3), ("22:34:00.000", 2), ("22:33:59.999", 1), ("23:00:00.000", 4)):
        witness.note(f"2026-11-23T{moment}Z", [source.new() for _ in range(number)])
        other.note(f"2026-11-23T{moment}Z", [source.new()])
    assert minutes(tmp_path) == {"2026-11-23T22:33": 4, "2026-11-23T22:34": 2, "2026-11-23T23:00": 4}
    assert witness.totals == minutes(tmp_path)


def test_ids_of_a_repeated_request_are_kept_and_in_no_total(tmp_path: Path) -> None:
    source, witness = IdSource(), Witness(tmp_path, "p", 10**6)
    first, repeated, last = (source.new() for _ in range(3))
    witness.note("2026-11-23T22:33:00Z", [first])
    witness.note("2026-11-23T22", [repeated])
    witness.note("2026-11-23T22:33:05Z", [last])
    assert list(read(tmp_path)) == [first, repeated, last]
    assert minutes(tmp_path) == witness.totals == {"2026-11-23T22:33": 2}
    assert list(of_minutes(tmp_path, {"2026-11-23T22:33"})) == [("2026-11-23T22:33", one) for one in (first, last)]


def test_a_process_goes_on_behind_what_its_predecessor_could_not_finish(tmp_path: Path) -> None:
    source, moment = IdSource(), "2026-11-23T22:33:00Z"
    Witness(tmp_path, "p", 10**6).note(moment, [source.new()])
    with (tmp_path / "2026-11-23T22.p.ids").open("ab") as file:
        file.write(b"torn")
    before = sizes(tmp_path, "p")
    later = source.new()
    Witness(tmp_path, "p", 10**6).note(moment, [later])
    assert totals(before).total() == 1
    assert minutes(tmp_path) == {"2026-11-23T22:33": 2}
    assert list(read(tmp_path))[-1] == later


def test_a_witness_has_one_name_per_folder_and_process(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    names = [name(here, "p-1"), name(here, "p-2"), name(here, "p-1"), name(there, "p-1")]
    assert (names[0], len(set(names))) == (names[2], 3)
    assert [file.name for file in here.iterdir()] == ["folder.id"]
