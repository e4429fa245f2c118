"""`mutt handoff`: what the next person on call should know."""

from datetime import timedelta
from typing import Final

from mutt_cli.adapters.contexts import state_dir
from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, word
from mutt_cli.commands.folders import folders
from mutt_cli.commands.options import Since, Until
from mutt_cli.errors import OK, PARTIAL

app = word("handoff")

_USUAL: Final = timedelta(days=7)
_SHARE: Final = 0.8
"""Of the command's time for asking; the rest is for loading and showing."""


@command(app, impact="R", timeout=timedelta(seconds=10))
def handoff(run: Run, *, since: Since = None, until: Until = None) -> int:
    """What is wrong now, what was done by whom and why, what is in force, what comes next; of the last seven days.

    Operations that are not finished come first. Exit 6 if a part could not be had: it is named, the others are there.
    """
    from mutt_cli.ops.handoff import Asked, handover
    from mutt_cli.present.handoff import handoff_document

    last = run.moment(until, "--until") or run.now()
    first = run.moment(since, "--since") or last - _USUAL
    asked = Asked(run.configuration, state_dir(run.environ), first, last, folders(run))
    found = handover(asked, run.timeout_s * _SHARE, run.now())
    run.show(handoff_document(found, run.context.name, local=run.flags.local))
    return PARTIAL if found.missing else OK
