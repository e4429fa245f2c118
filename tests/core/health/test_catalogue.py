"""The table of checks: an interface for monitors."""

from __future__ import annotations

import re

from mutt_cli.core.health.catalogue import BY_ID, CATALOGUE, chosen, unknown, with_thresholds
from mutt_cli.core.health.judges import JUDGES
from mutt_cli.core.health.ranges import Range
from mutt_cli.core.pipeline import QUEUES, undrained

PROMISED = {
    "config": ("", ""), "redis.ping": ("0.01", "0.1"), "redis.memory": ("80", "90"), "db.ping": ("0.1", "1"),
    "db.connections": ("80", "95"), "db.partition": ("2:", "1:"), "vault.token": ("259200:", "86400:"),
    "svc.ingestor": ("", ""), "svc.alerter": ("", ""), "svc.forwarder": ("", ""), "svc.remediation": ("", ""),
    "svc.webui": ("", ""), "svc.version": ("1", ""), "queue.ingest.depth": ("10000", "500000"),
    "queue.ingest.age": ("60", "300"), "queue.alert.depth": ("5000", "50000"), "queue.alert.age": ("60", "300"),
    "dlq.alerter.depth": ("100", "1000"), "dlq.moog.depth": ("100", "1000"), "dlq.dead.depth": ("0", "99"),
    "dlq.quarantine.depth": ("100", ""), "queue.orphans": ("0", "99"), "ledger": ("", "0"), "journal": ("50", "100"),
    "drill": ("", ""),
    "breaker.moog": ("0", "120"), "cache.rules": ("", ""), "config.sync": ("0", ""), "slo.ingest": ("6", "14.4"),
    "slo.forward": ("6", "14.4"), "clock.skew": ("2", "30"), "disk.spool": ("80", "95"),
    "backup.age": ("129600", "259200"),
}  # fmt: skip
"""Ids and default thresholds of ux.md 7.3; db.partition in days, since our partitions are days."""


def test_every_promised_check_is_there_with_its_thresholds() -> None:
    found = {one.id: (str(one.warn or ""), str(one.crit or "")) for one in CATALOGUE}
    assert {name: found.get(name) for name in PROMISED} == PROMISED


def test_ids_are_unique_and_each_has_a_judge() -> None:
    assert len(BY_ID) == len(CATALOGUE)
    assert set(JUDGES) == set(BY_ID)


def test_labels_fit_perfdata_and_are_unique_in_their_first_nineteen_characters() -> None:
    labels = [one.label for one in CATALOGUE if one.label]
    assert all(re.fullmatch(r"[a-z0-9_]+", label) for label in labels)
    assert len({label[:19] for label in labels}) == len(labels)
    assert {one.unit for one in CATALOGUE} <= {"", "s", "%"}


def test_every_dead_letter_queue_that_fills_by_itself_has_a_check() -> None:
    assert undrained() == ()
    names = {one.name for one in QUEUES if one.dead_letters} - {"dlq-old-events"}  # filled by hand alone
    assert names == {"dlq-alerter", "dlq-moog", "dead", "quarantine"}
    assert {"dlq.alerter.depth", "dlq.moog.depth", "dlq.dead.depth", "dlq.quarantine.depth"} <= set(BY_ID)


def test_checks_are_chosen_by_id_star_and_group() -> None:
    assert [one.id for one in chosen(["redis.*"], [])] == ["redis.ping", "redis.memory", "redis.safety"]
    assert [one.id for one in chosen(["redis.*"], ["*.memory", "*.safety"])] == ["redis.ping"]
    assert {one.group for one in chosen([], [], "local")} == {"local"}
    assert len(chosen([], [])) == len(CATALOGUE)
    assert chosen(["redis.ping"], [], "local") == ()


def test_a_misspelled_id_is_named() -> None:
    assert unknown(["redis.ping", "queue.nosuch", "redsi.*", "queue.*"]) == ("queue.nosuch", "redsi.*")


def test_given_thresholds_replace_both_ranges_of_that_check_alone() -> None:
    found = {one.id: one for one in with_thresholds(CATALOGUE, {"ledger": (Range(0, 1), None)})}
    assert (found["ledger"].warn, found["ledger"].crit) == (Range(0, 1), None)
    assert found["journal"] == BY_ID["journal"]
