"""The page `docs/api.md`: every operation of the web API with what it takes, made from what declares its routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.daemons.webui.api import by_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.daemons.webui.api.endpoint import Endpoint, Parameter
    from mutt_cli.present.schema import Schema

_HEAD: Final = """# Reference of the web API

Made from the code by `bin/regenerate`; how keys, errors and versions work is in [web-api](web-api.md). Every path is
also there as `/api/v2/...`. The same for programs, with the shape of every answer, is the OpenAPI 3.1 document
`/api/v1/openapi.json`. Moments are RFC 3339, a date, or a duration ago like `15m`.

| Path | Method | Role | Does |
|---|---|---|---|
"""


def page_text() -> str:
    """The page."""
    rows, details = list[str](), list[str]()
    for path, endpoints in by_path().items():
        for one in endpoints:
            about, _, _ = one.about.partition(". ")
            rows.append(f"| `/api/v1{path}` | {one.method} | {one.role} | {about.rstrip('.')} |")
            details += _details(one)
    return _HEAD + "\n".join(rows) + "\n" + "\n".join(details) + "\n"


def _details(one: Endpoint) -> Iterator[str]:
    if not (one.query or one.body):
        return
    yield f"\n## {one.method} /api/v1{one.path}\n\n{one.about}\n"
    if one.query:
        yield "| Parameter | Value | Means |\n|---|---|---|"
        yield from map(_parameter, one.query)
    if one.body:
        yield "\n| Field | Value |\n|---|---|" if one.query else "| Field | Value |\n|---|---|"
        yield from _fields(one.body.schema)


def _parameter(one: Parameter) -> str:
    otherwise = f", {one.otherwise} if not given" if one.otherwise not in {None, "", ()} else ""
    return f"| `{one.name}` | {_value(one.schema)}{otherwise} | {one.about} |"


def _fields(schema: Schema) -> Iterator[str]:
    found = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    needed = set(found.get("required", ()))
    for name, field in found["properties"].items():
        yield f"| `{name}` | {_value(field)}{', needed' if name in needed else ''} |"


def _value(schema: Schema) -> str:
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_value(one) for one in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_value(schema['items'])}"
    return _KINDS.get(str(schema.get("type")), "any value") + _bounds(schema)


_KINDS: Final = {
    "string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "null": "null",
    "object": "object",
}  # fmt: skip


def _bounds(schema: dict[str, Any]) -> str:
    if "maximum" in schema:
        return f" from {schema['minimum']:,} to {schema['maximum']:,}"
    return f" of at most {schema['maxLength']:,} characters" if "maxLength" in schema else ""
