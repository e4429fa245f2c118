"""What systemd says of MUTT's units on this machine, and what it gives a service of ours."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mutt_cli.settings import SERVICES

if TYPE_CHECKING:
    from collections.abc import Mapping

UNITS: Final = ("mutt-ingestor", "mutt-alerter", "mutt-moog-forwarder", "mutt-remediation", "mutt-webui")
"""The exact names of contract.md section 1, in the order in which they are started (contract.md 1.5)."""
UNIT_OF: Final = dict(zip(SERVICES, UNITS, strict=True))
_RUNNING: Final = Path("/run/systemd/system")


def own_folder(kind: str, environ: Mapping[str, str]) -> str:
    """The folder that systemd made for the service this process belongs to: kind STATE or LOGS; empty outside of one.

    Of several the first (systemd.exec(5): StateDirectory=, LogsDirectory=).
    """
    return environ.get(f"{kind}_DIRECTORY", "").partition(":")[0]


def active_units(running: Path = _RUNNING) -> tuple[str, ...]:
    """MUTT's units that run now; none where systemd does not run the machine (`running` shows that it does)."""
    systemctl = shutil.which("systemctl")
    if systemctl is None or not running.exists():
        return ()
    try:
        done = subprocess.run(
            [systemctl, "is-active", *(f"{unit}.service" for unit in UNITS)],
            capture_output=True,
            text=True,
            check=False,
            timeout=5,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    # One word per unit, in the order asked for.
    answers = zip(UNITS, done.stdout.split(), strict=False)
    return tuple(unit for unit, state in answers if state in {"active", "activating", "reloading"})
