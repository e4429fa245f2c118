"""A drill on the screen and in JSON: what each stage took, where the canary is, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.errors import MuttError
from mutt_cli.present import times
from mutt_cli.present.output import Document
from mutt_cli.present.switches import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.drill_notes import Noted
    from mutt_cli.core.drill import Mode
    from mutt_cli.core.drill_verdict import Stage
    from mutt_cli.ops.drill import Drilled, Wired
    from mutt_cli.ops.operation import Operation

_STATE: Final = {"ok": "ok", "unexpected": "warn"}


def plan_lines(wired: Wired, *, send: bool) -> list[str]:
    """What an operator wants to know before one is sent."""
    posted = "one alert titled TEST goes to Moogsoft; it cannot be taken back" if send else "nothing reaches Moogsoft"
    lines = [f"one event that every stage knows for a drill; {posted}"]
    for name, workers in (("alerter", wired.alerters), ("forwarder", wired.forwarders)):
        lines.append(f"{name}: {', '.join(sorted(one.pod for one in workers)) or 'none is alive'}")
    return lines


def drill_document(
    kind: str, found: Drilled | None, *, mode: Mode, last: Noted, operation: Operation | None = None
) -> Document:
    """`mutt drill`; `found` None if a dry run only says what would be sent. `last` is what was known before."""
    finding = found.finding if found else None
    fields: dict[str, Any] = {
        "dry_run": found is None,
        "operation": operation.id if operation else None,
        "mode": mode,
        "result": finding.result if finding else None,
        "state": _STATE.get(finding.result, "crit") if finding else "unkn",
        "stage": (finding.stage or None) if finding else None,
        "said": finding.sentence if finding else "nothing was sent",
        "obstacles": [one.words for one in found.obstacles] if found else [],
        "tries": list(found.tries) if found else [],
        "left": (found.left or None) if found else None,
        "correlation_id": found.correlation_id if found else None,
        "event_id": (found.event_id or None) if found else None,
        "seconds": found.seconds if found else None,
        "stages": [_stage(one) for one in (found.stages if found else ())],
        "would_post": found.post if found else None,
        "previous_at": moment(last.last_ms),
        "previous_ok_at": moment(last.last_ok_ms),
    }
    text = list(_lines(found) if found else _planned(last))
    warnings = (*(operation.warnings if operation else ()), *(found.warnings if found else ()))
    return Document(kind, fields, text=text, warnings=warnings, name=found.correlation_id if found else "")


def problem(found: Drilled) -> MuttError:
    """What a drill that found something ends with."""
    said = [*(one.words for one in found.obstacles), *([found.left] if found.left else [])]
    why = "; ".join(said) or "events that come now fare as it did; its canary was taken away"
    return MuttError(
        f"the canary {found.correlation_id} stands at the {found.finding.stage}: {found.finding.sentence}",
        code="MUTT-D140", why=why, tries=found.tries,
    )  # fmt: skip


def _stage(one: Stage) -> dict[str, Any]:
    return {
        "stage": one.name, "waited_seconds": one.waited_s, "worked_seconds": one.worked_s, "words": one.words,
        "pod": one.pod or None,
    }  # fmt: skip


def _planned(last: Noted) -> Iterator[str]:
    """What was found before, where nothing is sent now."""
    at, good = moment(last.last_ms), moment(last.last_ok_ms)
    yield f"last drill       {f'{times.instant(at)}: {last.result}' if at else 'none is known'}"
    yield f"last good drill  {times.instant(good) if good else 'none is known'}"


def _lines(found: Drilled) -> Iterator[str]:
    yield f"{found.correlation_id}{f'   event {found.event_id}' if found.event_id else ''}"
    if found.stages:
        yield f"{'STAGE':<12}{'WAITED':>10}{'WORKED':>12}  WHAT"
    for one in found.stages:
        yield f"{one.name:<12}{_ms(one.waited_s):>10}{_ms(one.worked_s):>12}  {one.words}"
    if found.seconds is not None:
        yield f"{'all of it':<12}{_ms(found.seconds):>10}"
    if found.post is not None:
        said = found.post
        yield f"would post: {said.get('description', '')} (signature {said.get('signature', '')})"
    yield f"verdict: {found.finding.sentence}"


def _ms(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:,.1f} ms" if seconds < 10 else times.span(seconds)
