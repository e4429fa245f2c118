"""Changing a setting at run time as a command does it, on real servers: what is stored, told, recorded and audited."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import dynamic_store
from mutt_cli.adapters.configuration import Configuration
from mutt_cli.adapters.dynamic_store import Reader
from mutt_cli.adapters.operations import Begun
from mutt_cli.errors import ConfigError, MuttError, NotFoundError, RefusedError, UsageError
from mutt_cli.keys import Keys
from mutt_cli.ops import dynamic
from mutt_cli.ops.backends import Backends
from mutt_cli.ops.operation import recorded
from mutt_cli.settings import DECLARATIONS, Postgres, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.settings import Declaration

KEYS = Keys()
SHED = "alerter_queue_shed_threshold"
WARN = "alerter_queue_warn_threshold"
CONFIGURED = Configuration(Settings(), {one.env: "default" for one in DECLARATIONS})


def begun(operation: str = "op-7Q3A1B") -> Begun:
    return Begun(
        operation, datetime(2026, 11, 24, 3, 0, tzinfo=UTC), "mk@bastion", "bastion", "local", "config set", "W",
        ("config", "set", f"{SHED}=5000"), "INC-1182", {"lines": ["2000 -> 5000"]},
    )  # fmt: skip


def set_to(backends: Backends, *wishes: tuple[str, str]) -> dict[str, str | None]:
    return dict(dynamic.apply(backends, dynamic.plan_set(backends, CONFIGURED, wishes)).texts)


def reader(service: str, name: str, revision: str, *refused: str) -> Reader:
    return Reader(service, name, "host", 1, revision, refused)


def test_a_key_and_the_name_of_its_variable_mean_the_same(redis_client: Client, backends: Backends) -> None:
    assert set_to(backends, (SHED, "5000")) == {SHED: None}
    assert set_to(backends, ("ALERTER_QUEUE_SHED_THRESHOLD", "6000")) == {SHED: "5000"}
    assert set_to(backends, ("MAX_INGEST_QUEUE_SIZE", "7")) == {"max_ingest_queue_size": None}
    assert redis_client.get(KEYS.config(SHED)) == b"6000"


def test_a_change_is_announced_by_name(redis_client: Client, backends: Backends) -> None:
    with dynamic_store.Announcements(redis_client, KEYS) as announcements:
        announcements.wait(1)
        set_to(backends, (SHED, "5000"), ("moog_rate_limit", "200"))
        heard = announcements.wait(5)
        heard += announcements.wait(1) if len(heard) < 2 else []
    assert heard == [SHED, "moog_rate_limit"]


def test_the_value_is_stored_as_it_is_meant(redis_client: Client, backends: Backends) -> None:
    set_to(backends, ("remediation_enabled", "OFF"), ("alerter_shed_mode", "DLQ"), ("moog_rate_limit", "+200 # drain"))
    assert redis_client.get(KEYS.config("remediation_enabled")) == b"false"
    assert redis_client.get(KEYS.config("alerter_shed_mode")) == b"dlq"
    assert redis_client.get(KEYS.config("moog_rate_limit")) == b"200"


@pytest.mark.parametrize(
    ("name", "text", "error", "code", "said"),
    [
        (SHED, "lots", ConfigError, "MUTT-C101", "a whole number from 1"),
        (SHED, "0", ConfigError, "MUTT-C101", "a whole number from 1"),
        (SHED, " ", UsageError, "MUTT-U001", "needs a value"),
        ("alerter_queue_shed_treshold", "5", NotFoundError, "MUTT-C104", "there is no setting"),
        ("POSTGRES_PORT", "6432", ConfigError, "MUTT-C105", "/etc/mutt/mutt.env and needs a restart of alerter and"),
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_refused_and_nothing_changes(  # noqa: PLR0917 - a table of cases
    redis_client: Client, backends: Backends, name: str, text: str, error: type[MuttError], code: str, said: str
) -> None:
    with pytest.raises(error) as caught:
        set_to(backends, ("moog_rate_limit", "5"), (name, text))
    assert caught.value.code == code
    assert said in caught.value.message
    assert redis_client.keys("mutt:*") == []


def test_a_misspelled_key_is_answered_with_the_command_that_was_meant(backends: Backends) -> None:
    with pytest.raises(NotFoundError) as caught:
        dynamic.plan_set(backends, CONFIGURED, [("alerter_queue_shed_treshold", "5000")])
    assert caught.value.tries == (f"mutt config set {SHED}=5000",)


def test_a_threshold_lowered_below_what_waits_is_warned_of(redis_client: Client, backends: Backends) -> None:
    redis_client.lpush(KEYS.ingest_queue, *range(40))
    lower = dynamic.plan_set(backends, CONFIGURED, [(WARN, "30"), (SHED, "35")])
    assert sum("waits in the ingest queue now, 40" in one for one in lower.warnings) == 2
    assert dynamic.plan_set(backends, CONFIGURED, [(SHED, "5000")]).warnings == ()
    assert any(
        "no warning before shedding" in one for one in dynamic.plan_set(backends, CONFIGURED, [(SHED, "500")]).warnings
    )


def test_unset_goes_back_to_what_is_configured_and_takes_the_alias_along(
    redis_client: Client, backends: Backends
) -> None:
    redis_client.set(KEYS.config("rule_cache_ttl"), "50")
    plan = dynamic.plan_unset(backends, CONFIGURED, "cache_reload_interval")
    assert [(one.old, one.new) for one in plan.changes] == [(50, 300)]
    assert dynamic.apply(backends, plan).texts == {"cache_reload_interval": "50"}
    assert redis_client.keys("mutt:config:*") == []
    assert dynamic.plan_unset(backends, CONFIGURED, "RULE_CACHE_TTL").changes[0].nothing


def test_a_default_of_an_alerter_is_no_former_wish(redis_client: Client, backends: Backends) -> None:
    redis_client.set(KEYS.config(SHED), "2000")
    redis_client.hset(KEYS.config_defaults, SHED, "2000")
    assert dynamic.view(backends, CONFIGURED).source(CONFIGURED, _declared(SHED)) == "default"
    assert set_to(backends, (SHED, "2000")) == {SHED: None}
    assert dynamic.view(backends, CONFIGURED).source(CONFIGURED, _declared(SHED)) == "dynamic"


def _declared(key: str) -> Declaration:
    return next(one for one in DECLARATIONS if one.dynamic == key)


def test_published_and_effective_are_two_facts(redis_client: Client, backends: Backends) -> None:
    set_to(backends, (SHED, "5000"))
    now = dynamic.view(backends, CONFIGURED).revision
    redis_client.set(KEYS.config("unknown_key"), "x")  # nobody's: it does not make two sets differ
    for one in (
        reader("alerter", "a", now), reader("alerter", "b", "old"), reader("alerter", "c", now, SHED),
        reader("forwarder", "f", "off"),
    ):  # fmt: skip
        dynamic_store.note_reader(redis_client, KEYS, one)
    seen = dynamic.view(backends, CONFIGURED)
    assert [(one.name, state) for one, state in seen.readers_of(_declared(SHED))] == [
        ("a", "in effect"), ("b", "not yet"), ("c", "refused"),
    ]  # fmt: skip
    assert [one.name for one in seen.behind] == ["b", "f"]


def test_waiting_ends_when_the_last_daemon_has_it_and_never_for_one_that_does_not_obey(
    redis_client: Client, backends: Backends
) -> None:
    dynamic_store.note_reader(redis_client, KEYS, reader("forwarder", "f", "off"))
    dynamic_store.note_reader(redis_client, KEYS, reader("alerter", "a", dynamic.view(backends, CONFIGURED).revision))
    seen, _ = dynamic.wait(backends, CONFIGURED, 20)
    assert [one.name for one in seen.behind] == ["f"]
    dynamic_store.note_reader(redis_client, KEYS, reader("alerter", "a", "old"))
    seen, spent = dynamic.wait(backends, CONFIGURED, 0.3)
    assert [one.name for one in seen.behind] == ["a", "f"]
    assert spent >= 0.3


def test_a_process_that_was_killed_is_listed_for_a_moment_only(redis_client: Client) -> None:
    seconds, _ = redis_client.time()
    old = (seconds - 16) * 1000
    redis_client.hset(KEYS.config_readers, "alerter:a", f'{old} {{"service":"alerter"}}')
    redis_client.hset(KEYS.config_readers, "x", "nonsense")
    assert dynamic_store.readers(redis_client, KEYS) == []


def test_an_operation_is_recorded_before_and_after_and_audited(
    backends: Backends, migrated: Connection, tmp_path: Path, redis_client: Client
) -> None:
    del redis_client
    plan = dynamic.plan_set(backends, CONFIGURED, [(SHED, "5000")])
    with recorded(backends, tmp_path, begun()) as operation:
        row = migrated.execute("SELECT command, actor, reason, result, finished_at FROM operations").fetchone()
        assert row == ("config set", "mk@bastion", "INC-1182", None, None)
        operation.originals = dict(dynamic.apply(backends, plan).texts)
        operation.audited = dynamic.audited(plan, {SHED: "3000"})
    row = migrated.execute("SELECT id, result, argv, originals, finished_at >= started_at FROM operations").fetchone()
    assert row == ("op-7Q3A1B", "done", ["config", "set", f"{SHED}=5000"], {SHED: None}, True)
    columns = "changed_by, operation, table_name, record_id, old_values, new_values, reason, correlation_id"
    audit = migrated.execute(f"SELECT {columns} FROM audit_logs".encode()).fetchone()  # noqa: S608
    assert audit == (
        "mk@bastion", "UPDATE", "config", SHED, {"value": "3000"}, {"value": "5000"}, "INC-1182", "op-7Q3A1B",
    )  # fmt: skip
    assert operation.warnings == []
    assert not list(tmp_path.iterdir())


def test_an_operation_that_failed_says_how(backends: Backends, migrated: Connection, tmp_path: Path) -> None:
    with pytest.raises(ConfigError), recorded(backends, tmp_path, begun()):
        raise ConfigError("it broke", code="MUTT-C101")
    with pytest.raises(KeyboardInterrupt), recorded(backends, tmp_path, begun("op-2")):
        raise KeyboardInterrupt
    rows = migrated.execute("SELECT result FROM operations ORDER BY id").fetchall()
    assert rows == [("interrupted",), ("failed: MUTT-C101 it broke",)]


def away(backends: Backends) -> Backends:
    """The same without PostgreSQL."""
    return Backends(dataclasses.replace(backends.settings, postgres=Postgres(host="/nowhere")))


def test_without_postgresql_a_file_of_this_host_keeps_the_record(backends: Backends, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with recorded(away(backends), folder, begun()) as operation:
        operation.originals = {SHED: "3000"}
    first, last = map(json.loads, (folder / "operations.jsonl").read_text().splitlines())
    assert (first["id"], first["actor"], "result" in first) == ("op-7Q3A1B", "mk@bastion", False)
    assert (last["id"], last["result"], last["originals"]) == ("op-7Q3A1B", "done", {SHED: "3000"})
    assert [one for one in operation.warnings if "operations.jsonl, not in PostgreSQL" in one]
    assert (folder / "operations.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_database_that_was_never_migrated_is_as_good_as_away(
    backends: Backends, empty: Connection, tmp_path: Path
) -> None:
    empty.execute("DROP TABLE operations")
    with recorded(backends, tmp_path, begun()) as operation:
        pass
    assert "mutt db migrate" not in operation.warnings
    assert len((tmp_path / "operations.jsonl").read_text().splitlines()) == 2


def test_what_can_be_recorded_nowhere_is_not_done(backends: Backends, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(RefusedError) as caught, recorded(away(backends), blocked / "below", begun()):
        pytest.fail("it was done")
    assert caught.value.code == "MUTT-G003"


def test_an_address_that_may_hold_a_secret_is_masked_in_record_and_audit(
    redis_client: Client, backends: Backends
) -> None:
    del redis_client
    plan = dynamic.plan_set(backends, CONFIGURED, [("moog_webhook_url", "https://moog.example.com/hook?token=s3cret")])
    told = f"{dynamic.word(plan.changes[0])} {dynamic.audited(plan, {'moog_webhook_url': None})}"
    assert "moog.example.com" in told
    assert "s3cret" not in told
