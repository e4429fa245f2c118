"""The witness: accepted ids in a bounded local file, whatever happens around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.adapters.clock import IdSource
from mutt_cli.adapters.witness import Witness, prune, read

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
