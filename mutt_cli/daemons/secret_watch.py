"""Secrets changed in Vault reach a running daemon when it is told, and when a server refuses those in memory.

It is told by SIGHUP, or through Redis by an operator who changed them (`mutt vault`, `dynamic_store.call_for_secrets`).

One thread per process. What is read replaces `runtime.secrets` as a whole; while Vault cannot give them, or gives
what cannot be used, those in memory stay (D15). A SIGHUP is obeyed at once; refusals ask at most every ten seconds.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mutt_cli.core.secrets import Secrets
    from mutt_cli.daemons.runtime import Runtime

DOUBT_EVERY_S: Final = 10.0
"""However often a server refuses us, Vault is asked no more often than this."""
NO_VAULT: Final = "no vault"
_TICK_S: Final = 1.0


def _anything(_: Secrets) -> None:
    """For services that can use whatever Vault holds."""


class SecretWatch:
    """Asked for by signals and by refused logins, from any thread; does its work once it is started."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._wake = threading.Event()
        self._asked = self._served = self._call = 0
        self._doubted = False
        self._next_s = 0.0
        self._told = ""

    def ask(self, call: int = 0) -> None:
        """Read the secrets again now: SIGHUP, or an operator's call of that number. It only sets flags."""
        if not self._runtime.settings.vault.addr:
            self._runtime.secrets_trouble = NO_VAULT
        self._call = max(self._call, call)
        self._asked += 1
        self._wake.set()

    def doubt(self) -> None:
        """A server refused what we hold: Vault may know better."""
        self._doubted = True
        self._wake.set()

    def start(
        self, required: Sequence[str] = (), require: Callable[[Secrets], None] = _anything, *, stale: bool = False
    ) -> None:
        """Work in a thread from now on. `required` must be there, and `require` raises MuttError if it is no use.

        `stale`: what is in memory may be older than what Vault holds, as in a worker that takes another's place. Then
        Vault is asked at once, and again until it has answered.
        """
        if self._runtime.settings.vault.addr:
            self._runtime.spawn("secrets", lambda: self._run(required, require, stale=stale))

    def _run(self, required: Sequence[str], require: Callable[[Secrets], None], *, stale: bool) -> None:
        if stale and not self._read(required, require, asked=False):
            self._doubted = True  # what is in memory may be of yesterday: ask until Vault answers
        while not self._runtime.stop.is_set():
            self._wake.wait(_TICK_S)
            self._wake.clear()
            number, call = self._asked, self._call
            asked = number != self._served
            if asked or (self._doubted and boottime_s() >= self._next_s):
                self._served, self._doubted = number, False
                self._next_s = boottime_s() + DOUBT_EVERY_S
                good = self._read(required, require, asked=asked)
                if asked:
                    self._note(call, good=good)

    def _note(self, call: int, *, good: bool) -> None:
        """What came of an operator's call. The trouble is said before the call that it belongs to."""
        self._runtime.secrets_trouble = "" if good else self._told
        if good:
            self._runtime.secrets_read = call
        else:
            self._runtime.secrets_failed = call

    def _read(self, required: Sequence[str], require: Callable[[Secrets], None], *, asked: bool) -> bool:
        """Whether the secrets in memory are Vault's."""
        runtime = self._runtime
        try:
            if asked:
                runtime.vault.login()  # the credential's file may be a new one
            found = runtime.vault.read_again(required)
            require(found)
        except MuttError as error:
            if asked or error.code != self._told:
                runtime.log.error(  # noqa: TRY400 - told in full
                    "Vault trouble %s: %s; the secrets in memory stay", error.code, error
                )
            self._told = error.code
            return False
        self._told = ""
        changed, runtime.secrets = found.changed_since(runtime.secrets), found
        if asked or changed:
            what = f"and found changed: {', '.join(changed)}" if changed else "and found as they were"
            runtime.log.info("Vault: secrets read again %s", what)
        return True
