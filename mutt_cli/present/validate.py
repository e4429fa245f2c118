"""What was found in a settings file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.present.output import Column, Listing

if TYPE_CHECKING:
    from mutt_cli.ops.validate import Judged

_COLUMNS: Final = (Column("state", "state"), Column("setting"), Column("text", "free"))


def findings_listing(kind: str, found: Judged) -> Listing:
    """`mutt config validate`."""
    rows = [{"state": one.state, "setting": one.setting, "text": one.text} for one in found.findings]
    return Listing(kind, _COLUMNS, rows, fields={"file": found.place}, name="setting")
