"""Calls on every daemon to read its secrets again, and waits until each says that it has."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.adapters import dynamic_store
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from mutt_cli.adapters.dynamic_store import Reader
    from mutt_cli.ops.backends import Backends

State = Literal["has read", "not yet", "no vault", "trouble"]

POLL_S: Final = 0.1
LONGEST_WAIT_S: Final = 20.0
"""Longer than a daemon that missed the announcement needs (5 s) and Vault's slowest answers take."""
_NO_VAULT: Final = "no vault"


@dataclass(frozen=True)
class Answers:
    """What the daemons said to one call. `trouble`: why they could not be called at all."""

    readers: tuple[Reader, ...] = ()
    number: int = 0
    trouble: str = ""
    waited_s: float = 0.0

    def state(self, reader: Reader) -> State:
        """How one process stands to the call. Trouble with an earlier one says nothing of this one."""
        if reader.secrets_trouble == _NO_VAULT:
            return "no vault"
        if reader.secrets_read >= self.number:
            return "has read"
        return "trouble" if reader.secrets_trouble and reader.secrets_failed >= self.number else "not yet"

    def trouble_of(self, reader: Reader) -> str:
        """Why one process did not follow the call; empty if it did, or was not there yet."""
        return reader.secrets_trouble if self.state(reader) in {"trouble", "no vault"} else ""

    @property
    def behind(self) -> tuple[Reader, ...]:
        """The processes that did not read their secrets. One that uses no Vault has nothing to read."""
        return tuple(one for one in self.readers if self.state(one) in {"not yet", "trouble"})

    @property
    def complete(self) -> bool:
        """Whether every daemon has read them."""
        return not self.trouble and not self.behind


def standing(backends: Backends) -> Answers:
    """How daemons stand to the last call, without making one."""
    try:
        number, _ = dynamic_store.read(backends.redis(), backends.keys).secrets_call
        return Answers(tuple(dynamic_store.readers(backends.redis(), backends.keys)), number)
    except MuttError as error:
        return Answers(trouble=error.message)


def called(backends: Backends, seconds: float, *, wait: bool = True) -> Answers:
    """Call, and wait at most so long for every daemon. Trouble with Redis is a value: what was changed is changed."""
    began = boottime_s()
    try:
        number = dynamic_store.call_for_secrets(backends.redis(), backends.keys)
        while True:
            spent = boottime_s() - began
            # Who falls silent while we wait has not ended: it did not read them, and may wake up.
            heard_ms = dynamic_store.GONE_MS + round(spent * 1000)
            readers = dynamic_store.readers(backends.redis(), backends.keys, heard_ms)
            answers = Answers(tuple(readers), number, waited_s=spent)
            waiting = any(answers.state(one) == "not yet" for one in readers)
            if not (wait and waiting) or spent >= min(seconds, LONGEST_WAIT_S):
                return answers
            time.sleep(POLL_S)
    except MuttError as error:
        return Answers(trouble=error.message)
