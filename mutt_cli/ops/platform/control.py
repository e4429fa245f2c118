"""What the commands call: run a platform here, start one in the background, stop the one that runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.contexts import state_dir
from mutt_cli.adapters.engines.processes import alive, wait_until
from mutt_cli.errors import AuthError, MuttError, WaitTimeoutError
from mutt_cli.ops.platform import demo, record
from mutt_cli.ops.platform import layout as layouts
from mutt_cli.ops.platform.plan import Options, make_plan
from mutt_cli.ops.platform.supervisor import READY_S, Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from mutt_cli.ops.platform.progress import Report
    from mutt_cli.ops.platform.record import Record

STOP_TIMEOUT_S: Final = 150.0
"""Daemons get 45 s, the simulator as long again, then the servers."""
_START_TIMEOUT_S: Final = READY_S + 180.0


@dataclass(frozen=True)
class Stopped:
    """What `down` found: `stopped`, or `not_running`."""

    outcome: Literal["stopped", "not_running"]
    pid: int | None = None
    seconds: float = 0.0


def up(
    caller: Mapping[str, str], options: Options, report: Report, ready: Callable[[Record], None] = lambda _: None
) -> None:
    """Run the platform until SIGINT, SIGTERM or SIGHUP; for the main thread. Errors as `Supervisor.run`."""
    Supervisor(make_plan(caller, options), report).run(ready)


def start_demo(record: Record, tell: Callable[[str], None]) -> None:
    """Send sample events to a platform that is up, beside everything else, until this process ends."""
    threading.Thread(target=demo.run, args=(record, tell, threading.Event()), name="demo", daemon=True).start()


def running(caller: Mapping[str, str]) -> Record | None:
    """The platform of this caller that is up, if any."""
    return record.running(state_dir(caller).absolute())


def start_detached(caller: Mapping[str, str], words: Sequence[str]) -> Record:
    """Start `mutt up WORDS` in a session of its own and return once it is up; its output goes to `log/up.log`.

    Raises RefusedError MUTT-E110 if one runs already, MuttError MUTT-E113 with its last words if it ends instead.
    """
    plan = make_plan(caller, Options())
    layouts.make(plan.layout)
    layouts.refuse_if_held(plan.layout.root)
    log = plan.layout.log("up")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(log, flags, 0o640)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "mutt_cli", "up", *words],
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            env=dict(caller),
            start_new_session=True,
        )
    finally:
        os.close(descriptor)

    def settled() -> bool:
        return process.poll() is not None or _is_up(plan.layout.root, process.pid) is not None

    wait_until(settled, _START_TIMEOUT_S)
    found = _is_up(plan.layout.root, process.pid)
    if found is None:
        raise MuttError(
            "the platform did not come up",
            code="MUTT-E113",
            why=log.read_text(errors="replace")[-2000:].strip(),
            tries=(f"cat {log}", "mutt up"),
        )
    return found


def down(caller: Mapping[str, str], timeout_s: float = STOP_TIMEOUT_S) -> Stopped:
    """Ask the platform of this caller to stop and wait until it has.

    Raises AuthError if it belongs to somebody else, WaitTimeoutError MUTT-E115 if it does not end in time.
    """
    root = state_dir(caller).absolute()
    pid = layouts.holder(root)
    if pid is None:
        return Stopped("not_running")
    began = boottime_s()
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return Stopped("not_running")
    except PermissionError as error:
        raise AuthError(f"the platform on {root} (process {pid}) belongs to another account") from error
    if not wait_until(lambda: not alive(pid) or layouts.holder(root) != pid, timeout_s):
        raise WaitTimeoutError(
            f"the platform (process {pid}) has not ended after {timeout_s:.0f} s",
            code="MUTT-E115",
            tries=(f"tail {root / 'log'}/*.log", "mutt down --timeout 10m"),
        )
    return Stopped("stopped", pid, boottime_s() - began)


def _is_up(root: Path, pid: int) -> Record | None:
    found = record.running(root)
    return found if found is not None and found.pid == pid else None
