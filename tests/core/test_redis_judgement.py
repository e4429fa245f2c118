"""A Redis that holds queues is judged by the thresholds of the guides, and each fault has its line to type."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mutt_cli.core.checks import Check, worst
from mutt_cli.core.redis_judgement import (
    GIB,
    MIB,
    Load,
    Memory,
    judge_clients,
    judge_latency,
    judge_load,
    judge_memory,
    judge_slowlog,
    size_word,
)
from mutt_cli.present.checks import check_lines, short_span

GOOD = Memory(
    used=1 * GIB, peak=2 * GIB, resident=1 * GIB, maxmemory=4 * GIB, host=16 * GIB, policy="noeviction",
    fragmentation=1.2, allocator="jemalloc-5.3.0", append_only=True, append_ok=True, append_fsync="everysec",
)  # fmt: skip


def named(memory: Memory, name: str) -> Check:
    return next(one for one in judge_memory(memory) if one.name == name)


def test_a_sound_redis_has_no_complaint() -> None:
    assert worst(judge_memory(GOOD)) == "ok"
    assert not [line for one in judge_memory(GOOD) for line in one.tries]


@pytest.mark.parametrize(("share", "state"), [(0.80, "ok"), (0.81, "warn"), (0.90, "warn"), (0.91, "crit")])
def test_memory_is_judged_by_its_share_of_maxmemory(share: float, state: str) -> None:
    assert named(replace(GOOD, used=int(4 * GIB * share)), "used").state == state


def test_more_memory_is_offered_without_a_restart_and_never_beyond_the_host() -> None:
    full = replace(GOOD, used=4 * GIB)
    assert "redis-cli CONFIG SET maxmemory 8gb" in named(full, "used").tries
    assert "redis-cli CONFIG REWRITE" in named(full, "used").tries
    assert "redis-cli CONFIG SET maxmemory 6gb" in named(replace(full, host=8 * GIB), "used").tries
    assert not [line for line in named(replace(full, host=4 * GIB), "used").tries if "CONFIG" in line]
    assert named(replace(GOOD, maxmemory=14 * GIB), "maxmemory").state == "warn"


def test_no_more_memory_is_offered_to_a_redis_that_throws_queues_away() -> None:
    full = replace(GOOD, used=4 * GIB, policy="allkeys-lru")
    assert named(full, "used").tries == ("first: redis-cli CONFIG SET maxmemory-policy noeviction",)
    assert named(full, "policy").state == "crit"


def test_a_redis_without_a_limit_is_told_which_one_fits() -> None:
    unlimited = named(replace(GOOD, maxmemory=0), "maxmemory")
    assert (unlimited.state, unlimited.tries[0]) == ("ok", "redis-cli CONFIG SET maxmemory 12gb")


def test_without_an_append_only_file_nothing_is_said_to_be_safe_to_restart() -> None:
    bare = replace(GOOD, append_only=False, used=4 * GIB)
    assert named(bare, "append_only").state == "crit"
    assert "do not restart Redis: nothing is on disk" in named(bare, "used").tries
    assert named(replace(GOOD, append_ok=False), "append_only").state == "crit"
    assert named(replace(GOOD, append_fsync="no"), "append_only").state == "warn"
    assert "not visible" in named(replace(GOOD, append_fsync=None), "append_only").note


@pytest.mark.parametrize(("ratio", "state"), [(0.9, "warn"), (1.5, "ok"), (1.6, "warn"), (2.0, "warn"), (2.1, "crit")])
def test_fragmentation_has_the_limits_of_the_guide(ratio: float, state: str) -> None:
    assert named(replace(GOOD, fragmentation=ratio), "fragmentation").state == state


def test_fragmentation_of_a_nearly_empty_redis_says_nothing() -> None:
    assert named(replace(GOOD, used=10 * MIB, fragmentation=9.0), "fragmentation").state == "ok"


def test_defragmenting_is_offered_only_where_the_build_may_do_it() -> None:
    torn = replace(GOOD, fragmentation=3.0)
    assert "redis-cli MEMORY PURGE" in named(torn, "fragmentation").tries
    assert not [line for line in named(replace(torn, allocator="libc"), "fragmentation").tries if "redis-cli" in line]
    assert not [line for one in judge_memory(torn) for line in one.tries if "restart" in line]


def test_a_replica_and_a_busy_core_are_named() -> None:
    fine = Load("master", link_up=True, loading=False, core_share=0.2, evicted=0, rejected_connections=0)
    assert worst(judge_load(fine)) == "ok"
    states = {one.name: one.state for one in judge_load(replace(fine, role="slave", core_share=0.97, evicted=3))}
    assert states == {"role": "crit", "cpu": "crit", "evicted_keys": "crit"}
    assert "cpu" not in {one.name for one in judge_load(replace(fine, core_share=None))}
    assert worst(judge_load(replace(fine, loading=True))) == "crit"


@pytest.mark.parametrize(("seconds", "state"), [(0.010, "ok"), (0.011, "warn"), (0.100, "warn"), (0.101, "crit")])
def test_a_round_trip_above_ten_milliseconds_is_high(seconds: float, state: str) -> None:
    assert judge_latency([seconds, 5.0, 0.0001]).state == state


def test_connections_are_judged_against_the_limit_and_what_is_hidden_is_said() -> None:
    assert worst(judge_clients(80, 100, 0, 0)) == "ok"
    assert [one.state for one in judge_clients(96, 100, 1, 2)] == ["crit", "warn", "warn"]
    hidden = judge_clients(5, None, 0, 0)[0]
    assert (hidden.state, hidden.tries) == ("unkn", ("redis-cli ACL SETUSER USER +config|get",))


def test_a_slow_log_that_keeps_too_little_is_told_what_to_set() -> None:
    for odd in (-1, 10_001):
        threshold = judge_slowlog(odd, (), ())[0]
        assert threshold.state == "warn"
        assert threshold.tries[0] == "redis-cli CONFIG SET slowlog-log-slower-than 10000"
    assert worst(judge_slowlog(10_000, (9_999,), ())) == "ok"
    assert [one.state for one in judge_slowlog(None, (10_000,), ("grafana",))] == ["unkn", "warn", "warn"]


def test_sizes_are_written_as_redis_reads_them() -> None:
    assert (size_word(8 * GIB), size_word(512 * MIB), size_word(GIB + MIB)) == ("8gb", "512mb", "1025mb")


def test_advice_is_printed_once_below_the_lines() -> None:
    lines = check_lines(
        [Check("a", "warn", 3, "count", "2", tries=("x",)), Check("b", "ok", None, note="n", tries=("x",))]
    )
    assert lines == ["warn  a  3  (limit: 2)", "ok    b  n", "try:  x"]


@pytest.mark.parametrize(("seconds", "text"), [(0.00021, "0.21 ms"), (0.0144, "14 ms"), (2.5, "2.5s")])
def test_a_short_time_is_readable(seconds: float, text: str) -> None:
    assert short_span(seconds) == text
