"""What is open to everybody: the pages without data, `/health` and `/metrics`.

A page tells a person without a key what is there and how to ask for it (D24). It answers 500 while a store is away,
which is what the guides look for (TG:819, TG:837).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import falcon
import jinja2

from mutt_cli.core.exposition import CONTENT_TYPE
from mutt_cli.daemons.probe import health_text
from mutt_cli.daemons.webui.api import openapi

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mutt_cli.core.access import Needed
    from mutt_cli.daemons.webui.stores import Vitals

_OPEN: Final[dict[str, Needed]] = {"GET": "open", "HEAD": "open"}
_NAMES: Final = {"redis": "Redis", "postgres": "PostgreSQL"}


@dataclass(frozen=True)
class Page:
    """One page: its path, its name, what it is about, and the commands (with `{port}`) that answer it."""

    path: str
    title: str
    about: str
    commands: tuple[str, ...]


def _curl(path: str) -> str:
    """The guides' command for an endpoint of the API."""
    return f'curl -H "X-API-Key: YOUR_API_KEY" "http://localhost:{{port}}{path}"'


PAGES: Final = (
    Page("/", "MUTT", "The state of this deployment is shown by these commands.", ("mutt status", "mutt queue list")),
    Page("/rules", "Rules", "Rules are read and changed through the API.", (_curl("/api/v1/rules"),)),
    Page(
        "/audit-logs", "Audit log", "Who changed what, and why, is told by the API.",
        (_curl("/api/v1/audit-logs?limit=50&offset=0"),),
    ),
)  # fmt: skip


def templates() -> jinja2.Environment:
    """The pages' templates; every value is escaped, and a missing one is an error."""
    loader = jinja2.PackageLoader("mutt_cli.daemons.webui")
    strict = jinja2.StrictUndefined
    return jinja2.Environment(loader=loader, autoescape=True, undefined=strict, trim_blocks=True, lstrip_blocks=True)


class PageResource:
    """One page."""

    access: ClassVar[Mapping[str, Needed]] = _OPEN

    def __init__(self, page: Page, vitals: Vitals, template: jinja2.Template, port: int) -> None:
        self._page, self._vitals, self._template = page, vitals, template
        self._commands = [command.format(port=port) for command in page.commands]

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """200, or 500 while a store is away."""
        away = [_NAMES[name] for name, word in self._vitals.read().items() if word != "ok"]
        resp.status = 500 if away else 200
        resp.content_type = falcon.MEDIA_HTML
        resp.text = self._template.render(page=self._page, pages=PAGES, commands=self._commands, away=away)

    on_head = on_get


class HealthResource:
    """`GET /health`: 503 unless both stores answer."""

    access: ClassVar[Mapping[str, Needed]] = _OPEN

    def __init__(self, vitals: Vitals) -> None:
        self._vitals = vitals

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """The body of SO:288, keys in that order."""
        words = self._vitals.read()
        fine = set(words.values()) == {"ok"}
        resp.status = 200 if fine else 503
        resp.content_type = falcon.MEDIA_JSON
        resp.data = health_text({"status": "healthy" if fine else "unhealthy", **words})

    on_head = on_get


class OpenApiResource:
    """`GET /api/v1/openapi.json`: what the API takes and answers, for programs that want to know."""

    access: ClassVar[Mapping[str, Needed]] = _OPEN

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """The OpenAPI 3.1 document."""
        resp.content_type = falcon.MEDIA_JSON
        resp.data = openapi.document()

    on_head = on_get


class MetricsResource:
    """`GET /metrics`: the totals over all workers."""

    access: ClassVar[Mapping[str, Needed]] = _OPEN

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """Prometheus text."""
        resp.text = self._read()
        resp.content_type = CONTENT_TYPE

    on_head = on_get
