"""The rules in the order in which they are tried, with what each has matched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.adapters.clock import utc_now
from mutt_cli.daemons.webui.lent import LentBackends
from mutt_cli.daemons.webui.site.pages import Page
from mutt_cli.ops.rule_views import rules
from mutt_cli.present.rule_rows import rule_row

if TYPE_CHECKING:
    import falcon

    from mutt_cli.daemons.webui.site.visits import Visit

MOST = 200
"""Rules on one page: each is about 300 bytes of it."""


class RulesPage(Page):
    """`/rules`."""

    path, title, template, command = "/rules", "Rules", "rules.html", "mutt rule list"

    def show(self, req: falcon.Request, _visit: Visit) -> dict[str, Any]:
        """Those with a word in their name, pattern or team; at most MOST."""
        asked = req.params.get("q", "")
        word = asked if isinstance(asked, str) else asked[-1]
        with LentBackends(self.site.place.runtime, self.site.stores) as backends:
            seen = rules(backends, utc_now())
        rows = [rule_row(one) for one in seen]
        fitting = [row for row in rows if _fits(row, word.casefold())] if word else rows
        return {"rows": fitting[:MOST], "total": len(rows), "fitting": len(fitting), "word": word, "most": MOST}


def _fits(row: dict[str, Any], word: str) -> bool:
    return any(word in str(row[name] or "").casefold() for name in ("rule_name", "pattern", "team", "severity"))
