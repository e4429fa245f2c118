"""A change of settings at run time in words: what changed, which daemons run with it, how to go back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mutt_cli.present.output import Document
from mutt_cli.settings.values import expected, shown, to_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.adapters.dynamic_store import Former
    from mutt_cli.ops.dynamic import Change, Plan, View
    from mutt_cli.ops.operation import Operation
    from mutt_cli.settings import Declaration, Value


def change_line(change: Change) -> str:
    """`alerter_queue_shed_threshold: 2000 -> 5000   (a whole number ...)`."""
    old, new = _text(change.declaration, change.old), _text(change.declaration, change.new)
    whence = "" if change.old_source == "dynamic" else f" ({change.old_source})"
    if change.text is None:
        return f"{change.key}: {old} -> {new} (no longer set at run time)"
    return f"{change.key}: {old}{whence} -> {new}   ({expected(change.declaration)})"


def undo_lines(changes: Sequence[Change], former: Former, operation: str) -> list[str]:
    """The commands that put back what was there; a value that may hold a secret is not printed."""
    if former.returns:  # `set` would make for good what was meant for a time
        return [f"mutt undo {operation}"]
    lines = []
    for one in changes:
        before = former.texts[one.key]
        if before is None:
            lines.append(f"mutt config unset {one.key}")
        elif one.declaration.may_hold_secret:
            lines.append(f"mutt undo {operation}")
        else:
            lines.append(f"mutt config set {one.key}={_quoted(before)}")
    return lines


def plan_document(kind: str, changes: Sequence[Change], warnings: Sequence[str]) -> Document:
    """What a dry run shows."""
    fields = {"dry_run": True, "changes": [_row(one) for one in changes]}
    return Document(kind, fields, text=[change_line(one) for one in changes], warnings=tuple(warnings))


@dataclass(frozen=True)
class Done:
    """A change that was made: its record, what had been chosen before by key, and when it goes back by itself."""

    operation: Operation
    former: Former
    until: str


def done_document(kind: str, plan: Plan, done: Done | None, seen: View | None, *, waited_s: float) -> Document:
    """What was changed; None if all was so already. `seen` is None if nobody waited for the daemons."""
    undo = undo_lines(plan.changes, done.former, done.operation.id) if done else []
    fields = {
        "dry_run": False,
        "operation": done.operation.id if done else None,
        "changes": [_row(one) for one in plan.changes],
        "revision": seen.revision if seen else None,
        "daemons": daemon_rows(seen) if seen else None,
        "undo": undo,
        "until": (done.until or None) if done else None,
    }
    text = [change_line(one) if done else f"{one.key}: is so already" for one in plan.changes]
    text += list(_acknowledged(seen, waited_s)) if seen else ["announced; nobody was waited for"]
    text += [f"undo:  {line}" for line in undo]
    text += [f"goes back by itself at {done.until}"] if done and done.until else []
    warnings = (*plan.warnings, *(done.operation.warnings if done else ()))
    return Document(kind, fields, text=text, warnings=warnings, name=done.operation.id if done else "")


def published_document(
    kind: str, names: Sequence[str], seen: View | None, *, operation: Operation, waited_s: float
) -> Document:
    """What was announced again, and who runs with it."""
    fields = {
        "operation": operation.id,
        "published": list(names),
        "revision": seen.revision if seen else None,
        "daemons": daemon_rows(seen) if seen else None,
    }
    first = f"announced: {', '.join(names)}" if names else "nothing is set at run time"
    rest = list(_acknowledged(seen, waited_s)) if seen else []
    return Document(kind, fields, text=[first, *rest], warnings=tuple(operation.warnings), name=operation.id)


def daemon_rows(seen: View, declaration: Declaration | None = None) -> list[dict[str, Any]]:
    """Every daemon that reads settings (or this one) and how it stands to what is published."""
    readers = seen.readers_of(declaration) if declaration else [(one, seen.state(one)) for one in seen.readers]
    return [
        {
            "service": one.service, "name": one.name, "host": one.host, "pid": one.pid, "revision": one.revision,
            "state": state.replace(" ", "_"),
        }
        for one, state in readers
    ]  # fmt: skip


def _acknowledged(seen: View, waited_s: float) -> Iterator[str]:
    if not seen.readers:
        yield "no daemon runs; each reads this when it starts"
        return
    behind = {(one.service, one.name) for one in seen.behind}
    names = [f"{one.service} {one.name}" for one in seen.readers if (one.service, one.name) not in behind]
    total = len(seen.readers)
    yield f"acknowledged by {len(names)}/{total} daemons in {waited_s:.1f} s: {', '.join(names) or 'none'}"
    for one in seen.behind:
        why = "does not obey: DYNAMIC_CONFIG_ENABLED=false" if seen.state(one) == "off" else "has not read it yet"
        yield f"  {one.service} {one.name} on {one.host} (pid {one.pid}) {why}"


def _row(change: Change) -> dict[str, Any]:
    return {
        "key": change.key,
        "setting": change.declaration.env,
        "old": _text(change.declaration, change.old),
        "old_source": change.old_source,
        "new": _text(change.declaration, change.new),
        "unit": change.declaration.unit,
    }


def _text(declaration: Declaration, value: Value) -> str:
    text = to_text(value)
    return shown(declaration, text)[1:-1] if declaration.may_hold_secret else text


def _quoted(text: str) -> str:
    import shlex  # noqa: PLC0415  needed for one line of one command

    return shlex.quote(text)
