"""Who may write down the next slice of an operation, and close its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from psycopg.types.json import Jsonb

from mutt_cli.adapters import operation_holder, operation_slices, operations
from mutt_cli.adapters.clock import utc_now
from mutt_cli.adapters.operation_slices import Slice
from mutt_cli.adapters.operations import Begun, Ended

if TYPE_CHECKING:
    from mutt_cli.adapters.postgres import Connection

Held = Literal["never", "by us", "by another", "let go"]
MAY = {"never": True, "by us": True, "by another": False, "let go": False}


def begun(conn: Connection, name: str, held: Held, undoes: str = "") -> Begun:
    """An operation, and who has it or had it."""
    made = Begun(name, utc_now(), "mk@host", "host", "local", "queue move", "W", ["queue"], "", {"undoes": undoes})
    operations.begin(conn, made)
    holder = {"by us": operation_holder.token(), "by another": "another's"}.get(held)
    words = (Jsonb({"token": holder}) if holder else None, held != "never", name)
    conn.execute("UPDATE operations SET holder = %s, held_at = CASE WHEN %s THEN now() END WHERE id = %s", words)
    return made


@pytest.mark.parametrize("held", MAY)
def test_an_operation_is_gone_on_with_and_closed_by_its_holder_and_where_nobody_ever_held_it(
    migrated: Connection, held: Held
) -> None:
    own = begun(migrated, "op-OWN", held)
    assert operation_slices.put(migrated, own.id, Slice(1, "", (), ())) == MAY[held]
    assert operations.mark_undone(migrated, own.id, "op-UNDO") == MAY[held]
    assert operations.end(migrated, own, Ended("done", {}, {})) == MAY[held]
    assert operation_holder.lost(migrated, own.id) == (not MAY[held])


@pytest.mark.parametrize("held", MAY)
def test_what_takes_an_operation_back_goes_on_while_it_has_that_one_or_nobody_ever_did(
    migrated: Connection, held: Held
) -> None:
    begun(migrated, "op-UNDONE", held)
    own = begun(migrated, "op-OWN", "by us", undoes="op-UNDONE")
    assert operation_slices.put(migrated, own.id, Slice(1, "", (), ())) == MAY[held]


def test_an_operation_that_only_a_file_knows_holds_nobody_up(migrated: Connection) -> None:
    assert operation_slices.put(migrated, "op-FILE", Slice(1, "", (), ()))
    assert not operation_holder.lost(migrated, "op-FILE")
