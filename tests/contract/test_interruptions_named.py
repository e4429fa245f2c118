"""Every command that changes something is interrupted in a test, or it is said why there is no middle to do it in."""

from __future__ import annotations

from typing import Final

import pytest

from mutt_cli.commands.tree import leaves
from tests.stack import SOURCE_TREE

CASES: Final = "tests/faults/test_interruptions.py::test_what_is_killed_is_whole_or_not_there_and_goes_back"
HISTORY: Final = "tests/acceptance/test_db_history.py"
INTERRUPTED: Final = {
    **dict.fromkeys(
        (
            "config set",
            "ingest stop",
            "rule import",
            "vault set",
            "vault rotate stage",
            "vault rotate promote",
            "vault rotate finish",
            "vault rotate abort",
        ),
        CASES,
    ),
    "maintenance drain": "tests/faults/test_interrupted_work.py"
    "::test_a_drain_that_is_killed_holds_what_it_held_and_is_gone_on_with_or_taken_back",
    "redis clean": "tests/faults/test_interrupted_work.py"
    "::test_a_clean_that_is_interrupted_between_two_calls_puts_each_count_back",
    "db connections kill": "tests/faults/test_interrupted_work.py"
    "::test_ending_sessions_that_is_interrupted_ends_no_session_half_and_counts_those_it_knows_of",
    "db migrate": "tests/faults/test_interrupted_work.py"
    "::test_a_migration_that_is_interrupted_leaves_nothing_behind_and_is_in_the_file_of_the_host",
    "rule disable": "tests/acceptance/test_rule_commands.py"
    "::test_a_command_that_is_killed_in_the_middle_changes_nothing_and_its_operation_says_so",
    "queue move": "tests/faults/test_bulk_kills.py::test_an_interrupted_move_loses_nothing_and_is_gone_on_with",
    "queue purge": "tests/faults/test_bulk_kills.py::test_a_killed_purge_loses_nothing_that_is_not_in_its_backup",
    "queue import": "tests/faults/test_bulk_kills.py::test_an_import_killed_again_and_again_puts_each_message_in_once",
    "dlq replay": "tests/faults/test_interrupted_work.py"
    "::test_a_replay_that_is_killed_is_gone_on_with_and_sends_each_letter_once",
    "reconcile --repair": "tests/faults/test_repair_kills.py"
    "::test_a_repair_that_is_stopped_sends_each_event_once_when_it_is_called_again",
    "reconcile --accept": "tests/faults/test_repair_kills.py"
    "::test_an_acceptance_that_is_killed_is_whole_or_not_there_and_is_taken_back_if_it_is",
    "op resume": "tests/faults/test_two_people.py"
    "::test_of_two_who_resume_one_operation_one_is_told_and_nothing_is_done_twice",
    "undo": "tests/faults/test_two_people.py"
    "::test_taking_back_a_purge_that_is_interrupted_and_repeated_puts_each_message_back_once",
    "drill": "tests/faults/test_drill.py"
    "::test_a_drill_that_is_killed_leaves_a_canary_that_ends_by_itself_and_reaches_nobody",
    "chaos": "tests/acceptance/test_chaos.py::test_what_a_killed_command_broke_is_healed_by_undo",
    "ingest send": "tests/integration/test_send.py::test_ctrl_c_keeps_what_was_accepted_and_says_where_it_stopped",
    "backup create": "tests/acceptance/commands/test_backup.py"
    "::test_a_backup_that_is_stopped_has_no_name_and_the_next_one_is_whole",
    "restore": "tests/faults/test_interrupted_restore.py"
    "::test_a_restore_that_is_interrupted_is_gone_on_with_or_taken_back",
    "db index create": "tests/acceptance/test_db_indexes.py::test_building_that_was_killed_goes_on_with_the_rest",
    "db partition create": f"{HISTORY}::test_making_days_that_was_killed_goes_on_with_the_rest",
    "db partition archive": f"{HISTORY}::test_archiving_that_was_killed_leaves_no_half_archive_and_goes_on",
    "db partition drop": f"{HISTORY}::test_a_drop_that_was_killed_goes_on_and_each_half_can_be_taken_back",
    "db retention run": f"{HISTORY}::test_retention_that_was_killed_goes_on_in_batches",
}
"""By which test."""
_AS = "the same code as {}, with other words"
_SCRIPT = "its change is one call of Redis: before it or after it, and what undo needs is recorded before"
_TRANSACTION = "one transaction, carried out by the code of rule import"
_FILE = "each file is written whole or not at all, and calling it again writes what is missing"
WHOLE: Final = {
    **dict.fromkeys(("dlq import", "dlq purge"), _AS.format("its queue command")),
    **dict.fromkeys(("config unset", "config rollback", "config import", "ratelimit set"), _AS.format("config set")),
    "ingest start": _AS.format("ingest stop"),
    "doctor --fix": "it runs other commands, each with a record of its own: each is interrupted as itself",
    **dict.fromkeys(
        ("dlq pause", "dlq resume", "breaker trip", "breaker reset", "maintenance start", "maintenance end"), _SCRIPT
    ),
    "config init": "each key is written by one call, only if it is not there; calling it again writes the others",
    "maintenance resume": "it lifts one hold after the other, each by one call, and goes on when it is called again",
    **dict.fromkeys(("config publish", "cache reload"), "it announces what is stored, and changes nothing"),
    "remediation run": "it leaves a wish; remediation itself is killed in tests/faults/test_remediation_kills.py",
    "moog test": "one post of a test alert",
    "queue orphan recover": "one script call for each worker, as the janitor's; what is left is an orphan still",
    **dict.fromkeys(
        (
            "rule add",
            "rule set",
            "rule edit",
            "rule enable",
            "rule delete",
            "host add",
            "host set",
            "host delete",
            "host import",
            "team rename",
        ),
        _TRANSACTION,
    ),
    **dict.fromkeys(("apikey add", "apikey revoke"), "one row, written or removed by one transaction"),
    "db index analyze": "one statement for each table, and no row changes",
    "vault renew": "one request: the token lives longer, or does not",
    **dict.fromkeys(("context add", "context use"), _FILE),
}
"""Why it has no middle of its own."""
CHANGING: Final = {leaf.spec.path for leaf in leaves() if not leaf.alias and leaf.spec.impact in {"W", "B", "D"}} | {
    f"{leaf.spec.path} --{flag}" for leaf in leaves() for flag in leaf.spec.writing
}


def test_every_command_that_changes_something_is_interrupted_or_has_no_middle() -> None:
    generated = {path for path in CHANGING if path.startswith("generate ")}  # _FILE
    assert sorted(CHANGING - generated - set(INTERRUPTED) - set(WHOLE)) == []


def test_nothing_is_named_twice_or_in_vain() -> None:
    assert sorted(set(INTERRUPTED) & set(WHOLE)) == []
    assert sorted((set(INTERRUPTED) | set(WHOLE)) - CHANGING) == []


@pytest.mark.parametrize("place", sorted(set(INTERRUPTED.values())))
def test_the_tests_that_are_named_are_there(place: str) -> None:
    file, _, name = place.partition("::")
    assert f"def {name}(" in (SOURCE_TREE / file).read_text(encoding="utf-8")
