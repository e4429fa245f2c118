"""`mutt ingest`: the intake, from the sender's side, and its door."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, noun
from mutt_cli.commands.options import For, InFile
from mutt_cli.core.intake import Format
from mutt_cli.errors import OK, PARTIAL, TIMED_OUT, UsageError

if TYPE_CHECKING:
    from mutt_cli.adapters.dynamic_store import Reader
    from mutt_cli.ops.hold import Intake
    from mutt_cli.ops.ingest import Source

app = noun("ingest", "The intake: send events, stop it, open it again.")

_KEPT: Final = 100_000
"""Most events and refusals that are listed; the counts are whole."""
_SHOWN: Final = 20
"""Of each kind on a terminal."""

Form = Annotated[Format, typer.Option("--format", help="What the input is; auto looks at its first line.")]
Count = Annotated[int, typer.Option("--count", metavar="N", min=1, help="Send --message this often.")]
Host = Annotated[str, typer.Option("--host", metavar="NAME", help="Host of --message, and of lines that name none.")]
Message = Annotated[str | None, typer.Option("--message", metavar="TEXT", help="Send this text instead of a file.")]
Url = Annotated[str, typer.Option("--url", metavar="URL", help="Another ingestor than this deployment's.")]
Instances = Annotated[
    list[str] | None, typer.Argument(metavar="[INSTANCE...]", help="POD_NAME or host of an ingestor; all without.")
]
KeyFile = Annotated[
    str, typer.Option("--api-key-file", metavar="PATH", help="Its API key, instead of INGEST_API_KEY in Vault.")
]


@command(app, "send", impact="W", endless=True, waits=True)
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


@command(app, "test", impact="R", timeout=timedelta(minutes=1))
def try_out_events(run: Run, *, file: InFile = None, form: Form = "auto") -> int:
    """What would become of events: whether the ingestor takes them, and which rule matches. Nothing is sent.

    \b
    mutt ingest test --file /var/log/network.log
    echo "core-sw1 %LINK-3-UPDOWN: Interface Gi0/1, changed state to down" | mutt ingest test --file -

    Exit 6: some would be refused.
    """  # noqa: D301  \\b is how a help text keeps its lines
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.ingest import Source, outcomes
    from mutt_cli.ops.ingest_test import try_out
    from mutt_cli.present.ingest import judged_line, judged_listing

    if file is None:
        raise UsageError(
            "there is nothing to test", tries=("mutt ingest test --file PATH", "mutt ingest test --file -")
        )
    groups = outcomes(Source(file, form), run.environ)
    with Backends(run.settings) as backends:
        found = try_out(backends, groups, _KEPT)
    run.show(judged_listing(run.spec.kind, found, _SHOWN if run.people_read else None))
    _sum_up(run, judged_line(found))
    return PARTIAL if found.refused else OK


@command(app, "stop", impact="B")
def stop(run: Run, instances: Instances = None, *, duration: For = None) -> int:
    """Answer every request 503 with Retry-After, and /health too, so that a balancer takes the ingestor out.

    \b
    mutt ingest stop --for 30m --reason "INC-1182"
    mutt ingest stop ingest-01 --for 2h

    Senders keep what they have. With --for it opens again by itself, also if Redis is away by then. Exit 6 if some,
    8 if all of the ingestors have not said that they obey; they do as soon as they see it.
    """  # noqa: D301
    from mutt_cli.commands.breaker import positive
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.core.hold import Hold
    from mutt_cli.core.switches import INTAKE
    from mutt_cli.ops import hold as ops
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.hold import switched_document

    for_s, chosen = positive(duration), instances or []
    with Backends(run.settings) as backends:
        seen = ops.intake(backends)
        names = ops.names_of(seen, chosen)
        before = {name: seen.held.get(name) for name in names}
        ops.require_no_longer_hold(before, seen.at_ms + int(for_s * 1000) if for_s else 0, run.flags.force)
        title = f"STOP the intake of {', '.join(chosen) or 'all ingestors'}"
        if not approved(run, Plan(title, ", ".join(names), lines=_intake_lines(seen, for_s), needs_reason=True)):
            run.show(switched_document(run.spec.kind, names, None, first=title, dry_run=True))
            return OK
        planned = {"names": list(names), "for_seconds": for_s or None}
        with journalled(run, backends, chosen, planned, {"former": ops.images(before)}) as operation:
            hold = Hold(run.actor, run.reason, operation.id, run.spec.path)
            former = ops.change(backends, dict.fromkeys(names, hold), for_s=for_s, expected=before)
            held, _ = ops.standing(backends, names)
            ops.record(operation, former, held)
        obeyed = None if run.flags.wait is False else ops.wait(backends, INTAKE, names, run.left_s, held=True)
    undo = f"mutt ingest start {' '.join(chosen)}".strip()
    run.show(
        switched_document(
            run.spec.kind, names, held[names[0]], first=f"stopped: {', '.join(chosen) or 'all ingestors'}",
            operation=operation, obeyed=obeyed, undo=undo,
        )
    )  # fmt: skip
    return _obeyed(obeyed)


@command(app, "start", impact="W")
def start(run: Run, instances: Instances = None) -> int:
    """Accept events again: everywhere, or on these ingestors."""
    from mutt_cli.commands.guard import Plan, approved
    from mutt_cli.commands.journal import journalled
    from mutt_cli.core.switches import INTAKE
    from mutt_cli.ops import hold as ops
    from mutt_cli.ops.backends import Backends
    from mutt_cli.present.hold import switched_document

    chosen = instances or []
    with Backends(run.settings) as backends:
        seen = ops.intake(backends)
        names = ops.to_lift(seen, chosen)
        lines = [f"{name} was stopped {seen.held[name].phrase}" for name in names]
        title = f"START the intake of {', '.join(chosen) or 'all ingestors'}"
        if not approved(run, Plan(title, lines=lines or ["it is open already"])):
            run.show(switched_document(run.spec.kind, names, None, first=title, dry_run=True))
            return OK
        if not names:
            run.show(switched_document(run.spec.kind, (), None, first="the intake is open already"))
            return OK
        before = {name: seen.held[name] for name in names}
        images = {"former": ops.images(before), "made": dict.fromkeys(names)}
        with journalled(run, backends, chosen, {"names": list(names)}, images) as operation:
            nothing = dict.fromkeys(names)
            ops.record(operation, ops.change(backends, nothing, expected=before), nothing)
        obeyed = None if run.flags.wait is False else ops.wait(backends, INTAKE, names, run.left_s, held=False)
    run.show(
        switched_document(
            run.spec.kind, names, None, first=f"open again: {', '.join(chosen) or 'all ingestors'}",
            operation=operation, obeyed=obeyed, undo=f"mutt undo {operation.id}",
        )
    )  # fmt: skip
    return _obeyed(obeyed)


def _obeyed(obeyed: "tuple[list[Reader], list[Reader], float] | None") -> int:
    if obeyed is None or not obeyed[1]:
        return OK
    return TIMED_OUT if len(obeyed[0]) == len(obeyed[1]) else PARTIAL


def _intake_lines(seen: "Intake", for_s: float) -> list[str]:
    from mutt_cli.present.times import span

    lines = [f"{len(seen.readers)} ingestor processes take events now, {seen.waiting:,} wait in the ingest queue"]
    lines += [f"{name} is stopped already {hold.phrase}" for name, hold in sorted(seen.held.items())]
    lines.append("senders get 503 with Retry-After and keep what they have; a sender that cannot wait loses events")
    lines.append(f"opens again by itself after {span(for_s)}" if for_s else "stays stopped until mutt ingest start")
    return lines


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
