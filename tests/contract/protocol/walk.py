"""A random walk through the queue protocol on a real server: two alerters, two forwarders, and everything goes wrong.

Workers lose replies, die, are paused beyond their lease and go on as if nothing had happened; copies of old calls
arrive late. After each step every accepted event is in exactly one place. The oracle is a set of ids and a count of
posts; it knows nothing of ledgers or leases.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mutt_cli.adapters import alerter_queue, forwarder_queue, journal_stream
from mutt_cli.adapters import lease as leases
from mutt_cli.adapters.alerter_queue import Batch, Plan
from mutt_cli.adapters.bulk import Item, move, oldest
from mutt_cli.adapters.clock import IdSource
from mutt_cli.adapters.forwarder_queue import Claimed, Resync, Settlement
from mutt_cli.core import journal
from tests.contract.protocol.workers import KEYS, LEASE_MS, OPEN_PERMITS, STAMP, Worker, expire

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Role

SLOTS: Final = 3
PODS: Final[tuple[tuple[Role, str], ...]] = (("alerter", "a1"), ("alerter", "a2"), ("moog", "f1"), ("moog", "f2"))
LISTS: Final = (
    KEYS.ingest_queue, KEYS.alert_queue, KEYS.dlq_moog, KEYS.dead, *(KEYS.processing(role, pod) for role, pod in PODS),
)  # fmt: skip
ID: Final = re.compile(rb'"event_id":"(e\d+)"')
alerters, forwarders = st.sampled_from(("a1", "a2")), st.sampled_from(("f1", "f2"))
pods = st.sampled_from(PODS)
outcomes = st.sampled_from(("delivered", "delivered", "retry", "dlq", "back"))


def element_of(event_id: str) -> bytes:
    return b'{"event_id":"%s"}' % event_id.encode()


def ids_in(element: bytes) -> list[str]:
    return [found.decode() for found in ID.findall(element)]


@dataclass
class Hands:
    """One process: its lease and what it believes to hold. A restart makes a new one."""

    worker: Worker
    batch: Batch | None = None
    held: dict[bytes, int] = field(default_factory=dict)
    """Alerts in hand, and how often each was posted since it was claimed."""


class Walk(RuleBasedStateMachine):
    """One walk. `client` must be of an empty server."""

    def __init__(self, client: Client) -> None:
        super().__init__()
        self.client = client
        self.client.flushall()
        self.accepted: set[str] = set()
        self.posts: Counter[str] = Counter()
        self.allowed_repeats = 0
        self.ids = IdSource()
        self.late: list[Callable[[], object]] = []
        """Every call that was made: a copy of it may arrive at any time."""
        self.hands = {pod: self._born(role, pod) for role, pod in PODS}

    def _born(self, role: Role, pod: str, expect: str = "") -> Hands:
        worker = Worker(self.client, role, pod)
        assert isinstance(worker.register(expect=expect), leases.Registered)
        return Hands(worker)

    def _again(self, pod: str) -> None:
        """What a fenced process does: forget everything, register again, unless its name is another's by now."""
        old = self.hands[pod].worker
        worker = Worker(self.client, old.role, pod)
        if isinstance(worker.register(prev=old.lease.token), leases.Registered):
            self.hands[pod] = Hands(worker)

    # What senders and workers do.

    @rule(n=st.integers(1, 4))
    def accept(self, n: int) -> None:
        for _ in range(n):
            event_id = f"e{len(self.accepted)}"
            self.accepted.add(event_id)
            self.client.lpush(KEYS.ingest_queue, element_of(event_id))

    @rule(pod=alerters, n=st.integers(1, 4), lost=st.booleans())
    def claim_batch(self, pod: str, n: int, lost: bool) -> None:
        hands, new = self.hands[pod], self.ids.new()
        if hands.batch is not None:
            return
        lease = hands.worker.lease
        answer = self._call(lambda: alerter_queue.claim(lease, new, n))
        if lost:
            return
        if answer == "fenced":
            self._again(pod)
        elif isinstance(answer, Batch):
            hands.batch = answer

    @rule(pod=alerters, lost=st.booleans())
    def finish_batch(self, pod: str, lost: bool) -> None:
        hands = self.hands[pod]
        if hands.batch is None:
            return
        batch, plan = hands.batch, Plan(pushes={KEYS.alert_queue: list(hands.batch.elements)})
        lease = hands.worker.lease
        answer = self._call(lambda: alerter_queue.finish(lease, batch, plan))
        if lost:
            return
        hands.batch = None
        if answer == "fenced":
            self._again(pod)

    @rule(pod=forwarders, lost=st.booleans())
    def claim_alerts(self, pod: str, lost: bool) -> None:
        hands, new = self.hands[pod], self.ids.new()
        slots, held = SLOTS - len(hands.held), len(hands.held)
        if slots <= 0:
            return
        lease = hands.worker.lease
        answer = self._call(
            lambda: forwarder_queue.claim(lease, new, slots=slots, held=held, permits=OPEN_PERMITS),
        )
        if lost:
            return
        if answer is None:
            self._again(pod)
        elif isinstance(answer, Claimed):
            hands.held |= dict.fromkeys(answer.elements, 0)
        elif isinstance(answer, Resync):
            self._resync(pod, answer)

    def _resync(self, pod: str, answer: Resync) -> None:
        hands = self.hands[pod]
        for element in reversed(answer.elements):
            if element not in hands.held:
                self._settle(pod, element, Settlement("back"))
        for element in [one for one in hands.held if one not in answer.elements]:
            del hands.held[element]

    @rule(pod=forwarders, pick=st.integers(0, SLOTS - 1))
    def post(self, pod: str, pick: int) -> None:
        """An alert reaches Moogsoft. A forwarder without a valid lease starts no post."""
        held = self.hands[pod].held
        if pick < len(held) and self._holder("moog", pod) == self.hands[pod].worker.lease.token:
            element = list(held)[pick]
            if held[element] == 0:
                held[element] = 1
                self.posts.update(ids_in(element))

    @rule(pod=forwarders, pick=st.integers(0, SLOTS - 1), outcome=outcomes, lost=st.booleans())
    def settle(self, pod: str, pick: int, outcome: str, lost: bool) -> None:
        hands = self.hands[pod]
        if pick >= len(hands.held):
            return
        element = list(hands.held)[pick]
        posted = hands.held[element] > 0
        if outcome == "delivered" and not posted:
            return
        if posted:
            outcome = "delivered"
        records = [journal.Record(one, "c", "forwarder", outcome) for one in ids_in(element)]
        how = Settlement(outcome, element, 10**15, journal=journal.pack(records))  # type: ignore[arg-type]
        if lost:  # the daemon repeats it, same id, before anything else
            settle_id = self.ids.new()
            self._settle(pod, element, how, settle_id)
            self._settle(pod, element, how, settle_id)
        else:
            self._settle(pod, element, how)

    def _settle(self, pod: str, element: bytes, how: Settlement, settle_id: str = "") -> None:
        lease, new = self.hands[pod].worker.lease, settle_id or self.ids.new()
        answer = self._call(lambda: forwarder_queue.settle(lease, new, element, how, breaker_threshold=10))
        if answer == "fenced":
            self._fault(pod)
            self._again(pod)
        else:
            self.hands[pod].held.pop(element, None)

    # What goes wrong.

    @rule(pod=pods)
    def crash(self, pod: tuple[Role, str]) -> None:
        """SIGKILL, and the same name starts again on the same host at once."""
        role, name = pod
        self._fault(name)
        self.hands[name] = self._born(role, name, self._holder(role, name))

    @rule(pod=pods)
    def oversleep(self, pod: tuple[Role, str]) -> None:
        """A pause beyond the lease: the process goes on later with what it believes to hold."""
        self._fault(pod[1])
        expire(self.client, self.hands[pod[1]].worker)

    @rule(pod=pods)
    def reap(self, pod: tuple[Role, str]) -> None:
        now = self.client.time()[0] * 1000
        self.client.hset(KEYS.reap(pod[0]), mapping={"tick": now, "quiet": 0})
        leases.reap(self.client, KEYS, *pod, lease_ms=LEASE_MS, uid=self.ids.new(), stamp=STAMP)

    @rule()
    def retries_are_due(self) -> None:
        for member in self.client.zrange(KEYS.retry, 0, -1):
            self.client.execute_command("ZADD", KEYS.retry, 1, member)  # type: ignore[no-untyped-call]

    @rule(n=st.integers(1, 3))
    def replay(self, n: int) -> None:
        """Remediation brings dead letters back."""
        items = [Item(element, KEYS.alert_queue) for element in oldest(self.client, KEYS.dlq_moog, n)]
        operation, uid = self.ids.new(), self.ids.new()
        if items:
            self._call(
                lambda: move(self.client, KEYS, items, operation=operation, number=1, source=KEYS.dlq_moog, uid=uid)
            )

    @rule(back=st.integers(1, 12))
    def late_copy(self, back: int) -> None:
        """A call that was made before arrives once more; nobody reads its answer."""
        if back <= len(self.late):
            self.late[-back]()

    def _call(self, call: Callable[[], object]) -> object:
        self.late.append(call)
        return call()

    def _holder(self, role: Role, pod: str) -> str:
        """Token of the lease of a name; empty if nobody holds it."""
        value = self.client.get(KEYS.heartbeat(role, pod))
        return str(msgspec.json.decode(value)["token"]) if value else ""

    def _fault(self, pod: str) -> None:
        """Posts that are not settled at this moment may be made again."""
        held = self.hands[pod].held
        self.allowed_repeats += sum(held.values())
        for element in held:
            held[element] = 0

    # What must hold.

    @invariant()
    def every_event_is_in_exactly_one_place(self) -> None:
        pipe = self.client.pipeline(transaction=False)
        for name in LISTS:
            pipe.lrange(name, 0, -1)
        pipe.zrange(KEYS.retry, 0, -1)
        places: Counter[str] = Counter()
        for elements in pipe.execute():
            for element in elements:
                places.update(ids_in(element))
        for entry in journal_stream.scan(self.client, KEYS):
            places.update(record.event_id for record in entry.records if record.outcome == "delivered")
        assert places == Counter(self.accepted), places - Counter(self.accepted) or Counter(self.accepted) - places

    @invariant()
    def posts_repeat_only_after_faults(self) -> None:
        assert sum(self.posts.values()) - len(self.posts) <= self.allowed_repeats

    def teardown(self) -> None:
        """Nothing is stranded: once everybody starts again, everything is delivered or buried as poison."""
        for role, pod in PODS:
            self.crash((role, pod))
        for _ in range(6 * len(self.accepted) + 6):
            for pod in ("a1", "a2"):
                self.claim_batch(pod, 4, lost=False)
                self.finish_batch(pod, lost=False)
            self.retries_are_due()
            self.replay(3)
            for pod in ("f1", "f2"):
                self.claim_alerts(pod, lost=False)
                for _ in range(len(self.hands[pod].held)):
                    self.post(pod, 0)
                    self.settle(pod, 0, "delivered", lost=False)
        self.every_event_is_in_exactly_one_place()
        waiting = [name for name in (*LISTS, KEYS.retry) if name != KEYS.dead and self.client.exists(name)]
        assert waiting == []
