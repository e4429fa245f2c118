"""What a command hands over, and how it looks in every format that is not a terminal's table.

A command returns a `Listing` (many, one row each) or a `Document` (one thing). Rows hold values, never formatted
text; `Column.form` says how people read them. The command line, the TUI and the web pages share this.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from mutt_cli.present import times
from mutt_cli.present.encode import csv_text, json_text, plain, scalar_text, yaml_text
from mutt_cli.present.text import safe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Format = Literal["table", "wide", "json", "jsonl", "yaml", "csv", "name"]
FORMATS: Final[tuple[str, ...]] = get_args(Format)

Form = Literal["text", "free", "count", "bytes", "seconds", "time", "state"]
"""How people read a value: `free` is text that a narrow terminal may cut, `seconds` is a duration, `state` is one of
ok, warn, crit, unkn (or a word of the domain) and may be coloured."""

_RIGHT: Final = frozenset(("count", "bytes", "seconds"))


@dataclass(frozen=True)
class Column:
    """One column of a listing. `field` is the name in JSON, in `--columns` and in `--sort`."""

    field: str
    form: Form = "text"
    title: str = ""
    wide: bool = False
    """Shown with `-o wide` or when named in `--columns`."""

    @property
    def heading(self) -> str:
        """The title, in capitals; by default the field's name."""
        return (self.title or self.field.replace("_", " ")).upper()

    @property
    def right(self) -> bool:
        """Whether the column is right-aligned."""
        return self.form in _RIGHT


@dataclass(frozen=True)
class Listing:
    """Many things, one row each. A row may have more fields than there are columns: JSON shows them all."""

    kind: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    total: int | None = None
    """How many there are, if more than the rows; None = the rows are all."""
    next: str | None = None
    """Cursor of the next page."""
    warnings: Sequence[str] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Further members of the JSON envelope."""
    footer: Sequence[str] = ()
    """Lines for people below the table; a terminal's only."""
    name: str = ""
    """The field that `-o name` prints; empty = the first column."""
    version: int = 1
    filtered: bool = False
    """Whether --where was obeyed already, where the rows were read."""

    @property
    def key(self) -> str:
        """The field that names a row."""
        return self.name or self.columns[0].field


@dataclass(frozen=True)
class Document:
    """One thing. `fields` are the values, `text` the lines people read; without lines the fields are listed."""

    kind: str
    fields: Mapping[str, Any]
    text: Sequence[str] = ()
    warnings: Sequence[str] = ()
    name: str = ""
    """What `-o name` prints."""
    version: int = 1


Result = Listing | Document


@dataclass(frozen=True)
class Envelope:
    """What the JSON envelope says besides the result: which deployment, and when it was asked."""

    context: str
    time: datetime


def cell(column: Column, value: Any, *, local: bool = False) -> str:
    """One value as people read it, safe to print. Nothing known is `-`."""
    if value is None or value == "":
        return "-"
    if column.form == "time" and isinstance(value, datetime):
        return times.instant(value, local=local)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)) and column.form in _RIGHT:
        return {"count": times.count, "bytes": times.size, "seconds": times.span}[column.form](value)
    if isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value):
        return safe(", ".join(value)) or "-"
    return safe(scalar_text(value))


def render(result: Result, form: Format, envelope: Envelope, *, indent: int | None = None, local: bool = False) -> str:
    """The result as text ending in a newline (or empty), for every format; `table` and `wide` are the pipe's form."""
    if form == "json":
        return json_text(enveloped(result, envelope), indent=indent) + "\n"
    if form == "yaml":
        return yaml_text(enveloped(result, envelope))
    if isinstance(result, Document):
        return _document(result, form, local=local)
    return _listing(result, form)


def enveloped(result: Result, envelope: Envelope) -> dict[str, Any]:
    """The JSON object of a result: the envelope and its items or fields."""
    head = {"kind": result.kind, "version": result.version, "context": envelope.context, "time": envelope.time}
    if isinstance(result, Document):
        return plain({**head, **result.fields, "warnings": result.warnings})  # type: ignore[no-any-return]
    total = result.total if result.total is not None else len(result.rows)
    tail = {"total": total, "next": result.next, "warnings": result.warnings}
    return plain({**head, **result.fields, "items": result.rows, **tail})  # type: ignore[no-any-return]


def _listing(listing: Listing, form: Format) -> str:
    if form == "jsonl":
        return _lines(json_text(row) for row in listing.rows)
    if form == "name":
        return _lines(safe(scalar_text(row.get(listing.key))) for row in listing.rows)
    fields = [column.field for column in listing.columns]
    if form == "csv":
        return csv_text(fields, ([row.get(name) for name in fields] for row in listing.rows))
    head = "\t".join(column.heading for column in listing.columns)
    return _lines([head, *("\t".join(_tsv(row.get(name)) for name in fields) for row in listing.rows)])


def _document(document: Document, form: Format, *, local: bool) -> str:
    if form == "jsonl":
        return _lines([json_text(document.fields)])
    if form == "name":
        return _lines([safe(document.name or scalar_text(next(iter(document.fields.values()), "")))])
    if form == "csv":
        return csv_text(("field", "value"), document.fields.items())
    if document.text:
        return _lines(safe(line) for line in document.text)
    width = max((len(name) for name in document.fields), default=0)
    pairs = ((name, cell(Column(name, "time"), value, local=local)) for name, value in document.fields.items())
    return _lines(f"{name:<{width}}  {value}" for name, value in pairs)


def _tsv(value: Any) -> str:
    return safe(scalar_text(value)) or "-"


def _lines(lines: Any) -> str:
    return "".join(f"{line}\n" for line in lines)
