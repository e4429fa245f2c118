"""Words for saying what a command's JSON looks like; `mutt schema` prints the JSON Schema (draft 2020-12) they make.

    SCHEMAS = {"mutt.queue.depth": either(document(queue=TEXT, depth=COUNT), listing(queue=TEXT, depth=COUNT))}

What is declared here is a promise: within one version fields are only added. The tests hold every output against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
TEXT: Final[Schema] = {"type": "string"}
COUNT: Final[Schema] = {"type": "integer"}
NUMBER: Final[Schema] = {"type": "number"}
FLAG: Final[Schema] = {"type": "boolean"}
TIME: Final[Schema] = {"type": "string", "format": "date-time"}
ANY: Final[Schema] = {}


@dataclass(frozen=True)
class Absent:
    """A field that may be missing altogether."""

    schema: Schema


Field = Schema | Absent


def optional(one: Schema) -> Absent:
    """A field that is not always there."""
    return Absent(one)


def maybe(one: Schema) -> Schema:
    """The value, or null where nothing is known."""
    return {"anyOf": [one, {"type": "null"}]}


def many(one: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": one}


def mapping(one: Schema) -> Schema:
    """An object whose names are data: queue names, counters."""
    return {"type": "object", "additionalProperties": one}


def words(*known: str) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(known)}


def either(*ones: Schema) -> Schema:
    """One of several shapes, where flags decide which."""
    return {"anyOf": list(ones)}


def record(**fields: Field) -> Schema:
    """An object with these fields."""
    return {
        "type": "object",
        "properties": {name: one.schema if isinstance(one, Absent) else one for name, one in fields.items()},
        "required": [name for name, one in fields.items() if not isinstance(one, Absent)],
    }


def document(**fields: Field) -> Schema:
    """The envelope of one thing."""
    return record(**_HEAD, **fields, warnings=many(TEXT))


def listing(envelope: Mapping[str, Field] | None = None, /, **row: Field) -> Schema:
    """The envelope of many things with these fields each; `envelope` are fields beside the items."""
    tail: dict[str, Field] = {"total": COUNT, "next": maybe(TEXT), "warnings": many(TEXT)}
    return record(**_HEAD, **(envelope or {}), items=many(record(**row)), **tail)


_HEAD: Final[dict[str, Field]] = {"kind": TEXT, "version": COUNT, "context": TEXT, "time": TIME}
CHANGE: Final[dict[str, Field]] = {"dry_run": FLAG, "operation": maybe(TEXT)}
"""What every document of a changing command says: whether it was a dry run, and the id in the operations journal."""


def titled(kind: str, schema: Schema) -> Schema:
    """The schema as it is published: with its draft, and the kind as its title."""
    return {"$schema": DRAFT, "title": kind, **schema}
