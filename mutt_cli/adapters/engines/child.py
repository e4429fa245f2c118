"""One child process that cannot outlive its supervisor, and that can be another account when root starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.adapters.engines.processes import wake

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mutt_cli.adapters.identity import Identity

_LAUNCH: Final = str(Path(__file__).with_name("launch.py"))


@dataclass(frozen=True)
class Spec:
    """What to run. `death_signal` is what the kernel sends when the thread that started it ends."""

    argv: Sequence[str]
    identity: Identity
    log: Path
    death_signal: signal.Signals = signal.SIGTERM
    how: Literal["path", "fd"] = "path"
    """`fd` executes a self-contained binary through a descriptor, from a folder the account cannot enter."""
    folders: Sequence[str] = ()
    """Opened before the change of account; `@0@`, `@1@`, ... stand for them in `argv` and `environ`."""
    environ: Mapping[str, str] | None = None
    """The whole environment; None for the least one."""


def minimal_environ() -> dict[str, str]:
    """The least environment a server needs: nothing of the caller's, so no secret or proxy leaks into it."""
    return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/"}


class Child:
    """A running child. Start it from a thread that lives as long as it should: the main thread."""

    def __init__(self, spec: Spec) -> None:
        numbers = (spec.identity.uid, spec.identity.gid, int(spec.death_signal), os.getpid(), len(spec.folders))
        words = [str(number) for number in numbers]
        environ = dict(spec.environ) if spec.environ is not None else minimal_environ()
        descriptor = os.open(spec.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", _LAUNCH, *words, *spec.folders, spec.how, *spec.argv],
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                env=environ,
                # Ctrl-C at the terminal reaches the supervisor alone, which stops everything in order.
                start_new_session=True,
            )
        finally:
            os.close(descriptor)
        self.log = spec.log

    @property
    def pid(self) -> int:
        """The process id, the same before and after the launcher became the program."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self._process.poll()

    def send(self, signum: signal.Signals) -> None:
        """Signal it, and wake it should it stand still; nothing happens if it has ended."""
        self._process.send_signal(signum)
        if self.exit_code() is None:
            wake(self.pid)

    def stop(self, signals: Sequence[tuple[signal.Signals, float]]) -> int | None:
        """Send each signal in turn and wait its seconds; the exit code, or None if it still runs."""
        for signum, patience_s in signals:
            if self.exit_code() is not None:
                break
            self.send(signum)
            self.wait(patience_s)
        return self.exit_code()

    def wait(self, patience_s: float) -> int | None:
        """The exit code, or None if it still runs after that time."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(patience_s)
        return None

    def kill_group(self) -> None:
        """End it and the processes it made, at once. Only while `exit_code` was None a moment ago."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def last_words(self, limit: int = 2000) -> str:
        """The end of its log, for an error message."""
        try:
            data = self.log.read_bytes()
        except OSError:
            return ""
        return data[-limit:].decode("utf-8", "replace").strip()
