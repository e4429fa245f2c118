"""JSON of `mutt metric`. Both commands have the same rows; a list has one look only, and therefore no rates."""

from typing import Final

from mutt_cli.present.schema import COUNT, NUMBER, TEXT, Field, either, listing, maybe, words

_SERIES: Final[dict[str, Field]] = {
    "name": TEXT, "labels": TEXT, "service": TEXT, "instance": TEXT, "type": TEXT,
    "value": maybe(either(NUMBER, words("inf", "-inf"))), "rate_per_second": maybe(NUMBER), "count": maybe(NUMBER),
    "p50_seconds": maybe(NUMBER), "p95_seconds": maybe(NUMBER), "p99_seconds": maybe(NUMBER),
    "mean_seconds": maybe(NUMBER), "beyond_seconds": maybe(NUMBER), "over_seconds": maybe(NUMBER),
    "together": maybe(words("sum", "max", "min")), "instances": COUNT, "meaning": TEXT,
}  # fmt: skip

SCHEMAS: Final = {"mutt.metric.list": listing(**_SERIES), "mutt.metric.show": listing(**_SERIES)}
