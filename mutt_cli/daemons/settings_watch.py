"""Settings changed at run time reach a running daemon: one thread per process keeps `runtime.settings` current.

It reads what is stored in Redis when a change is announced, and every 5 s in case an announcement was lost. Readers
take `runtime.settings`, an immutable snapshot, once per batch or turn; whoever keeps a value longer says so. While
Redis is away the last values stay. A value that cannot be used is told once and leaves its setting as it was.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import dynamic_store, host
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.dynamic_store import HELD, READ_EVERY_S, Announcements, Reader, Stored
from mutt_cli.adapters.redis_client import REDIS_TROUBLE
from mutt_cli.core.metrics import metrics_address
from mutt_cli.settings import BY_DYNAMIC, DECLARATIONS, apply_dynamic, value_of
from mutt_cli.settings.dynamic import OFF, SEEDED, revision
from mutt_cli.settings.values import shown, to_text

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from mutt_cli.daemons.runtime import Runtime
    from mutt_cli.errors import MuttError
    from mutt_cli.settings import Settings

LISTEN_S: Final = 0.5
RETRY_S: Final = 0.5
JUST_NOW_MS: Final = 60_000
"""Secrets that a process read at its start may be older than a call that was made so shortly before."""


class SettingsWatch:
    """The thread of one process; `name` is what the process is called beside its service."""

    def __init__(self, runtime: Runtime, name: str) -> None:
        self._runtime, self._name = runtime, name
        self._client = runtime.redis()
        self._configured = runtime.settings
        self._enabled = runtime.settings.worker.dynamic_config_enabled
        self._chosen: dict[str, str] | None = None
        self._told: frozenset[str] = frozenset()
        self._refused: tuple[str, ...] = ()
        self._away = False
        self._seeded = False
        self._call: int | None = None
        self._secrets_said: tuple[int, int, str, str] = (0, 0, "", "")
        self._next_note_s = 0.0

    def start(self) -> threading.Thread:
        """Read once, before anything is done by the values, then go on in a thread; without Redis it begins there."""
        if not self._enabled:
            self._runtime.config_revision = OFF
            self._runtime.log.info("config: dynamic settings are off (DYNAMIC_CONFIG_ENABLED=false)")
        try:
            self._runtime.holds.look(self._client)
            self._read(())
            dynamic_store.forget_the_dead(self._client, self._runtime.keys)
        except REDIS_TROUBLE as error:
            self._lost(error)
        return self._runtime.spawn("settings", self.run)

    def run(self) -> None:
        """Until the daemon stops; a subscription that breaks is made anew, and what was missed is read."""
        stop = self._runtime.stop
        while not self._enabled and not stop.wait(LISTEN_S):
            self._listen_for_secrets()
            self._look_without_listening()
        while not stop.is_set():
            try:
                with Announcements(self._client, self._runtime.keys) as announcements:
                    self._follow(announcements)
            except REDIS_TROUBLE as error:
                self._lost(error)
                stop.wait(RETRY_S)
        try:
            dynamic_store.forget_reader(self._client, self._runtime.keys, self._reader())
        except REDIS_TROUBLE as error:
            self._runtime.log.debug("config: this process stays listed for a moment: %s", error)

    def _follow(self, announcements: Announcements) -> None:
        announced: Sequence[str] = ()
        self._look()
        while not self._runtime.stop.is_set():
            self._read(announced)
            until = boottime_s() + READ_EVERY_S
            announced = ()
            while not announced and boottime_s() < until and not self._runtime.stop.is_set():
                announced = announcements.wait(LISTEN_S)
                if self._secrets_said != self._secrets_now:
                    self._note()
                self._look()

    def _look(self) -> None:
        """See whether a person switched this service off or on, and say at once that this is obeyed."""
        if self._runtime.holds.look(self._client):
            self._note()

    def _look_without_listening(self) -> None:
        """The same where dynamic settings are off: a Redis that is away changes nothing."""
        try:
            self._look()
        except REDIS_TROUBLE as error:
            self._lost(error)

    def _read(self, announced: Sequence[str]) -> None:
        if self._enabled:
            stored = dynamic_store.read(self._client, self._runtime.keys, announced)
            if self._go_back(stored):
                stored = dynamic_store.read(self._client, self._runtime.keys, announced)
            self._back()
            self._hear(stored)
            self._take(stored.chosen)
            self._seed(stored)
        self._note()

    def _note(self) -> None:
        """Say what this process runs with; a Redis that cannot write that down changes nothing else."""
        said = self._secrets_now
        try:
            dynamic_store.note_reader(self._client, self._runtime.keys, self._reader())
            self._secrets_said = said
        except REDIS_TROUBLE as error:
            self._runtime.log.debug("config: cannot say which settings are in effect: %s", error)

    @property
    def _secrets_now(self) -> tuple[int, int, str, str]:
        runtime = self._runtime
        # The calls first: what is said is then of the values that were read for them, or of later ones.
        return runtime.secrets_read, runtime.secrets_failed, runtime.secrets_trouble, runtime.moog_key.working()

    def _hear(self, stored: Stored) -> None:
        """Follow a call to read secrets again. One from before this process began is followed by having begun."""
        number, ago_ms = stored.secrets_call
        if number == self._call:
            return
        first, self._call = self._call is None, number
        if not number or (first and ago_ms > JUST_NOW_MS):
            self._runtime.secrets_read = number
        else:
            self._runtime.secret_watch.ask(number)

    def _listen_for_secrets(self) -> None:
        """Where dynamic settings are off: nothing else is taken from there."""
        try:
            self._hear(dynamic_store.read(self._client, self._runtime.keys))
        except REDIS_TROUBLE as error:
            self._lost(error)
        else:
            self._back()
            if boottime_s() >= self._next_note_s or self._secrets_said != self._secrets_now:
                self._next_note_s = boottime_s() + READ_EVERY_S
                self._note()

    def _go_back(self, stored: Stored) -> bool:
        """Take back what was meant for a time that is over; the first daemon that notices does it for all."""
        done = False
        for name, left_ms in stored.returns.items():
            if left_ms <= 0 and dynamic_store.go_back(self._client, self._runtime.keys, name):
                self._runtime.log.info("config: the time is over for which %s was set; it goes back", name)
                done = True
        return done

    def _take(self, chosen: dict[str, str]) -> None:
        """Make the stored values the current ones, and tell what changed."""
        if chosen == self._chosen:
            return
        self._chosen = chosen
        before = self._runtime.settings
        settings, notices = apply_dynamic(self._configured, chosen)
        self._runtime.settings = settings
        known = {name: text for name, text in chosen.items() if name in BY_DYNAMIC}
        self._runtime.config_revision = revision(known)
        self._refused = tuple(notice.name for notice in notices if notice.name in known)
        for problem in notices:
            if str(problem) not in self._told:
                self._runtime.log.warning("config: %s", problem)
        self._told = frozenset(map(str, notices))
        self._tell(before, settings)

    def _tell(self, before: Settings, after: Settings) -> None:
        for one in DECLARATIONS:
            old, new = value_of(before, one), value_of(after, one)
            if old != new:
                was, now = shown(one, to_text(old)), shown(one, to_text(new))
                self._runtime.log.info(
                    "config: %s (%s) changed from %s to %s", one.dynamic or one.env, one.env, was, now
                )

    def _seed(self, stored: Stored) -> None:
        """An alerter writes what is configured where nothing is stored, so that `GET` answers a number (C-25)."""
        if self._runtime.service != "alerter":
            return
        values = {name: to_text(value_of(self._configured, BY_DYNAMIC[name])) for name in SEEDED}
        try:
            dynamic_store.seed(self._client, self._runtime.keys, values, stored, renew=not self._seeded)
            self._seeded = True
        except REDIS_TROUBLE as error:
            self._runtime.log.debug("config: defaults are not written now: %s", error)

    def _reader(self) -> Reader:
        runtime = self._runtime
        hold = runtime.holds.hold
        secrets_read, failed, trouble, moog_key = self._secrets_now
        metrics = metrics_address(runtime.settings, runtime.service) or ("", 0)
        return Reader(
            runtime.service,
            self._name,
            host.hostname(),
            os.getpid(),
            runtime.config_revision,
            self._refused,
            *metrics,
            secrets_read,
            trouble,
            failed,
            moog_key,
            held="" if hold is None else hold.operation or HELD,
            pod=runtime.pod,
            values=self._values(),
        )

    def _values(self) -> dict[str, str]:
        """What is not as the default, in the words of `dynamic_store.told`; secrets are left out."""
        settings = self._runtime.settings
        found = {one.env: (one, value_of(settings, one)) for one in DECLARATIONS if not one.secret}
        return {env: dynamic_store.told(one, value) for env, (one, value) in found.items() if value != one.default}

    def _lost(self, error: MuttError) -> None:
        self._runtime.holds.tell()  # its time may be over meanwhile
        if not self._away:
            self._runtime.log.warning("config: the settings stay as they are, changes cannot be read: %s", error)
        self._away = True

    def _back(self) -> None:
        if self._away:
            self._runtime.log.info("config: changes can be read again")
        self._away = False
