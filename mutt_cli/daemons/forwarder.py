"""The forwarder: claim what breaker and limiter permit, post it, settle each alert alone.

One thread, the clerk, talks to Redis: it claims, hands alerts to at most FORWARDER_CONCURRENCY senders, and settles
their results one by one; a settle without an answer is repeated before the next claim. Senders only post. A post
starts only if it ends before the lease under which its alert was claimed. Order and bookkeeping are `core/hand.py`'s.
"""

from __future__ import annotations

import queue
import random
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.adapters import forwarder_queue
from mutt_cli.adapters.breaker import Failure
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.forwarder_queue import Claimed, Permits, Resync, Settlement
from mutt_cli.adapters.redis_client import REDIS_TROUBLE
from mutt_cli.adapters.script_line import ScriptLine
from mutt_cli.core import delivery, settlement
from mutt_cli.core.alert import Unreadable, moogsoft_payload, parse_element
from mutt_cli.core.backoff import Policy
from mutt_cli.core.hand import Hand, InHand
from mutt_cli.core.pressure import Pressure
from mutt_cli.core.reconciliation import glimpse
from mutt_cli.daemons.canaries import Canaries
from mutt_cli.daemons.delivery_log import DeliveryLog
from mutt_cli.daemons.journal_watch import JournalWatch
from mutt_cli.daemons.leased import LeasedWorker
from mutt_cli.daemons.limit_watch import LimitWatch
from mutt_cli.daemons.moogsoft_sender import MoogsoftSender
from mutt_cli.daemons.reaper import Reaper

if TYPE_CHECKING:
    from mutt_cli.adapters.lease import Lease
    from mutt_cli.core.delivery import Answer
    from mutt_cli.core.settlement import Ending
    from mutt_cli.daemons.meters import ForwarderMeters
    from mutt_cli.daemons.runtime import Runtime
    from mutt_cli.settings import Settings

IDLE_S: Final = 0.02
REPEAT_S: Final = 0.2


class Forwarder:
    """One forwarder process with one worker name."""

    def __init__(self, runtime: Runtime, meters: ForwarderMeters) -> None:
        self.runtime, self.meters = runtime, meters
        settings = runtime.settings
        self.worker = LeasedWorker(
            runtime, "moog", runtime.pod, _lease_ms(settings), longest_call_s=settings.moog.timeout, facts=self._facts
        )
        self._line = ScriptLine(runtime.redis)
        self._out = MoogsoftSender(runtime, settings.moog)
        self._adopt(settings)
        self._slots = runtime.settings.forwarder.concurrency
        self._senders = ThreadPoolExecutor(self._slots, thread_name_prefix="sender")
        self._results: queue.Queue[tuple[InHand, Answer | None]] = queue.Queue()
        self._hand = Hand()
        self._watch = JournalWatch(runtime)
        self._limit = LimitWatch(runtime)
        self._lines = DeliveryLog(runtime)
        self._canaries = Canaries(runtime, self.worker)
        self._redis_ahead_ms = 0.0

    def _facts(self) -> dict[str, str | int]:
        return {"config_version": self.runtime.config_revision, "drills": True}

    def _adopt(self, settings: Settings) -> None:
        """Work by these settings: what lives longer than one call is made anew. Posts under way end by the old ones."""
        moog = settings.moog
        self.worker.stretch(_lease_ms(settings), moog.timeout)
        self._out.use(moog)
        self._policy = Policy(
            moog.retry_max_attempts, moog.retry_initial_delay, moog.retry_multiplier, moog.retry_max_delay
        )
        self._adopted = settings

    def run(self) -> None:
        """Until SIGTERM; then posts under way are ended and settled, the rest goes back."""
        self.worker.start()
        self.runtime.spawn("reaper", Reaper(self.runtime, self.worker, ("moog", "alerter")).run)
        self.runtime.spawn("journal watch", self._watch.run)
        while not self.runtime.stop.is_set():
            if self.worker.fenced.is_set():
                self._start_over()
            if self._adopted is not self.runtime.settings:
                self._adopt(self.runtime.settings)
            claimed = self._claim()
            self._settle_results(wait=not claimed)
            self.worker.progress()
        self._senders.shutdown(wait=True)
        self._settle_results(wait=False)
        self.worker.leave()

    def _start_over(self) -> None:
        """The lease is lost: what we held is somebody else's. Posts under way cannot be recalled; forget the rest."""
        self.runtime.log.warning("lease lost; dropping %d alerts and registering again", len(self._hand))
        self._hand = Hand()
        self.worker.register()

    def _redis_ms(self) -> int:
        """Redis time now, by the boot clock since the last claim: retries are due by the clock that judges them."""
        return int(boottime_s() * 1000 + self._redis_ahead_ms)

    # Claim: from Redis into our hands.

    def _permits(self) -> Permits:
        moog = self._adopted.moog
        return Permits(
            per_window=moog.rate_limit_max_requests if moog.rate_limit_enabled else 0,
            window_ms=int(moog.rate_limit_window * 1000),
            open_action="hold" if moog.breaker_open_action == "hold" else "dlq",
            breaker_timeout_ms=int(moog.breaker_timeout * 1000) if moog.breaker_enabled else 0,
            breaker_threshold=moog.breaker_threshold if moog.breaker_enabled else 0,
            probe_ms=int((moog.timeout + 5) * 1000),
        )

    def _must_wait(self) -> bool:
        """Whether nothing may be claimed now: the journal is full, a person said so, or no post could begin."""
        if self._watch.level >= Pressure.FORWARDERS_STOP or self.runtime.holds.hold is not None:
            return True
        # A claim would give all back, and spend its permits on that.
        return self.worker.lease_left_s(self.worker.lease) < self._adopted.moog.timeout

    def _claim(self) -> bool:
        """Take what there is room for; True if anything came."""
        held = len(self._hand)
        if held >= self._slots or self._must_wait():
            return False
        try:
            answer = forwarder_queue.claim(
                self.worker.lease, self.worker.ids.new(), slots=self._slots - held, held=held, permits=self._permits(),
                line=self._line,
            )  # fmt: skip
        except REDIS_TROUBLE as error:
            self.worker.trouble(error)
            self.runtime.pause(REPEAT_S)
            return False
        if answer is None:
            self.worker.fence()
            return False
        if isinstance(answer, Resync):
            self._resync(answer)
            return False
        self._redis_ahead_ms = answer.now_ms - boottime_s() * 1000
        self._hand.prune(answer.now_ms)
        self._lines.claimed(answer)
        self._limit.claimed(answer)
        self.meters.claimed(answer, held_back=self._adopted.moog.breaker_open_action == "hold")
        for element in answer.elements:
            self._hand.hold(element)
        for element in answer.elements:
            self._route(element, answer)
        return bool(answer.elements)

    def _resync(self, answer: Resync) -> None:
        """Redis holds for us what we do not know (a claim's reply was lost): back to the queue. The reverse: forget."""
        for element in reversed(answer.elements):
            if not self._hand.holds(element):
                self._settle(element, Settlement("back"))
        for item in self._hand.keep_only(answer.elements):
            self._submit(item)

    def _route(self, element: bytes, claimed: Claimed) -> None:
        """Decide where a claimed element goes now: to a sender, behind an earlier one of its signature, or out."""
        alert = parse_element(element)
        if isinstance(alert, Unreadable):
            if self._end(settlement.unreadable(element, alert.reason, self.runtime.pod, claimed.now_ms), claimed.epoch):
                self._lines.unreadable(glimpse(element).event_id, alert.reason)
            return
        drilled = self._canaries.ending(element, alert, claimed) if alert.drill else None
        if drilled is not None:
            if self._end(drilled, claimed.epoch):
                self._lines.drilled(alert, drilled.reason)
            return
        if claimed.mode == "park":
            if self._end(settlement.parked(element, alert, self.runtime.pod, claimed.now_ms), claimed.epoch):
                self._lines.parked(alert)
            return
        elder_due = self._hand.elder_due_ms(alert.signature, claimed.now_ms)
        if elder_due and alert.attempt == 0:
            self._end(settlement.behind(element, alert, elder_due + 1), claimed.epoch)
            return
        item = InHand(element, alert, claimed.epoch)
        if self._hand.line_up(item):
            self._submit(item)

    # Send: in a sender's thread, nothing but the post.

    def _submit(self, item: InHand) -> None:
        if not self.runtime.stop.is_set():  # what is not sent by then goes back when we leave
            self._senders.submit(self._send, item, self.worker.lease)

    def _send(self, item: InHand, claimed_under: Lease) -> None:
        timeout = self._adopted.moog.timeout
        ends_at = boottime_s() + timeout  # before the lease is asked: a freeze after that leaves no time for a post
        if self.worker.lease_left_s(claimed_under) < timeout:
            self._results.put((item, None))
            return
        try:
            payload = msgspec.json.encode(moogsoft_payload(item.alert.content))
            answer = self._out.post(payload, item.alert.event_id, ends_at)
        except Exception as error:  # a sender must always answer, or the alert's slot is lost for good
            self.runtime.log.exception("unexpected error while sending")
            answer = delivery.Answer(failure="protocol", text=f"{type(error).__name__} while sending")
        self._results.put((item, answer))

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
            if not self._hand.owns(item):
                continue
            if answer is None:
                self._give_up_line(item)
            else:
                self._conclude(item, answer)

    def _give_up_line(self, item: InHand) -> None:
        """Not sent, because the lease would have ended before the post: the whole line back, newest first."""
        for one in reversed(self._hand.whole_line(item)):
            self._settle(one.element, Settlement("back", epoch=one.epoch))

    def _conclude(self, item: InHand, answer: Answer) -> None:
        verdict = delivery.judge(answer)
        jitter = random.random()  # noqa: S311 - spreads retries, guards nothing
        ending = settlement.sent(
            item.element, item.alert, verdict, self._policy, pod=self.runtime.pod, jitter=jitter,
            now_ms=self._redis_ms(), elapsed_s=answer.elapsed_s,
        )  # fmt: skip
        self.meters.sent(verdict, ending, answer)
        if ending.outcome == "retry":
            followers = self._hand.wait_for_retry(item, ending.due_ms)
            ours = self._end(ending, item.epoch)
            for place, later in enumerate(followers, start=1):
                self._end(settlement.behind(later.element, later.alert, ending.due_ms + place), later.epoch)
        else:
            following = self._hand.leave_line(item)
            ours = self._end(ending, item.epoch)
            if following is not None:
                self._submit(following)
        if ours or ending.outcome == "delivered":  # that it was posted stays true
            self._lines.sent(item.alert, ending, answer)

    def _end(self, ending: Ending, epoch: int) -> bool:
        """End one alert; False if it is somebody else's by now, to end, to count and to tell of."""
        how = Settlement(
            ending.outcome, ending.element, ending.due_ms, ending.ledger, ending.journal, epoch, ending.breaker,
            self._failure(ending),
        )  # fmt: skip
        ours = self._settle(ending.original, how)
        if ours:
            self.meters.ended(ending)
        return ours

    def _failure(self, ending: Ending) -> bytes:
        """What `mutt breaker show` tells of the last failure that counted."""
        if ending.breaker != "failure":
            return b""
        return Failure(self._redis_ms(), ending.text, ending.reason, self.runtime.pod).encode()

    def _settle(self, element: bytes, how: Settlement) -> bool:
        """Settle until Redis answers, same call, same arguments; a stale id is replaced by a new one.

        False if it was not ours to settle, or the daemon stops without an answer.
        """
        threshold = self._permits().breaker_threshold
        settle_id = self.worker.ids.new()
        while True:
            call = partial(forwarder_queue.settle, self.worker.lease, settle_id, element, how)
            try:
                answer = call(breaker_threshold=threshold, line=self._line)
            except REDIS_TROUBLE as error:
                self.worker.trouble(error)
                self.runtime.pause(REPEAT_S)
                if self.runtime.stop.is_set() and self.worker.lease_left_s(self.worker.lease) <= 0:
                    return False
                self.worker.progress()
                continue
            if answer == "stale":
                settle_id = self.worker.ids.new()
                continue
            if answer == "fenced":
                self.worker.fence()
            self._hand.release(element)
            return answer != "fenced"


def _lease_ms(settings: Settings) -> int:
    """A post must be able to end inside the lease that allows it (architecture.md section 3)."""
    return int(max(settings.worker.heartbeat_expiry, 2 * settings.moog.timeout) * 1000)
