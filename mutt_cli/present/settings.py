"""Settings as rows: value, source, default, meaning; a secret shows only whether it is set."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.errors import NotFoundError
from mutt_cli.present.output import Column, Document, Listing
from mutt_cli.settings import BY_DYNAMIC, DECLARATIONS, Declaration, Value, value_of
from mutt_cli.settings.values import to_text

if TYPE_CHECKING:
    from mutt_cli.adapters.configuration import Configuration

MASK: Final = "********"
_COLUMNS: Final = (
    Column("key"),
    Column("value", "free"),
    Column("source"),
    Column("meaning", "free"),
    Column("default", wide=True),
    Column("unit", wide=True),
    Column("dynamic", wide=True),
    Column("services", wide=True),
)


def settings_listing(configuration: Configuration) -> Listing:
    """One row per setting, in the order of the shipped file."""
    rows = [_row(configuration, declaration) for declaration in DECLARATIONS]
    return Listing("mutt.config.list", _COLUMNS, rows, warnings=tuple(str(one) for one in configuration.notices))


def setting_document(configuration: Configuration, key: str) -> Document:
    """One setting by its canonical name, an earlier name or its dynamic key. Raises NotFoundError."""
    row = _row(configuration, declaration_named(key))
    value = row["value"]
    text = to_text(tuple(value) if isinstance(value, list) else value)
    return Document("mutt.config.get", row, text=(text,), name=row["key"])


def declaration_named(key: str) -> Declaration:
    """The setting of that name, in any case of letters. Raises NotFoundError MUTT-C104 that names a near one."""
    wanted = key.strip()
    names = {name.upper(): one for one in DECLARATIONS for name in (*one.aliases, one.env)}
    found = names.get(wanted.upper()) or BY_DYNAMIC.get(wanted.lower())
    if found:
        return found
    known = {**names, **{name.upper(): one for name, one in BY_DYNAMIC.items()}}
    near = get_close_matches(wanted.upper(), known, n=1, cutoff=0.7)
    tries = (f"mutt config get {known[near[0]].env}",) if near else ("mutt config list",)
    raise NotFoundError(f"there is no setting {wanted}", code="MUTT-C104", tries=tries)


def _row(configuration: Configuration, declaration: Declaration) -> dict[str, Any]:
    value = value_of(configuration.settings, declaration)
    return {
        "key": declaration.env,
        "value": _shown(declaration, value),
        "source": configuration.sources[declaration.env],
        "default": _shown(declaration, declaration.default),
        "unit": declaration.unit,
        "meaning": declaration.meaning,
        "dynamic": declaration.dynamic,
        "services": list(declaration.services),
    }


def _shown(declaration: Declaration, value: Value) -> Any:
    if declaration.secret:
        return MASK if value else ""
    return list(value) if isinstance(value, tuple) else value
