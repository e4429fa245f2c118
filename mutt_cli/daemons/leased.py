"""A worker's lease over its whole life: take the name, beat, notice the fence, register again, leave.

The beat runs in a thread of its own and stops renewing when the work loop has made no progress for a while: a hung
worker must lose its lease. Everything else of the lease belongs to the work loop.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from mutt_cli import __version__
from mutt_cli.adapters import host
from mutt_cli.adapters.clock import IdSource, boottime_s, new_token, now_ms
from mutt_cli.adapters.host import NameLock
from mutt_cli.adapters.lease import Heartbeat, Held, Lease, Registered
from mutt_cli.adapters.redis_client import REDIS_TROUBLE
from mutt_cli.core.moment import rfc3339
from mutt_cli.errors import EX_TEMPFAIL, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.daemons.runtime import Runtime
    from mutt_cli.errors import MuttError
    from mutt_cli.keys import Role

TROUBLED_S = 1.0
"""After Redis was away the lease is renewed this soon: until then its end is near, and no post may begin."""
HUNG_AFTER_S = 60.0
"""Without progress for this long (or twice the longest call of the loop) a worker stops beating."""


@dataclass
class LeasedWorker:
    """One worker name, held by this process while its lease lasts."""

    runtime: Runtime
    role: Role
    pod: str
    lease_ms: int
    longest_call_s: float = 0.0
    facts: Callable[[], dict[str, str | int]] = dict
    ids: IdSource = field(default_factory=IdSource)
    lease: Lease = field(init=False)
    ready: threading.Event = field(default_factory=threading.Event)
    fenced: threading.Event = field(default_factory=threading.Event)
    _progress_at: float = field(default_factory=boottime_s)
    _good_until: float = 0.0
    _left: threading.Event = field(default_factory=threading.Event)
    _known_as: str = ""
    """The token by which Redis may know this name: our own, or that of a predecessor here that stopped cleanly, but
    could not tell Redis."""

    def __post_init__(self) -> None:
        state = self.runtime.state_dir / "lock"
        self._lock = NameLock(state / f"{self.role}-{self.pod}.lock")
        self.lease = self._new_lease()

    def _new_lease(self) -> Lease:
        return Lease(
            self.runtime.redis(), self.runtime.keys, self.role, self.pod, new_token(), self.lease_ms,
            self.runtime.crash_limit(self.role),
        )  # fmt: skip

    def start(self) -> None:
        """Take the name on this host, register, and beat from now on. Raises RefusedError if somebody keeps it."""
        self._known_as = self._lock.take()
        self.register()
        self.runtime.spawn("heartbeat", self._beat)

    def progress(self) -> None:
        """The work loop calls this whenever it got somewhere, also when there was nothing to do."""
        self._progress_at = boottime_s()

    def stretch(self, lease_ms: int, longest_call_s: float) -> None:
        """Make the lease longer, from now on; it never becomes shorter, because calls under way count on it."""
        self.longest_call_s = max(self.longest_call_s, longest_call_s)
        if lease_ms <= self.lease_ms:
            return
        self.lease_ms = self.lease.lease_ms = lease_ms
        if self.ready.is_set():
            self._beat_once()

    def tell(self) -> None:
        """Say now what has changed of the facts about this worker, not only with the next beat."""
        if self.ready.is_set():
            self._beat_once()

    def lease_left_s(self, of: Lease) -> float:
        """Seconds for which this lease is certainly ours: since its last good beat began, by the boot clock.

        Any thread may ask. What was claimed under a lease that is lost belongs to somebody else, however good the
        lease that was taken after it.
        """
        good_until = self._good_until  # read first: a new lease is in place before it is said to be good
        return good_until - boottime_s() if self.lease is of else 0.0

    def heartbeat(self, lease: Lease | None = None) -> Heartbeat:
        """What this worker says of itself now."""
        known = Heartbeat(
            (lease or self.lease).token, host.hostname(), host.boot_id(), os.getpid(), self.runtime.started_at,
            __version__, host.pid_namespace(),
        )  # fmt: skip
        return msgspec.structs.replace(known, **self.facts())

    def register(self) -> None:
        """Take the lease, waiting for a former owner up to two lease times. Our own work of before goes back."""
        prev = self._known_as
        if self.fenced.is_set():
            self.lease = self._new_lease()
        deadline = boottime_s() + 2 * self.lease_ms / 1000
        expect = ""
        while not self.runtime.stop.is_set():
            began = boottime_s()
            answer = self._try_register(expect, prev)
            if isinstance(answer, Registered):
                self._good_until = began + self.lease_ms / 1000
                self._known_as = self.lease.token
                self.fenced.clear()
                self.ready.set()
                self._tell(answer)
                return
            if isinstance(answer, Held):
                deceased = self._dead_predecessor(answer)
                if deceased and deceased != expect:
                    expect = deceased
                    continue
                if boottime_s() > deadline:
                    raise self._name_is_taken(answer)
            self.progress()
            self.runtime.stop.wait(min(0.2, self.lease_ms / 10_000))

    def _try_register(self, expect: str, prev: str) -> Registered | Held | None:
        try:
            return self.lease.register(
                self.heartbeat(), uid=self.ids.new(), stamp=rfc3339(now_ms()), expect=expect, prev=prev
            )
        except REDIS_TROUBLE as error:
            self.trouble(error)
            self.runtime.stop.wait(0.5)
            return None

    def trouble(self, error: MuttError) -> None:
        """Redis is away or refuses us: not ready until the next beat says otherwise."""
        self.ready.clear()
        self.runtime.log.warning("Redis is away, repeating the same call: %s", error)

    def fence(self) -> None:
        """The lease is not ours any more: no new post starts, and the work loop registers again."""
        self.fenced.set()
        self.ready.clear()
        self._good_until = 0.0

    def _dead_predecessor(self, held: Held) -> str:
        """The token of a process of this host and boot that is gone; empty if it may be alive.

        Holding the name's lock is not enough: a process with another state folder has another lock.
        """
        try:
            known = msgspec.json.decode(held.heartbeat, type=Heartbeat)
        except msgspec.MsgspecError:
            return ""
        same = known.host == host.hostname() and known.boot_id == host.boot_id() != ""
        return known.token if same and host.process_is_gone(known.pid, known.pid_namespace) else ""

    def _name_is_taken(self, held: Held) -> RefusedError:
        return RefusedError(
            f"{self.role} worker {self.pod} is alive elsewhere: {held.heartbeat.decode('utf-8', 'replace')[:200]}",
            code="MUTT-D111",
            why="two workers with one name would share a processing list",
            tries=("give each worker its own POD_NAME in mutt.env",),
            exit_code=EX_TEMPFAIL,
        )

    def _tell(self, answer: Registered) -> None:
        if answer.returned or answer.buried:
            self.runtime.log.warning(
                "janitor: took over %s, returned %d in-flight messages, buried %d",
                self.pod, answer.returned, answer.buried,
            )  # fmt: skip

    def _beat(self) -> None:
        interval = min(self.runtime.settings.worker.heartbeat_interval, self.lease_ms / 3000)
        due = boottime_s() + interval
        while not self._left.wait(min(interval, TROUBLED_S)):
            if boottime_s() < due and self.ready.is_set():
                continue
            due = boottime_s() + interval
            hung = boottime_s() - self._progress_at > max(HUNG_AFTER_S, 2 * self.longest_call_s)
            if hung:
                self.runtime.log.error("the work loop makes no progress; the lease is left to expire")
            elif not self.fenced.is_set():
                self._beat_once()

    def _beat_once(self) -> None:
        began, lease = boottime_s(), self.lease
        if lease.token != self._known_as:
            return  # it is about to be registered: that it is not yet is no fence
        lasts_s = lease.lease_ms / 1000  # before the call: stretched meanwhile, it is at least this
        try:
            ours = lease.beat(self.heartbeat(lease))
        except REDIS_TROUBLE as error:
            self.trouble(error)
            return
        if self.lease is not lease:
            return  # registered again meanwhile: this answer is about a lease that is history
        if ours:
            self._good_until = max(self._good_until, began + lasts_s)
            self.ready.set()
        else:
            self.fence()

    def leave(self) -> None:
        """The clean stop, after the last piece of work: what is in hand goes back without a crash."""
        self._left.set()
        try:
            returned = self.lease.leave()
        except REDIS_TROUBLE as error:
            # The next process of this name on this host says it for us, so that nothing in hand counts as a crash.
            self._lock.note(self._known_as)
            self.runtime.log.warning("could not say goodbye, the lease will expire: %s", error)
            return
        if returned:
            self.runtime.log.info("janitor: returned %d messages on stop", returned)
