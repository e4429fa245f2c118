"""Keys that `mutt apikey add` made, at the door of the API: who they are, until when, and what is told of them."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters import api_key_store
from mutt_cli.adapters.clock import new_api_key, utc_now
from mutt_cli.adapters.rule_store import Actor
from mutt_cli.core.api_keys import digest, fingerprint
from mutt_cli.errors import RefusedError
from tests.webui import Web, web_app

if TYPE_CHECKING:
    from mutt_cli.adapters.engines.valkey import Valkey
    from tests.servers import PostgresServer

RULE = {"rule_name": "psu", "pattern": "psu", "severity": "major", "reason": "asked for"}
BY = Actor("root@lab")


def asked(web: Web, statement: str, *values: Any) -> Any:
    with web.stores.database() as conn:
        rows = conn.execute(statement.encode(), values).fetchall()
    return rows[0][0] if rows else None


def status(web: Web, key: str) -> int:
    return web.ask("GET", "/api/v1/rules", key=key).status_code


def test_the_audit_names_the_key_and_never_tells_its_digest(web: Web) -> None:
    key = web.made_key("operator", "jane")
    assert web.ask("POST", "/api/v1/rules", key=key, json=RULE).status_code == 201
    logs = web.ask("GET", "/api/v1/audit-logs").json["logs"]
    assert [(row["changed_by"], row["table_name"], row["reason"]) for row in logs] == [
        ("jane", "alert_rules", "asked for"), ("root@lab", "api_keys", "a test"),
    ]  # fmt: skip
    assert set(logs[1]["new_values"]) == {"name", "role", "created_at", "created_by", "expires_at", "last_used_at"}
    assert digest(key).hex() not in str(logs)


def test_a_key_ends_at_its_end_by_the_clock_of_the_data_base(web: Web) -> None:
    ended = web.made_key("admin", "old", utc_now() - timedelta(seconds=1))
    goes_on = web.made_key("admin", "new", utc_now() + timedelta(hours=1))
    assert (status(web, ended), status(web, goes_on)) == (401, 200)


def test_a_revoked_key_opens_nothing_from_that_moment_on(web: Web) -> None:
    key = web.made_key("admin", "jane")
    assert status(web, key) == 200
    with web.stores.database() as conn:
        assert not api_key_store.remove(conn, "jane", "0" * 12, BY), "another key of that name is not removed"
        assert status(web, key) == 200
        assert api_key_store.remove(conn, "jane", fingerprint(digest(key)), BY)
    assert status(web, key) == 401


def test_the_last_use_is_noted_once_a_minute_and_is_no_change_for_the_audit(web: Web) -> None:
    key = web.made_key("viewer", "jane")
    assert asked(web, "SELECT last_used_at FROM api_keys") is None
    assert status(web, key) == 200
    first = asked(web, "SELECT last_used_at FROM api_keys")
    assert status(web, key) == 200
    assert asked(web, "SELECT last_used_at FROM api_keys") == first
    asked(web, "UPDATE api_keys SET last_used_at = last_used_at - interval '61 s' RETURNING 1")
    assert status(web, key) == 200
    assert asked(web, "SELECT last_used_at FROM api_keys") > first - timedelta(seconds=1)
    assert asked(web, "SELECT count(*) FROM audit_logs WHERE table_name = 'api_keys'") == 1


def test_who_holds_the_row_keeps_nobody_out(web: Web, connector: Any) -> None:
    key = web.made_key("viewer", "jane")
    other = connector()
    with other.transaction():
        other.execute(b"SELECT 1 FROM api_keys FOR UPDATE")
        assert status(web, key) == 200
    assert asked(web, "SELECT last_used_at FROM api_keys") is None


def test_each_name_is_one_key(web: Web) -> None:
    web.made_key("viewer", "jane")
    with pytest.raises(RefusedError, match="there is a key jane already"):
        web.made_key("admin", "jane")


def test_while_postgresql_is_away_the_key_in_vault_is_known_and_others_are_not_refused_as_wrong(
    postgres: PostgresServer, valkey: Valkey
) -> None:
    nowhere: Any = SimpleNamespace(engine=SimpleNamespace(sockets="/nowhere"))
    with web_app(nowhere, "none", valkey) as cut:
        assert cut.ask("GET", "/api/v1/rules", key=new_api_key()).json["code"] == "MUTT-P101"
        assert cut.ask("GET", "/api/v1/rules", key="wrong").status_code == 401
        assert cut.ask("GET", "/api/v1/rules").json["code"] == "MUTT-P101"
        assert cut.ask("GET", "/nowhere-at-all").status_code == 404
