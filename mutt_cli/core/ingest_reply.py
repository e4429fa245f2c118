"""What the ingestor's answer to a batch means: taken, not now, too much at once, or never.

Promise: an answer is believed only if it accounts for every item of the batch; whatever else arrives is told apart
by what helps: the same request again (503, 429, 5xx), a smaller one (the body was refused), or a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from mutt_cli.core.intake import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Reply:
    """An HTTP answer. `retry_after_s` is its Retry-After in seconds, None if it has none."""

    status: int
    body: bytes
    retry_after_s: float | None = None


@dataclass(frozen=True)
class Silence:
    """No answer. `maybe` says that the request may have arrived: it must be repeated under the same key."""

    detail: str
    maybe: bool


@dataclass(frozen=True, slots=True)
class Accepted:
    """One event in the queue, answered for."""

    line: int
    event_id: str
    correlation_id: str


@dataclass(frozen=True)
class Taken:
    """The batch was dealt with, item by item."""

    accepted: tuple[Accepted, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True)
class NotNow:
    """The same request may succeed later. `wait_s` is what the ingestor asked for, None if it did not say.

    `maybe` says that the events may be in the queue all the same.
    """

    reason: str
    wait_s: float | None
    maybe: bool


@dataclass(frozen=True)
class BadBody:
    """The body as a whole was refused: half of it may fit; a single item is refused for good."""

    reason: str
    detail: str


@dataclass(frozen=True)
class Never:
    """No repetition helps. `auth`: the key is not accepted; `stranger`: this is not MUTT's ingestor."""

    kind: Literal["auth", "stranger"]
    detail: str


Meaning = Taken | NotNow | BadBody | Never


class _ItemReply(msgspec.Struct, gc=False):
    status: str
    index: int = 0
    event_id: str = ""
    correlation_id: str = ""
    reason: str = ""
    detail: str = ""


class _BatchReply(msgspec.Struct, gc=False):
    status: str
    event_id: str = ""
    correlation_id: str = ""
    reason: str = ""
    detail: str = ""
    items: list[_ItemReply] | None = None


_decode = msgspec.json.Decoder(_BatchReply).decode


def meaning(reply: Reply, lines: Sequence[int]) -> Meaning:
    """What `reply` means for the batch whose items came from `lines`."""
    said = _said(reply.body)
    if reply.status == 200:
        return _taken(said, lines)
    if reply.status in {429, 500, 502, 503, 504}:
        # A full queue and a rate limit are told before anything is written; the others, when it is too late to know.
        maybe = reply.status not in {429, 503} or said.reason == "redis"
        return NotNow(said.reason or f"HTTP {reply.status}", reply.retry_after_s, maybe)
    if reply.status in {401, 403}:
        return Never("auth", said.detail)
    if reply.status in {400, 413, 422}:
        return BadBody(said.reason or f"http_{reply.status}", said.detail)
    return Never("stranger", f"HTTP {reply.status}")


def _said(body: bytes) -> _BatchReply:
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _BatchReply(status="")


def _taken(said: _BatchReply, lines: Sequence[int]) -> Taken | Never:
    """Each item's fate by its index; the answer to a single object has none and stands for the one item."""
    items = said.items
    if items is None:
        items = [_ItemReply(said.status, 0, said.event_id, said.correlation_id, said.reason, said.detail)]
    if sorted(item.index for item in items) != list(range(len(lines))):
        return Never("stranger", "HTTP 200 with an answer that does not account for each event")
    accepted, refused = [], []
    for item in items:
        line = lines[item.index]
        if item.status == "queued" and item.event_id and item.correlation_id:
            accepted.append(Accepted(line, item.event_id, item.correlation_id))
        elif item.status == "refused":
            refused.append(Refused(line, item.reason, item.detail))
        else:
            return Never("stranger", "HTTP 200 with an item that is neither queued nor refused")
    return Taken(tuple(accepted), tuple(refused))
