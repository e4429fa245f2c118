"""What people may write into a rule, and what is wrong with it, field by field.

A rule is judged when it is saved, with the functions that the alerter compiles rules with: what passes here is loaded
there. Names are those of the guides (SO:795-801, SO:1574-1580).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from mutt_cli.core.alert import SEVERITY_WORDS
from mutt_cli.core.rules import MAX_PATTERN_CHARS, problem_with

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_INT32: Final = 1 << 31
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
MAX_WORDS: Final = 4000
Words = Annotated[str, msgspec.Meta(max_length=MAX_WORDS)]
Priority = Annotated[int, msgspec.Meta(ge=-_INT32, lt=_INT32)]
Team = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
TeamId = Annotated[int, msgspec.Meta(ge=1, le=(1 << 63) - 1)]

_NEEDED: Final = "it is needed and must not be blank"
_PRINTED: Final = {"rule_name": "", "description": "\n\t", "reason": "\n\t"}
"""Fields that people read, and what they may hold beside printable characters."""
_WRITTEN: Final = {"team_assignment": "team"}
"""Columns that people write under another name."""
_AT: Final = re.compile(r"^(?P<what>.*) - at `\$\.(?P<field>\w+)[^`]*`$", re.DOTALL)
_UNKNOWN: Final = re.compile(r"^Object contains unknown field `(?P<field>.*)`$", re.DOTALL)


class RuleFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The named fields of a rule; one that is not named keeps its value, or gets the table's default."""

    rule_name: Name | UnsetType = UNSET
    pattern: str | UnsetType = UNSET
    severity: str | UnsetType | None = UNSET
    priority: Priority | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    description: Words | UnsetType | None = UNSET
    device_team_id: TeamId | UnsetType | None = UNSET
    team: Team | UnsetType | None = UNSET
    """The team that its alerts get; it takes the place of a team id."""
    dedupe_fold: bool | UnsetType = UNSET
    match_type: Literal["regex", "contains"] | UnsetType = UNSET
    reason: Words = ""
    """Why it is changed: for the audit log, not part of the rule."""

    def columns(self) -> dict[str, Any]:
        """The columns that were named, without the reason."""
        named = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not UNSET}
        del named["reason"]
        if "team" in named:
            named = {"device_team_id": None, **named, "team_assignment": named["team"]}
            del named["team"]
        return named


@dataclass(frozen=True)
class Trouble:
    """Why a body is no rule: a sentence, and for each field that is to blame what is wrong with it."""

    message: str
    fields: Mapping[str, str] = field(default_factory=dict)


def read(body: bytes) -> RuleFields | Trouble:
    """The fields of a JSON object, with their types and ranges; what they mean is `trouble_with`'s to judge."""
    try:
        return msgspec.json.decode(body, type=RuleFields)
    except msgspec.ValidationError as error:
        return named(str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Trouble(f"the body is not valid JSON: {error}")


def convert(fields: Mapping[str, Any]) -> RuleFields | Trouble:
    """The same of named values that were read elsewhere: a file, the command line."""
    try:
        return msgspec.convert(fields, type=RuleFields)
    except msgspec.ValidationError as error:
        return named(str(error))


def trouble_with(rule: Mapping[str, Any], named: Collection[str]) -> Trouble | None:
    """What is wrong with a rule as it would be stored, every field at once; None if nothing is.

    Only fields that were named are judged, so that a rule which hand-made SQL has spoilt can still be switched off;
    its pattern also when it is switched on.
    """
    asked = dict.fromkeys((*named, "pattern"))
    found = {_WRITTEN.get(name, name): why for name in asked if (why := _trouble(name, rule, named))}
    if not found:
        return None
    return Trouble("; ".join(f"{name}: {why}" for name, why in found.items()), found)


def _trouble(name: str, rule: Mapping[str, Any], named: Collection[str]) -> str:
    value = rule.get(name)
    if name == "pattern":
        judged = {"pattern", "match_type"} & set(named) or ("enabled" in named and rule.get("enabled"))
        return pattern_trouble(rule) if judged else ""
    if name == "rule_name" and not (value or "").strip():
        return _NEEDED
    if name in _PRINTED and not all(char.isprintable() or char in _PRINTED[name] for char in value or ""):
        return "it has characters that cannot be printed"
    if name == "reason" and value and len(value) > MAX_WORDS:
        return f"it has {len(value)} characters; at most {MAX_WORDS} are allowed"
    if name == "severity" and value is not None and value.lower() not in SEVERITY_WORDS | set("012345"):
        return "it is none of clear, indeterminate, warning, minor, major, critical, and no other word for one"
    return _team_trouble(rule) if name == "team_assignment" else ""


def _team_trouble(rule: Mapping[str, Any]) -> str:
    team = rule.get("team_assignment")
    if team is None:
        return ""
    if rule.get("device_team_id") is not None:
        return "name a team or a device_team_id, not both"
    return "" if team.isprintable() and team.strip() else "it is blank or has characters that cannot be printed"


def pattern_trouble(rule: Mapping[str, Any]) -> str:
    """Why no alerter can decide with the pattern of a rule; empty if one can."""
    pattern = str(rule.get("pattern") or "")
    if not pattern.strip():
        return _NEEDED
    if "\x00" in pattern:
        return "it has a NUL character"
    if len(pattern) > MAX_PATTERN_CHARS:
        return f"it has {len(pattern)} characters; at most {MAX_PATTERN_CHARS} are allowed"
    return _judged(pattern) if rule.get("match_type", "regex") == "regex" else ""


@lru_cache(maxsize=1 << 15)
def _judged(pattern: str) -> str:
    """As `problem_with`. The answer is the pattern's alone, and who lists thousands of rules asks again and again."""
    return problem_with(pattern)


def named(said: str, noun: str = "rule") -> Trouble:
    """The decoder's sentence with the field it is about."""
    if unknown := _UNKNOWN.match(said):
        name = unknown["field"]
        return Trouble(f"a {noun} has no field {name!r}", {name: "there is no such field"})
    if at := _AT.match(said):
        return Trouble(f"{at['field']}: {at['what']}", {at["field"]: at["what"]})
    return Trouble(said)
