"""How words become values: typer's own way, without its validation library where a word is already the value.

typer checks every parameter with pydantic, whose import alone costs 100 ms, half of a start (D27). Flags that were not
given and plain text need no check; everything else still goes through typer.
"""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

from mutt_cli.commands.options import SHARED


class Quick:
    """Mixed into a command: the help flag, which typer makes late, is as quick as the others."""

    params: list[Any]

    def __init__(self, *args: Any, **known: Any) -> None:
        super().__init__(*args, **known)
        without_needless_checks(self.params)

    def get_help_option(self, ctx: Any) -> Any:
        """The flags -h and --help; typer makes them once per command."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None and "process_value" not in vars(option):
            without_needless_checks([option])
        return option

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """`--watch` takes no word after it, so its number must be in the same word: `--watch=5`."""
        return super().parse_args(ctx, with_watch_seconds(args))  # type: ignore[no-any-return,misc]


def with_watch_seconds(args: list[str]) -> list[str]:
    """The words with `--watch=SECS` told as the flag that holds the seconds, up to a bare `--`."""
    end = args.index("--") if "--" in args else len(args)
    return [
        "--watch-every=" + word.removeprefix("--watch=") if word.startswith("--watch=") and place < end else word
        for place, word in enumerate(args)
    ]


class Leaf(Quick, TyperCommand):
    """A command whose help shows its own options first and the shared ones below."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write both sections; a flag is shared if `SHARED` has its name."""
        _write_options(self.get_params(ctx), ctx, formatter)


def _write_options(params: list[Any], ctx: Any, formatter: Any) -> None:
    shared = {flag.name for flag in SHARED}
    arguments: list[tuple[str, str]] = []
    own: list[tuple[str, str]] = []
    common: list[tuple[str, str]] = []
    for param in params:
        record = param.get_help_record(ctx)
        if record is not None:
            place = common if param.name in shared else own
            (arguments if param.param_type_name == "argument" else place).append(record)
    for title, records in (("Arguments", arguments), ("Options", own), ("Shared options", common)):
        if records:
            with formatter.section(title):
                formatter.write_dl(records)


class NounGroup(Quick, TyperGroup):
    """The verbs of one noun. Its help lists only them: the shared flags are on every verb's own page."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the verbs."""
        self.format_commands(ctx, formatter)


class PluralGroup(NounGroup):
    """The same verbs under the noun's plural, without their other names: `db partitions list`, no `ls`."""

    def __init__(self, *args: Any, **known: Any) -> None:
        super().__init__(*args, **known)
        self.commands = {name: one for name, one in self.commands.items() if not one.hidden}


class LeafGroup(NounGroup):
    """A noun that is a command by itself: its help lists the verbs, then the options as a command's does."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write all of them."""
        self.format_commands(ctx, formatter)
        _write_options(self.get_params(ctx), ctx, formatter)


def without_needless_checks(params: list[Any]) -> None:
    """Let these parameters take a value that is right already; what is missing or odd still goes to typer."""
    for param in params:
        param.process_value = _quick(param)


def _quick(param: Any) -> Any:
    checked = param.process_value

    def process_value(ctx: Any, value: Any) -> Any:
        if not _is_right(param, value):
            return checked(ctx, value)
        return param.callback(ctx, param, value) if param.callback else value

    return process_value


def _is_right(param: Any, value: Any) -> bool:
    if param.value_is_missing(value) or value == param.default:
        return not param.required
    known = param.type_descriptor
    if known.is_choice:
        return isinstance(value, str) and value in known.choices and known.annotation is not list
    if known.parameter_info.parser is not None:
        return False
    return known.annotation is str and isinstance(value, str)
