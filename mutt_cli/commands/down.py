"""`mutt down`: stop what `mutt up` started."""

from datetime import timedelta

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, word
from mutt_cli.present.output import Document

app = word("down")


@command(app, impact="-", timeout=timedelta(seconds=150))
def down(run: Run) -> Document:
    """Stop the platform of this account and wait until it has ended; its state is kept for the next `mutt up`."""
    from mutt_cli.ops import platform
    from mutt_cli.present.platform import down_document

    return down_document(platform.down(run.environ, run.timeout_s))
