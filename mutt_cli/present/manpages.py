"""The manual as man pages: mutt(1), a page for each noun, mutt.env(5), errors and runbooks in section 7.

Text in, roff out: every character that roff would obey is escaped, so a page says what the commands say.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mutt_cli.core.diagnosis import BY_ID
from mutt_cli.core.diagnosis.cause import filled
from mutt_cli.core.diagnosis.runbooks import RUNBOOKS
from mutt_cli.core.explained import every_code
from mutt_cli.core.generated import MAN_COMMENT, GeneratedFile, signed
from mutt_cli.present.manual import GROUPS
from mutt_cli.present.topics import EXIT_CODES, TOPICS, VARIABLES
from mutt_cli.settings import AREAS, DECLARATIONS
from mutt_cli.settings.values import expected, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mutt_cli.present.manual import Entry, Option, Page
    from mutt_cli.settings import Declaration

FOLDER: Final = "/usr/local/share/man"
SHIPPED: Final = "man"
"""The folder of the sources."""
_ALIAS: Final = ".so man1/mutt.1\n"
"""muttctl(1) is mutt(1) by the name that no mail client has."""
_TICKED: Final = re.compile(r"`([^`]*)`")


def man_files(pages: Sequence[Page], version: str) -> tuple[GeneratedFile, ...]:
    """Every page, each with its place."""
    made = {
        "mutt.1": _overview(pages, version),
        **{f"mutt-{page.name}.1": _page(page, version) for page in pages},
        "mutt.env.5": _settings(version),
        "mutt-errors.7": _errors(version),
        "mutt-runbooks.7": _runbooks(version),
        "muttctl.1": [_ALIAS.rstrip()],
    }
    return tuple(
        GeneratedFile(f"{FOLDER}/man{name[-1]}/{name}", signed("\n".join(lines), MAN_COMMENT))
        for name, lines in made.items()
    )


def _overview(pages: Sequence[Page], version: str) -> Iterator[str]:
    yield from _head("mutt", "1", "events in, rules decide, alerts out", version)
    yield from _section("SYNOPSIS")
    yield r"\fBmutt\fR \fINOUN\fR \fIVERB\fR [\fITARGET\fR...] [\fIFLAGS\fR]"
    yield from _section("DESCRIPTION")
    yield _text(
        "The command of the MUTT event pipeline; muttctl is the same command, by a name that no mail client has."
    )
    helps = {page.name: page.help for page in pages}
    for title, names in GROUPS:
        there = [(name, helps[name]) for name in names if name in helps]
        if there:
            yield f".SS {_text(title)}"
            yield from _tagged((f"mutt {name}", meaning) for name, meaning in there)
    yield from _section("EXIT STATUS")
    yield from _tagged((str(code), meaning) for code, meaning in EXIT_CODES)
    yield from _section("ENVIRONMENT")
    yield from _tagged(VARIABLES)
    for name in ("output", "filters", "contexts", "queues"):
        title, *lines = TOPICS[name][1]().splitlines()
        yield from _section(title)
        yield from _kept(lines)
    yield from _section("SEE ALSO")
    others = ("mutt.env(5)", "mutt-errors(7)", "mutt-runbooks(7)")
    yield _text(", ".join([*(f"mutt-{page.name}(1)" for page in pages), *others]))


def _page(page: Page, version: str) -> Iterator[str]:
    yield from _head(f"mutt-{page.name}", "1", page.help.rstrip("."), version)
    yield from _section("SYNOPSIS")
    for number, one in enumerate(page.entries):
        yield from [".br"] if number else []
        yield rf"\fBmutt {_text(one.path)}\fR {_text(one.usage)}"
    yield from _section("COMMANDS")
    for one in page.entries:
        yield from _entry(one)
    yield from _section("SHARED FLAGS")
    shared = {option.words: option for one in page.entries for option in one.shared}
    yield _text("Of these a command has those that fit its class:")
    yield from _options(list(shared.values()))
    yield from _section("SEE ALSO")
    yield _text("mutt(1), mutt.env(5), mutt-errors(7)")


def _entry(entry: Entry) -> Iterator[str]:
    yield f".SS mutt {_text(entry.path)} {_text(entry.usage)}"
    for number, paragraph in enumerate(entry.description):
        yield from [".PP"] if number else []
        yield from _kept(paragraph.lines) if paragraph.lines else [_text(paragraph.text)]
    yield from _options([*entry.arguments, *entry.options])
    yield ".PP"
    yield _text(f"Impact: {entry.impact}.")
    if entry.aliases:
        yield _text(f"Also: {', '.join(f'mutt {one}' for one in entry.aliases)}.")


def _settings(version: str) -> Iterator[str]:
    yield from _head("mutt.env", "5", "settings of all MUTT services", version)
    yield from _section("DESCRIPTION")
    yield _text(
        "/etc/mutt/mutt.env has one NAME=value per line. A service reads it when it starts; an empty value means the"
        " default. A setting with a dynamic name can also be changed while services run: mutt config set NAME VALUE."
    )
    yield from _section("SETTINGS")
    for area in AREAS:
        yield from _tagged((one.env, _meaning(one)) for one in DECLARATIONS if one.area == area)
    yield from _section("SEE ALSO")
    yield _text("mutt(1), mutt-config(1)")


def _meaning(one: Declaration) -> str:
    default = to_text(one.default) or "empty"
    dynamic = f" Dynamic: {one.dynamic}." if one.dynamic else ""
    return f"{one.meaning}. Allowed: {expected(one)}. Default: {default}.{dynamic}"


def _errors(version: str) -> Iterator[str]:
    yield from _head("mutt-errors", "7", "error codes of MUTT, what they mean for events, and what to do", version)
    yield from _section("DESCRIPTION")
    yield _text("mutt explain CODE shows one of them. Letters: see mutt help errors.")
    yield from _section("CODES")
    for code, one in every_code().items():
        yield f".SS {_text(code)}"
        yield _text(one.means)
        yield ".PP"
        yield _text(f"For events: {one.events}")
        if one.tries:
            yield from _kept(one.tries)
    yield from _section("SEE ALSO")
    yield _text("mutt(1), mutt-explain(1)")


def _runbooks(version: str) -> Iterator[str]:
    about = "what to do about MUTT by symptom, and every cause that mutt doctor knows"
    yield from _head("mutt-runbooks", "7", about, version)
    yield from _section("DESCRIPTION")
    yield _text("mutt runbook run NAME looks which causes are there now; mutt doctor looks for all of them.")
    yield from _section("RUNBOOKS")
    for one in RUNBOOKS:
        yield f".SS {_text(one.name)}"
        yield _text(one.symptom)
        yield from _kept([*one.steps, *one.looks]) if one.steps or one.looks else []
        if one.causes:
            yield ".PP"
            yield _text(f"Causes: {', '.join(cause.id for cause in one.known())}.")
    yield from _section("CAUSES")
    for cause in BY_ID.values():
        yield f".SS {_text(cause.id)}"
        yield _text(f"{filled(cause.title, {})}. For events: {filled(cause.means, {})} Owner: {cause.owner}.")
        yield from _kept([filled(step.line, {}) for step in cause.steps])
    yield from _section("SEE ALSO")
    yield _text("mutt(1), mutt-doctor(1), mutt-runbook(1), mutt-health(1)")


def _head(name: str, section: str, about: str, version: str) -> Iterator[str]:
    yield rf'.TH "{_text(name.upper())}" "{section}" "" "MUTT {version}" "MUTT"'
    yield ".nh"
    yield ".ad l"
    yield from _section("NAME")
    yield rf"{_text(name)} \- {_text(about)}"


def _section(title: str) -> tuple[str]:
    return (f".SH {_text(title.upper())}",)


def _options(options: Sequence[Option]) -> Iterator[str]:
    return _tagged((one.words, one.meaning) for one in options)


def _tagged(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, meaning in pairs:
        yield ".TP"
        yield rf"\fB{_text(name)}\fR"
        yield _text(meaning)


def _kept(lines: Iterable[str]) -> Iterator[str]:
    """Lines that stay as they are."""
    yield ".PP"
    yield ".nf"
    yield from (_text(line) for line in lines)
    yield ".fi"


def _text(text: str) -> str:
    """Text that roff prints as it is; what is in backticks is bold. No line of it is taken for a request."""
    escaped = (
        text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
    )
    marked = _TICKED.sub(r"\\fB\1\\fR", escaped).replace("`", "\\(ga")
    return f"\\&{marked}" if marked.startswith(".") else marked
