"""Contexts in rows, one whole, and the tag for a shell's prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present.output import Column, Document, Listing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mutt_cli.adapters.contexts import Context
    from mutt_cli.ops.status import Status

_COLUMNS: Final = (
    Column("name"), Column("current"), Column("protected"), Column("read_only"), Column("redis", "free"),
    Column("db", "free"), Column("env_file", wide=True), Column("require_reason", wide=True),
)  # fmt: skip
_CHECKED: Final = (
    Column("backend"), Column("state", "state"), Column("address"), Column("milliseconds"), Column("detail", "free"),
)  # fmt: skip
PROMPT_COLORS: Final[Mapping[str, str]] = {
    "red": "41;97", "yellow": "43;30", "green": "42;30", "blue": "44;97", "magenta": "45;97", "cyan": "46;30",
    "white": "47;30",
}  # fmt: skip


def context_row(one: Context, places: Mapping[str, str], *, current: bool) -> dict[str, Any]:
    """One context in JSON; `places` are the addresses it means."""
    return {
        "name": one.name,
        "current": current,
        "protected": one.protected,
        "read_only": one.read_only,
        "require_reason": one.require_reason,
        "color": one.color or None,
        "env_file": str(one.env_file) if one.env_file else None,
        "redis": places.get("redis"),
        "db": places.get("db"),
        "vault": places.get("vault"),
        "settings": dict(one.settings),
    }


def context_listing(rows: Sequence[Mapping[str, Any]]) -> Listing:
    """`mutt context list`."""
    return Listing("mutt.context.list", _COLUMNS, rows)


def context_document(row: Mapping[str, Any]) -> Document:
    """`mutt context show`."""
    return Document("mutt.context.show", {key: value for key, value in row.items() if key != "settings"} | {
        "settings": row["settings"],
    }, name=str(row["name"]))  # fmt: skip


def added_document(kind: str, name: str, place: str, fields: Mapping[str, Any], *, operation: str) -> Document:
    """`mutt context add`; without an operation a dry run."""
    shown = {"dry_run": not operation, "operation": operation or None, "name": name, "file": place}
    text = [f"{name} {'is' if operation else 'would be'} written into {place}"]
    text += [f"undo:  mutt undo {operation}"] if operation else []
    return Document(kind, {**shown, "fields": dict(fields)}, text=text, name=name)


def used_document(kind: str, name: str, previous: str, *, hours: int, dry_run: bool) -> Document:
    """`mutt context use`; `hours` = 0: until another is chosen."""
    fields = {"dry_run": dry_run, "operation": None, "name": name, "previous": previous or None, "hours": hours or None}
    until = f" in this terminal for {hours} hours" if hours else ""
    text = [f"commands {'would go' if dry_run else 'go'} to {name}{until}"]
    text += [f"back:  mutt context use {previous}"] if previous and not dry_run else []
    return Document(kind, fields, text=text, name=name)


def checked_listing(name: str, found: Status) -> Listing:
    """`mutt context check`."""
    rows = [
        {"backend": one.name, "state": one.state, "address": one.address, "milliseconds": one.milliseconds,
         "detail": one.detail}
        for one in found.backends
    ]  # fmt: skip
    return Listing("mutt.context.check", _CHECKED, rows, fields={"checked": name}, name="backend")


def prompt_tag(one: Context, *, color: bool) -> str:
    """`[PROD prod-east]` for PS1: coloured where that is wanted, marked for readline as taking no room."""
    text = f"[{'PROD ' if one.protected else ''}{one.name}]"
    tone = PROMPT_COLORS.get(one.color, "41;97" if one.protected else "")
    return f"\x01\x1b[{tone}m\x02{text}\x01\x1b[0m\x02" if color and tone else text
