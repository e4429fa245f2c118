"""What there is to complete, from the commands themselves. Which argument names what is told here, and tested whole."""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.commands import NOUNS
from mutt_cli.commands.tree import below
from mutt_cli.present.completion import FILES, Table, Word

if TYPE_CHECKING:
    from mutt_cli.commands import Noun
    from mutt_cli.commands.tree import Leaf

ARGUMENTS: Final = {
    "status [SERVICE]...": "service instance",
    "trace ID": "event",
    "logs [SERVICE...]": "service",
    "metric NAME": "metric",
    "queue NAME": "queue",
    "queue [NAME]": "queue",
    "queue SRC": "queue",
    "queue [POD]": "pod",
    "dlq [DLQ]": "dlq",
    "dlq NAME": "dlq",
    "dlq ID": "letter",
    "dlq ID...": "letter",
    "dlq [DLQ] [ID]...": "dlq letter",
    "config KEY": "setting",
    "config [KEY]": "setting",
    "config KEY=VALUE... | KEY VALUE": "setting",
    "config [CONTEXT|FILE|VERSION]": f"context {FILES}",
    "ratelimit ingest|moog": "limiter",
    "maintenance [ID]": "window",
    "forecast [NAME...]": "queue",
    "ingest [INSTANCE...]": "instance",
    "event ID": "event",
    "audit ID": "change",
    "undo [ID]": "operation",
    "op ID": "operation",
    "rule ID": "rule",
    "rule ID...": "rule",
    "host HOST": "host",
    "team TEAM": "team",
    "team OLD": "team",
    "apikey NAME": "key",
    "redis unhandled": "cleaned",
    "db [NAME...]": "partition index",
    "daemon NAME": "daemon",
    "context NAME": "context",
    "context [NAME]": "context",
    "context NAME|-": "context",
    "help [TOPIC | NOUN [VERB]]": "topic noun",
    "explain CODE|METRIC|KEY|QUEUE|TEXT": "code queue metric setting cause check",
    "schema NOUN [VERB]": "noun",
    "runbook NAME": "runbook",
    "chaos [NAME...]": "fault",
    "generate bash|zsh|fish": "shell",
    "FILE": FILES,
    "[FILE]": FILES,
}
"""A noun and how its argument is written, or that alone, to the kinds of what can be offered."""
NOTHING: Final = ("COUNT/PERIOD", "NEW", "rule [NAME]", "vault KEY", "vault SECRET")
"""Arguments that only a person knows, written as above."""
FLAGS: Final = {
    "context": "context", "to": "queue", "team": "team", "host": "host", "cid": "event", "file": FILES, "out": FILES,
    "patch": FILES, "api_key_file": FILES, "root": FILES,
}  # fmt: skip
"""The name of a flag, to the kinds of its value."""
_ROOT_FLAGS: Final = (Word("--help", "Show this help."), Word("--version", "Print the version and stop."))


def table() -> Table:
    """All of it."""
    words: dict[str, list[Word]] = {"": [Word(noun.name, noun.help) for noun in NOUNS]}
    other = {f" {alias}": noun.name for noun in NOUNS for alias in noun.aliases}
    flags: dict[str, list[Word]] = {"": list(_ROOT_FLAGS)}
    arguments: dict[str, list[str]] = {}
    values: dict[str, str] = {}
    for noun in NOUNS:
        for leaf in below(noun):
            _add_words(words, other, leaf)
            if not leaf.alias:
                path = " ".join(leaf.words)
                flags[path] = _flags(leaf.command)
                arguments[path] = [_kinds(noun, one) for one in _of_type(leaf.command, "argument")]
                values |= _values(leaf.command)
    known = {path: kinds for path, kinds in arguments.items() if kinds}
    return Table(words, other, flags, known, values, _fixed())


def script(shell: str) -> str:
    """The text of one of the files in `completions/`."""
    from mutt_cli.present.completion.files import completion_files

    return completion_files(table(), shell)[0].content


def _add_words(words: dict[str, list[Word]], other: dict[str, str], leaf: Leaf) -> None:
    """Enter a command below its noun and each group that it is in; what stands for another one is accepted only."""
    for depth in range(1, len(leaf.words)):
        above, word = " ".join(leaf.words[:depth]), leaf.words[depth]
        if leaf.alias:
            if not leaf.command.hidden or leaf.spec.path.rpartition(" ")[0] == above:
                other.setdefault(f"{above} {word}", leaf.spec.path.split()[depth : depth + 1][0])
            continue
        following = words.setdefault(above, [])
        if word not in {one.text for one in following}:
            about = _first_line(leaf.command.help) if depth == len(leaf.words) - 1 else ""
            following.append(Word(word, about))


def _flags(command: Any) -> list[Word]:
    found = [
        Word(name, _first_line(one.help))
        for one in _of_type(command, "option")
        if not one.hidden
        for name in (*one.opts, *one.secondary_opts)
        if name.startswith("--")
    ]
    return [*found, Word("--help", "Show this help.")]


def _values(command: Any) -> dict[str, str]:
    taking = [one for one in _of_type(command, "option") if not one.is_flag and not one.count]
    return {name: _flag_kind(one) for one in taking for name in one.opts}


def _flag_kind(option: Any) -> str:
    return f"--{option.name}" if option.type_descriptor.is_choice else FLAGS.get(option.name, "")


def _kinds(noun: Noun, argument: Any) -> str:
    """The kinds of an argument; dots behind them if more of them may follow."""
    written = written_as(argument)
    found = ARGUMENTS.get(f"{noun.name} {written}") or ARGUMENTS.get(written, "")
    return found + ("..." if argument.nargs == -1 else "")


def written_as(argument: Any) -> str:
    """How an argument stands in the usage line."""
    return str(argument.metavar or argument.name.upper())


def _of_type(command: Any, kind: str) -> list[Any]:
    return [one for one in command.params if one.param_type_name == kind]


def _first_line(text: str | None) -> str:
    return " ".join((text or "").partition("\n\n")[0].split())


def _choices(parameter: Any) -> list[str]:
    return [str(one.value) if isinstance(one, Enum) else str(one) for one in parameter.type_descriptor.choices]


def _fixed() -> dict[str, list[str]]:
    """Words of each kind that do not depend on a deployment."""
    from mutt_cli.core import pipeline
    from mutt_cli.core.chaos import ANY
    from mutt_cli.core.chaos import BY_NAME as FAULTS
    from mutt_cli.core.diagnosis import BY_ID
    from mutt_cli.core.diagnosis.runbooks import RUNBOOKS
    from mutt_cli.core.explained import every_code
    from mutt_cli.core.health.catalogue import BY_ID as CHECKS
    from mutt_cli.core.metrics import METRICS
    from mutt_cli.present.topics import TOPICS
    from mutt_cli.settings import BY_DYNAMIC, DECLARATIONS, SERVICES

    nouns = partial(map, lambda noun: noun.name)
    found = {
        "queue": [one.name for one in pipeline.QUEUES],
        "dlq": [one.name for one in pipeline.QUEUES if one.dead_letters],
        "service": list(SERVICES),
        "metric": sorted({one.name for one in METRICS}),
        "setting": [*BY_DYNAMIC, *(one.env for one in DECLARATIONS)],
        "code": sorted(every_code()),
        "cause": sorted(BY_ID),
        "check": sorted(CHECKS),
        "runbook": [one.name for one in RUNBOOKS],
        "fault": [ANY, *FAULTS],
        "topic": list(TOPICS),
        "noun": list(nouns(NOUNS)),
        "limiter": ["ingest", "moog"],
        "cleaned": ["unhandled"],
        "shell": ["bash", "zsh", "fish"],
    }
    for noun in NOUNS:
        for leaf in below(noun):
            for one in leaf.command.params:
                if one.type_descriptor.is_choice and one.param_type_name == "option":
                    found[f"--{one.name}"] = _choices(one)
                elif one.type_descriptor.is_choice:
                    found.setdefault(noun.name, _choices(one))
    return found
