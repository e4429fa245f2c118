"""The rules in the order in which they are tried, with what each has matched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from mutt_cli.adapters.clock import utc_now
from mutt_cli.daemons.webui.api.parameters import whole
from mutt_cli.daemons.webui.api.resource import read_query
from mutt_cli.daemons.webui.lent import LentBackends
from mutt_cli.daemons.webui.site.pages import Page, given
from mutt_cli.ops import rule_views
from mutt_cli.present.rule_rows import rule_row

if TYPE_CHECKING:
    import falcon

    from mutt_cli.daemons.webui.site.visits import Visit

MOST: Final = 100
"""Rules on one page: each is about 350 bytes of it, and a pattern may have thousands more."""
_PAGE: Final = whole("page", "", 1, 1_000_000, 1)


class RulesPage(Page):
    """`/rules`."""

    path, title, template, command = "/rules", "Rules", "rules.html", "mutt rule list"

    def show(self, req: falcon.Request, _visit: Visit) -> dict[str, Any]:
        """Those with a word in their name, pattern, team or severity, page by page."""
        typed = given(req)
        number = read_query({"page": typed["page"]} if "page" in typed else {}, (_PAGE,))["page"]
        word = typed.get("q", "")
        with LentBackends(self.site.place.runtime, self.site.stores) as backends:
            found = rule_views.page(backends, utc_now(), word, number, MOST)
        return {
            "rows": [rule_row(one) for one in found.rules], "found": found, "word": word,
            "before": _address(word, found.number - 1) if found.number > 1 else "",
            "after": _address(word, found.number + 1) if found.number < found.pages else "",
        }  # fmt: skip


def _address(word: str, page: int) -> str:
    return "?" + urlencode({**({"q": word} if word else {}), "page": page})
