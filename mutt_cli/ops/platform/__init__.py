"""The whole platform on one machine (D20): `up` runs it, `start_detached` in the background, `down` stops it."""

from mutt_cli.ops.platform.control import Stopped, down, running, start_demo, start_detached, up
from mutt_cli.ops.platform.plan import Options
from mutt_cli.ops.platform.progress import Report, State
from mutt_cli.ops.platform.record import Record
from mutt_cli.ops.platform.services import SERVICES, SIMULATOR, Service

__all__ = [
    "SERVICES",
    "SIMULATOR",
    "Options",
    "Record",
    "Report",
    "Service",
    "State",
    "Stopped",
    "down",
    "running",
    "start_demo",
    "start_detached",
    "up",
]
