"""Changes to a message that somebody typed: `--set FIELD=VALUE`, `--unset FIELD`, a JSON Patch (RFC 6902)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.core.alert import SEVERITY_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OURS: Final = frozenset({"event_id", "_delivery", "_source", "received_at"})
"""What a message is known by; no edit changes it."""


@dataclass(frozen=True)
class Edits:
    """All that was asked for, in this order: the patch, then what is set, then what is removed."""

    assign: tuple[tuple[str, Any], ...] = ()
    remove: tuple[str, ...] = ()
    patch: tuple[Mapping[str, Any], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.assign or self.remove or self.patch)

    def as_mapping(self) -> dict[str, Any]:
        """For the operations journal."""
        return {"set": [list(one) for one in self.assign], "unset": list(self.remove), "patch": list(self.patch)}


@dataclass(frozen=True)
class Wrong:
    """Why an edit cannot be made."""

    reason: str


def recalled(stored: Mapping[str, Any]) -> Edits:
    """The edits that `as_mapping` described."""
    assign = tuple((str(name), value) for name, value in stored["set"])
    return Edits(assign, tuple(stored["unset"]), tuple(stored["patch"]))


def assignment(text: str) -> tuple[str, Any] | Wrong:
    """`FIELD=VALUE`: the value is JSON if it is valid JSON, else a text."""
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or not name:
        return Wrong(f"{text!r} is not FIELD=VALUE")
    if name.partition(".")[0] in OURS:
        return Wrong(f"{name} is what the message is known by; it stays")
    try:
        made: Any = msgspec.json.decode(value.encode())
    except (msgspec.DecodeError, RecursionError):
        made = value
    if name == "severity" and str(made).lower() not in SEVERITY_WORDS | set("01234567"):
        return Wrong(f"{value!r} is no severity: {', '.join(sorted(SEVERITY_WORDS))}")
    return name, made


def patch_of(text: bytes) -> tuple[Mapping[str, Any], ...] | Wrong:
    """The operations of a JSON Patch file."""
    import jsonpatch  # noqa: PLC0415  only who patches pays for it

    try:
        operations = msgspec.json.decode(text, type=list[dict[str, Any]])
        jsonpatch.JsonPatch(operations)
    except (msgspec.MsgspecError, jsonpatch.JsonPatchException, RecursionError) as error:
        return Wrong(f"is no JSON Patch (RFC 6902): {error}")
    paths = [str(one.get(name, "")) for one in operations for name in ("path", "from")]
    touched = [path for path in paths if path.lstrip("/").partition("/")[0] in OURS]
    if touched:
        return Wrong(f"{touched[0]} is what the message is known by; it stays")
    return tuple(operations)


def edited(fields: Mapping[str, Any], edits: Edits) -> dict[str, Any] | Wrong:
    """The message after the edits."""
    made: Any = msgspec.json.decode(msgspec.json.encode(fields))
    if edits.patch:
        import jsonpatch  # noqa: PLC0415

        try:
            made = jsonpatch.apply_patch(made, list(edits.patch))
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
            return Wrong(f"the patch does not fit: {error}")
        if not isinstance(made, dict):
            return Wrong("after the patch it is no JSON object")
    for path, value in edits.assign:
        if not _put(made, path.split("."), value):
            return Wrong(f"{path} leads through something that is no object")
    for path in edits.remove:
        _drop(made, path.split("."))
    return {**made, **{name: fields[name] for name in OURS if name in fields}}


def rewritten(text: str) -> Edits | Wrong:
    """The whole message as somebody wrote it in an editor."""
    try:
        value = msgspec.json.decode(text.encode(), type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as error:
        return Wrong(f"what was saved is no JSON object: {error}")
    return Edits(patch=({"op": "replace", "path": "", "value": value},))


def _put(fields: dict[str, Any], path: Sequence[str], value: Any) -> bool:
    for name in path[:-1]:
        inner = fields.setdefault(name, {})
        if not isinstance(inner, dict):
            return False
        fields = inner
    fields[path[-1]] = value
    return True


def _drop(fields: dict[str, Any], path: Sequence[str]) -> None:
    for name in path[:-1]:
        inner = fields.get(name)
        if not isinstance(inner, dict):
            return
        fields = inner
    fields.pop(path[-1], None)
