"""Looking after peers: return what a dead worker held, find processing lists that nobody listed, say so in the log.

Every worker looks at every other one of its role about each second (jittered), so that work in dead hands waits for
no particular process. The janitor, one at a time under a lease, scans for lists that no worker is registered for.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from mutt_cli.adapters import lease
from mutt_cli.adapters.clock import IdSource, boottime_s, now_ms
from mutt_cli.adapters.redis_client import REDIS_TROUBLE, as_read, failures_named
from mutt_cli.adapters.single_lease import SingleLease
from mutt_cli.core.moment import rfc3339

if TYPE_CHECKING:
    from mutt_cli.daemons.leased import LeasedWorker
    from mutt_cli.daemons.runtime import Runtime
    from mutt_cli.keys import Role

LOOKS_PER_LEASE = 30
"""A look each second for the usual lease of 30 s."""


class Reaper:
    """The thread of one worker that looks after its peers, and after lists without any worker."""

    def __init__(self, runtime: Runtime, worker: LeasedWorker, roles: tuple[Role, ...]) -> None:
        self._runtime, self._worker, self._roles = runtime, worker, roles
        self._client, self._ids = runtime.redis(), IdSource()
        interval_ms = int(runtime.settings.worker.janitor_interval * 1000)
        lock = runtime.keys.janitor_lock
        self._janitor = {role: SingleLease(self._client, lock(role), interval_ms) for role in roles}
        self._next_scan = 0.0

    def run(self) -> None:
        """Until the daemon stops."""
        self._runtime.log.info("janitor: looking after peers of role %s", ", ".join(self._roles))
        pause = self._worker.lease_ms / 1000 / LOOKS_PER_LEASE
        while not self._runtime.stop.wait(pause * random.uniform(0.8, 1.2)):  # noqa: S311 - jitter, not a secret
            try:
                self._scan_if_due()
                peers = self._peers()
            except REDIS_TROUBLE as error:
                self._runtime.log.warning("janitor: %s", error)
                continue
            for role, pod in peers:
                try:
                    self._look(role, pod)
                except REDIS_TROUBLE as error:  # one peer's broken key must not shield the others
                    self._runtime.log.warning("janitor: cannot look after %s worker %s: %s", role, pod, error)

    def _peers(self) -> list[tuple[Role, str]]:
        with failures_named():
            known = self._client.hgetall(self._runtime.keys.workers)
        names = [
            bytes(name).decode("utf-8", "surrogateescape").partition(":") for name in known if isinstance(name, bytes)
        ]
        return [
            (role, pod)
            for role in self._roles
            for kind, _, pod in names
            if kind == role and (role, pod) != (self._worker.role, self._worker.pod)
        ]

    def _look(self, role: Role, pod: str) -> None:
        found = lease.reap(
            self._client, self._runtime.keys, role, pod,
            lease_ms=self._worker.lease_ms, uid=self._ids.new(), stamp=rfc3339(now_ms()),
            crash_limit=self._runtime.crash_limit(role),
        )  # fmt: skip
        if found.returned or found.buried:
            self._runtime.log.warning(
                "janitor: %s worker %s is gone; returned %d in-flight messages, buried %d",
                role, pod, found.returned, found.buried,
            )  # fmt: skip

    def _scan_if_due(self) -> None:
        if boottime_s() < self._next_scan:
            return
        self._next_scan = boottime_s() + self._runtime.settings.worker.janitor_interval
        for role in self._roles:
            if self._janitor[role].hold():
                self._adopt_unlisted(role)

    def _adopt_unlisted(self, role: Role) -> None:
        """Lists that exist in Redis and in nobody's name join the workers, so that the next look finds them dead."""
        keys = self._runtime.keys
        prefix = keys.processing(role, "")
        with failures_named():
            for key in self._client.scan_iter(match=keys.processing_pattern(role), count=500):
                pod = key.decode("utf-8", "surrogateescape").removeprefix(prefix)
                if self._client.hsetnx(keys.workers, as_read(f"{role}:{pod}"), ""):
                    self._runtime.log.warning("janitor: found the processing list of unlisted %s worker %s", role, pod)
