"""What a reload of ten thousand rules does to an alerter that is working: for how long its rate is below half.

    .venv-dev/bin/python -m bench.reload [RULES] [EVENTS] [RELOADS]

The alerter drains a full queue with RULES rules, every event recorded in PostgreSQL. RELOADS times a rule changes and
is announced, so that all of them are loaded and compiled again. The queue's length is read every 50 ms; a window is
slow if the rate over the last 200 ms is below half of the median of the run. Printed are the longest run of slow
windows around each reload, and the lowest rate.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import TYPE_CHECKING

import psycopg

from bench.alerter import KEYS, elements, fill, machine, rules_in_effect, running_alerter

if TYPE_CHECKING:
    from tests.stack import Stack

LOOK_S = 0.05
WINDOW = 4
"""Looks over which a rate is taken: 200 ms."""
BETWEEN_S = 2.0


def change_a_rule(stack: Stack) -> None:
    """What the API does after a change: a new revision, announced."""
    with psycopg.connect(stack.dsn, autocommit=True) as conn:
        conn.execute("UPDATE alert_rules SET description = 'changed' WHERE id = (SELECT min(id) FROM alert_rules)")
    stack.redis.publish(KEYS.rules_updates, "changed")


def watch(stack: Stack, reloads: int) -> tuple[list[tuple[float, int]], list[float]]:
    """(moment, events waiting) of each look, and the moments of the reloads."""
    client = stack.redis
    looks: list[tuple[float, int]] = []
    asked: list[float] = []
    began = time.perf_counter()
    while waiting := client.llen(KEYS.ingest_queue):
        now = time.perf_counter() - began
        looks.append((now, waiting))
        if len(asked) < reloads and now >= BETWEEN_S * (len(asked) + 1):
            change_a_rule(stack)
            asked.append(now)
        time.sleep(LOOK_S)
    return looks, asked


def rates(looks: list[tuple[float, int]]) -> list[tuple[float, float]]:
    """(moment, events per second over the window that ends there)."""
    pairs = zip(looks, looks[WINDOW:], strict=False)
    return [(later, (before - after) / (later - earlier)) for (earlier, before), (later, after) in pairs]


def slow_seconds(found: list[tuple[float, float]], half: float, since: float) -> float:
    """The longest stretch of windows below half within two seconds of a reload."""
    longest = began = 0.0
    for moment, rate in found:
        if not since <= moment < since + BETWEEN_S:
            continue
        if rate >= half:
            began = 0.0
        else:
            began = began or moment
            longest = max(longest, moment - began + LOOK_S)
    return longest


def main(rules: int = 10_000, count: int = 400_000, reloads: int = 3) -> None:
    """Run and print."""
    events = list(elements(count, 100))
    with running_alerter(rules) as stack:
        rules_in_effect(stack)
        alerter = stack.daemons["alerter"]
        alerter.pause()
        fill(stack, events)
        alerter.wake()
        looks, asked = watch(stack, reloads)
        loaded = stack.log("alerter").count("Reloading rule cache:")
    found = rates(looks)
    usual = statistics.median(rate for _, rate in found)
    print(f"{rules:,} rules, {count:,} events, {len(asked)} reloads ({loaded} loads in all), {machine()}")
    print(f"median rate {usual:,.0f} events/s, lowest over 200 ms {min(rate for _, rate in found):,.0f}")
    for moment in asked:
        print(f"reload at {moment:4.1f} s: below half of the median for {slow_seconds(found, usual / 2, moment):.2f} s")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
