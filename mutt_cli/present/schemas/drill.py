"""JSON of `mutt drill`."""

from typing import Final

from mutt_cli.core.drill_verdict import RESULTS
from mutt_cli.present.schema import ANY, CHANGE, NUMBER, TEXT, TIME, document, many, mapping, maybe, record, words

SCHEMAS: Final = {
    "mutt.drill": document(
        **CHANGE,
        mode=words("record", "send"),
        result=maybe(words(*RESULTS)),
        state=words("ok", "warn", "crit", "unkn"),
        stage=maybe(TEXT),
        said=TEXT,
        obstacles=many(TEXT),
        tries=many(TEXT),
        left=maybe(TEXT),
        correlation_id=maybe(TEXT),
        event_id=maybe(TEXT),
        seconds=maybe(NUMBER),
        stages=many(
            record(stage=TEXT, waited_seconds=maybe(NUMBER), worked_seconds=maybe(NUMBER), words=TEXT, pod=maybe(TEXT))
        ),
        would_post=maybe(mapping(ANY)),
        previous_at=maybe(TIME),
        previous_ok_at=maybe(TIME),
    ),
}
