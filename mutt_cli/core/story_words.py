"""What each step of an event's story is called: one short clause per outcome, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core.delivery import is_message_problem
from mutt_cli.core.drill import DONE, LATE

if TYPE_CHECKING:
    from mutt_cli.core.journal import Record

_NO_ANSWER: Final = {
    "timeout": "no answer in time",
    "connection": "no connection",
    "tls": "the TLS handshake failed",
    "protocol": "the answer was not HTTP",
    "unreadable": "cannot be sent, it is no JSON object",
    "circuit_open": "breaker open, not sent",
}
_DRILLS: Final = {
    DONE: "a drill: recorded, not sent",
    LATE: "a drill's canary that came too late: ended here",
}
_OTHERS: Final = {
    "returned": "given back",
    "replayed": "sent round again",
    "moved": "moved",
    "injected": "put in",
    "generated": "made",
    "purged": "removed for good",
    "accounted": "accepted as lost",
}


def accepted(sender: str, source: str) -> str:
    """Of the acceptance: who sent it, with which key or to which listener."""
    told = f"accepted from {sender}" if sender else "accepted"
    return f"{told}, key {source}" if source else told


def matched(rule_id: int | None, version: int | None, name: str) -> str:
    """`rule 42 link-down v3`."""
    words = ["rule", *([str(rule_id)] if rule_id is not None else []), *([name] if name else [])]
    return " ".join([*words, *([f"v{version}"] if version is not None else [])])


def waited(ms: int) -> str:
    """`waited 0.905 s`."""
    return f"waited {ms / 1000:.3f} s"


def of(record: Record, error: str = "") -> str:
    """Of one record; `error` is what its dead letter says, in place of what the record's reason would."""
    if record.outcome == "suppressed" and record.reason in _DRILLS:
        return _DRILLS[record.reason]
    if record.outcome in _DECISIONS and record.stage == "alerter":
        return _decided(record, error)
    if record.outcome in {"delivered", "retry", "dead_lettered"}:
        return _delivery(record, error)
    if record.outcome == "dead":
        crashed = "one worker after the other died with it in hand" if record.reason == "crash" else record.reason
        return f"set aside for a person: {error or crashed}"
    told = _OTHERS.get(record.outcome, record.outcome)
    told = f"{told} to {record.queue}" if record.queue else told
    told = f"{told} by {record.operation_id}" if record.operation_id else told
    return f"{told}: {record.reason}" if record.reason else told


_DECISIONS: Final = frozenset({"alerted", "unhandled", "deduplicated", "suppressed", "shed", "error"})


def _decided(record: Record, error: str) -> str:
    if record.outcome == "unhandled":
        return "no rule matched"
    if record.outcome == "shed":
        return "set aside under load, undecided"
    if record.outcome == "error":
        return f"deciding failed: {error or record.reason}"
    rule = matched(record.rule_id, record.rule_version, record.rule_name)
    ending = {"alerted": "alert", "deduplicated": f"repeat of {record.parent_id}"}.get(record.outcome, "suppressed")
    return f"{rule}: {ending}"


def _delivery(record: Record, error: str) -> str:
    status = f"HTTP {record.response_code}" if record.response_code is not None else ""
    told = error or status or _NO_ANSWER.get(record.reason, record.reason)
    if record.outcome == "delivered":
        return f"{told}, delivered"
    if record.outcome == "retry":
        return f"{told}, to be tried again"
    if record.reason in {"circuit_open", "unreadable"}:
        return _NO_ANSWER[record.reason]
    return f"{told}, refused" if is_message_problem(record.reason) else f"{told}, given up"
