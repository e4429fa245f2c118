"""Which indexes the schema needs is read from its migrations, and what the data base has is compared with that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mutt_cli.core.indexes import Index, Wanted, judge, same, wanted

SQL = """
CREATE TABLE alert_rules (id bigint);
CREATE INDEX idx_enabled ON alert_rules (enabled) WHERE enabled = true;
-- CREATE INDEX idx_commented ON alert_rules (x);
CREATE UNIQUE INDEX IF NOT EXISTS idx_names
    ON hosts ("name" DESC, lower(alias));
"""
ENABLED = Wanted("idx_enabled", "alert_rules", "(enabled) WHERE enabled = true")
BUILT = Index(
    "idx_enabled", "alert_rules", partitioned=False, valid=True, unique=False, size=8192, scans=0,
    definition="CREATE INDEX idx_enabled ON public.alert_rules USING btree (enabled) WHERE (enabled = true)",
)  # fmt: skip


def test_the_indexes_of_a_migration_are_found() -> None:
    names = Wanted("idx_names", "hosts", '("name" DESC, lower(alias))', unique=True)
    assert wanted([SQL]) == (ENABLED, names)


def test_an_index_is_the_same_however_postgresql_writes_it() -> None:
    assert same(ENABLED, BUILT)
    part = Wanted("i", "event_history", "(correlation_id text_pattern_ops)")
    told = "CREATE INDEX i ON ONLY public.event_history USING btree (correlation_id text_pattern_ops)"
    assert same(part, replace(BUILT, definition=told))
    ranges = Wanted("i", "event_history", "USING brin (recorded_at) WITH (pages_per_range = 32)")
    told = "CREATE INDEX i ON ONLY public.event_history USING brin (recorded_at) WITH (pages_per_range='32')"
    assert same(ranges, replace(BUILT, definition=told))


@pytest.mark.parametrize(
    "definition",
    [
        "CREATE INDEX idx_enabled ON public.alert_rules USING btree (enabled)",
        "CREATE INDEX idx_enabled ON public.alert_rules USING btree (enabled) WHERE (enabled = false)",
        "CREATE INDEX idx_enabled ON public.alert_rules USING hash (enabled) WHERE (enabled = true)",
        "CREATE UNIQUE INDEX idx_enabled ON public.alert_rules USING btree (enabled) WHERE (enabled = true)",
        "CREATE INDEX idx_enabled ON public.audit_logs USING btree (enabled) WHERE (enabled = true)",
    ],
)
def test_another_index_of_that_name_differs(definition: str) -> None:
    assert not same(ENABLED, replace(BUILT, definition=definition))


def test_what_is_missing_or_broken_comes_first_and_what_nobody_uses_is_named() -> None:
    other = replace(BUILT, name="idx_by_hand")
    key = replace(BUILT, name="alert_rules_pkey", unique=True)
    found = {one.name: one for one in (other, key, replace(BUILT, name="idx_broken", valid=False))}
    rows = judge([ENABLED, replace(ENABLED, name="idx_broken")], found)
    assert [(one.name, one.state) for one in rows] == [
        ("idx_enabled", "missing"), ("idx_broken", "invalid"), ("idx_by_hand", "unused"), ("alert_rules_pkey", "ok"),
    ]  # fmt: skip
    assert "did not end" in rows[1].note


def test_an_index_under_construction_says_by_whom() -> None:
    (row,) = judge([ENABLED], {"idx_enabled": replace(BUILT, valid=False, built_by=4711)})
    assert (row.state, row.note) == ("invalid", "is being built by pid 4711")
