"""The root command. Nouns are imported when they are used; here alone an error becomes an exit code.

Exit codes are those of ux.md section 3.1. stdout carries data only: every error goes to stderr, as one line of JSON
if JSON was asked for. Python keeps SIGPIPE ignored, because with the default action a closed Redis connection would
kill the command too; a closed stdout ends the process by SIGPIPE all the same (`write` in commands/context.py).
"""

from __future__ import annotations

import inspect
import os
import signal
import sys
import traceback
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup

from mutt_cli import __version__
from mutt_cli.commands import NOUNS, health_unknown, noun_named
from mutt_cli.commands.context import OutputClosedError, write
from mutt_cli.commands.declare import GLOBAL_FLAGS, sign
from mutt_cli.commands.options import remember
from mutt_cli.commands.parsing import Quick, without_needless_checks
from mutt_cli.errors import BUG, NO, OK, USAGE, MuttError, UsageError
from mutt_cli.present.errors import error_json, error_lines, masked

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMES: Final = ("mutt", "muttctl")
_INTERRUPTED: Final = 130
_VERSION: Final = inspect.Parameter(
    "version",
    inspect.Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[bool, typer.Option("--version", "-V", help="Print the version and stop.")],
)


class Root(Quick, TyperGroup):
    """The first words, from the table in `commands`; a module is imported only when its noun is used."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  the signature is typer's
        """Names for help and completion; aliases are accepted, not shown."""
        return [noun.name for noun in NOUNS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Import the noun's module and build its commands; None if there is no such noun."""
        noun = noun_named(cmd_name)
        return typer.main.get_command(_app(noun.path)) if noun else None

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the noun; for an unknown word suggest near ones, never run them."""
        if args[0].startswith("-") or noun_named(args[0]):
            return super().resolve_command(ctx, args)
        names = [name for noun in NOUNS for name in (noun.name, *noun.aliases)]
        near = get_close_matches(args[0], names, n=2)
        hint = f" Did you mean {' or '.join(repr(one) for one in near)}?" if near else ""
        raise UsageError(f"there is no command {args[0]!r}.{hint}", tries=("mutt --help",))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Nouns from the table, then the flags; nothing is imported for the help page."""
        with formatter.section("Commands"):
            formatter.write_dl([(noun.name, noun.help) for noun in NOUNS])
        records = [record for param in self.get_params(ctx) if (record := param.get_help_record(ctx))]
        with formatter.section("Options (before or after the command)"):
            formatter.write_dl(records)


def run(argv: Sequence[str]) -> int:
    """Run one command line (without the program's name) and return its exit code."""
    return health_unknown.code_of(argv, _ran) if health_unknown.asked_for(argv) else _ran(argv)


def _ran(argv: Sequence[str]) -> int:
    _settle_environment()
    try:
        return _finished(_root().main(args=list(argv), prog_name=_program(), standalone_mode=False))
    except OutputClosedError:
        if health_unknown.asked_for(argv):
            raise
        return _ended_by_sigpipe()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except typer.Abort:
        return NO
    except Exception as error:  # noqa: BLE001  the last line of defence: even a bug is told, never thrown at people
        return _told(_named(error, argv), argv)


def _root() -> Any:
    app = typer.Typer(
        cls=Root,
        help="MUTT, the Multi-Use Telemetry Tool: events in, rules decide, alerts out, nothing lost and provable.",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    )

    def start(**given: Any) -> None:
        context, version = given.pop("context_"), given.pop("version")
        remember(context, given)
        if version or context.invoked_subcommand is None:
            write(sys.stdout, f"mutt {__version__}\n" if version else _start_here())
            raise typer.Exit

    sign(start, (_VERSION,), GLOBAL_FLAGS)
    app.callback(invoke_without_command=True)(start)
    root = typer.main.get_command(app)
    # Completion stays registered, but these two flags edit the user's shell files, so they are not advertised.
    late = [param for param in root.params if param.name in {"install_completion", "show_completion"}]
    without_needless_checks(late)
    for param in late:
        param.hidden = True  # type: ignore[attr-defined]
    return root


def _app(path: str) -> typer.Typer:
    app: typer.Typer = import_module(path).app
    return app


def _start_here() -> str:
    lines = [f"mutt {__version__}: events in, rules decide, alerts out.", "", "Start here:"]
    lines += [f"  mutt {noun.name:<11}{noun.help}" for noun in NOUNS if noun.first]
    others = ", ".join(noun.name for noun in NOUNS if not noun.first)
    return "\n".join([*lines, "", f"Also: {others}", "All of it: mutt --help", ""])


def _settle_environment() -> None:
    """Make streams and variables mean one thing everywhere: no crash on odd characters, NO_COLOR= is not set."""
    if os.environ.get("NO_COLOR") == "":
        del os.environ["NO_COLOR"]
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _program() -> str:
    name = Path(sys.argv[0]).name
    return name if name in _NAMES else _NAMES[0]


def _finished(result: object) -> int:
    try:
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise OutputClosedError from error
    return result if isinstance(result, int) else OK


def _named(error: Exception, argv: Sequence[str]) -> MuttError:
    if isinstance(error, MuttError):
        return error
    return _usage(error) if isinstance(error, typer.TyperException) else _bug(error, argv)


def _usage(error: typer.TyperException) -> UsageError:
    context = getattr(error, "ctx", None)
    where = context.command_path if context is not None else _program()
    message = error.format_message().rstrip(".").replace(": Value error, ", ": ")
    return UsageError(message[:1].lower() + message[1:], tries=(f"{where} --help",), exit_code=USAGE)


def _bug(error: Exception, argv: Sequence[str]) -> MuttError:
    text = masked("".join(traceback.format_exception(error)), os.environ)
    place = _crash_file(text)
    kept = f"the details are in {place}" if place else "the details could not be kept; --debug shows them"
    return MuttError(
        f"this is a bug in mutt: {type(error).__name__}: {masked(str(error), os.environ)}",
        why=f"the command did not finish; {kept}",
        tries=(" ".join([_program(), *argv[:2], "... --debug"]),),
        exit_code=BUG,
    )


def _crash_file(text: str) -> Path | None:
    from mutt_cli.adapters.clock import utc_now
    from mutt_cli.adapters.contexts import state_dir

    place = state_dir(os.environ) / f"crash-{utc_now():%Y%m%dT%H%M%SZ}-{os.getpid()}.txt"
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(text)
    except OSError:
        return None
    return place


def _told(error: MuttError, argv: Sequence[str]) -> int:
    """Say what went wrong, in the form the command line asked for, and return the exit code."""
    try:
        if health_unknown.asked_for(argv):
            return health_unknown.tell(error, argv)
        if "--debug" in argv:
            sys.stderr.write(masked(traceback.format_exc(), os.environ))
        if _wants_json(argv):
            sys.stderr.write(error_json(error) + "\n")
        else:
            more = f"mutt explain {error.code}" if noun_named("explain") else ""
            sys.stderr.write("".join(f"{line}\n" for line in error_lines(error, more=more)))
    except BrokenPipeError:
        return _ended_by_sigpipe()
    return error.exit_code


def _wants_json(argv: Sequence[str]) -> bool:
    """Whether JSON was asked for; read from the words, because a usage error comes before flags have values."""
    wanted = os.environ.get("MUTT_OUTPUT", "")
    for word, following in zip(argv, [*argv[1:], ""], strict=True):
        if word == "--":
            break
        if word in {"--json", "-j"}:
            wanted = "json"
        elif word in {"-o", "--output"}:
            wanted = following
        elif word.startswith(("--output=", "-o")):
            wanted = word.removeprefix("--output=").removeprefix("-o")
    return wanted in {"json", "jsonl"}


def _ended_by_sigpipe() -> int:
    """End as programs do whose reader has gone: by SIGPIPE, which a shell shows as 141."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)
    return 128 + signal.SIGPIPE
