"""What the screens of `mutt top` work with: the deployment, its logs, and the commands that may be typed there."""

from typing import TYPE_CHECKING

from mutt_cli.commands.context import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.commands.tree import Leaf
    from mutt_cli.ops.logs import Logs
    from mutt_cli.tui.source import Known, Source


def source_of(run: Run) -> "Source":
    """The deployment as screens see it."""
    from mutt_cli.adapters.contexts import state_dir
    from mutt_cli.commands.folders import folders
    from mutt_cli.commands.tree import leaves
    from mutt_cli.tui.source import Source

    # By its name: what somebody chooses in another terminal meanwhile is not what this screen shows.
    environ = {**run.environ, "MUTT_CONTEXT": run.context.name}
    return Source(
        run.configuration, folders(run), state_dir(run.environ), run.context.name, environ,
        protected=run.context.protected, read_only=run.context.read_only,
        logs=lambda services: _logs(run, services), known=known,
        paths=tuple(dict.fromkeys(" ".join(one.words) for one in leaves() if not one.alias)),
    )  # fmt: skip


def _logs(run: Run, services: "Sequence[str]") -> "Logs":
    from mutt_cli.commands.logs import places_of
    from mutt_cli.ops.logs import find

    return find(places_of(run), tuple(services))


def known(words: "Sequence[str]") -> "Known | None":
    """The command that these words begin with; None if they begin with none, or with a flag.

    Nothing is guessed: what stands before the first flag names it, and a command that others stand below is only taken
    for itself where none of the words names one of those.
    """
    from itertools import takewhile

    from mutt_cli.commands.tree import find
    from mutt_cli.errors import NotFoundError

    names = list(takewhile(lambda one: not one.startswith("-"), words))
    for length in range(min(3, len(names)), 0, -1):
        try:
            found = find(names[:length])
        except NotFoundError:
            continue
        exact = [one for one in found if len(one.words) == length]
        below = {one.words[length] for one in _below(names[:length])}
        if exact and not below & set(words[length:]):
            return _known(exact[0], words)
    return None


def _below(names: "list[str]") -> "list[Leaf]":
    from mutt_cli.commands import noun_named
    from mutt_cli.commands.tree import below

    noun, depth = noun_named(names[0]), len(names)
    found = below(noun) if noun else ()
    return [one for one in found if len(one.words) > depth and one.words[1:depth] == tuple(names[1:])]


def _known(leaf: "Leaf", words: "Sequence[str]") -> "Known":
    """With a flag that writes it is W; one that asks in some cases is treated as if it did in all."""
    from mutt_cli.tui.source import Known

    spec = leaf.spec
    writes = any(one.startswith(f"--{flag.replace('_', '-')}") for flag in spec.writing for one in words)
    asks = any("--yes" in one.opts for one in leaf.command.params)
    seconds = spec.timeout.total_seconds() if spec.timeout else None
    return Known(leaf.words, "W" if writes else spec.impact, asks=asks, seconds=seconds)
