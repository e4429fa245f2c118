"""The API keeps what its OpenAPI document says, whatever it is sent: generated requests, proper ones and others.

What a request may say beyond its shape (a pattern that RE2 takes, a name that can be printed, a moment) no JSON Schema
can tell, so a request of the right shape may be answered 400. All else that the generator checks must hold.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from waitress.server import create_server

from mutt_cli.adapters.migrations import migrate
from mutt_cli.daemons.webui.api import ENDPOINTS, openapi
from tests.stack import WEB_KEY
from tests.webui import Web, web_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.valkey import Valkey
    from tests.servers import PostgresServer

KEY = {"X-API-Key": WEB_KEY}
EVERY = [(one.method, one.path) for one in ENDPOINTS]


@pytest.fixture(scope="module")
def web(postgres: PostgresServer, valkey: Valkey) -> Iterator[Web]:
    """One app for all of it: what one request leaves behind the next one meets."""
    with postgres.database() as name, web_app(postgres, name, valkey) as made, pytest.MonkeyPatch.context() as patched:
        # The generator tries a wrong key with most requests, and knows no other answer to it than 401.
        patched.setattr("mutt_cli.daemons.webui.keys.WRONG_KEYS", 1_000_000)
        with made.stores.database() as conn:
            migrate(conn)
        yield made


@pytest.fixture(scope="module")
def schema(web: Web) -> Any:
    """The document as it is served."""
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", web.app)


def holds(schema: Any, method: str, path: str, examples: int) -> None:
    """Send so many generated requests to an operation and check each answer."""

    @given(case=schema[f"/api/v1{path}"][method].as_strategy())
    @settings(
        max_examples=examples, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def each(case: Any) -> None:
        case.call_and_validate(headers=KEY, excluded_checks=[positive_data_acceptance])

    each()


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_each_operation_answers_as_the_document_says(schema: Any, method: str, path: str) -> None:
    holds(schema, method, path, 12)


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("method", "path"), EVERY)
def test_each_operation_does_so_for_hundreds_of_requests(schema: Any, method: str, path: str) -> None:
    holds(schema, method, path, 300)


@pytest.mark.nightly
@pytest.mark.timeout(600)
def test_rules_are_made_changed_and_removed_in_any_order(web: Web) -> None:
    bound = socket.create_server(("127.0.0.1", 0))
    server = create_server(web.app, sockets=[bound], threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    address = f"http://127.0.0.1:{bound.getsockname()[1]}/api/v1/openapi.json"
    words = ["run", address, "-H", f"X-API-Key: {WEB_KEY}", "--phases", "stateful", "--exclude-checks"]
    words += ["positive_data_acceptance", "-n", "60", "--no-color"]
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", *words], text=True, check=False, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    server.close()
    assert done.returncode == 0, done.stdout[-4000:]
    assert re.search(r"Test cases:\n +\d{2,} generated, \d{2,} passed", done.stdout), done.stdout[-4000:]


def test_both_versions_are_the_same_document() -> None:
    paths = json.loads(openapi.document())["paths"]
    first = {path: found for path, found in paths.items() if path.startswith("/api/v1/")}
    assert {path.replace("/v1/", "/v2/") for path in first} == set(paths) - set(first)
    for path, found in first.items():
        other = json.loads(json.dumps(paths[path.replace("/v1/", "/v2/")]).replace("_v2", ""))
        assert other == found, path


def test_every_operation_has_a_name_a_summary_and_its_role() -> None:
    names = []
    for found in json.loads(openapi.document())["paths"].values():
        for one in found.values():
            names.append(one["operationId"])
            assert one["summary"]
            assert "Needs the role" in one["description"] or one["security"] == []
    assert len(set(names)) == len(names)
