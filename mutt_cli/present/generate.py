"""Generated files as they are, and what became of them when they were written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present.output import Column, Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core.generated import GeneratedFile
    from mutt_cli.ops.generate import Step
    from mutt_cli.ops.operation import Operation

_COLUMNS: Final = (Column("path"), Column("mode"), Column("state"), Column("written_to"))


def text_of(files: Sequence[GeneratedFile]) -> str:
    """One file as it is; several after each other, a line with its path before each, as `systemctl cat` has them."""
    if len(files) == 1:
        return files[0].content
    return "\n".join(f"# {one.path}\n{one.content}" for one in files)


def files_listing(kind: str, files: Sequence[GeneratedFile]) -> Listing:
    """What was made and written nowhere."""
    rows = [_row(one) | {"state": None, "written_to": None} for one in files]
    return Listing(kind, _COLUMNS, rows, fields={"dry_run": False, "operation": None})


def written_listing(kind: str, steps: Sequence[Step], operation: Operation | None, *, dry_run: bool) -> Listing:
    """What became of each file; without an operation nothing had to be written, or it was a dry run."""
    rows = [_row(one.file) | {"state": state(one), "written_to": str(one.target)} for one in steps]
    fields = {"dry_run": dry_run, "operation": operation.id if operation else None}
    kept = [step_line(one) for one in steps if one.action == "keep"]
    told = (*kept, *(operation.warnings if operation else ()))
    return Listing(kind, _COLUMNS, rows, fields=fields, warnings=told)


def state(step: Step) -> str:
    """`created`, `same`, `renewed` or `kept`, whether done or planned."""
    return {"create": "created", "same": "same", "renew": "renewed", "keep": "kept"}[step.action]


def step_line(step: Step) -> str:
    """What is about to happen to one file, for people."""
    if step.action == "keep":
        now = f"ours goes to {step.target}" if step.changes else f"ours is in {step.target} already"
        return f"{step.place} is not as MUTT made it and stays; {now}"
    return {"create": f"create {step.target}", "renew": f"renew {step.target}", "same": f"{step.target} is so already"}[
        step.action
    ]


def _row(file: GeneratedFile) -> dict[str, Any]:
    return {"path": file.path, "mode": f"{file.mode:04o}", "content": file.content}
