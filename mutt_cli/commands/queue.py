"""`mutt queue`: depth, age, messages; the commands that look and those that change."""

from mutt_cli.commands import queue_change, queue_orphan
from mutt_cli.commands.queue_look import app

queue_change.add_to(app)
app.add_typer(queue_orphan.app, name="orphan")
app.add_typer(queue_orphan.app, name="orphans", hidden=True)
