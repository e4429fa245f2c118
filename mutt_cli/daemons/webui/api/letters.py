"""`/dlq`: dead letters, what they have in common, one of them with the repair that is proposed, and a few sent again.

More than a hundred at a time are sent by `mutt dlq replay`, which shows how far it is and can be stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec

from mutt_cli.adapters import queue_reading
from mutt_cli.adapters.clock import now_ms
from mutt_cli.core import edits, pipeline
from mutt_cli.core.rule_fields import MAX_WORDS
from mutt_cli.core.selection import Selection
from mutt_cli.daemons.webui.api import parameters
from mutt_cli.daemons.webui.api.change import Doing, journalled
from mutt_cli.daemons.webui.api.endpoint import Endpoint, Reply
from mutt_cli.daemons.webui.api.hosts import body_of
from mutt_cli.daemons.webui.api.looks import kind, reply
from mutt_cli.daemons.webui.problems import bad_request
from mutt_cli.errors import RefusedError
from mutt_cli.ops import dlq_list, dlq_replay, dlq_run, slices
from mutt_cli.present.dlq import groups_listing, letter_document, letters_listing, replay_fields
from mutt_cli.present.messages import done_document, plan_document

if TYPE_CHECKING:
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.daemons.webui.api.endpoint import Call

MOST: Final = 100
DEEPEST: Final = 200_000
"""Letters that a request looks through: about 60,000 a second."""
_SECONDS: Final = 3.0
_Id = Annotated[str, msgspec.Meta(min_length=7, max_length=200)]
_Word = Annotated[str, msgspec.Meta(max_length=MAX_WORDS)]


class Replay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which letters are to be sent again, and how."""

    ids: Annotated[list[_Id], msgspec.Meta(min_length=1, max_length=MOST)]
    """Payload hashes (7 characters or more), correlation ids (8 or more) or event ids."""
    queue: Annotated[str, msgspec.Meta(max_length=200)] = ""
    """Look in this queue alone."""
    fix: bool = False
    """Send them with the repairs that are proposed."""
    set: dict[str, Any] = {}
    """Fields to give these values."""
    unset: list[_Word] = []
    """Fields to remove."""
    to: Annotated[str, msgspec.Meta(max_length=200)] = ""
    """ingest or alert, instead of where each came from."""
    dry_run: bool = False
    """Only tell what would be sent."""
    reason: _Word = ""
    confirm: Annotated[str, msgspec.Meta(max_length=200)] = ""
    """The name of the deployment, where it is protected (WEBUI_PROTECTED)."""


def letters(call: Call) -> Reply:
    """The newest dead letters, or with `by` how many have what in common (an estimate above 20,000 a queue)."""
    query = call.query
    sources = dlq_replay.letters(call.backends, query["queue"] or None)
    if query["by"]:
        return reply(groups_listing(dlq_list.grouped(call.backends, sources, query["where"], query["by"]), query["by"]))
    found = dlq_list.listed(call.backends, sources, query["where"], most=query["limit"], seconds=_SECONDS)
    return reply(letters_listing(found))


def letter(call: Call) -> Reply:
    """One dead letter: what it says, how it failed, what a replay would do, and the repair that is proposed."""
    _sources(call, "")
    return reply(letter_document(dlq_list.one(call.backends, call.path["letter"]), now_ms(), local=False))


def replay(call: Call) -> Reply:
    """Send letters again, as they are, repaired or changed; what was sent can be taken back while nobody has it."""
    asked: Replay = call.body
    sources = _sources(call, asked.queue)
    wish = dlq_replay.Wish(asked.to, asked.fix, edits=_edits(asked))
    planned = dlq_replay.plan(call.backends, sources, Selection(tuple(asked.ids)), wish)
    title = f"{planned.count:,} dead letters"
    if asked.dry_run or not planned.count:
        return reply(plan_document("mutt.dlq.replay", title, replay_fields(planned), ()))
    stops = pipeline.ALERT in planned.targets
    batch = dlq_run.Batch(tuple(planned.sources), planned.selection, planned.wish, planned.count, to_moogsoft=stops)
    plan = dlq_replay.recorded_plan(planned, 0, 0.0, to_moogsoft=stops)
    with journalled(call, Doing("dlq replay", asked.ids, asked.reason, "B", asked.confirm), plan) as operation:
        progress = dlq_run.carry_out(call.backends, batch, operation.id, call.caller.name, lambda _: None)
        operation.counts = {"messages": progress.moved}
        if progress.stopped:
            operation.result = f"stopped: {progress.stopped}"
    if not progress.stopped:
        slices.forget(call.backends, operation.id)
    return reply(done_document("mutt.dlq.replay", title, replay_fields(planned), operation, progress))


def _sources(call: Call, name: str) -> list[Queue]:
    """The queues to look through. Raises RefusedError where that would take longer than a request may."""
    sources = dlq_replay.letters(call.backends, name or None)
    depth = sum(queue_reading.depths(call.backends.redis(), call.backends.keys, sources))
    if depth > DEEPEST:
        raise RefusedError(
            f"{depth:,} dead letters lie there: to look through them takes longer than a request may", code="MUTT-W409",
            why="a letter is found by looking through its queue",
            tries=("mutt dlq list --by reason", "mutt dlq show ID"),
        )  # fmt: skip
    return sources


def _edits(asked: Replay) -> edits.Edits:
    """The changes that were asked for. Raises RequestError 400 for one that is none."""
    found = [edits.assignment(f"{name}={msgspec.json.encode(value).decode()}") for name, value in asked.set.items()]
    wrong = [one.reason for one in found if isinstance(one, edits.Wrong)]
    if wrong:
        raise bad_request(f"set: {wrong[0]}", {"set": wrong[0]})
    return edits.Edits(tuple(one for one in found if not isinstance(one, edits.Wrong)), tuple(asked.unset))


_WHICH: Final = (
    parameters.words("queue", "Of this queue alone: dlq-alerter, dlq-moog, dlq-old-events, dead or quarantine."),
    parameters.choice("by", "Counts per group.", "reason", "error", "host", "rule"),
    parameters.where(),
    parameters.whole("limit", "At most so many letters.", 1, 1000, 100),
)

ENDPOINTS: Final = (
    Endpoint("GET", "/dlq", "viewer", "list_letters", letters, kind("dlq.list"), "dlq", _WHICH, errors=(404,)),
    Endpoint("GET", "/dlq/{letter}", "viewer", "show_letter", letter, kind("dlq.show"), "dlq", errors=(404,)),
    Endpoint(
        "POST", "/dlq/replay", "operator", "replay_letters", replay,
        kind("dlq.replay"), "dlq", body=body_of(Replay, "replay"), errors=(404, 409),
    ),
)  # fmt: skip
