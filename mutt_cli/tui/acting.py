"""Commands from within the screen: what reads is run and shown, what changes something is planned and asked about.

Nothing is changed but by running `mutt` itself in a process of its own: its plan, its refusals, its confirmation, its
journal and its undo are those of the command line, because they are the command line's. Such a process goes on by
itself if the screen ends before it.
"""

from __future__ import annotations

import shlex
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.own_program import Said, run_attached, run_shown, run_through
from mutt_cli.present.top.acts import Act, Facts, act
from mutt_cli.tui.ask import Ask
from mutt_cli.tui.page import SaidPage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.errors import MuttError
    from mutt_cli.tui.app import TopApp
    from mutt_cli.tui.source import Known

_PLAN_S: Final = 30.0
_READ_S: Final = 30.0
"""What a command that reads is given beyond its own time, which it keeps itself."""
_LONG_S: Final = 1800.0
"""For one that has no time of its own: an export of millions."""
_DRY: Final = "dry run, nothing is changed: "
_LOCKED: Final = "read-only: W unlocks changes"
_NOT_HERE: Final = {
    "top": "this is it", "up": "that is for a shell: it runs until it is stopped", "daemon": "that is for a shell",
    "chaos": "that is for a shell: it waits until all is well again",
}  # fmt: skip
_ENDLESS: Final = ("-f", "--follow", "-w", "--watch", "--exit-when")
_EDITING: Final = ("--edit",)


class Acting:
    """Runs command lines for the app."""

    def __init__(self, app: TopApp) -> None:
        self._app = app
        self.running = ""
        """The line that is changing something now; empty if none is."""

    def key(self, key: str) -> None:
        """A key that acts, on what is chosen."""
        app = self._app
        selection = app.page.selection()
        found = act(key, selection.screen, selection.rows, self._facts(), selection.about)
        if isinstance(found, str):
            app.say(found)
        elif found.how == "type":
            app.type_command(found.line)
        else:
            self.line(found)

    def typed(self, text: str) -> None:
        """A line that somebody typed."""
        try:
            words = shlex.split(text)
        except ValueError as error:
            self._app.say(f"{text}: {error}")
            return
        words = words[1:] if words and words[0] in {"mutt", "muttctl"} else words
        if words and words[0] == "goto":
            self._app.go_to(" ".join(words[1:]))
        elif words and words[0] in {"q", "quit", "exit"}:
            self._app.exit()
        elif words:
            self.line(Act(tuple(words)))

    def line(self, one: Act) -> None:
        """Run a command: at once if it reads, else with its plan first."""
        app = self._app
        known = app.source.known(one.words)
        wrong = _not_for_a_screen(one.words, known, app.source.paths)
        if wrong or known is None:
            app.say(wrong)
        elif known.impact == "R":
            self._read(one, known)
        elif not app.picture.may_act:
            app.say(app.picture.why_not or _LOCKED)
        elif self.running:
            app.say(f"mutt {self.running} still runs: one change at a time")
        elif one.how == "shell" or known.words == ("rule", "edit") or set(_EDITING) & set(one.words):
            self._attached(one)
        else:
            self._planned(one, known)

    def _facts(self) -> Facts:
        frame = self._app.picture.newest
        flow = frame.snapshot.pipeline.value if frame else None
        stamp = f"{self._app.source.now():%Y%m%d-%H%M%S}"
        if flow is None:
            return Facts(breaker_closed=None, stamp=stamp)
        return Facts(flow.breaker.state == "CLOSED" and not flow.breaker.tripped, bool(flow.windows), stamp)

    def _read(self, one: Act, known: Known) -> None:
        """Show what it says on a screen of its own."""
        app = self._app
        page = SaidPage(f"mutt {one.line}")
        app.go(page)
        size = (max(40, app.size.width - 2), app.size.height)
        seconds = known.seconds + _READ_S if known.seconds else _LONG_S

        def done(said: Said, _: MuttError | None) -> None:
            page.say(_told(said))
            app.draw()

        app.begin(lambda: run_shown(one.words, app.source.environ, size, seconds), done)

    def _planned(self, one: Act, known: Known) -> None:
        """Ask the command itself what it would do, then show that and ask."""
        app = self._app
        app.say(f"planning: mutt {one.line} ...")

        def planned(said: Said, _: MuttError | None) -> None:
            app.say("")
            if said.code != 0:
                app.go(SaidPage(f"mutt {one.line}", [f"$ mutt {one.line}", "", *_told(said)]))
                return
            plan = [line.removeprefix(_DRY) for line in (said.err or said.out).splitlines() if line.strip()]
            where = f"{app.source.context} [PROD]" if app.source.protected else app.source.context
            asked = Ask(
                f"{' '.join(known.words).upper()}  in {where}", plan, f"mutt {one.line}",
                type_what=self._to_type(one, known), protected=app.source.protected,
            )  # fmt: skip
            app.push_screen(asked, lambda answer: self._go_on(one, known, answer))

        # Behind the command's own words, where no flag of somebody else's takes it for its value.
        words = _with(one, known, "--dry-run")
        size = (200, app.size.height)
        app.begin(lambda: run_shown(words, app.source.environ, size, _PLAN_S), planned)

    def _to_type(self, one: Act, known: Known) -> str:
        """What has to be typed, in words; empty where nothing has to."""
        name = self._app.source.context
        if known.impact == "D":
            named = [word for word in one.words[len(known.words) :] if not word.startswith("-")]
            what = named[0] if known.words[-1] == "purge" and named else "the name of what is destroyed"
            return f"this destroys: type {f'{name}/' if self._app.source.protected else ''}{what} to go on:"
        asks = known.impact == "B" or known.asks
        return f"type the context name to go on ({name}):" if asks and self._app.source.protected else ""

    def _go_on(self, one: Act, known: Known, answer: dict[str, str] | None) -> None:
        """Run it, if that was the answer and it may still be done."""
        app = self._app
        if answer is None or not app.picture.may_act:
            app.say(
                "nothing was changed" if answer is None else f"nothing was changed: {app.picture.why_not or _LOCKED}"
            )
            return
        flags = ["--reason", answer["reason"]] if answer.get("reason") else []
        if answer.get("confirm"):
            flags += ["--confirm", answer["confirm"]]
        elif known.asks:
            flags.append("--yes")
        words = _with(one, known, *flags)
        line = shlex.join(words)
        page = SaidPage(f"mutt {one.line}", copied=f"mutt {line}")
        self.running = line
        app.go(page)

        def done(said: Said, _: MuttError | None) -> None:
            self.running = ""
            page.say([f"$ mutt {line}", "", *_told(said)])
            app.look_now()

        app.begin(lambda: run_through(words, app.source.environ), done)

    def _attached(self, one: Act) -> None:
        """Leave the terminal to the command, and come back when it has ended."""
        app = self._app
        with app.suspend():
            code = run_attached(one.words, app.source.environ)
        app.say(f"mutt {one.line} ended with exit code {code}")
        app.look_now()


def _not_for_a_screen(words: Sequence[str], known: Known | None, paths: Sequence[str]) -> str:
    """Why this line is not run from here; empty if it is."""
    if words[0] in _NOT_HERE:
        return _NOT_HERE[words[0]]
    if words[0].startswith("-"):
        return "flags stand behind the command here"
    if known is None:
        return _unknown(words, paths)
    reasons = (
        (known.impact == "-", "that starts or stops processes: it is for a shell"),
        (any(map(_names_a_context, words)), "another deployment is another mutt top: no --context here"),
        (
            any(one.partition("=")[0] in _ENDLESS for one in words),
            "that goes on until it is stopped: for a shell",
        ),
    )
    return next((told for wrong, told in reasons if wrong), "")


def _unknown(words: Sequence[str], paths: Sequence[str]) -> str:
    """What may have been meant."""
    verbs = [path.removeprefix(f"{words[0]} ") for path in paths if path.startswith(f"{words[0]} ")]
    typed = " ".join(words[:2])
    if verbs and (len(words) == 1 or words[1].startswith("-")):
        return f"{words[0]} needs a verb, before its flags: {' '.join(verbs)}"
    near = get_close_matches(typed, paths, n=2, cutoff=0.5) or get_close_matches(words[0], paths, n=2, cutoff=0.5)
    return f"there is no command {typed}" + (f"; did you mean {' or '.join(near)}?" if near else "")


def _names_a_context(word: str) -> bool:
    """Also among short flags in one word: `-qc`."""
    return word.startswith("--context") or (word[:1] == "-" and word[1:2] != "-" and "c" in word)


def _with(one: Act, known: Known, *flags: str) -> tuple[str, ...]:
    """The line with flags right behind the command's own words."""
    return (*known.words, *flags, *one.words[len(known.words) :])


def _told(said: Said) -> list[str]:
    """What a command said, and its exit code where that is not 0."""
    end = "it was ended: it took too long for a screen; run it in a shell" if said.code is None else ""
    end = end or (f"exit code {said.code}" if said.code else "")
    return [*said.out.splitlines(), *said.err.splitlines(), *(["", end] if end else [])] or ["(it said nothing)"]
