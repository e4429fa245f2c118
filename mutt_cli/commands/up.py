"""`mutt up`: the whole platform on one machine, with the servers it needs where none are configured."""

from typing import Annotated, Literal

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, word
from mutt_cli.errors import UsageError
from mutt_cli.present.output import Document

app = word("up")

Ports = Annotated[
    Literal["fixed", "auto"], typer.Option("--ports", help="auto picks free service ports and prints them.")
]
Tcp = Annotated[
    bool, typer.Option("--tcp", help="Also open Redis (without a password) and PostgreSQL on 127.0.0.1: all accounts.")
]
Demo = Annotated[bool, typer.Option("--demo", help="Also send sample events, and show what arrives at Moogsoft.")]
Servers = Annotated[bool, typer.Option("--servers", help="Only the servers, no service: what mutt restore wants.")]
Detach = Annotated[bool, typer.Option("--detach", "-d", help="Return once everything is up; `mutt down` stops it.")]


@command(app, impact="-", endless=True)
def up(
    run: Run,
    ports: Ports = "fixed",
    tcp: Tcp = False,
    demo: Demo = False,
    detach: Detach = False,
    *,
    servers: Servers = False,
) -> Document | int:
    """Run the whole platform in the foreground until Ctrl-C: stores, secrets, schema, sample rules, all services.

    What is configured (REDIS_HOST, POSTGRES_HOST, VAULT_ADDR, MOOG_WEBHOOK_URL) is used instead of being embedded.
    State is kept between runs, in MUTT_STATE_DIR.
    """
    from mutt_cli.commands.daemon import Service
    from mutt_cli.ops import platform
    from mutt_cli.present.platform import progress_line, up_document

    if servers and demo:
        raise UsageError("--servers starts no service, and --demo sends events to one")
    if detach:
        chosen = (("--tcp", tcp), ("--demo", demo), ("--servers", servers))
        words = ["--ports", ports, *(flag for flag, wanted in chosen if wanted)]
        return up_document(platform.start_detached(run.environ, words))

    def report(step: str, state: platform.State, detail: str, seconds: float) -> None:
        if line := progress_line(step, state, detail, seconds):
            run.say(line)

    built = set() if servers else {one.value for one in Service}
    services = [one for one in platform.SERVICES if one.name in built]
    options = platform.Options(ports=ports, tcp=tcp, services=services)

    def ready(record: platform.Record) -> None:
        run.show(up_document(record))
        if demo:
            platform.start_demo(record, run.say)

    platform.up(run.environ, options, report, ready)
    return 0
