"""What must be true before a step of a rotation: every daemon has followed, and nobody needs the old value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.clock import now_ms
from mutt_cli.core import rotation
from mutt_cli.core.moment import rfc3339
from mutt_cli.errors import RefusedError
from mutt_cli.ops import ledger_rows, secret_readers
from mutt_cli.ops.questions import Questions
from mutt_cli.ops.rotation import AFTER

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from mutt_cli.core.rotation import Step
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.rotation import Rotation, Verb
    from mutt_cli.ops.secret_readers import Answers

USED_WITHIN_S: Final = 900
"""An old key that a sender used this lately is still used."""


def require(backends: Backends, found: Rotation, verb: Verb, force: Collection[str] = (), *, seconds: float) -> None:
    """Raise RefusedError unless this step may be made now. With 0 seconds daemons are judged by what they said last.

    MUTT-G041: it does not follow. G042: a daemon has not read the values that are there (`--force unverified`).
    G043: senders still use the old key (`--force still-used`). G049: our forwarders do, or none has used the new one
    (the same).
    """
    if verb not in AFTER[found.step]:
        raise RefusedError(
            f"{verb} does not follow: the rotation of {found.what.name} is at {_at(found.step)}",
            code="MUTT-G041", tries=tuple(f"mutt vault rotate {one} {found.what.name}" for one in AFTER[found.step]),
        )  # fmt: skip
    if verb not in {"promote", "finish"} or found.file is not None:
        return
    asks = seconds and "unverified" not in force
    answers = secret_readers.called(backends, seconds) if asks else secret_readers.standing(backends)
    if "unverified" not in force:
        _require_readers(answers, found)
    if verb == "finish" and found.what.name in _UNUSED and "still-used" not in force:
        _UNUSED[found.what.name](backends, answers)


def _at(step: Step) -> str:
    return {"none": "its beginning: nothing is staged", "staged": "stage", "promoted": "promote"}[step]


def _require_readers(answers: Answers, found: Rotation) -> None:
    if answers.complete:
        return
    names = ", ".join(f"{one.service} {one.name} on {one.host}" for one in answers.behind)
    raise RefusedError(
        f"not every daemon knows both values of {found.what.name}: {answers.trouble or names}",
        code="MUTT-G042",
        why="one that knows the old value alone would be locked out, or would refuse who has the new one",
        tries=("mutt logs --grep vault --since 10m", "mutt status", "add --force unverified"),
    )


def _require_senders(backends: Backends, _: Answers) -> None:
    """The ledger knows which key events came with."""
    questions, first = Questions(backends), rfc3339(now_ms() - USED_WITHIN_S * 1000)[:16]
    entries = ledger_rows.entries(backends, questions, since_ms=now_ms() - USED_WITHIN_S * 1000)
    used = [
        (minute, number)
        for minute, source, counter, number in entries
        if source == rotation.OLD_SOURCE and counter == "accepted" and minute >= first and number > 0
    ]
    if used:
        raise RefusedError(
            f"{sum(number for _, number in used):,} events came with the old key since {first}Z,"
            f" the last in minute {max(minute for minute, _ in used)}Z",
            code="MUTT-G043", why="their senders would get 401 from now on, and some drop what is answered so",
            tries=("mutt reconcile --by source --since 15m", "give them the new key", "add --force still-used"),
        )  # fmt: skip


def _require_accepted(_: Backends, answers: Answers) -> None:
    """Forwarders say which key Moogsoft accepts from them; one that has not read both would say it of other values."""
    said = {
        f"{one.name} on {one.host}": one.moog_key
        for one in answers.readers
        if one.service == "forwarder" and answers.state(one) == "has read"
    }
    if doubt := rotation.unproven("MOOG_API_KEY", said):
        raise RefusedError(
            doubt, code="MUTT-G049",
            why="without the old key no alert would get through if Moogsoft does not accept the new one",
            tries=(
                "mutt moog test --send", "make the new key known to Moogsoft, and finish when an alert was delivered",
                "add --force still-used",
            ),
        )  # fmt: skip


_UNUSED: Final[Mapping[str, Callable[[Backends, Answers], None]]] = {
    "INGEST_API_KEY": _require_senders,
    "MOOG_API_KEY": _require_accepted,
}
"""Secrets of which it can be seen who uses the old value."""
