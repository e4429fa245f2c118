"""JSON of `mutt top --once -o json` and, a line for each frame, of `-o jsonl`."""

from typing import Final

from mutt_cli.present.schema import NUMBER, TEXT, TIME, document, many, maybe, record
from mutt_cli.present.schemas.status import STATUS

_RATES: Final = record(
    service=TEXT, state=TEXT, per_second=maybe(NUMBER), failed_share=maybe(NUMBER), p50_seconds=maybe(NUMBER),
    p95_seconds=maybe(NUMBER),
)  # fmt: skip
_MOVEMENT: Final = record(
    queue=TEXT, in_per_second=maybe(NUMBER), out_per_second=maybe(NUMBER), change_per_second=NUMBER,
    empty_in_seconds=maybe(NUMBER),
)  # fmt: skip

SCHEMAS: Final = {"mutt.top": document(at=TIME, **STATUS, rates=many(_RATES), movements=many(_MOVEMENT))}
