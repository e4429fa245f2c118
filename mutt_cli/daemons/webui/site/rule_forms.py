"""A rule as a form: what was typed in, in the values of the API, and the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SEVERITIES: Final = ("", "critical", "major", "minor", "warning", "indeterminate", "clear")
"""What the form offers; empty leaves it to the event."""
_FLAGS: Final = ("enabled", "dedupe_fold")
_COMPARED: Final = ("rule_name", "pattern", "match_type", "severity", "priority", "team", "description", *_FLAGS)
_PERHAPS: Final = ("severity", "team", "description")
"""Empty means none."""
NEW: Final[Mapping[str, str]] = {
    "rule_name": "", "pattern": "", "match_type": "regex", "severity": "", "priority": "100", "team": "",
    "description": "", "enabled": "on", "reason": "",
}  # fmt: skip
"""What the form of a new rule begins with."""


def asked(form: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a rule that a form names, without its reason. A priority that is no number stays what it is."""
    fields: dict[str, Any] = {name: form.get(name, "") for name in ("rule_name", "pattern", "match_type")}
    fields |= {name: form.get(name, "").strip() or None for name in _PERHAPS}
    fields |= {name: name in form for name in _FLAGS}
    number = form.get("priority", "").strip()
    return {**fields, "priority": int(number) if _is_whole(number) else number}


def typed(image: Mapping[str, Any]) -> dict[str, str]:
    """A rule as its form shows it."""
    shown = {name: str(image[name]) for name in ("rule_name", "pattern", "match_type", "priority")}
    shown |= {name: str(image[name] or "") for name in _PERHAPS}
    return shown | {name: "on" for name in _FLAGS if image[name]} | {"reason": ""}


def merged(form: Mapping[str, str], base: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    """The rule as it is now with what somebody typed into a form that was made of `base`, where they changed it."""
    before, made = typed(base), typed(now) | {"reason": form.get("reason", "")}
    for name in _COMPARED:
        if form.get(name, "") == before.get(name, ""):
            continue
        made.pop(name, None)
        made |= {name: form[name]} if name in form else {}
    return made


def differences(form: Mapping[str, str], image: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What a form says otherwise than the rule: field, in the form, in the rule."""
    now = typed(image)
    return [
        (name, form.get(name, ""), now.get(name, "")) for name in _COMPARED if form.get(name, "") != now.get(name, "")
    ]


def _is_whole(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").isdigit() and len(text) < 12
