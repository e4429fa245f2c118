"""`mutt ingest`: the intake, from the sender's side."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.commands.options import InFile
from mutt_cli.core.intake import Format
from mutt_cli.errors import OK, PARTIAL, UsageError

if TYPE_CHECKING:
    from mutt_cli.ops.ingest import Source

app = noun("ingest", "The intake: send events.")

_KEPT: Final = 100_000
"""Most events and refusals that are listed; the counts are whole."""
_SHOWN: Final = 20
"""Of each kind on a terminal."""

Form = Annotated[Format, typer.Option("--format", help="What the input is; auto looks at its first line.")]
Count = Annotated[int, typer.Option("--count", metavar="N", min=1, help="Send --message this often.")]
Host = Annotated[str, typer.Option("--host", metavar="NAME", help="Host of --message, and of lines that name none.")]
Message = Annotated[str | None, typer.Option("--message", metavar="TEXT", help="Send this text instead of a file.")]
Url = Annotated[str, typer.Option("--url", metavar="URL", help="Another ingestor than this deployment's.")]
KeyFile = Annotated[
    str, typer.Option("--api-key-file", metavar="PATH", help="Its API key, instead of INGEST_API_KEY in Vault.")
]


@command(app, "send", impact="W", endless=True)
def send(
    run: Run,
    *,
    file: InFile = None,
    form: Form = "auto",
    count: Count = 1,
    host: Host = "",
    message: Message = None,
    url: Url = "",
    api_key_file: KeyFile = "",
) -> int:
    """Send real events through the API and print their correlation ids.

    \b
    mutt ingest send --host core-sw1 --message "%LINK-3-UPDOWN: Interface Gi0/1, changed state to down"
    mutt ingest send --file /var/log/network.log
    tail -F /var/log/network.log | mutt ingest send --file -

    Syslog lines (RFC 3164, RFC 5424, Cisco, Junos, EOS, Fortinet, Huawei), NDJSON or JSON. Times without a zone are
    in this machine's. Exit 6: some were refused. Exit 5: the ingestor did not take them within --timeout, or two
    minutes without progress.
    """  # noqa: D301  \\b is how a help text keeps its lines
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.ops.ingest import Source, address

    if (file is None) == (message is None):
        raise UsageError(
            "there is nothing to send, or two things: give --file or --message",
            tries=("mutt ingest send --file PATH", 'mutt ingest send --host NAME --message "TEXT"'),
        )
    source = Source(file or "", form, count, host, message or "")
    what = f"{count:,} events" if file is None else "the events of stdin" if file == "-" else f"the events of {file}"
    go_on = approved(run, Plan(f"SEND {what} to {url or address(run.settings)}"))
    return _send(run, source, url, api_key_file) if go_on else _preview(run, source)


def _send(run: Run, source: "Source", url: str, key_file: str) -> int:
    from mutt_cli.ops import ingest
    from mutt_cli.ops.send import Patience, Sender, Watch
    from mutt_cli.present.ingest import sent_line, sent_listing

    groups = ingest.outcomes(source, run.environ)
    with ingest.door(run.settings, url, key_file) as door:
        watch = Watch(waiting=lambda reason, seconds: _waiting(run, reason, seconds))
        sent = Sender(door, Patience(total_s=run.timeout_s), keep=_KEPT, watch=watch).send(groups)
    if sent.accepted or sent.refusals or not sent.stopped:
        run.show(sent_listing(sent, _SHOWN if run.people_read else None))
        _sum_up(run, sent_line(sent))
    if sent.stopped:
        if sent.resume_line:
            run.say(f"go on from line {sent.resume_line}: tail -n +{sent.resume_line} FILE | mutt ingest send --file -")
        raise sent.stopped
    return PARTIAL if sent.refusals else OK


def _preview(run: Run, source: "Source") -> int:
    from mutt_cli.ops import ingest
    from mutt_cli.present.ingest import preview_line, preview_listing

    found = ingest.preview(ingest.outcomes(source, run.environ), _KEPT)
    run.show(preview_listing(found, _SHOWN if run.people_read else None))
    _sum_up(run, preview_line(found))
    return PARTIAL if found.refusals else OK


def _waiting(run: Run, reason: str, seconds: float) -> None:
    """Short waits are nobody's business; a long one has to be explained while it lasts."""
    text = f"the ingestor does not take events now ({reason}); next try in {seconds:.1f} s"
    run.say(text) if seconds >= 1 else run.detail(text)


def _sum_up(run: Run, line: str) -> None:
    if run.format in {"table", "wide"}:
        run.say(line)
