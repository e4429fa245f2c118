"""The OpenAPI 3.1 document of the web API, made from the declared endpoints."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from mutt_cli import __version__
from mutt_cli.daemons.webui.api import ENDPOINTS, VERSIONS
from mutt_cli.daemons.webui.api.endpoint import PATH
from mutt_cli.daemons.webui.api.resource import variables
from mutt_cli.present.schema import TEXT, Schema, many, mapping, optional, record, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.daemons.webui.api.endpoint import Endpoint, Parameter

PROBLEM: Final = record(
    status=words("error"), code=TEXT, message=TEXT, correlation_id=TEXT, fields=optional(mapping(TEXT)),
    why=optional(TEXT), **{"try": optional(many(TEXT))},
)  # fmt: skip
_MEANINGS: Final = {
    400: "The body or a parameter is wrong; `fields` says which and why.",
    401: "No key, or a wrong one.",
    403: "The key's role is too low.",
    404: "There is no such thing.",
    409: "It cannot be done as things are; the message says why.",
    412: "Somebody changed it meanwhile.",
    415: "A body must be sent as application/json.",
    429: "Too many wrong keys came from this address, and this is another one; Retry-After says when to try again.",
    500: "Redis or PostgreSQL cannot be used, or an error of ours: the log has it under the correlation id.",
}
_HEADERS: Final = {
    "X-Correlation-ID": {"description": "The one that was sent, or a new one; logs and audit have it.", "schema": TEXT}
}


@cache
def document() -> bytes:
    """The document as JSON."""
    return json.dumps(_document(), ensure_ascii=False, separators=(",", ":")).encode()


def _document() -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for version in VERSIONS:
        for one in ENDPOINTS:
            paths.setdefault(f"/api/{version}{one.path}", {})[one.method.lower()] = _operation(one, version)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "MUTT",
            "version": __version__,
            "summary": "Rules, hosts, settings, dead letters and events of one deployment.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}},
            "schemas": {"Problem": PROBLEM, **dict(_bodies())},
            "responses": {
                str(status): {"description": text, "headers": _HEADERS, "content": _json(_ref("schemas", "Problem"))}
                for status, text in _MEANINGS.items()
            },
        },
    }


def _operation(one: Endpoint, version: str) -> dict[str, Any]:
    about, _, _ = one.about.partition(". ")
    found: dict[str, Any] = {
        "operationId": _id(one.name, version),
        "summary": about.rstrip("."),
        "description": f"{one.about} Needs the role {one.role}." if one.role != "open" else one.about,
        "tags": [one.path.strip("/").partition("/")[0]],
        "parameters": [*_places(one), *map(_parameter, one.query)],
        "responses": {str(one.status): _answer(one, version), **dict(_problems(one))},
    }
    if one.role == "open":
        found["security"] = []
    if one.body is not None:
        found["requestBody"] = {"required": True, "content": _json(_body_schema(one))}
    return found


def _answer(one: Endpoint, version: str) -> dict[str, Any]:
    headers: dict[str, Any] = dict(_HEADERS)
    if one.status == 201:
        headers["Location"] = {"description": "Where it is.", "schema": TEXT}
    links = {
        name: {"operationId": _id(name, version), "parameters": {parameter: "$response.body#/id"}}
        for name, parameter in one.links.items()
    }
    found = {"description": one.about, "headers": headers, "content": _json(one.answer)}
    return {**found, "links": links} if links else found


def _problems(one: Endpoint) -> Iterator[tuple[str, Any]]:
    usual = (400, *(() if one.role == "open" else (401, 403, 429)), 500)
    for status in sorted({*usual, *one.errors, *((415,) if one.body else ())}):
        yield str(status), _ref("responses", str(status))


def _places(one: Endpoint) -> Iterator[dict[str, Any]]:
    for name in variables(one.path):
        yield {"name": name, "in": "path", "required": True, "schema": PATH[name]}
    if 412 in one.errors:
        about = "Only if it is still this version, as its ETag says."
        yield {"name": "If-Match", "in": "header", "required": False, "description": about, "schema": TEXT}


def _parameter(one: Parameter) -> dict[str, Any]:
    schema = {"type": "array", "items": one.schema} if one.several else one.schema
    found: dict[str, Any] = {"name": one.name, "in": "query", "required": False, "description": one.about}
    return {**found, "schema": schema, **({"explode": True} if one.several else {})}


def _bodies() -> Iterator[tuple[str, Schema]]:
    """Bodies by name, as components; msgspec has them under `$defs`."""
    for one in ENDPOINTS:
        if one.body is not None:
            yield from one.body.schema.get("$defs", {}).items()


def _body_schema(one: Endpoint) -> Schema:
    reference = str(one.body.schema.get("$ref", "")) if one.body else ""
    return _ref("schemas", reference.rpartition("/")[2])


def _id(name: str, version: str) -> str:
    return name if version == VERSIONS[0] else f"{name}_{version}"


def _json(schema: Schema) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}
