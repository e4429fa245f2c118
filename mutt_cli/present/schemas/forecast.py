"""JSON of `mutt forecast`."""

from typing import Final

from mutt_cli.present.schema import COUNT, NUMBER, TEXT, listing, many, maybe, words

SCHEMAS: Final = {
    "mutt.forecast": listing(
        {"notes": many(TEXT)},
        queue=TEXT,
        depth=COUNT,
        cap=maybe(COUNT),
        trend=words("empty", "filling", "draining", "steady"),
        in_per_second=maybe(NUMBER),
        out_per_second=maybe(NUMBER),
        net_per_second=NUMBER,
        seconds_to_full=maybe(NUMBER),
        seconds_to_empty=maybe(NUMBER),
        basis=TEXT,
    )
}
