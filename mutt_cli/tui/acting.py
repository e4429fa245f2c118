"""Commands from within the screen: what reads is run and shown, what changes something is planned and asked about.

Nothing is changed but by running `mutt` itself in a process of its own: its plan, its refusals, its confirmation, its
journal and its undo are those of the command line, because they are the command line's.
"""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.own_program import Said, run_attached, run_shown
from mutt_cli.core.spans import moment
from mutt_cli.present.top.acts import Act, Facts, act
from mutt_cli.tui.ask import Ask
from mutt_cli.tui.page import TextPage

if TYPE_CHECKING:
    from mutt_cli.errors import MuttError
    from mutt_cli.tui.app import TopApp

_LOOK_S: Final = 20.0
_ACT_S: Final = 900.0
"""What changes something is not ended by us before it says itself that it has to stop."""
_DRY: Final = "dry run, nothing is changed: "
_LOCKED: Final = "read-only: W unlocks changes"
_NOT_HERE: Final = {
    "top": "this is it", "up": "that is for a shell: it runs until it is stopped", "daemon": "that is for a shell",
}  # fmt: skip


class Acting:
    """Runs command lines for the app."""

    def __init__(self, app: TopApp) -> None:
        self._app = app

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
            self._go_to(" ".join(words[1:]))
        elif words:
            self.line(Act(tuple(words)))

    def line(self, one: Act) -> None:
        """Run a command: at once if it reads, else with its plan first."""
        app = self._app
        known = app.source.known(one.words)
        if known is None:
            app.say(f"there is no command {one.words[0]}: TAB or → completes")
        elif one.words[0] in _NOT_HERE or known.impact == "-":
            app.say(_NOT_HERE.get(one.words[0], "that starts or stops processes: it is for a shell"))
        elif known.impact == "R":
            self._read(one)
        elif not app.picture.may_act:
            app.say(app.picture.why_not or _LOCKED)
        elif one.how == "shell":
            self._attached(one)
        else:
            self._planned(one, known.impact)

    def _go_to(self, text: str) -> None:
        """To a moment of what is remembered, or of the recording."""
        picture = self._app.picture
        at = moment(text, self._now())
        if at is None:
            self._app.say("goto takes a time of day (03:05), RFC 3339, or how long ago (15m)")
        elif len(picture.track):
            picture.head.to(round(at.timestamp() * 1000))
            self._app.draw()

    def _now(self) -> datetime:
        """The end of what can be gone to: `03:05` is the last such time before it."""
        track = self._app.picture.track
        if self._app.picture.live or not len(track):
            return self._app.source.now()
        return datetime.fromtimestamp(track.at_ms(len(track) - 1) / 1000, tz=UTC)

    def _facts(self) -> Facts:
        frame = self._app.picture.frame
        flow = frame.snapshot.pipeline.value if frame else None
        stamp = f"{self._app.source.now():%Y%m%d-%H%M%S}"
        if flow is None:
            return Facts(stamp=stamp)
        return Facts(flow.breaker.state == "CLOSED" and not flow.breaker.tripped, bool(flow.windows), stamp)

    def _run(self, words: tuple[str, ...], seconds: float, done: Any) -> None:
        app = self._app
        size = (max(40, app.size.width - 2), app.size.height)
        app.begin(lambda: run_shown(words, app.source.environ, size, seconds), done)

    def _read(self, one: Act) -> None:
        """Show what it says on a screen of its own."""
        app = self._app
        page = TextPage(f"mutt {one.line}", copied=f"mutt {one.line}")
        app.go(page)

        def shown(said: Said, error: MuttError | None) -> None:
            assert error is None  # noqa: S101  a process that ran raises nothing of ours
            page.take(_told(said), None)
            app.draw()

        self._run(one.words, _LOOK_S, shown)

    def _planned(self, one: Act, impact: str) -> None:
        """Ask the command itself what it would do, then show that and ask."""
        app = self._app
        app.say(f"planning: mutt {one.line} ...")

        def planned(said: Said, _: MuttError | None) -> None:
            app.say("")
            if said.code != 0:
                app.go(TextPage(f"mutt {one.line}", _told(said)))
                return
            plan = [line.removeprefix(_DRY) for line in (said.err or said.out).splitlines() if line.strip()]
            title = f"{one.words[0]} {one.words[1] if len(one.words) > 1 else ''}".strip().upper()
            where = f"{app.source.context} [PROD]" if app.source.protected else app.source.context
            asked = Ask(
                f"{title}  in {where}", plan, f"mutt {one.line}", type_what=self._to_type(impact),
                protected=app.source.protected,
            )  # fmt: skip
            app.push_screen(asked, lambda answer: self._go_on(one, impact, answer))

        self._run((*one.words, "--dry-run"), _LOOK_S, planned)

    def _to_type(self, impact: str) -> str:
        """What has to be typed, in words; empty where nothing has to."""
        name = self._app.source.context
        if impact == "D":
            what = f"{name}/WHAT" if self._app.source.protected else "its name"
            return f"this destroys: type {what} (as the command line asks for it) to go on:"
        return f"type the context name to go on ({name}):" if impact == "B" and self._app.source.protected else ""

    def _go_on(self, one: Act, impact: str, answer: dict[str, str] | None) -> None:
        """Run it, if that was the answer."""
        app = self._app
        if answer is None:
            app.say("nothing was changed")
            return
        words = list(one.words)
        if answer.get("confirm"):
            words += ["--confirm", answer["confirm"]]
        elif impact == "B":
            words.append("--yes")
        if answer.get("reason"):
            words += ["--reason", answer["reason"]]
        page = TextPage(f"mutt {one.line}", copied=f"mutt {shlex.join(words)}")
        app.go(page)

        def done(said: Said, _: MuttError | None) -> None:
            page.take([f"$ mutt {shlex.join(words)}", "", *_told(said)], None)
            app.look_now()

        self._run(tuple(words), _ACT_S, done)

    def _attached(self, one: Act) -> None:
        """Leave the terminal to the command, and come back when it has ended."""
        app = self._app
        with app.suspend():
            code = run_attached(one.words, app.source.environ)
        app.say(f"mutt {one.line} ended with exit code {code}")
        app.look_now()


def _told(said: Said) -> list[str]:
    """What a command said, and its exit code where that is not 0."""
    end = "it was ended: it took too long for a screen; run it in a shell" if said.code is None else ""
    end = end or (f"exit code {said.code}" if said.code else "")
    return [*said.out.splitlines(), *said.err.splitlines(), *(["", end] if end else [])] or ["(it said nothing)"]
