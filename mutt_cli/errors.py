"""The MuttError family: every failure an operator can meet has a code, one sentence, a why and a try.

The code is stable for ever; its letter names the area (R redis, P db, V vault, M moog, D daemon, C config,
U usage, G guard, E embedded engines, W web API, X bug). `cli.py` is the only place where an error becomes an exit code;
daemons map `exit_code` to sysexits themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

# Exit codes of the command line (ux.md section 3.1).
OK, NO, USAGE, NOT_FOUND, AUTH, UNREACHABLE, PARTIAL, REFUSED, TIMED_OUT, BUG = 0, 1, 2, 3, 4, 5, 6, 7, 8, 70
# Exit codes of the daemons (sysexits; systemd acts on them).
EX_USAGE, EX_UNAVAILABLE, EX_TEMPFAIL, EX_NOPERM, EX_CONFIG = 64, 69, 75, 77, 78


@dataclass(eq=False)
class MuttError(Exception):
    """One failure, told to the person who has to act on it.

    `message` is one sentence with the object, the address and what was tried. `why` says what it means for
    events. `tries` are runnable commands or plain advice, safest first.
    """

    message: str
    code: str = "MUTT-X001"
    why: str = ""
    tries: tuple[str, ...] = ()
    exit_code: int = NO

    def __str__(self) -> str:
        return self.message


class OutOfTimeError(KeyboardInterrupt):
    """The command's time is over. As an interruption, so that nobody takes it for trouble of one back end and goes on.

    `commands/bound.py` raises it, and makes MUTT-U010 of it at the end.
    """


@dataclass(eq=False)
class UsageError(MuttError):
    """The words of the command do not fit together."""

    code: str = "MUTT-U001"
    exit_code: int = USAGE


@dataclass(eq=False)
class ConfigError(MuttError):
    """A setting is missing or has a value that cannot be used."""

    code: str = "MUTT-C100"
    exit_code: int = NO


@dataclass(eq=False)
class NotFoundError(MuttError):
    """The named thing does not exist."""

    code: str = "MUTT-U003"
    exit_code: int = NOT_FOUND


@dataclass(eq=False)
class AuthError(MuttError):
    """A back end or a service refused who we are."""

    code: str = "MUTT-V401"
    exit_code: int = AUTH


@dataclass(eq=False)
class UnreachableError(MuttError):
    """A back end did not answer in time."""

    code: str = "MUTT-R101"
    exit_code: int = UNREACHABLE


@dataclass(eq=False)
class RefusedError(MuttError):
    """A guard said no: going on could lose or break something."""

    code: str = "MUTT-G001"
    exit_code: int = REFUSED


@dataclass(eq=False)
class WaitTimeoutError(MuttError):
    """The condition that was waited for did not come in time."""

    code: str = "MUTT-U008"
    exit_code: int = TIMED_OUT
