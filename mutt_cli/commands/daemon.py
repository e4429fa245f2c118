"""`mutt daemon NAME`: one service in the foreground, as systemd and `mutt up` start it."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from mutt_cli.commands.context import Run  # noqa: TC001 - typer reads the annotation
from mutt_cli.commands.declare import command, word

app = word("daemon")


class Service(StrEnum):
    """The daemons of this build; `moog-forwarder` is the unit's name for the forwarder (D38)."""

    ingestor = "ingestor"
    alerter = "alerter"
    forwarder = "forwarder"
    moog_forwarder = "moog-forwarder"
    remediation = "remediation"
    webui = "webui"
    simulator = "simulator"


_SINGLE = (Service.remediation, Service.simulator)
"""Remediation has one active instance (contradictions.md C-92)."""


@command(app, impact="-", endless=True)
def daemon(
    run: Run,
    name: Annotated[Service, typer.Argument(help="Which service.")],
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            min=1,
            max=64,
            help="Processes, instead of the service's setting (INGESTOR_WORKERS and so on).",
        ),
    ] = None,
) -> int:
    """Run one service in the foreground until SIGTERM; logs go to stderr.

    What ends it is a line of its log like any other; a person at a terminal reads it as every command tells it.

    The simulator stands in for Moogsoft; it shows what arrived and can be told to fail. URL is what `mutt up` prints:

    \b
    curl URL/received
    curl -X PUT URL/behaviour -d '{"status": 503}'       or reject_field, delay_ms, drop, probability
    curl -X DELETE URL/behaviour                         it is well again
    """  # noqa: D301  \b is how a help text keeps its lines
    from mutt_cli.adapters.logs import last_words
    from mutt_cli.daemons.runtime import exit_code
    from mutt_cli.errors import BUG, MuttError, UsageError

    if workers is not None and name in _SINGLE:
        raise UsageError(f"{name} is one process and takes no --workers", tries=(f"mutt daemon {name}",))
    try:
        return _start(run, name, workers)
    except Exception as error:  # the last boundary of a daemon: its log must say why it is gone
        code = BUG
        if isinstance(error, MuttError):
            code = error.exit_code = exit_code(error)
        if sys.stderr.isatty():
            raise
        last_words(str(name), error)
        return code


def _start(run: Run, name: Service, workers: int | None) -> int:
    if name == Service.ingestor:
        from mutt_cli.daemons.ingestor.main import main

        return main(workers=workers)
    if name == Service.webui:
        from mutt_cli.daemons.webui import main as webui

        return webui.main(workers=workers)
    if name == Service.simulator:
        from mutt_cli.daemons.launch_simulator import simulator

        return simulator(run.settings)
    if name == Service.remediation:
        from mutt_cli.daemons.launch_remediation import remediation

        return remediation()
    if name == Service.alerter:
        from mutt_cli.daemons.launch_alerter import alerter

        return alerter(workers=workers)
    from mutt_cli.daemons.launch_forwarder import forwarder

    return forwarder(workers=workers)
