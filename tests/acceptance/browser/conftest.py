"""One deployment and one browser for the files that a worker runs here; each test has a browser context of its own."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from tests.acceptance.browser.scene import Facts, furnish
from tests.acceptance.browser.visitor import ARGUMENTS, Visitor
from tests.peers import peer
from tests.stack import running_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.acceptance.browser.looks import Look
    from tests.servers import PostgresServer
    from tests.stack import Stack


@pytest.fixture(scope="package")
def deployment(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """All five daemons; remediation does not send dead letters by itself."""
    with running_stack(postgres, openbao, REMEDIATION_INTERVAL="3600") as made:
        made.start("ingestor", "alerter", "forwarder", "remediation", "webui")
        yield made


@pytest.fixture(scope="package")
def facts(deployment: Stack) -> Facts:
    """What there is to see: rules, hosts, an event with its story, dead letters."""
    return furnish(deployment)


@pytest.fixture(scope="package")
def chrome() -> Iterator[Browser]:
    """The system's browser, never one that was downloaded."""
    program = peer("chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def stranger(chrome: Browser, deployment: Stack) -> Iterator[Callable[[Look], Visitor]]:
    """Makes visitors who have not logged in; they are gone after the test."""
    with ExitStack() as scope:

        def made(look: Look) -> Visitor:
            visitor = Visitor(chrome, deployment.webui_url, look)
            scope.callback(visitor.context.close)
            return visitor

        yield made


@pytest.fixture
def visitor(look: Look, stranger: Callable[[Look], Visitor]) -> Visitor:
    """Somebody who is logged in, with the look of the test."""
    found = stranger(look)
    found.log_in()
    return found
