"""JSON of `mutt op`."""

from typing import Final

from mutt_cli.present.schema import (
    ANY,
    CHANGE,
    COUNT,
    NUMBER,
    TEXT,
    TIME,
    Field,
    document,
    listing,
    many,
    mapping,
    maybe,
)
from mutt_cli.present.schemas.queue import DONE

OPERATION: Final[dict[str, Field]] = {
    "operation": TEXT, "command": TEXT, "impact": TEXT, "state": TEXT, "result": maybe(TEXT), "started_at": TIME,
    "finished_at": maybe(TIME), "took_seconds": maybe(NUMBER), "actor": TEXT, "host": TEXT, "in_context": TEXT,
    "argv": many(TEXT), "what": TEXT, "reason": maybe(TEXT), "counts": mapping(COUNT), "backup_path": maybe(TEXT),
    "backup_sha256": maybe(TEXT), "undone_by": maybe(TEXT),
}  # fmt: skip

SCHEMAS: Final = {
    "mutt.op.list": listing(**OPERATION),
    "mutt.op.resume": document(**CHANGE, resumes=TEXT, **DONE),
    "mutt.op.show": document(**OPERATION, plan=mapping(ANY), originals=mapping(ANY), undo=TEXT),
}
