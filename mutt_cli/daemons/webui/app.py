"""The web UI's routes. Paths of /api/v1 and /api/v2 lead to the same resources (D24)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import falcon

from mutt_cli.daemons.webui.audit import AuditResource
from mutt_cli.daemons.webui.guard import Guard
from mutt_cli.daemons.webui.keys import Keys
from mutt_cli.daemons.webui.pages import PAGES, HealthResource, MetricsResource, PageResource, templates
from mutt_cli.daemons.webui.rules import RuleResource, RulesResource
from mutt_cli.daemons.webui.stores import Vitals

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.daemons.runtime import Runtime
    from mutt_cli.daemons.webui.meters import WebMeters
    from mutt_cli.daemons.webui.stores import Stores

VERSIONS: Final = ("v1", "v2")
_ID: Final = "{rule_id:int(min=1, max=9223372036854775807)}"

App = falcon.App[falcon.Request, falcon.Response]


def create_app(runtime: Runtime, stores: Stores, meters: WebMeters, metrics: Callable[[], str]) -> App:
    """The app of one worker process."""
    guard = Guard(runtime, Keys(runtime, stores), meters)
    app = falcon.App(middleware=[guard])
    app.req_options.strip_url_path_trailing_slash = True
    # The framework has handlers of its own for both; every error is ours to word.
    for kind in (Exception, falcon.HTTPError):
        app.add_error_handler(kind, guard.fail)
    _add_api(app, stores, runtime)
    vitals, template = Vitals(stores), templates().get_template("page.html")
    for page in PAGES:
        app.add_route(page.path, PageResource(page, vitals, template, runtime.settings.webui.port))
    app.add_route("/health", HealthResource(vitals))
    app.add_route("/metrics", MetricsResource(metrics))
    return app


def _add_api(app: App, stores: Stores, runtime: Runtime) -> None:
    many, one = RulesResource(stores, runtime), RuleResource(stores, runtime)
    audit = AuditResource(stores, runtime.settings.webui.audit_page_size)
    for version in VERSIONS:
        app.add_route(f"/api/{version}/rules", many)
        app.add_route(f"/api/{version}/rules/{_ID}", one)
        app.add_route(f"/api/{version}/audit-logs", audit)
