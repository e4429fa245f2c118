"""The web UI's routes: its API, its pages, `/health` and `/metrics`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import falcon

from mutt_cli.daemons.webui.api import VERSIONS, by_path
from mutt_cli.daemons.webui.api.resource import ApiPlace, ApiResource, routed
from mutt_cli.daemons.webui.guard import Guard
from mutt_cli.daemons.webui.keys import Keys
from mutt_cli.daemons.webui.plain import HealthResource, MetricsResource, OpenApiResource, StaticResource
from mutt_cli.daemons.webui.site.assistance import HelpPage, LostPage
from mutt_cli.daemons.webui.site.audit import AuditFile, AuditPage
from mutt_cli.daemons.webui.site.board import Board
from mutt_cli.daemons.webui.site.doors import LoginPage, LogoutPage, ThemePage
from mutt_cli.daemons.webui.site.events import EventsPage, TracePage
from mutt_cli.daemons.webui.site.hosts import HostsPage
from mutt_cli.daemons.webui.site.letters import LetterPage, LettersPage, ReplayPage
from mutt_cli.daemons.webui.site.operations import OperationPage
from mutt_cli.daemons.webui.site.overview import OverviewFragment, OverviewPage
from mutt_cli.daemons.webui.site.pages import Site
from mutt_cli.daemons.webui.site.queues import QueuePage, QueuesPage
from mutt_cli.daemons.webui.site.rendering import environment
from mutt_cli.daemons.webui.site.rule import NewRulePage, RulePage, SwitchPage
from mutt_cli.daemons.webui.site.rule_test import RuleTestPage
from mutt_cli.daemons.webui.site.rules import RulesPage
from mutt_cli.daemons.webui.site.settings import SettingsPage
from mutt_cli.daemons.webui.site.visits import Visits

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.daemons.webui.api.endpoint import Place
    from mutt_cli.daemons.webui.meters import WebMeters
    from mutt_cli.daemons.webui.stores import Stores
    from mutt_cli.daemons.webui.vitals import Vitals

App = falcon.App[falcon.Request, falcon.Response]


def create_app(place: Place, stores: Stores, vitals: Vitals, meters: WebMeters, metrics: Callable[[], str]) -> App:
    """The app of one worker process."""
    runtime = place.runtime
    keys = Keys(runtime, stores)
    guard = Guard(runtime, keys, meters)
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
    site = Site(place, stores, Visits(runtime, stores, keys), vitals, environment())
    _add_pages(app, site)
    guard.nowhere = LostPage(site)
    app.add_route("/health", HealthResource(vitals))
    app.add_route("/metrics", MetricsResource(metrics))
    app.add_route("/static/{digest}/{name}", StaticResource())
    return app


def _add_pages(app: App, site: Site) -> None:
    board = Board(site.place, site.stores)
    pages = (
        LettersPage, LetterPage, ReplayPage, EventsPage, TracePage, RulesPage, NewRulePage, RuleTestPage, RulePage,
        SwitchPage, HostsPage, SettingsPage, AuditPage, AuditFile, OperationPage, HelpPage, LoginPage, LogoutPage,
        ThemePage,
    )  # fmt: skip
    watching = (OverviewPage, OverviewFragment, QueuesPage, QueuePage)
    for page in (*(kind(site, board) for kind in watching), *(kind(site) for kind in pages)):
        app.add_route(routed(page.path), page)
