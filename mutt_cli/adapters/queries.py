"""The named queries of `sql/queries.sql`, and where the SQL files are: in the wheel or in the source tree.

A query begins with a line `-- name: some_name`; comment lines below it say what it is for and are kept out of it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).absolute().parent.parent
"""As it was found, no link followed: an account that cannot enter the folder sees it through an open one (ADR 0014)."""
_HEADER: Final = re.compile(r"^-- name: (\w+)[ \t]*$", re.MULTILINE)


@cache
def sql_folder() -> Path:
    """The folder with `queries.sql` and `migrations/`. Raises FileNotFoundError if the installation lacks it."""
    for folder in (_PACKAGE / "_sql", _PACKAGE.parent / "sql"):
        if (folder / "queries.sql").is_file():
            return folder
    raise FileNotFoundError(f"no queries.sql beside {_PACKAGE}: the installation is incomplete")


def parse(text: str) -> dict[str, bytes]:
    """The queries of a file by name, as bytes for the driver. Raises ValueError on a doubled name or an empty query."""
    pieces = _HEADER.split(text)[1:]
    queries: dict[str, bytes] = {}
    for name, body in zip(pieces[::2], pieces[1::2], strict=True):
        query = "\n".join(line for line in body.splitlines() if not line.lstrip().startswith("--")).strip()
        if name in queries or not query:
            raise ValueError(f"query {name!r} is doubled or empty")
        queries[name] = query.rstrip(";").encode()
    return queries


@cache
def _all() -> dict[str, bytes]:
    return parse((sql_folder() / "queries.sql").read_text(encoding="utf-8"))


def query(name: str) -> bytes:
    """One query. Raises KeyError if there is none of that name: a mistake of ours, not of an operator."""
    return _all()[name]
