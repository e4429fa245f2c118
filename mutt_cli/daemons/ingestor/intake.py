"""One request's way in: key, size, items, queue; every "not now" is a 503, so that shippers keep what they have."""

from __future__ import annotations

import hashlib
import json
import math
import threading
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mutt_cli.adapters import intake_queue
from mutt_cli.adapters.clock import IdSource, new_token, now_ms, random_ids
from mutt_cli.adapters.intake_queue import Accepted, Idempotency, RateLimit, Repeated
from mutt_cli.adapters.logs import EventLog
from mutt_cli.adapters.redis_client import RedisRefusedError, RedisUnavailableError
from mutt_cli.adapters.script_line import ScriptLine
from mutt_cli.adapters.witness import Witness
from mutt_cli.core import intake_answer
from mutt_cli.core.event import AcceptedEvent, Arrival, Limits, Refusal, accept, claimed_id, valid_header_id
from mutt_cli.core.hold import Hold
from mutt_cli.core.intake_answer import Reply
from mutt_cli.core.ledger import UNSERVED
from mutt_cli.core.moment import rfc3339
from mutt_cli.core.quarantine import letter
from mutt_cli.core.reconciliation import UNKNOWN
from mutt_cli.core.request_body import Items, split
from mutt_cli.core.rotation import source_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.daemons.runtime import Runtime

INGEST_KEY = "INGEST_API_KEY"

Refused = tuple[str, str, str]
"""(minute, source, counter of the ledger)."""


@dataclass(frozen=True)
class Request:
    """What matters of an HTTP request."""

    body: bytes
    content_type: str = ""
    content_encoding: str = ""
    api_key: str = ""
    correlation_id: str = ""
    idempotency_key: str = ""
    sender: str = ""


@dataclass
class Intake:
    """Accepts requests for one worker process; its threads share it."""

    runtime: Runtime
    process: str
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        settings = self.runtime.settings.ingest
        self._line = ScriptLine(self.runtime.redis)
        self._ids = IdSource()
        self._limits = Limits(settings.max_event_bytes, settings.max_depth, settings.required_fields)
        self.witness = Witness(self.runtime.state_dir / "witness", self.process, settings.witness_max_bytes)
        self._refusals: Counter[Refused] = Counter()
        self._events = EventLog(self.runtime.log, self.runtime.settings.log.event_rate)

    def take(self, request: Request) -> Reply:
        """Answer one request. Events that are answered 200 are in the queue and in the witness."""
        source = self._source_of(request.api_key)
        reply = self._answer(request, source)
        if reply.status != 200:
            self._refuse(rfc3339(now_ms()), source or UNKNOWN, 1)
        return reply

    def refusals(self) -> Counter[Refused]:
        """What was refused since the last call, by minute, source and counter.

        `refused` are whole requests, and items of batches. `unserved` are events that we could not take though nothing
        was wrong with them: what a service level is about.
        """
        with self._lock:
            taken, self._refusals = self._refusals, Counter()
        return taken

    def _refuse(self, moment: str, source: str, number: int, counter: str = "refused") -> None:
        with self._lock:
            self._refusals[moment[:16], source, counter] += number

    def _answer(self, request: Request, source: str) -> Reply:
        log = self.runtime.log
        if not source:
            log.warning("unauthorized: wrong or missing API key", extra=self._failed(request, "auth"))
            return intake_answer.problem(401, "auth", "the API key is missing or wrong: send it as X-API-Key")
        if self.runtime.holds.hold is not None:
            return self._stopped(request)
        items = self._items(request)
        if isinstance(items, Refusal):
            return self._no_event(request, items)
        try:
            return self._queue(request, items, source)
        except (RedisUnavailableError, RedisRefusedError) as error:
            self._refuse(rfc3339(now_ms()), source, len(items.raws), UNSERVED)
            log.error("ingest failed: %s", error, extra=self._failed(request, "redis"))  # noqa: TRY400 - told in full
            if isinstance(error, RedisUnavailableError):
                return intake_answer.problem(503, "redis", "the queue cannot be reached; send it again", 5)
            return intake_answer.problem(503, "redis", "the queue refused the event; send it again", 30)

    def _stopped(self, request: Request) -> Reply:
        """A person stopped the intake: the sender keeps what it has."""
        holds = self.runtime.holds
        hold = holds.hold or Hold()
        detail = f"the intake is stopped {hold.phrase}; send it again"
        self.runtime.log.warning("ingest refused: %s", detail, extra=self._failed(request, "stopped"))
        return intake_answer.problem(503, "stopped", detail, intake_answer.stopped_retry_s(holds.left_s))

    def _no_event(self, request: Request, refusal: Refusal) -> Reply:
        """The whole request is refused for what it holds."""
        self.runtime.log.warning("ingest refused: %s", refusal.detail, extra=self._failed(request, refusal.reason))
        return intake_answer.single_refused(refusal)

    def _failed(self, request: Request, reason: str) -> dict[str, str]:
        """Fields of the line about a request that failed: runbooks select its status and want its id (TG:1698).

        What came without a key of ours is not read.
        """
        named = "" if reason == "auth" else claimed_id(request.body, self._limits)
        if not named and valid_header_id(request.correlation_id):
            named = request.correlation_id
        return {"status": "fail", "reason": reason} | ({"correlation_id": named} if named else {})

    def _source_of(self, api_key: str) -> str:
        """Ledger source of a key, compared as bytes in constant time; empty if it is none of ours."""
        return source_of(self.runtime.secrets, INGEST_KEY, api_key)

    def _items(self, request: Request) -> Items | Refusal:
        settings = self.runtime.settings.ingest
        body = _expanded(request, settings.max_body_bytes)
        if isinstance(body, Refusal):
            return body
        ndjson = "ndjson" in request.content_type or "jsonl" in request.content_type
        return split(body, max_items=settings.max_batch, ndjson=ndjson)

    def _queue(self, request: Request, items: Items, source: str) -> Reply:
        settings = self.runtime.settings.ingest
        received_at = rfc3339(now_ms())
        results = self._judge(request, items, source, received_at)
        good = [item for item in results if isinstance(item, AcceptedEvent)]
        if items.single and not good and isinstance(results[0], Refusal):
            return self._no_event(request, results[0])
        refused = [
            letter(raw, item, received_at=received_at, source=source)
            for raw, item in zip(items.raws, results, strict=True)
            if isinstance(item, Refusal)
        ]
        # The answer is remembered before the depth is known: a repeated request is answered with a depth of 0.
        reply = intake_answer.single(good[0], 0) if items.single else intake_answer.batch(results, 0)
        answer = intake_queue.enqueue(
            self._line,
            self.runtime.keys,
            [item.element for item in good],
            cap=settings.queue_cap,
            ledger=[(received_at[:16], source, "accepted", len(good))] if good else [],
            quarantine=refused,
            quarantine_cap=settings.quarantine_cap,
            rate=self._rate(),
            idempotency=self._idempotency(request, source, reply),
        )
        if isinstance(answer, Accepted):
            self._remember(received_at, good)
            if refused:
                self._refuse(received_at, source, len(refused))
                self._tell_refused(results)
            return Reply(200, {**reply.body, "queue_depth": answer.depth})
        if isinstance(answer, Repeated):
            return self._repeat(request, answer, received_at)
        self._refuse(received_at, source, len(items.raws), UNSERVED)
        return self._not_now(request, answer)

    def _tell_refused(self, results: Sequence[AcceptedEvent | Refusal]) -> None:
        refused = [item.reason for item in results if isinstance(item, Refusal)]
        reasons = ", ".join(f"{number} {reason}" for reason, number in Counter(refused).most_common())
        self.runtime.log.warning(
            "ingest refused %d of %d items, kept in quarantine: %s", len(refused), len(results), reasons,
            extra={"status": "fail"},
        )  # fmt: skip

    def _judge(
        self, request: Request, items: Items, source: str, received_at: str
    ) -> Sequence[AcceptedEvent | Refusal]:
        header = request.correlation_id if valid_header_id(request.correlation_id) else ""
        with self._lock:
            ids = self._ids.several(len(items.raws))
        fallback = [header] * len(ids) if header else random_ids(len(ids))
        return [
            accept(
                raw, Arrival(event_id, received_at, source, self.process, request.sender, correlation_id), self._limits
            )
            for raw, event_id, correlation_id in zip(items.raws, ids, fallback, strict=True)
        ]

    def _rate(self) -> RateLimit | None:
        settings = self.runtime.settings
        if not settings.moog.rate_limit_enabled:
            return None
        return RateLimit(settings.ingest.max_rate, int(settings.ingest.rate_window * 1000), new_token())

    def _idempotency(self, request: Request, source: str, reply: Reply) -> Idempotency | None:
        """A key belongs to the sender (its source); the answer is kept with a digest of the body it was given for."""
        if not request.idempotency_key:
            return None
        name = f"{source}\x00{request.idempotency_key}".encode("utf-8", "surrogateescape")
        ttl_ms = int(self.runtime.settings.ingest.idempotency_ttl * 1000)
        kept = {"body": hashlib.sha256(request.body).hexdigest(), "answer": reply.body}
        return Idempotency(hashlib.sha256(name).hexdigest(), ttl_ms, json.dumps(kept).encode())

    def _repeat(self, request: Request, answer: Repeated, received_at: str) -> Reply:
        """The stored answer, if the body is the same; another body under the same key is a mistake of the sender."""
        kept = json.loads(answer.value)
        if kept["body"] != hashlib.sha256(request.body).hexdigest():
            detail = "this Idempotency-Key was used for another body: use a new key for each request"
            self.runtime.log.warning("ingest refused: %s", detail, extra=self._failed(request, "idempotency"))
            return intake_answer.problem(422, "idempotency", detail)
        body = kept["answer"]
        ids = [item["event_id"] for item in body.get("items", [body]) if item.get("event_id")]
        with self._lock:  # the first answer may have been lost before the witness knew; in which minute, it cannot say
            self._witness_ids(received_at[:13], ids)
        return Reply(200, body)

    def _witness_ids(self, moment: str, ids: Sequence[str]) -> None:
        """Note accepted ids. A disk that refuses costs the witness, never the sender's answer."""
        try:
            self.witness.note(moment, ids)
        except OSError as error:
            self.runtime.log.error("the witness could not note %d accepted ids: %s", len(ids), error)  # noqa: TRY400

    def _remember(self, received_at: str, good: Sequence[AcceptedEvent]) -> None:
        with self._lock:
            if good:
                self._witness_ids(received_at, [item.event_id for item in good])
            for place in self._events.due_among(len(good)):
                item = good[place]
                text = f"Ingested event correlation_id={item.correlation_id}"
                self._events.line(text, correlation_id=item.correlation_id, event_id=item.event_id, status="success")

    def _not_now(self, request: Request, answer: intake_queue.Refused) -> Reply:
        settings = self.runtime.settings.ingest
        self.runtime.log.warning("ingest refused: %s", answer.reason, extra=self._failed(request, answer.reason))
        if answer.reason == "queue_full":
            detail = f"the queue holds {answer.depth} events, its cap is {settings.queue_cap}; send it again"
            return intake_answer.problem(503, "queue_full", detail, 5)
        detail = f"more than {settings.max_rate} requests in {settings.rate_window} s (INGEST_MAX_RATE); send it again"
        wait = max(1, math.ceil(answer.retry_after_ms / 1000))
        return intake_answer.problem(settings.rate_limit_status, "rate_limit", detail, wait)


def _expanded(request: Request, limit: int) -> bytes | Refusal:
    """The body, unpacked if it is gzip, within the limit after expansion."""
    encoding = request.content_encoding.strip().lower()
    body = request.body
    if encoding == "gzip":
        unpacked = _unpacked(body, limit)
        if isinstance(unpacked, Refusal):
            return unpacked
        body = unpacked
    elif encoding not in ("", "identity"):
        return Refusal("json", "only Content-Encoding gzip or identity is understood")
    if len(body) > limit:
        return Refusal("too_large", f"the body has more than {limit} bytes (INGEST_MAX_BODY_BYTES)")
    return body


def _unpacked(packed: bytes, limit: int) -> bytes | Refusal:
    """Every member of a gzip stream (RFC 1952 section 2.2 allows several), up to one byte over the limit."""
    parts, size = [], 0
    while packed and size <= limit:
        member = zlib.decompressobj(wbits=31)
        try:
            part = member.decompress(packed, limit + 1 - size)
        except zlib.error as error:
            return Refusal("json", f"the body is not valid gzip: {error}")
        parts.append(part)
        size += len(part)
        if not member.eof and size <= limit:
            return Refusal("json", "the gzip body is cut off")
        packed = member.unused_data
    return b"".join(parts)
