"""What the JSON of every command looks like: one module per first word, each with its `SCHEMAS` by kind."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mutt_cli.present.schema import Schema


def schema_of(kind: str) -> Schema | None:
    """The schema of a kind (`mutt.queue.list`), None if it has none."""
    module = f"{__name__}.{kind.split('.')[1].replace('-', '_')}"
    if find_spec(module) is None:
        return None
    found: Schema | None = import_module(module).SCHEMAS.get(kind)
    return found
