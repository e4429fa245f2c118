"""`mutt moog`: Moogsoft, as the daemons see it and as it answers from here."""

from typing import TYPE_CHECKING, Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.errors import AUTH, OK, UNREACHABLE
from mutt_cli.present.output import Document

if TYPE_CHECKING:
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.moog import Probed
    from mutt_cli.settings import Moog

app = noun("moog", "Moogsoft: as the daemons see it, and tested from here.")

Send = Annotated[bool, typer.Option("--send", help="Post one alert that is labelled TEST.", show_default=False)]
Url = Annotated[str, typer.Option("--url", metavar="URL", help="Another webhook; the key goes there only with --send.")]


@command(app, "status", impact="R")
def status(run: Run) -> Document:
    """What remediation's last probe said, the breaker, the last error, and the forwarders."""
    from mutt_cli.ops import dynamic, moog
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.breaker import look
    from mutt_cli.present.moog import status_document

    with Backends(run.settings) as backends:
        settings = dynamic.view(backends, run.configuration).settings.moog
        return status_document(run.spec.kind, moog.seen(backends, settings), look(backends, run.configuration))


@command(app, "test", impact="W")
def ask(run: Run, *, send: Send = False, url: Url = "") -> int:
    """Ask the webhook, with name, connection, TLS, and answer timed apart; whether it takes the key.

    \b
    mutt moog test
    mutt moog test --url https://moogsoft-dr.example.com/events/webhook
    mutt moog test --send --reason "INC-1182: is it back?"

    Without --send this only reads: a HEAD request without a body. With it one labelled alert reaches Moogsoft.
    Exit 5 if it does not answer as it should, 4 if it refuses the key.
    """  # noqa: D301  \\b is how a help text keeps its lines
    from mutt_cli.ops import moog
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.moog import probe_document

    with Backends(run.settings) as backends:
        settings = moog.settings_of(backends, run.configuration, url)
        if send:
            return _send(run, backends, settings, url)
        found = moog.try_out(backends, settings, url=url)
    run.show(probe_document(run.spec.kind, found))
    return exit_of(found)


def _send(run: Run, backends: "Backends", settings: "Moog", url: str) -> int:
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.ops import moog
    from mutt_cli.present.moog import probe_document

    where = moog.address(moog.usable(url or settings.webhook_url, given=bool(url)))
    lines = [
        "it says TEST in its description; it cannot be taken back",
        *(["with this deployment's key"] if url else []),
    ]
    if not approved(run, Plan(f"SEND one test alert to {where}", lines=lines)):
        run.show(probe_document(run.spec.kind, None, plan=f"one test alert to {where}"))
        return OK
    with journalled(run, backends, ["--send"], {"address": where}) as operation:
        found = moog.try_out(backends, settings, url=url, send=True, sender=run.actor)
        operation.counts = {"delivered": int(found.works)}
    run.show(probe_document(run.spec.kind, found, operation=operation))
    return exit_of(found)


def exit_of(found: "Probed") -> int:
    """0 if alerts would get through, 4 for a refused key, 5 for everything else."""
    if found.key_refused:
        return AUTH
    return OK if found.health in {"healthy", "unauthorised"} else UNREACHABLE
