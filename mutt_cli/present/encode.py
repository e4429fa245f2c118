"""Values as JSON, YAML and CSV. Nothing here is cut, coloured or localised; key order is the order given."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from mutt_cli.present.text import safe, safe_json, safe_yaml
from mutt_cli.present.times import instant

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "|", "%")
_PLAIN_KEY: Final = re.compile(r"[a-z][a-z0-9_]*")
_YAML_WORDS: Final = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
_LONE: Final = re.compile("[\ud800-\udfff]")


def plain(value: Any) -> Any:  # noqa: PLR0911  one line per type is clearer than a table
    """The value as JSON knows it: times as RFC 3339, durations as seconds, records as objects, NaN as null."""
    if value is None or (isinstance(value, (bool, int, str)) and not isinstance(value, Enum)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    names = _field_names(value)
    if names is not None:
        return {name: plain(getattr(value, name)) for name in names}
    return [plain(one) for one in value] if isinstance(value, Iterable) else str(value)


def _field_names(value: Any) -> Iterable[str] | None:
    """Field names of a dataclass or of a msgspec.Struct (known by its shape, to keep msgspec out of every start)."""
    if dataclasses.is_dataclass(value):
        return [one.name for one in dataclasses.fields(value)]
    names: Iterable[str] | None = getattr(type(value), "__struct_fields__", None)
    return names


def json_text(value: Any, *, indent: int | None = None) -> str:
    """JSON with UTF-8 characters as they are, but for the invisible ones, which are escaped."""
    separators = (",", ": ") if indent else (",", ":")
    return safe_json(
        json.dumps(plain(value), ensure_ascii=False, indent=indent, separators=separators, allow_nan=False)
    )


def yaml_text(value: Any) -> str:
    """Block YAML whose strings are double-quoted JSON strings, so that no word is taken for a number or a boolean."""
    return "".join(f"{line}\n" for line in _yaml_lines(plain(value), ""))


def _yaml_lines(value: Any, indent: str) -> Iterable[str]:
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from _yaml_entry(f"{indent}{_yaml_key(key)}:", one, indent)
    elif isinstance(value, list) and value:
        for one in value:
            if isinstance(one, (dict, list)) and one:
                first, *rest = _yaml_lines(one, indent + "  ")
                yield f"{indent}- {first.removeprefix(indent + '  ')}"
                yield from rest
            else:
                yield f"{indent}- {_yaml_scalar(one)}"
    else:
        yield indent + _yaml_scalar(value)


def _yaml_entry(head: str, value: Any, indent: str) -> Iterable[str]:
    if isinstance(value, (dict, list)) and value:
        yield head
        yield from _yaml_lines(value, indent + "  ")
    else:
        yield f"{head} {_yaml_scalar(value)}"


def _yaml_key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) and key not in _YAML_WORDS else _yaml_scalar(key)


def _yaml_scalar(value: Any) -> str:
    # YAML has no lone surrogates, not even escaped ones; JSON has.
    return safe_yaml(json.dumps(_LONE.sub("\ufffd", value) if isinstance(value, str) else value, ensure_ascii=False))


def csv_text(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """RFC 4180 with LF; text that a spreadsheet would run as a formula gets a leading apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_csv_cell(one) for one in row] for row in rows)
    return out.getvalue()


def _csv_cell(value: Any) -> str:
    text = scalar_text(value)
    if isinstance(value, (bool, int, float)) or not text.startswith(_FORMULA):
        return safe(text)
    return "'" + safe(text)


def scalar_text(value: Any) -> str:
    """A value in full on one line: text as it is, nothing for null, JSON for what has parts. Not yet `safe`."""
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json_text(value)
