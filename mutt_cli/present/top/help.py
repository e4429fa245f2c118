"""The page of keys, made of the table of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.present.top.head import head
from mutt_cli.present.top.keys import KEYS, Group, Key
from mutt_cli.present.top.line import Line, fitted, line, rule, wide

if TYPE_CHECKING:
    from mutt_cli.present.top.view import View

_HEADS: Final[dict[Group, str]] = {
    "move": "MOVE", "look": "LOOK", "act": "ACT (needs W, asks before it acts)", "anywhere": "ANYWHERE",
}  # fmt: skip
_NOTES: Final = (
    "What acts shows its command first. ! crit or warn, ? unknown, ~ old, * marked",
    "any key closes; more: mutt help top",
)


def help_screen(view: View) -> list[Line]:
    """All keys in two columns; any key closes it."""
    width, height = view.size.width, view.size.height
    if view.size.tiny:
        return _packed(width, height)
    half = width // 2
    left = [*_group("move", half), *_group("look", half)]
    right = [*_group("act", half), *_group("anywhere", half)]
    tall = max(len(left), len(right))
    left += [()] * (tall - len(left))
    right += [()] * (tall - len(right))
    body: list[Line] = [(*fitted(one, half), *other) for one, other in zip(left, right, strict=True)]
    body += [*(line(f" {one}") for one in _NOTES)]
    lines = [head(view), rule(width, ascii_only=view.ascii_only), *body][:height]
    return [fitted(one, width) for one in [*lines, *[()] * (height - len(lines))]]


def _group(group: Group, width: int) -> list[Line]:
    return [line((f" {_HEADS[group]}", "bold")), *(fitted(_entry(one), width) for one in _merged(group))]


def _entry(key: Key) -> Line:
    return line(" ", (f"{key.shown:<9}", "key"), f" {key.meaning}")


def _merged(group: Group) -> list[Key]:
    """The keys of a group; those of the screens are one line."""
    found = [one for one in KEYS if one.group == group and one.meaning]
    plain = [one for one in found if not one.action.startswith("screen(")]
    if len(plain) != len(found):
        plain.append(Key((), "1 .. 8", "", "go to a screen", group))
    return plain


def _packed(width: int, height: int) -> list[Line]:
    """All keys with a word each, those first that are needed first; what does not fit is cut at the end."""
    words = {one.shown: one.short or one.meaning.split(",")[0].split(":")[0] for one in KEYS if one.meaning}
    first = [one.shown for one in KEYS if one.short]
    entries = [f"{shown.split()[0]} {words[shown]}" for shown in (*first, *(one for one in words if one not in first))]
    lines: list[str] = [""]
    for entry in entries:
        if wide(lines[-1]) + wide(entry) + 3 > width and lines[-1]:
            lines.append("")
        lines[-1] += f" {entry} "
    kept = [line(one) for one in lines[: height - 1]]
    return [fitted(one, width) for one in [*kept, *[()] * (height - 1 - len(kept)), line(" any key closes")]]
