"""What every daemon shares: configuration, secrets, logs, signals, privileges, and its exit code.

SIGTERM and SIGINT ask for a clean stop, SIGHUP for a reload; a thread takes them and sets flags. Errors become
sysexits: 78 for configuration (systemd then does not restart in a loop), 69 for a back end that is away at start, 75 to
try again.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import configuration, contexts, host, logs
from mutt_cli.adapters.clock import now_ms
from mutt_cli.adapters.lease import CRASH_LIMIT
from mutt_cli.adapters.redis_client import RedisRefusedError, connect, with_password
from mutt_cli.adapters.rotating_secret import RotatingSecret
from mutt_cli.adapters.systemd import own_folder
from mutt_cli.adapters.vault import VaultSession
from mutt_cli.core.moment import rfc3339
from mutt_cli.core.secrets import Secrets
from mutt_cli.daemons.hold_watch import HoldWatch
from mutt_cli.daemons.secret_watch import SecretWatch
from mutt_cli.daemons.settings_watch import SettingsWatch
from mutt_cli.errors import AUTH, EX_CONFIG, EX_NOPERM, EX_TEMPFAIL, EX_UNAVAILABLE, UNREACHABLE, MuttError
from mutt_cli.keys import Keys

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Sequence

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Role
    from mutt_cli.settings import Settings


MOOG_KEY: Final = "MOOG_API_KEY"
SIGNALS: Final = frozenset((signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
FAREWELL_S: Final = 1.0
"""How long the end of a process waits until Redis has heard of it: `mutt maintenance drain` waits for that."""


@dataclass
class Runtime:
    """One daemon process: what it knows and the flags its signals set."""

    service: str
    pod: str
    settings: Settings
    """The current snapshot, replaced as a whole when a setting changes at run time: take it once per batch or turn."""
    secrets: Secrets
    """Replaced as a whole when they were read again: take a value when it is needed, do not keep it."""
    vault: VaultSession
    log: logging.Logger
    keys: Keys
    started_at: str
    stop: threading.Event = field(default_factory=threading.Event)
    reload: threading.Event = field(default_factory=threading.Event)

    secret_watch: SecretWatch = field(init=False)
    holds: HoldWatch = field(init=False)
    """What a person switched off here; kept current by `follow_settings`."""
    redis_password: RotatingSecret = field(init=False)
    db_password: RotatingSecret = field(init=False)
    moog_key: RotatingSecret = field(init=False)

    def __post_init__(self) -> None:
        self.secret_watch = SecretWatch(self)
        self.holds = HoldWatch(self.keys, self.service, (self.pod, host.hostname()), self.log)
        self.redis_password = RotatingSecret("REDIS_PASS", self._redis_passwords, self.secret_watch.doubt)
        self.db_password = RotatingSecret("DB_PASS", self._db_passwords, self.secret_watch.doubt)
        self.moog_key = RotatingSecret(MOOG_KEY, lambda: self.secrets.accepted(MOOG_KEY), self.secret_watch.doubt)

    def _redis_passwords(self) -> tuple[str, ...]:
        return self.secrets.accepted("REDIS_PASS") or (self.settings.redis.password,)

    def _db_passwords(self) -> tuple[str, ...]:
        """From Vault, unless the environment names one."""
        own = self.settings.postgres.password
        return (own,) if own else self.secrets.accepted("DB_PASS") or ("",)

    def redis(self) -> Client:
        """A Redis client with a pool of its own; one per thread keeps replies apart.

        Each new connection logs in with the password of now.
        """
        return with_password(connect(self.settings.redis, name=f"mutt-{self.service}"), self.redis_password)

    def forked(self, name: str) -> Runtime:
        """For a process forked off this one: flags of its own and a Vault session of its own, under the name `name`."""
        vault = VaultSession(self.settings.vault)
        return replace(self, pod=name, stop=threading.Event(), reload=threading.Event(), vault=vault)

    def listen_to_signals(self) -> None:
        """To be called before any other thread of this process begins: from now on one thread takes the signals.

        A handler would run in the middle of whatever the main thread does, also while it holds the lock of the event
        that the handler sets; two signals at once, as `systemctl kill` sends them, are enough for that. A second
        SIGTERM does not hurry anything; systemd's TimeoutStopSec does.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        self.spawn("signals", self._take_signals)

    def _take_signals(self) -> None:
        while True:
            number = signal.sigwait(SIGNALS)
            if number == signal.SIGHUP:
                self.reload.set()
                self.secret_watch.ask()
            else:
                self.stop.set()

    def pause(self, seconds: float) -> None:
        """Wait before a repetition: at least `seconds`, also when the daemon has been told to stop."""
        if self.stop.is_set():
            time.sleep(seconds)
        else:
            self.stop.wait(seconds)

    def spawn(self, name: str, work: Callable[[], None]) -> threading.Thread:
        """A background thread of this daemon. If its work raises, that is a bug: logged, and the daemon stops."""

        def guarded() -> None:
            try:
                work()
            except (
                Exception
            ):  # a thread's last boundary: what nobody foresaw must stop the daemon, not one thread of it
                self.log.exception("%s stopped by an unexpected error; the daemon stops", name)
                self.failed = True  # before the end begins, which tells it
                self.stop.set()

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        thread.start()
        return thread

    failed: bool = False
    secrets_read: int = 0
    """The last call to read secrets again that this process has followed (`dynamic_store.call_for_secrets`)."""
    secrets_trouble: str = ""
    """Why it could not follow a later one: an error's code, or `no vault`."""
    secrets_failed: int = 0
    """The last call that it could not follow."""
    settings_watch: threading.Thread | None = None
    """The thread of `follow_settings`, if this process has one."""
    config_revision: str = ""
    """Names the dynamic values that `settings` holds; empty before they were read, `off` if they are not obeyed."""

    def follow_settings(self, name: str = "") -> None:
        """Keep `settings` current from now on. `name` is that of this process, if it is not the pod's."""
        self.settings_watch = SettingsWatch(self, name or self.pod).start()

    def end(self) -> int:
        """The exit code of a process that has stopped its work, once it is listed no more, or a second has passed."""
        if self.settings_watch is not None and self.stop.is_set():
            self.settings_watch.join(FAREWELL_S)
        return int(self.failed)

    def learn_secrets(self) -> None:
        """Ask Vault once, without waiting; if it cannot answer, go on with what is known (C-32: remediation)."""
        if not self.settings.vault.addr:
            return
        try:
            self.vault.login()
            self.secrets = self.vault.read_secrets(())
        except MuttError as error:
            self.log.warning("Vault trouble %s: %s; going on without its secrets", error.code, error)

    def keep_vault(self, looked: Callable[[float], None] = lambda _: None) -> None:
        """Keep the token alive from now on; `looked` gets the seconds it still lives after each look."""
        if self.settings.vault.addr:
            self.spawn("vault", lambda: self.vault.keep_alive(self.stop, lambda: looked(self.vault.token_left_s)))

    def crash_limit(self, role: Role) -> int:
        """At how many crashes a message in this role's hands is a dead letter."""
        return self.settings.alerter.max_retries if role == "alerter" else CRASH_LIMIT

    @property
    def state_dir(self) -> Path:
        """Where this host keeps locks and the witness: MUTT_STATE_DIR, the unit's own folder, or the usual place."""
        own = self.settings.platform.state_dir or own_folder("STATE", os.environ)
        return Path(own or contexts.state_dir(os.environ))


def prepare(
    service: str, pod_of: Callable[[Settings], str], secrets: Sequence[str], *, vault_needed: bool = True
) -> Runtime:
    """Read the configuration, open the logs and read the secrets, in this order."""
    loaded = configuration.load(os.environ)
    configuration.require(loaded, service)
    settings = loaded.settings
    pod = pod_of(settings)
    log = logs.setup(settings.log, service, pod)
    for notice in loaded.notices:
        log.warning("%s", notice)
    vault, keys = VaultSession(settings.vault), Keys(settings.redis.key_tag)
    found = vault.read_secrets(secrets) if vault_needed else Secrets({})
    runtime = Runtime(service, pod, settings, found, vault, log, keys, started_at=rfc3339(now_ms()))
    if not vault_needed:
        runtime.learn_secrets()
        return runtime
    log.info("Vault login succeeded, secrets read: %s", ", ".join(secrets) or "none required")
    return runtime


def exit_code(error: MuttError) -> int:
    """The sysexit of an error that ends a daemon."""
    if isinstance(error, RedisRefusedError) and error.code != "MUTT-R105":
        return EX_TEMPFAIL
    if error.exit_code in (EX_CONFIG, EX_TEMPFAIL, EX_UNAVAILABLE, EX_NOPERM):
        return error.exit_code
    return {UNREACHABLE: EX_UNAVAILABLE, AUTH: EX_NOPERM}.get(error.exit_code, EX_CONFIG)
