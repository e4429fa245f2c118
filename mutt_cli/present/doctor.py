"""What `mutt doctor` says: each cause with its proof, what it means, and what to type, safest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present.output import Document
from mutt_cli.present.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.core.diagnosis.cause import Finding
    from mutt_cli.ops.doctor import Examined

KIND: Final = "mutt.doctor"
_STATES: Final = {"critical": "crit", "warning": "warn"}


def doctor_document(
    examined: Examined,
    findings: Sequence[Finding],
    fixed: Sequence[dict[str, Any]] | None,
    areas: Sequence[str] = (),
) -> Document:
    """All of it. `fixed`: what `--fix` ran, with the exit code of each; None if it was not asked for.

    `areas`: those that were asked for; healthy is only who has no cause in any, and whose every part was looked at.
    """
    elsewhere = [one.id for one in examined.findings if one not in findings]
    fields = {
        "healthy": not examined.findings and not examined.missing,
        "areas": list(areas),
        "elsewhere": elsewhere,
        "findings": [finding_fields(one) for one in findings],
        "unknown": [{"part": one.name, "error": one.error.message if one.error else ""} for one in examined.missing],
        "fixed": fixed,
    }
    return Document(
        KIND, fields, text=list(_lines(examined, findings, elsewhere)), name="well" if not findings else findings[0].id
    )


def finding_fields(one: Finding) -> dict[str, Any]:
    """One cause."""
    return {
        "id": one.id,
        "area": one.cause.area,
        "state": _STATES[one.severity],
        "cause": one.title,
        "proof": list(one.proof.lines),
        "means": one.means,
        "steps": [{"line": step.line, "safe": step.safe} for step in one.steps],
        "owner": one.cause.owner,
        "source": one.cause.source or None,
    }


def _lines(examined: Examined, findings: Sequence[Finding], elsewhere: Sequence[str]) -> Iterator[str]:
    if not findings:
        well = sum(one.state == "ok" for one in examined.evidence.checks.values())
        where = " in these areas" if elsewhere else ""
        yield f"no cause of trouble was found{where}; {well} checks are well"
    for number, one in enumerate(findings):
        if number:
            yield ""
        yield from finding_lines(one)
    if elsewhere:
        yield f"outside these areas: {', '.join(elsewhere)}"
    errors: dict[str, list[str]] = {}
    for missing in examined.missing:
        errors.setdefault(missing.error.message if missing.error else "", []).append(missing.name)
    for error, parts in errors.items():
        yield f"not looked at: {', '.join(parts)}: {safe(error)}"


def finding_lines(one: Finding) -> Iterator[str]:
    """One cause for people."""
    yield f"{_STATES[one.severity]:<4}  {one.id}  {safe(one.title)}"
    yield from (f"      seen:   {safe(line)}" for line in one.proof.lines)
    yield f"      means:  {safe(one.means)}"
    for number, step in enumerate(one.steps):
        label = "try:" if not number else ""
        yield f"      {label:<8}{safe(step.line)}{'   (safe: --fix runs it)' if step.safe else ''}"
    yield f"      owner:  {one.cause.owner}"
