"""What is worth knowing before rules change: a rule that cannot win, one that takes everything, none left at all.

Validation says what cannot be stored (rule_fields.py); this says what can, and is probably not meant.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import re2

from mutt_cli.core.rules import literal, options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mutt_cli.core.rule_change import Image, RuleChange

_UNLIKE: Final = ("a", "7", "~", "Z z")
"""Messages that have nothing in common: a pattern that finds all of them finds every message."""
_NAMED: Final = 5
_LOOKED_AT: Final = 50
"""Rules that are looked at one by one; an import of thousands is told of what concerns them all."""


def result(live: Iterable[Image], changes: Sequence[RuleChange]) -> list[Image]:
    """The rules as they will be, in matching order; a new rule has no id yet and comes last among its equals."""
    by_id = {one.before["id"]: one.after for one in changes if one.before}
    kept = [by_id.get(image["id"], image) for image in live]
    new = [one.after for one in changes if one.after and not one.before]
    return sorted(
        [*(image for image in kept if image is not None), *new],
        key=lambda one: (-one["priority"], one.get("id") or 1 << 62),
    )


def advice(live: Sequence[Image], changes: Sequence[RuleChange]) -> tuple[str, ...]:
    """Warnings about what these changes make of the rules."""
    rules = [one for one in result(live, changes) if one["enabled"]]
    told = []
    if changes and not rules and any(one["enabled"] for one in live):
        told.append("no enabled rule is left: alerters keep the rules that they have now")
    touched = [one.after for one in changes if one.after and one.after["enabled"] and _matters(one)]
    everything = [one for one in rules if matches_everything(one)] if touched else []
    for image in touched[:_LOOKED_AT]:
        told += _about(image, rules, everything)
    return tuple(told)


def about(images: Iterable[Image], rule_id: int) -> tuple[str, ...]:
    """The same about one rule that is there already."""
    rules = [one for one in images if one["enabled"]]
    image = next((one for one in rules if one["id"] == rule_id), None)
    everything = [one for one in rules if matches_everything(one)]
    return tuple(_about(image, rules, everything)) if image else ()


def place(live: Iterable[Image], changes: Sequence[RuleChange], image: Image) -> tuple[int, int] | None:
    """As which number a changed rule will be tried, and of how many enabled ones; None if it is switched off."""
    rules = [one for one in result(live, changes) if one["enabled"]]
    return next(((number, len(rules)) for number, one in enumerate(rules, 1) if one is image), None)


def matches_everything(image: Image) -> bool:
    """Whether a rule takes every message that reaches it (`catch-all`)."""
    return image["match_type"] == "regex" and _finds_all(image["pattern"])


@lru_cache(maxsize=1 << 15)
def _finds_all(pattern: str) -> bool:
    """The answer is the pattern's alone, and each change of a rule asks it of all of them."""
    try:
        compiled = re2.compile(pattern, options())
    except re2.error:
        return False
    return all(compiled.search(text) is not None for text in _UNLIKE)


def _matters(change: RuleChange) -> bool:
    return any(name in {"rule_name", "pattern", "match_type", "priority", "enabled"} for name, _, _ in change.fields)


def _about(image: Image, rules: Sequence[Image], everything: Sequence[Image]) -> Iterator[str]:
    place = next((number for number, one in enumerate(rules) if one is image), len(rules))
    above, below, name = rules[:place], rules[place + 1 :], image["rule_name"]
    first = next((one for one in everything if one is image or any(one is other for other in above)), None)
    if twins := [one for one in (*above, *below) if one["rule_name"] == name]:
        yield f"{name!r} is also the name of rule {_ids(twins)}"
    if same := [one for one in above if _same_pattern(one, image)]:
        yield f"{name!r} never matches: rule {_ids(same[:1])} has the same pattern and is tried first"
    if same := [one for one in below if _same_pattern(one, image)]:
        yield f"rule {_ids(same)} will never match: {name!r} has the same pattern and is tried first"
    if first is image and below:
        yield f"{name!r} matches every message: the {len(below):,} enabled rules below it will never match"
    if first is not None and first is not image:
        yield f"{name!r} never matches: rule {_ids([first])} matches every message and is tried first"


def _same_pattern(one: Image, other: Image) -> bool:
    return bool(_meaning(one) == _meaning(other))


def _meaning(image: Image) -> str:
    pattern: str = image["pattern"]
    return literal(pattern).lower() if image["match_type"] == "contains" else pattern


def _ids(images: Sequence[Image]) -> str:
    told = [f"{one['id']} ({one['rule_name']})" if one.get("id") else repr(one["rule_name"]) for one in images[:_NAMED]]
    more = len(images) - len(told)
    return ", ".join(told) + (f" and {more} more" if more > 0 else "")
