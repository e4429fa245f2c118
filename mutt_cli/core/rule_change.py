"""A change of rules as values: each rule before and after, so that it can be shown, carried out and taken back.

An image is a rule as it is stored: its columns, `id`, `version`, and `team`, the team that its alerts get. Whoever
plans has images; whoever carries a plan out compares their versions with what is there by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.rule_fields import Trouble, convert, trouble_with

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from mutt_cli.core.record_file import Records

COLUMNS: Final = (
    "rule_name", "pattern", "match_type", "severity", "priority", "enabled", "description", "device_team_id",
    "team_assignment", "dedupe_fold", "trap_oid", "syslog_severity", "prod_handling", "dev_handling",
)  # fmt: skip
"""Columns of `alert_rules` that may be set; the others belong to the database."""
EXPORTED: Final = (
    "rule_name", "pattern", "match_type", "severity", "priority", "enabled", "team", "dedupe_fold", "description",
)  # fmt: skip
"""What a rule is made of for people and in files, in this order."""
_DEFAULTS: Final[Mapping[str, Any]] = {
    **dict.fromkeys(COLUMNS), "match_type": "regex", "priority": 100, "enabled": True, "dedupe_fold": False,
    "rule_name": "", "pattern": "",
}  # fmt: skip
"""As sql/migrations/0002 has them."""

Image = dict[str, Any]


@dataclass(frozen=True)
class RuleChange:
    """One rule before and after; None where there is none."""

    before: Image | None
    after: Image | None

    @property
    def verb(self) -> str:
        """`add`, `change` or `delete`."""
        return "add" if self.before is None else "delete" if self.after is None else "change"

    @property
    def rule(self) -> Image:
        """The rule as it is called: the one that stays, else the one that goes."""
        return self.before or self.after or {}

    @property
    def fields(self) -> tuple[tuple[str, Any, Any], ...]:
        """What differs, as people name it: field, old, new."""
        before, after = self.before or {}, self.after or {}
        names = (*EXPORTED, *(name for name in COLUMNS if name not in {*EXPORTED, "team_assignment"}))
        return tuple((name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name))


@dataclass(frozen=True)
class RulePlan:
    """Changes in the order in which they are shown, and how many rules of a file are so already."""

    changes: tuple[RuleChange, ...]
    unchanged: int = 0


def added(columns: Mapping[str, Any]) -> RuleChange:
    """A new rule with these columns; the others are as the table has them by default."""
    return RuleChange(None, _image({**_DEFAULTS, **columns}))


def changed(image: Image, columns: Mapping[str, Any]) -> RuleChange | None:
    """The rule with these columns; None if it is so already.

    A team that the rule has already, through a team id, leaves that id alone.
    """
    if "team_assignment" in columns and columns["team_assignment"] == image["team"]:
        columns = {name: value for name, value in columns.items() if name not in {"team_assignment", "device_team_id"}}
    if all(image[name] == value for name, value in columns.items()):
        return None
    return RuleChange(image, _image({**image, **columns}))


def entry(image: Image, *, with_id: bool = False) -> dict[str, Any]:
    """The rule as it stands in a file."""
    return ({"id": image["id"]} if with_id else {}) | {name: image[name] for name in EXPORTED}


def planned(records: Records, live: Sequence[Image], matched: Collection[int]) -> RulePlan | Trouble:
    """What makes the live rules those of a file, or everything that is wrong with it.

    A rule is the one with its `id`, else the one with its name. Fields that are not named stay. Only a file that says
    it is complete takes rules away: one that has matched is switched off instead, for its record is still referred to.
    """
    book = _Book(live)
    found = [_planned(number, dict(one), book) for number, one in enumerate(records.items, 1)]
    wrong = [*(one for one in found if isinstance(one, str)), *book.twice]
    if wrong:
        return Trouble("; ".join(wrong))
    changes = [one for one in found if isinstance(one, RuleChange)]
    left = [image for image in live if image["id"] not in book.meant] if records.complete else []
    gone = [one for one in (_without(image, matched) for image in left) if one]
    return RulePlan((*changes, *gone), sum(one is None for one in found))


class _Book:
    """The live rules by id and by name, and which of them the entries seen so far mean."""

    def __init__(self, live: Sequence[Image]) -> None:
        self._by_id = {image["id"]: image for image in live}
        self._by_name: dict[str, list[Image]] = {}
        for image in live:
            self._by_name.setdefault(image["rule_name"], []).append(image)
        self.meant: set[int] = set()
        self._new: set[str] = set()
        self.twice: list[str] = []

    def meaning(self, wanted: Any, name: Any) -> list[Image]:
        """The rules that an entry may mean; it must be one, or none for a new rule."""
        if wanted is not None:
            return [self._by_id[wanted]] if isinstance(wanted, int) and wanted in self._by_id else []
        return self._by_name.get(name, []) if isinstance(name, str) else []

    def note(self, image: Image | None, name: str) -> None:
        """Remember what an entry is about."""
        known: bool = image["id"] in self.meant if image else name in self._new
        if known:
            self.twice.append(f"two entries are about the rule {name!r}")
        if image:
            self.meant.add(image["id"])
        else:
            self._new.add(name)


def _planned(number: int, fields: dict[str, Any], book: _Book) -> RuleChange | str | None:
    """The change that one entry of a file means; a text says why it means none."""
    wanted, name = fields.pop("id", None), fields.get("rule_name")
    label = f"rule {number} ({name or wanted or 'without a name'})"
    fitting = book.meaning(wanted, name)
    if len(fitting) > 1:
        return f"{label}: rules {', '.join(str(one['id']) for one in fitting)} have this name: an id is needed"
    if wanted is not None and not fitting:
        return f"{label}: there is no rule with the id {wanted!r}"
    asked = convert(fields)
    if isinstance(asked, Trouble):
        return f"{label}: {asked.message}"
    image, columns = (fitting[0] if fitting else None), asked.columns()
    named = set(columns) if image else {"rule_name", "pattern", *columns}
    trouble = trouble_with({**(image or _DEFAULTS), **columns}, named)
    if trouble:
        return f"{label}: {trouble.message}"
    book.note(image, columns.get("rule_name") or (image or {})["rule_name"])
    return changed(image, columns) if image else added(columns)


def _image(columns: Mapping[str, Any]) -> Image:
    """With the team, as far as the columns tell it."""
    told = columns.get("team") if columns["device_team_id"] is not None else columns["team_assignment"]
    return {**columns, "team": told}


def _without(image: Image, matched: Collection[int]) -> RuleChange | None:
    return changed(image, {"enabled": False}) if image["id"] in matched else RuleChange(image, None)
