"""The eight screens that have a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.tui.config import ConfigPage
from mutt_cli.tui.dlq import LettersPage
from mutt_cli.tui.logs import LogsPage
from mutt_cli.tui.operations import OperationsPage
from mutt_cli.tui.overview import OverviewPage
from mutt_cli.tui.queues import QueuesPage
from mutt_cli.tui.rules import RulesPage
from mutt_cli.tui.trace import TracePage

if TYPE_CHECKING:
    from mutt_cli.tui.page import Page


def numbered() -> dict[str, Page]:
    """Each by its name, in the order of their numbers; what they remember (filter, cursor) stays with them."""
    return {
        "overview": OverviewPage(), "queues": QueuesPage(), "dlq": LettersPage(), "rules": RulesPage(),
        "trace": TracePage(), "logs": LogsPage(), "config": ConfigPage(), "ops": OperationsPage(),
    }  # fmt: skip
