"""The API keeps what its OpenAPI document says, whatever it is sent: generated requests, proper ones and others.

What a request may say beyond its shape (a pattern that RE2 takes, a name that can be printed, a moment) no JSON Schema
can tell, so a request of the right shape may be answered 400. All else that the generator checks must hold.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

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
    with postgres.database() as name, web_app(postgres, name, valkey) as made:
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
@pytest.mark.parametrize(("method", "path"), EVERY)
def test_each_operation_does_so_for_hundreds_of_requests(schema: Any, method: str, path: str) -> None:
    holds(schema, method, path, 300)


@pytest.mark.nightly
def test_rules_are_made_changed_and_removed_in_any_order(schema: Any) -> None:
    machine = schema.as_state_machine()

    class Rules(machine):  # type: ignore[misc, valid-type]
        """Follows the links of the document."""

        def get_call_kwargs(self, _case: Any) -> dict[str, Any]:
            return {"headers": KEY}

        def validate_response(self, response: Any, case: Any, **_more: Any) -> None:
            # The key comes with every call, so the generator cannot tell what a call without it would be.
            case.validate_response(response, excluded_checks=[positive_data_acceptance, ignored_auth])

    Rules.run(settings=settings(max_examples=60, stateful_step_count=12, database=None, deadline=None))


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
