"""Settings as rows: value, source, default, meaning; a secret shows only whether it is set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present.dynamic import daemon_rows
from mutt_cli.present.output import Column, Document, Listing
from mutt_cli.settings import DECLARATIONS, Declaration, Value, value_of
from mutt_cli.settings.values import to_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.ops.dynamic import View

MASK: Final = "********"
_COLUMNS: Final = (
    Column("key"),
    Column("value", "free"),
    Column("source"),
    Column("in_effect"),
    Column("meaning", "free"),
    Column("default", wide=True),
    Column("unit", wide=True),
    Column("dynamic", wide=True),
    Column("services", wide=True),
)


def settings_listing(configuration: Configuration, seen: View | None, warnings: Sequence[str] = ()) -> Listing:
    """One row per setting, in the order of the shipped file. `seen` is None if what is stored is not known."""
    rows = [_row(configuration, seen, declaration) for declaration in DECLARATIONS]
    notices = (*configuration.notices, *(seen.notices if seen else ()))
    return Listing("mutt.config.list", _COLUMNS, rows, warnings=(*map(str, notices), *warnings))


def setting_document(
    configuration: Configuration, declaration: Declaration, seen: View | None, warnings: Sequence[str] = ()
) -> Document:
    """One setting; the daemons that use it are among its fields."""
    row = _row(configuration, seen, declaration)
    if seen is not None and declaration.dynamic:
        row["daemons"] = daemon_rows(seen, declaration)
        names = {declaration.dynamic, *declaration.dynamic_aliases, declaration.env}
        warnings = (*(str(one) for one in seen.notices if one.name in names), *warnings)
    value = row["value"]
    text = to_text(tuple(value) if isinstance(value, list) else value)
    return Document("mutt.config.get", row, text=(text,), name=row["key"], warnings=tuple(warnings))


def _row(configuration: Configuration, seen: View | None, declaration: Declaration) -> dict[str, Any]:
    whence = seen.source(configuration, declaration) if seen else configuration.sources[declaration.env]
    settings = seen.settings if seen and whence == "dynamic" else configuration.settings
    value = value_of(settings, declaration)
    return {
        "key": declaration.env,
        "value": _shown(declaration, value),
        "source": whence,
        "in_effect": _in_effect(seen, declaration),
        "default": _shown(declaration, declaration.default),
        "unit": declaration.unit,
        "meaning": declaration.meaning,
        "dynamic": declaration.dynamic,
        "services": list(declaration.services),
        "returns_in_seconds": seen.returns.get(declaration.dynamic) if seen and declaration.dynamic else None,
    }


def _in_effect(seen: View | None, declaration: Declaration) -> str:
    """`2/2`: so many of the daemons that use a dynamic setting run with what is published. Empty if none is known."""
    known = seen.readers_of(declaration) if seen and declaration.dynamic else []
    return f"{sum(state == 'in effect' for _, state in known)}/{len(known)}" if known else ""


def _shown(declaration: Declaration, value: Value) -> Any:
    if declaration.secret:
        return MASK if value else ""
    return list(value) if isinstance(value, tuple) else value
