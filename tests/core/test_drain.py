"""Draining and resuming as plans, and as a person reads them before anything is done."""

from __future__ import annotations

from datetime import UTC, datetime

from mutt_cli.core.drain import drain_steps, resume_steps
from mutt_cli.present.maintenance import course_document
from mutt_cli.present.orphans import orphan_listing


def test_a_plan_is_shown_as_its_steps_with_the_lines_to_type() -> None:
    shown = course_document("mutt.maintenance.drain", drain_steps("all", stop=True), (), operation=None)
    assert list(shown.text)[:4] == [
        "hold remediation", "hold ingestor", "wait until ingest is empty",
        "stop alerter:  systemctl stop mutt-alerter",
    ]  # fmt: skip
    assert "wait until alert and retry are empty" in shown.text


def test_where_there_is_nothing_to_resume_that_is_said_and_no_step_is_shown() -> None:
    steps = resume_steps(frozenset(), frozenset())
    assert list(course_document("mutt.maintenance.resume", steps, (), operation=None, last="nothing").text) == [
        "nothing"
    ]


def test_who_finds_no_orphan_is_told_how_long_a_silent_worker_counts_as_alive() -> None:
    (told,) = orphan_listing((), datetime(2026, 11, 28, tzinfo=UTC), 30).footer
    assert told == "no list without a worker; one that fell silent counts as gone after 30 s"
