"""Severity and component, as the guide's template names them."""

from __future__ import annotations

from typing import Any

import pytest

from mutt_cli.core.escalation import P1, P2, P3, P4, components, severity


def status(state: str = "ok", **changed: Any) -> dict[str, Any]:
    backends = {"redis": "ok", "db": "ok", "vault": "ok"} | changed.get("backends", {})
    services = {"ingestor": "ok", "alerter": "ok", "forwarder": "ok"} | changed.get("services", {})
    return {
        "state": state,
        "backends": [{"name": name, "state": word} for name, word in backends.items()],
        "services": [{"service": name, "state": word} for name, word in services.items()],
        "breaker": {"state": changed.get("breaker", "CLOSED")},
        "ledger": {"remainder": changed.get("remainder", 0)},
        "switched_off": [{"what": what} for what in changed.get("off", ())],
    }


@pytest.mark.parametrize(
    ("found", "grave"),
    [
        (status("ok"), P4),
        (status("warn"), P3),
        (status("unkn"), P2),
        (status("crit", services={"alerter": "down"}), P2),
        (status("crit", remainder=3), P1),
        (status("crit", backends={"redis": "error"}), P1),
        (status("crit", services={"ingestor": "down"}), P1),
        (None, P1),
    ],
)
def test_what_loses_or_refuses_events_is_the_gravest(found: dict[str, Any] | None, grave: str) -> None:
    assert severity(found) == grave


@pytest.mark.parametrize(
    ("found", "where"),
    [
        (status(), []),
        (status(backends={"db": "error"}, services={"alerter": "down"}), ["PostgreSQL", "Alerter"]),
        (status(backends={"vault": "off"}), []),
        (status(breaker="OPEN", off=("forwarder/pod-1",)), ["Moog Forwarder"]),
        (status(off=("breaker", "dlq/dlq-moog", "ingestor")), ["Ingestor"]),
        (None, []),
    ],
)
def test_what_others_stand_on_is_named_first(found: dict[str, Any] | None, where: list[str]) -> None:
    assert components(found) == where
