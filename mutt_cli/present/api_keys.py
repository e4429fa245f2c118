"""Keys of the web API as rows, and what was done to them. The text of a key is in one answer only: when it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present import times
from mutt_cli.present.output import Column, Document, Listing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mutt_cli.core.api_keys import ApiKey
    from mutt_cli.ops.api_keys import NewKey
    from mutt_cli.ops.operation import Operation

_COLUMNS: Final = (
    Column("name"), Column("role"), Column("state"), Column("expires_at", "time", "expires"),
    Column("last_used_at", "time", "last used"), Column("created_at", "time", "created"),
    Column("created_by", wide=True), Column("fingerprint", wide=True),
)  # fmt: skip


def key_listing(keys: Sequence[ApiKey], now: datetime) -> Listing:
    """`mutt apikey list`."""
    return Listing("mutt.apikey.list", _COLUMNS, [key_row(one, now) for one in keys])


def key_row(key: ApiKey, now: datetime) -> dict[str, Any]:
    """One key in JSON."""
    return {
        "name": key.name,
        "role": key.role,
        "state": key.state(now),
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "created_at": key.created_at,
        "created_by": key.created_by,
        "fingerprint": key.fingerprint,
    }


def key_lines(key: ApiKey, now: datetime) -> list[str]:
    """The plan of `revoke`, as lines."""
    used = f"last used {times.instant(key.last_used_at)}" if key.last_used_at else "never used"
    end = f", ends {times.instant(key.expires_at)}" if key.expires_at else ""
    return [
        f"{key.role}, {key.state(now)}{end}, {used}, made by {key.created_by}",
        "whoever uses it is answered 401 from then on; not undoable",
    ]


def planned_document(key: NewKey) -> Document:
    """`mutt apikey add --dry-run`."""
    return Document("mutt.apikey.add", _fields(key), name=key.name, text=[f"{key.name}  {key.role}  {_until(key)}"])


def made_document(key: NewKey, operation: Operation, out: str | None) -> Document:
    """`mutt apikey add`: the one time that a key is shown, unless it went to a file."""
    shown = None if out else key.text
    undo = f"mutt undo {operation.id}"
    fields = {**_fields(key), "dry_run": False, "key": shown, "file": out, "operation": operation.id, "undo": undo}
    where = f"in {out}" if out else key.text
    text = [
        f"key    {where}",
        f"       {key.name}, {key.role}, {_until(key)}",
        "       it cannot be shown again; send it as X-API-Key, or log in to the web UI with it",
        f"undo:  {undo}",
    ]
    return Document("mutt.apikey.add", fields, text=text, warnings=operation.warnings, name=shown or key.name)


def revoked_document(key: ApiKey, now: datetime, operation: Operation | None) -> Document:
    """`mutt apikey revoke`: the plan, or what was done."""
    made = operation.id if operation else None
    fields = {**key_row(key, now), "dry_run": operation is None, "operation": made}
    text = [f"the key {key.name} opens nothing any more"] if operation else key_lines(key, now)
    warnings = operation.warnings if operation else ()
    return Document("mutt.apikey.revoke", fields, text=text, warnings=warnings, name=key.name)


def _fields(key: NewKey) -> dict[str, Any]:
    return {
        "name": key.name,
        "role": key.role,
        "expires_at": key.expires_at,
        "dry_run": True,
        "key": None,
        "file": None,
        "operation": None,
        "undo": None,
    }


def _until(key: NewKey) -> str:
    return f"until {times.instant(key.expires_at)}" if key.expires_at else "without an end"
