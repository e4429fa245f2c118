"""What a trial of rules has found, in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.moment import rfc3339
from mutt_cli.core.rule_trial import EFFECTS
from mutt_cli.present.trace_context import decision_fields

if TYPE_CHECKING:
    from mutt_cli.core.rule_trial import Backtest
    from mutt_cli.ops.rule_trial import Trial

_TEXT: Final = 200
"""Characters of a sample's message that are shown."""


def trial_fields(found: Trial) -> dict[str, Any]:
    """The decision, and what the draft changes; each None if it was not asked for."""
    return {
        "decision": None if found.decision is None else decision_fields(found.decision),
        "backtest": None if found.backtest is None else _backtest(found.backtest),
        "warnings": list(found.warnings),
    }


def _backtest(found: Backtest) -> dict[str, Any]:
    order = {effect: number for number, effect in enumerate(EFFECTS)}
    return {
        "looked_at": found.looked_at,
        "first_at": rfc3339(found.first_ms) if found.looked_at else None,
        "last_at": rfc3339(found.last_ms) if found.looked_at else None,
        "effects": [
            {"effect": effect, "words": words, "events": found.counts.get(effect, 0)}
            for effect, words in EFFECTS.items()
        ],
        "samples": [
            {
                "effect": effect, "event_id": one.event_id, "at": rfc3339(one.at_ms), "host": one.hostname,
                "text": one.message[:_TEXT],
            }
            for effect, one in sorted(found.samples, key=lambda pair: order[pair[0]])
        ],
    }  # fmt: skip
