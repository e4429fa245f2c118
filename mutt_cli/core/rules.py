"""A rule, and what it takes for a pattern to be one.

A pattern means what RE2 makes of it: a search in the message, ignoring case, in linear time (D3). Constructs that RE2
lacks, and those it silently reads as something else than Python or an operator would, are refused with the reason;
a refused pattern disables only its own rule (C-66).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import re2

MAX_PATTERN_CHARS: Final = 4096
MATCH_TYPES: Final = frozenset({"regex", "contains"})
"""What an alerter decides with; `contains` is plain text to be found. A rule of another type never matches."""
_SILENT: Final = (
    (re.compile(r"(?<!\\)\{,\d+\}"), "`{,n}` is read as plain text: write `{0,n}`"),
    (re.compile(r"\[\[:\^?\w*:\]|\\[pP]"), "POSIX and Unicode classes differ between engines: name the characters"),
)
_OUTER: Final = re.compile(r"^(?:\.\*\??)+|(?<!\\)(?:\.\*\??)+$")


@dataclass(frozen=True)
class Rule:
    """One row of `alert_rules` that may match. Higher `priority` wins, ties by lower `id` (C-65)."""

    id: int
    version: int
    name: str
    pattern: str
    priority: int
    severity: str = ""
    team: str = ""
    dedupe_fold: bool = False
    """Fold digits and hex runs when repeats are recognised (D10)."""


def literal(text: str) -> str:
    """A pattern that finds exactly this text."""
    return str(re2.escape(text))


def options() -> re2.Options:
    """How every pattern is compiled: ignore case, say nothing on stderr."""
    chosen = re2.Options()
    chosen.case_sensitive = False
    chosen.log_errors = False
    return chosen


def problem_with(pattern: str) -> str:
    """Why this pattern cannot be a rule; empty if it can."""
    if not pattern:
        return "the pattern is empty"
    if len(pattern) > MAX_PATTERN_CHARS:
        return f"the pattern has {len(pattern)} characters; at most {MAX_PATTERN_CHARS} are allowed"
    for silent, why in _SILENT:
        if silent.search(pattern):
            return why
    try:
        re2.compile(pattern, options())
    except re2.error as error:
        detail = error.args[0] if error.args else "unknown"
        text = detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
        return f"RE2 does not take it: {text}"
    return ""


def essential(pattern: str) -> str:
    """The pattern without its outer `.*`, which a search does not need and pays for (performance.md section 1)."""
    if pattern.endswith("\\.*"):
        return pattern
    return _OUTER.sub("", pattern) or pattern
