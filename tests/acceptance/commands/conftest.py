"""The live deployment of the commands' tests, and the proof that each test owes for what it says it covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.commands.world import World
from tests.stack import running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer
    from tests.stack import Stack


@pytest.fixture(scope="package")
def deployment(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """All five daemons until the last test of this folder; each leaves it as it was."""
    with running_stack(postgres, openbao, REMEDIATION_INTERVAL="3600") as made:
        made.start("ingestor", "alerter", "forwarder", "remediation", "webui")
        yield made


@pytest.fixture
def world(deployment: Stack, request: pytest.FixtureRequest) -> Iterator[World]:
    """The deployment as one test sees it; afterwards the test must have proved what its `covers` marks name."""
    made = World(deployment)
    yield made
    failed = getattr(request.node, "failed_call", False)
    for mark in request.node.iter_markers("covers"):
        for path in mark.args:
            missing = made.proves(path)
            assert failed or not missing, f"mutt {path} is not proved here: {', '.join(missing)} is missing"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A test that failed is not blamed for what it did not come to."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.when == "call" and not report.passed:
        item.failed_call = True  # type: ignore[attr-defined]
