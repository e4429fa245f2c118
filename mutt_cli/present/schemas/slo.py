"""JSON of `mutt slo`."""

from typing import Final

from mutt_cli.present.schema import COUNT, NUMBER, TEXT, listing, maybe, words

SCHEMAS: Final = {
    "mutt.slo.show": listing(
        {"source": TEXT, "window_seconds": COUNT, "burn_window_seconds": COUNT},
        slo=TEXT, target_percent=NUMBER, availability_percent=maybe(NUMBER), burn_rate=maybe(NUMBER),
        budget_left_percent=maybe(NUMBER), state=words("ok", "warn", "crit", "unkn"), good=COUNT, bad=COUNT,
    )
}  # fmt: skip
