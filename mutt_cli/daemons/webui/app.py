"""The web UI's routes: its API, its pages, `/health` and `/metrics`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import falcon

from mutt_cli.daemons.webui.api import VERSIONS, by_path
from mutt_cli.daemons.webui.api.resource import ApiPlace, ApiResource, routed
from mutt_cli.daemons.webui.guard import Guard
from mutt_cli.daemons.webui.keys import Keys
from mutt_cli.daemons.webui.pages import (
    PAGES,
    HealthResource,
    MetricsResource,
    OpenApiResource,
    PageResource,
    templates,
)
from mutt_cli.daemons.webui.stores import Vitals

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.daemons.webui.api.endpoint import Place
    from mutt_cli.daemons.webui.meters import WebMeters
    from mutt_cli.daemons.webui.stores import Stores

App = falcon.App[falcon.Request, falcon.Response]


def create_app(place: Place, stores: Stores, meters: WebMeters, metrics: Callable[[], str]) -> App:
    """The app of one worker process."""
    runtime = place.runtime
    guard = Guard(runtime, Keys(runtime, stores), meters)
    app = falcon.App(middleware=[guard])
    app.req_options.strip_url_path_trailing_slash = True
    app.req_options.keep_blank_qs_values = True
    # The framework has handlers of its own for both; every error is ours to word.
    for kind in (Exception, falcon.HTTPError):
        app.add_error_handler(kind, guard.fail)
    for path, endpoints in by_path().items():
        resource = ApiResource(ApiPlace(place, stores), endpoints)
        for version in VERSIONS:
            app.add_route(f"/api/{version}{routed(path)}", resource)
    for version in VERSIONS:
        app.add_route(f"/api/{version}/openapi.json", OpenApiResource())
    vitals, template = Vitals(stores), templates().get_template("page.html")
    for page in PAGES:
        app.add_route(page.path, PageResource(page, vitals, template, runtime.settings.webui.port))
    app.add_route("/health", HealthResource(vitals))
    app.add_route("/metrics", MetricsResource(metrics))
    return app
