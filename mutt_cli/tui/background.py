"""Work that must not hold up a key press: threads that hand over what they found, and are left behind at the end.

Not Textual's workers: those are waited for when the app ends, and `q` has to work while a back end hangs.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from mutt_cli.ops.gather import looked

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

    from mutt_cli.errors import MuttError
    from mutt_cli.settings import Settings


def begin(
    app: App[Any], settings: Settings, task: Callable[[], Any], done: Callable[[Any, MuttError | None], None]
) -> None:
    """Do the task in a thread; `done` gets what it found, or the error, in the thread of the app.

    What is a bug of ours is raised there, and ends the app.
    """

    def work() -> None:
        answer = looked("top", task, settings)

        def hand_over() -> None:
            if answer.surprise is not None:
                raise answer.surprise
            done(answer.found, answer.error)

        # Called later, so that what it raises ends the app; raised here it would end this thread alone.
        with suppress(RuntimeError):  # the app ends meanwhile
            if app.is_running:
                app.call_from_thread(app.call_later, hand_over)

    threading.Thread(target=work, name="top-look", daemon=True).start()
