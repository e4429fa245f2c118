"""Runbooks to list, to read and to run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.diagnosis.cause import filled
from mutt_cli.core.diagnosis.runbooks import RUNBOOKS
from mutt_cli.present.doctor import finding_fields, finding_lines
from mutt_cli.present.output import Column, Document, Listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.core.diagnosis.cause import Cause, Finding
    from mutt_cli.core.diagnosis.runbooks import Runbook

_COLUMNS: Final = (Column("runbook"), Column("symptom", "free"), Column("causes", "count"))
_STATES: Final = {"critical": "crit", "warning": "warn"}


def runbook_listing() -> Listing:
    """All of them."""
    rows = [{"runbook": one.name, "symptom": one.symptom, "causes": len(one.known())} for one in RUNBOOKS]
    return Listing("mutt.runbook.list", _COLUMNS, rows, name="runbook")


def runbook_document(one: Runbook) -> Document:
    """One to read; without any network."""
    causes = one.known()
    fields = {**_head(one), "causes": [_cause_fields(cause) for cause in causes]}
    return Document("mutt.runbook.show", fields, text=list(_lines(one, causes)), name=one.name)


def run_document(one: Runbook, found: Sequence[Finding]) -> Document:
    """What was found of its causes."""
    fields = {**_head(one), "findings": [finding_fields(finding) for finding in found]}
    return Document("mutt.runbook.run", fields, text=list(_run_lines(one, found)), name=one.name)


def _head(one: Runbook) -> dict[str, Any]:
    return {
        "runbook": one.name, "symptom": one.symptom, "looks": list(one.looks), "steps": list(one.steps),
        "source": one.source or None,
    }  # fmt: skip


def _cause_fields(cause: Cause) -> dict[str, Any]:
    return {
        "id": cause.id, "area": cause.area, "state": _STATES[cause.severity], "owner": cause.owner,
        "cause": filled(cause.title, {}), "means": filled(cause.means, {}),
        "steps": [filled(step.line, {}) for step in cause.steps],
    }  # fmt: skip


def _lines(one: Runbook, causes: Sequence[Cause]) -> Iterator[str]:
    yield f"{one.name}: {one.symptom}"
    yield from _numbered("do:", one.steps)
    yield from _numbered("look:", one.looks)
    if causes:
        yield f"run:    mutt runbook run {one.name}"
    for cause in causes:
        yield ""
        yield f"{cause.id}  {filled(cause.title, {})}"
        yield f"      means:  {filled(cause.means, {})}"
        yield from _numbered("      try:", [filled(step.line, {}) for step in cause.steps], 14)
        yield f"      owner:  {cause.owner}"


def _run_lines(one: Runbook, found: Sequence[Finding]) -> Iterator[str]:
    yield f"{one.name}: {one.symptom}"
    if not found:
        yield f"none of its {len(one.known())} causes is there now" if one.causes else "a procedure: nothing to look at"
        yield from _numbered("do:", one.steps)
        yield from _numbered("look:", one.looks)
    for finding in found:
        yield ""
        yield from finding_lines(finding)


def _numbered(label: str, lines: Sequence[str], width: int = 8) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f"{label if not number else '':<{width}}{line}"
