"""What is wrong with a dead letter, and a proposal to mend it (D31). Pure: the proposal is shown before it is used.

Faults are of the message alone: not valid JSON, a wrong encoding, a field that is missing or out of range, too large,
or refused by Moogsoft with the name of a field. Trouble of the way (no connection, HTTP 503) is no fault of the
message: it is sent again as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from mutt_cli.core.alert import SEVERITY_WORDS
from mutt_cli.core.event import MAX_INT, depth_within
from mutt_cli.core.salvage import decoded, salvaged
from mutt_cli.core.syslog import parse

if TYPE_CHECKING:
    from mutt_cli.core.event import Limits
    from mutt_cli.core.message import Message

Kind = Literal["json", "encoding", "missing_field", "out_of_range", "too_large", "too_deep", "refused_field"]

_FIELD: Final = re.compile(
    r"\b(severity|description|source|signature|class|manager|agent_time|type|external_id|agent_location)\b[\"']?\s*"
    r"(?:[:=]|is|must|has|was)?\s*(.{0,120})",
    re.IGNORECASE,
)
_MISSING: Final = re.compile(r"required|missing|empty|blank|null|not present", re.IGNORECASE)
_TOO_LONG: Final = re.compile(r"(?:too long|at most|exceed\w*|longer than|max\w*)\D{0,20}(\d+)?", re.IGNORECASE)
_OVER: Final = " …"
_ALERT_FIELDS: Final = {"class": "team", "type": "rule", "agent_time": "received_at", "external_id": "correlation_id"}
"""Where a field of Moogsoft's comes from, if it has another name in the alert."""
_CUT_TO: Final = 255
_ROUNDS: Final = 64


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: of which kind, what exactly, and what the repair does about it (empty: nothing)."""

    kind: Kind
    what: str
    repair: str


@dataclass
class Repair:
    """What is wrong with a message, and what it would be afterwards."""

    faults: list[Fault] = field(default_factory=list)
    fields: dict[str, Any] | None = None
    """The whole message after the repair; None if there is nothing to mend, or nobody knows how."""

    @property
    def possible(self) -> bool:
        """Whether every fault has a repair."""
        return bool(self.faults) and self.fields is not None and all(one.repair for one in self.faults)


@dataclass(frozen=True)
class Bench:
    """What repairs are judged by: the limits of the ingestor, and the moment for syslog lines without a year."""

    limits: Limits
    now_ms: int


def propose(message: Message, kind: Literal["event", "alert", ""], bench: Bench) -> Repair:
    """What is wrong with a message that goes back as an event or an alert."""
    repair = Repair()
    fields = _readable(message, kind, bench, repair)
    if fields is None:
        return repair
    if not depth_within(msgspec.json.encode(fields), bench.limits.max_depth):
        _flatten(fields, bench.limits.max_depth, repair)
    _fit_numbers(fields, repair)
    if kind == "event":
        _fill_required(fields, bench.limits.required_fields, repair)
    elif kind == "alert":
        _obey(fields, message.delivery.error if _refused(message) else "", repair)
    if len(msgspec.json.encode(fields)) > bench.limits.max_bytes or message.delivery.reason in _TOO_LARGE:
        most = bench.limits.max_bytes
        if message.delivery.reason in _TOO_LARGE:
            most = min(most, len(msgspec.json.encode(fields)) // 2)
        _shorten(fields, most, repair)
    repair.fields = fields if repair.faults else None
    return repair


_TOO_LARGE: Final = frozenset({"http_413", "too_large"})


def _refused(message: Message) -> bool:
    return message.delivery.reason in {"http_400", "http_422"}


def _readable(
    message: Message, kind: Literal["event", "alert", ""], bench: Bench, repair: Repair
) -> dict[str, Any] | None:
    """The message as an object, however it has to be read."""
    if message.letter.fields is not None:
        try:
            return dict(msgspec.json.decode(message.letter.body, type=dict[str, Any]))
        except (msgspec.MsgspecError, RecursionError) as error:
            repair.faults.append(Fault("json", f"cannot be read: {error}", ""))
            return None
    text, wrong = decoded(message.letter.body)
    if wrong:
        repair.faults.append(Fault("encoding", wrong.partition(";")[0], wrong.partition("; ")[2]))
    beside = {name: value for name, value in message.fields.items() if name != "raw"}
    found = salvaged(text)
    if found is None and (whole := _whole_object(text)) is not None:
        return {**beside, **whole}
    if found is not None:
        repair.faults.append(Fault("json", "is not valid JSON", found[1]))
        return {**beside, **found[0]}
    return {**beside, **_from_text(text, kind, bench, repair)}


def _whole_object(text: str) -> dict[str, Any] | None:
    """An object that was only written in another encoding."""
    try:
        return msgspec.json.decode(text.encode("utf-8", "replace"), type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError):
        return None


def _from_text(text: str, kind: str, bench: Bench, repair: Repair) -> dict[str, Any]:
    """A line of text as an event, read as syslog; as an alert its description."""
    line = text.strip().replace("\x00", "")
    if kind == "alert":
        repair.faults.append(Fault("json", "is text, not a JSON object", "the text becomes the description"))
        return {"description": line, "severity": "warning"}
    event = parse(line, datetime.fromtimestamp(bench.now_ms / 1000, tz=UTC))
    named = f", host {event.hostname}" if event.hostname else ""
    repair.faults.append(Fault("json", "is text, not a JSON object", f"read as a syslog line{named}"))
    read: dict[str, Any] = msgspec.to_builtins(event)
    return read


def _fill_required(fields: dict[str, Any], required: tuple[str, ...], repair: Repair) -> None:
    """Fields that REQUIRED_MESSAGE_FIELDS names, from what the message says under other names."""
    for name in required:
        if fields.get(name) not in (None, ""):
            continue
        value = _stand_in(fields, name)
        repair.faults.append(
            Fault("missing_field", f"{name} is missing", f"{name} = {value!r}" if value is not None else "")
        )
        if value is not None:
            fields[name] = value


def _stand_in(fields: dict[str, Any], name: str) -> Any:
    """What a missing field may be taken from."""
    sources = {
        "message": ("msg", "text", "description", "summary", "short_message"),
        "hostname": ("host", "source", "device", "source_addr"),
        "source": ("hostname", "host", "source_addr"),
        "host": ("hostname", "source", "source_addr"),
        "timestamp": ("time", "received_at"),
        "description": ("message", "msg", "text"),
    }.get(name, ())
    for source in sources:
        if isinstance(fields.get(source), str) and fields[source]:
            return fields[source]
    return "warning" if name == "severity" else None


def _obey(fields: dict[str, Any], error: str, repair: Repair) -> None:
    """The field that Moogsoft's answer names: given if it is missing, cut if it is too long, else made to fit."""
    found = _FIELD.search(error)
    if found is None:
        return
    theirs, complaint = found.group(1).lower(), found.group(2).rstrip("\"'}] .")
    name = _ALERT_FIELDS.get(theirs, theirs)
    too_long = _TOO_LONG.search(complaint)
    value: Any = None
    if too_long and isinstance(fields.get(name), str):
        most = int(too_long.group(1) or _CUT_TO)
        value = fields[name][: max(1, most - len(_OVER))] + _OVER
    elif theirs == "severity":
        word = str(fields.get("severity") or "").lower()
        value = word if word in SEVERITY_WORDS and not _MISSING.search(complaint) else "warning"
        # A severity that we know is the operator's to change: another one would be a guess about how bad it is.
        value = value if value != fields.get("severity") else None
    elif _MISSING.search(complaint):
        value = _stand_in(fields, name)
    told = f"{name} = {str(value)[:80]!r}" if value is not None else ""
    repair.faults.append(Fault("refused_field", f"Moogsoft: {theirs} {complaint}".strip(), told))
    if value is not None:
        fields[name] = value


def _fit_numbers(fields: dict[str, Any], repair: Repair) -> None:
    """Integers beyond 64 bits become text."""
    for name, value in fields.items():
        if isinstance(value, int) and not -MAX_INT <= value < MAX_INT:
            fields[name] = str(value)
            repair.faults.append(Fault("out_of_range", f"{name} does not fit into 64 bits", f"{name} becomes text"))


def _flatten(fields: dict[str, Any], most: int, repair: Repair) -> None:
    for name, value in fields.items():
        encoded = msgspec.json.encode(value)
        if not depth_within(encoded, most - 1):
            fields[name] = encoded.decode()
            repair.faults.append(Fault("too_deep", f"{name} nests deeper than {most} levels", f"{name} becomes text"))


def _shorten(fields: dict[str, Any], most: int, repair: Repair) -> None:
    """The longest texts give way until the message fits."""
    before = len(msgspec.json.encode(fields))
    for _ in range(_ROUNDS):
        excess = len(msgspec.json.encode(fields)) - most
        if excess <= 0:
            break
        name = max(fields, key=lambda one: len(msgspec.json.encode(fields[one])))
        text = fields[name] if isinstance(fields[name], str) else msgspec.json.encode(fields[name]).decode()
        fields[name] = text[: max(16, len(text) - excess - 64)] + _OVER
    after = len(msgspec.json.encode(fields))
    done = f"the longest texts are cut, {after:,} bytes are left" if after <= most else ""
    repair.faults.append(Fault("too_large", f"has {before:,} bytes, {most:,} are taken", done))
