"""What ten thousand rules cost an alerter beside a hundred: the same events, the same process, rules exchanged between.

    .venv-dev/bin/python -m bench.rules [EVENTS] [FEW] [MANY] [ROUNDS]

Each round drains the same events with FEW rules and with MANY, interleaved; every event is recorded in PostgreSQL, and
one in ten matches in both cases. Printed are events per second, median and spread, and the ratio round by round.
"""

from __future__ import annotations

import statistics
import sys

from bench.alerter import by_the_alerter, elements, machine, rules_in_effect, running_alerter, seed_rules, told


def main(count: int = 60_000, few: int = 100, many: int = 10_000, rounds: int = 5) -> None:
    """Run and print."""
    events = list(elements(count, few))
    rates: dict[int, list[float]] = {few: [], many: []}
    with running_alerter(few) as stack:
        by_the_alerter(stack, events[: count // 10])
        for _ in range(rounds):
            for rules in (few, many):
                seed_rules(stack, rules)
                rules_in_effect(stack)
                rates[rules].append(count / by_the_alerter(stack, events))
    ratios = [slow / fast for slow, fast in zip(rates[many], rates[few], strict=True)]
    print(f"{count:,} events, one in ten matches, {rounds} rounds, {machine()}")
    print("events/s             median   lowest to highest")
    for rules in (few, many):
        print(told(f"{rules:,} rules", rates[rules]))
    print(f"ratio             {statistics.median(ratios):9.2f}   {min(ratios):9.2f} to {max(ratios):9.2f}")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
