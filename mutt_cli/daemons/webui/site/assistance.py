"""`/help`: keys, and where everything else is."""

from __future__ import annotations

from mutt_cli.daemons.webui.site.pages import Page


class HelpPage(Page):
    """The page of `?`."""

    path, title, template, command = "/help", "Help", "help.html", "mutt help"
