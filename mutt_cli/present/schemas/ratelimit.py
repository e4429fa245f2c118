"""JSON of `mutt ratelimit`."""

from typing import Final

from mutt_cli.present.schema import COUNT, FLAG, NUMBER, TEXT, listing, maybe, words
from mutt_cli.present.schemas.config import CHANGED

SCHEMAS: Final = {
    "mutt.ratelimit.show": listing(
        limiter=words("ingest", "moog"),
        state=words("ok", "warn"),
        enabled=FLAG,
        limit=COUNT,
        window_seconds=COUNT,
        per_second=NUMBER,
        used=COUNT,
        headroom=COUNT,
        hits=maybe(COUNT),
        waiting=maybe(COUNT),
        returns_in_seconds=maybe(COUNT),
        counts=TEXT,
    ),
    "mutt.ratelimit.set": CHANGED,
}
