"""Sample events are the same in every run, and each tick holds one fault that a sample rule knows."""

from __future__ import annotations

from mutt_cli.core.demo import events
from mutt_cli.core.matcher import compile_rules
from mutt_cli.core.rules import Rule
from mutt_cli.ops.platform.sample_rules import _RULES


def test_every_tick_has_one_event_that_becomes_an_alert() -> None:
    rules = compile_rules(1, [Rule(n, 1, name, pattern, prio) for n, (name, pattern, _, prio) in enumerate(_RULES)])
    for tick in range(60):
        matched = [rules.match(event["message"]) for event in events(tick)]
        assert matched[0] is not None, events(tick)[0]
        assert not any(matched[1:]), events(tick)


def test_same_number_gives_the_same_events() -> None:
    assert events(17) == events(17)
