"""What is open to everybody and no page: `/health`, `/metrics`, the API's document, files that pages load."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING, ClassVar, Final

import falcon

from mutt_cli.core.exposition import CONTENT_TYPE
from mutt_cli.daemons.probe import health_text
from mutt_cli.daemons.webui.api import openapi
from mutt_cli.daemons.webui.site.rendering import STATIC, asset

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mutt_cli.core.access import Needed
    from mutt_cli.daemons.webui.vitals import Vitals

_OPEN: Final[dict[str, Needed]] = {"GET": "open", "HEAD": "open"}
FILES: Final = ("mutt.css", "mutt.js")


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


class StaticResource:
    """`GET /static/HASH/NAME`: a file of that content; a browser may keep it for ever."""

    access: ClassVar[Mapping[str, Needed]] = _OPEN

    def on_get(self, req: falcon.Request, resp: falcon.Response, digest: str, name: str) -> None:
        """Raises HTTPNotFound for another name, and for the address of another release."""
        if name not in FILES or req.path != asset(name):
            raise falcon.HTTPNotFound(description=f"there is no file {digest}/{name}")
        resp.content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        resp.set_header("Cache-Control", "public, immutable, max-age=31536000")
        resp.data = (STATIC / name).read_bytes()

    on_head = on_get
