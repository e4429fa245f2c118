"""The forwarder: claim what breaker and limiter permit, post it, settle each alert alone.

One thread, the clerk, talks to Redis: it claims, hands alerts to at most FORWARDER_CONCURRENCY senders, and settles
their results one by one; a settle without an answer is repeated before the next claim. Senders only post. A post
starts only if it ends before the lease does. Alerts of one signature leave in order: a later one waits here while an
earlier one is being sent, and in the retry set while an earlier one retries.
"""

from __future__ import annotations

import queue
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.adapters import forwarder_queue
from mutt_cli.adapters.clock import now_ms
from mutt_cli.adapters.forwarder_queue import Claimed, Permits, Resync, Settlement
from mutt_cli.adapters.logs import EventLog
from mutt_cli.adapters.moogsoft import MoogsoftClient
from mutt_cli.adapters.redis_client import RedisUnavailableError
from mutt_cli.core import delivery, settlement
from mutt_cli.core.alert import Unreadable, moogsoft_payload, parse_element
from mutt_cli.core.backoff import Policy
from mutt_cli.daemons.leased import LeasedWorker
from mutt_cli.daemons.reaper import Reaper

if TYPE_CHECKING:
    from mutt_cli.core.alert import Alert
    from mutt_cli.core.delivery import Answer
    from mutt_cli.core.settlement import Ending
    from mutt_cli.daemons.meters import ForwarderMeters
    from mutt_cli.daemons.runtime import Runtime

IDLE_S: Final = 0.02
REPEAT_S: Final = 0.2


@dataclass(frozen=True)
class InHand:
    """One claimed alert on its way."""

    element: bytes
    alert: Alert
    epoch: int


@dataclass
class Hand:
    """What this process holds: every element it claimed and has not settled, and who waits for whom."""

    elements: set[bytes] = field(default_factory=set)
    sending: dict[str, list[InHand]] = field(default_factory=dict)
    """Signature to the alerts of it, the first one being sent."""
    retrying: dict[str, int] = field(default_factory=dict)
    """Signature to when its earlier alert is due again (ms)."""


class Forwarder:
    """One forwarder process with one worker name."""

    def __init__(self, runtime: Runtime, meters: ForwarderMeters) -> None:
        self.runtime, self.meters = runtime, meters
        moog = runtime.settings.moog
        lease_ms = int(max(runtime.settings.worker.heartbeat_expiry, 2 * moog.timeout) * 1000)
        self.worker = LeasedWorker(runtime, "moog", runtime.pod, lease_ms, longest_call_s=moog.timeout)
        self.client = MoogsoftClient(moog.webhook_url, runtime.secrets.current("MOOG_API_KEY"), moog.timeout)
        self._policy = Policy(
            moog.retry_max_attempts, moog.retry_initial_delay, moog.retry_multiplier, moog.retry_max_delay
        )
        self._slots = runtime.settings.forwarder.concurrency
        self._senders = ThreadPoolExecutor(self._slots, thread_name_prefix="sender")
        self._results: queue.Queue[tuple[InHand, Answer | None]] = queue.Queue()
        self._hand = Hand()
        self._events = EventLog(runtime.log, runtime.settings.log.event_rate)
        self._mode = "send"

    def run(self) -> None:
        """Until SIGTERM; then posts under way are ended and settled, the rest goes back."""
        self.worker.start()
        self.runtime.spawn("reaper", Reaper(self.runtime, self.worker, ("moog", "alerter")).run)
        while not self.runtime.stop.is_set():
            if self.worker.fenced.is_set():
                self._start_over()
            claimed = self._claim()
            self._settle_results(wait=not claimed)
            self.worker.progress()
        self._senders.shutdown(wait=True)
        self._settle_results(wait=False)
        self.worker.leave()

    def _start_over(self) -> None:
        """The lease is lost: what we held is somebody else's. Posts under way cannot be recalled; forget the rest."""
        self.runtime.log.warning("lease lost; dropping %d alerts and registering again", len(self._hand.elements))
        self._hand = Hand()
        self.worker.register()

    # Claim: from Redis into our hands.

    def _permits(self) -> Permits:
        moog = self.runtime.settings.moog
        return Permits(
            per_window=moog.rate_limit_max_requests if moog.rate_limit_enabled else 0,
            window_ms=int(moog.rate_limit_window * 1000),
            open_action="hold" if moog.breaker_open_action == "hold" else "dlq",
            breaker_timeout_ms=int(moog.breaker_timeout * 1000) if moog.breaker_enabled else 0,
            breaker_threshold=moog.breaker_threshold if moog.breaker_enabled else 0,
            probe_ms=int((moog.timeout + 5) * 1000),
        )

    def _claim(self) -> bool:
        """Take what there is room for; True if anything came."""
        free = self._slots - len(self._hand.elements)
        if free <= 0:
            return False
        call = partial(
            forwarder_queue.claim, self.worker.lease, self.worker.ids.new(),
            slots=free, held=len(self._hand.elements), permits=self._permits(),
        )  # fmt: skip
        try:
            answer = call()
        except RedisUnavailableError as error:
            self.runtime.log.warning("Redis is away: %s", error)
            self.runtime.stop.wait(REPEAT_S)
            return False
        if answer is None:
            self.worker.fenced.set()
            return False
        if isinstance(answer, Resync):
            self._resync(answer)
            return False
        self._tell_mode(answer)
        self.meters.claimed(answer, held_back=self.runtime.settings.moog.breaker_open_action == "hold")
        for element in answer.elements:
            self._hand.elements.add(element)
            self._route(element, answer)
        return bool(answer.elements)

    def _resync(self, answer: Resync) -> None:
        """Redis holds elements for us that we do not know: their claim's reply was lost. They go back to the queue."""
        for element in answer.elements:
            if element not in self._hand.elements:
                self._settle(element, Settlement("back"))
        self._hand.elements &= set(answer.elements)

    def _tell_mode(self, claimed: Claimed) -> None:
        if claimed.mode == "park" and claimed.elements:
            self.runtime.log.warning("Circuit breaker is OPEN, skipping forward of %d alerts", len(claimed.elements))
        if claimed.mode != self._mode:
            self.runtime.log.warning("circuit breaker: forwarder changes from %s to %s", self._mode, claimed.mode)
            self._mode = claimed.mode

    def _route(self, element: bytes, claimed: Claimed) -> None:
        """Decide where a claimed element goes now: to a sender, behind its elder twin in signature, or out."""
        alert = parse_element(element)
        if isinstance(alert, Unreadable):
            self._end(settlement.unreadable(element, alert.reason, self.runtime.pod, claimed.now_ms), claimed.epoch)
            return
        if claimed.mode == "park":
            self._end(settlement.parked(element, alert, self.runtime.pod, claimed.now_ms), claimed.epoch)
            return
        due = self._hand.retrying.get(alert.signature, 0)
        if alert.attempt == 0 and due > claimed.now_ms:
            self._end(settlement.behind(element, alert, due + 1), claimed.epoch)
            return
        item = InHand(element, alert, claimed.epoch)
        line = self._hand.sending.setdefault(alert.signature, [])
        line.append(item)
        if len(line) == 1:
            self._senders.submit(self._send, item)

    # Send: in a sender's thread, nothing but the post.

    def _send(self, item: InHand) -> None:
        timeout = self.runtime.settings.moog.timeout
        if self.worker.lease_left_s() < timeout:
            self._results.put((item, None))
            return
        payload = msgspec.json.encode(moogsoft_payload(item.alert.content))
        self._results.put((item, self.client.post(payload, item.alert.event_id, timeout)))

    # Settle: from our hands back to Redis.

    def _settle_results(self, *, wait: bool) -> None:
        """Settle every result there is; with `wait`, give the first one a moment to come."""
        block = wait and not self.runtime.stop.is_set()
        while True:
            try:
                item, answer = self._results.get(block=block, timeout=IDLE_S if block else None)
            except queue.Empty:
                return
            block = False
            if item.element in self._hand.elements:
                self._conclude(item, answer)

    def _conclude(self, item: InHand, answer: Answer | None) -> None:
        if answer is None:  # not sent: the lease would have ended before the post
            self._hand.sending.pop(item.alert.signature, None)
            self._settle(item.element, Settlement("back"))
            return
        verdict = delivery.judge(answer)
        jitter = random.random()  # noqa: S311 - spreads retries, guards nothing
        at = now_ms()
        ending = settlement.sent(
            item.element, item.alert, verdict, self._policy, pod=self.runtime.pod, jitter=jitter, now_ms=at,
            elapsed_s=answer.elapsed_s,
        )  # fmt: skip
        self.meters.sent(verdict, ending, answer.elapsed_s)
        self._next_of_signature(item, ending)
        self._end(ending, item.epoch)
        self._tell(item.alert, ending, answer)

    def _next_of_signature(self, item: InHand, ending: Ending) -> None:
        """Let the next alert of this signature go, or send it to wait behind its elder's retry."""
        signature = item.alert.signature
        line = self._hand.sending.pop(signature, [item])
        waiting = [one for one in line if one is not item]
        if ending.outcome == "retry":
            self._hand.retrying[signature] = ending.due_ms
            for place, later in enumerate(waiting, start=1):
                self._end(settlement.behind(later.element, later.alert, ending.due_ms + place), later.epoch)
            return
        self._hand.retrying.pop(signature, None)
        if waiting and not self.runtime.stop.is_set():
            self._hand.sending[signature] = waiting
            self._senders.submit(self._send, waiting[0])

    def _end(self, ending: Ending, epoch: int) -> None:
        how = Settlement(
            ending.outcome, ending.element, ending.due_ms, ending.ledger, ending.journal, epoch, ending.breaker
        )
        self._settle(ending.original, how)
        self.meters.ended(ending)

    def _settle(self, element: bytes, how: Settlement) -> None:
        """Settle until Redis answers, same call, same arguments; a stale id is replaced by a new one."""
        settle_id = self.worker.ids.new()
        threshold = self._permits().breaker_threshold
        while True:
            try:
                answer = forwarder_queue.settle(self.worker.lease, settle_id, element, how, breaker_threshold=threshold)
            except RedisUnavailableError as error:
                self.runtime.log.warning("Redis is away, repeating the same settle: %s", error)
                if self.runtime.stop.wait(REPEAT_S) and self.worker.lease_left_s() <= 0:
                    return
                self.worker.progress()
                continue
            if answer == "stale":
                settle_id = self.worker.ids.new()
                continue
            if answer == "fenced":
                self.worker.fenced.set()
            self._hand.elements.discard(element)
            return

    def _tell(self, alert: Alert, ending: Ending, answer: Answer) -> None:
        fields = {"correlation_id": alert.correlation_id, "event_id": alert.event_id, "attempt": ending.attempt}
        if ending.outcome == "delivered":
            if self._events.due():
                self._events.line(
                    f"Forwarded alert with correlation_id={alert.correlation_id}", status="success", **fields
                )
            return
        shown = answer.text or f"HTTP {answer.status}"
        word = "retry with backoff" if ending.outcome == "retry" else "failed, moved to DLQ"
        self.runtime.log.error("Forward error: %s; %s (%s)", shown, word, ending.reason, extra=fields)
