"""A running process reads its secrets again when an operator calls for it through Redis, and says that it did."""

from __future__ import annotations

import itertools
import logging
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import dynamic_store
from mutt_cli.adapters.vault import VaultSession
from mutt_cli.core.secrets import Secrets
from mutt_cli.daemons import settings_watch
from mutt_cli.daemons.runtime import Runtime
from mutt_cli.keys import Keys
from mutt_cli.ops import secret_readers
from mutt_cli.ops.backends import Backends
from mutt_cli.ops.secret_readers import Answers
from mutt_cli.settings import Redis, Settings
from mutt_cli.settings import Vault as VaultSettings
from tests.stack import eventually
from tests.vault_server import STORED, Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mutt_cli.adapters.dynamic_store import Reader
    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.adapters.redis_client import Client

KEYS = Keys()
NUMBERS = itertools.count(1)
OLD = Secrets({"INGEST_API_KEY": "of yesterday"})


@pytest.fixture
def vault(openbao: DevOpenBao, tmp_path: Path) -> Server:
    return Server.on(openbao, tmp_path)


@contextmanager
def process(
    valkey: Valkey, vault: VaultSettings, *, obeys: bool = True, required: tuple[str, ...] = ()
) -> Iterator[Runtime]:
    """A process with secrets of yesterday."""
    settings = Settings()
    worker = replace(settings.worker, dynamic_config_enabled=obeys)
    made = replace(settings, redis=Redis(socket=str(valkey.socket)), vault=vault, worker=worker)
    log = logging.getLogger("mutt.forwarder")
    # A name of its own: the process of the test before may still be taking its name off the list.
    runtime = Runtime("forwarder", f"pod-{next(NUMBERS)}", made, OLD, VaultSession(vault), log, KEYS, "")
    try:
        runtime.follow_settings()
        runtime.secret_watch.start(required)
        yield runtime
    finally:
        runtime.stop.set()
    assert not runtime.failed


def reader(client: Client, runtime: Runtime) -> Reader:
    def said() -> list[Reader]:
        return [one for one in dynamic_store.readers(client, KEYS) if one.name == runtime.pod]

    return eventually(said, "the process is listed")[0]  # type: ignore[no-any-return]


def follows(client: Client, runtime: Runtime, number: int) -> None:
    eventually(lambda: reader(client, runtime).secrets_read == number, "the process says that it has read its secrets")


@pytest.mark.parametrize("obeys", [True, False])
def test_a_call_is_followed_and_told_at_once(
    redis_client: Client, valkey: Valkey, vault: Server, monkeypatch: pytest.MonkeyPatch, *, obeys: bool
) -> None:
    monkeypatch.setattr(settings_watch, "READ_EVERY_S", 3600.0)
    with process(valkey, vault.settings(vault.token()), obeys=obeys) as runtime:
        assert runtime.secrets == OLD
        follows(redis_client, runtime, dynamic_store.call_for_secrets(redis_client, KEYS))
        assert runtime.secrets.accepted("INGEST_API_KEY") == (STORED["INGEST_API_KEY"], STORED["INGEST_API_KEY_NEXT"])
        follows(redis_client, runtime, dynamic_store.call_for_secrets(redis_client, KEYS))


def test_a_call_that_cannot_be_followed_names_the_trouble_and_then_its_end(
    redis_client: Client, valkey: Valkey, vault: Server
) -> None:
    with process(valkey, vault.settings(vault.token()), required=("MOOG_API_KEY",)) as runtime:
        dynamic_store.call_for_secrets(redis_client, KEYS)
        eventually(
            lambda: reader(redis_client, runtime).secrets_trouble == "MUTT-V106", "it says that a secret is missing"
        )
        assert (runtime.secrets, reader(redis_client, runtime).secrets_read) == (OLD, 0)
        vault.root.secrets.kv.v2.create_or_update_secret("mutt/prod", secret=STORED | {"MOOG_API_KEY": "k"})
        follows(redis_client, runtime, dynamic_store.call_for_secrets(redis_client, KEYS))
        assert not reader(redis_client, runtime).secrets_trouble


def test_trouble_with_one_call_is_not_taken_for_trouble_with_the_next(
    redis_client: Client, valkey: Valkey, vault: Server
) -> None:
    with process(valkey, vault.settings(vault.token()), required=("MOOG_API_KEY",)) as runtime:
        number = dynamic_store.call_for_secrets(redis_client, KEYS)
        eventually(lambda: reader(redis_client, runtime).secrets_failed == number, "it could not follow")
        said = reader(redis_client, runtime)
        assert [Answers((said,), called).state(said) for called in (number, number + 1)] == ["trouble", "not yet"]

        vault.root.secrets.kv.v2.create_or_update_secret("mutt/prod", secret=STORED | {"MOOG_API_KEY": "k"})
        with Backends(runtime.settings) as backends:
            answers = secret_readers.called(backends, 10.0)
        states = [answers.state(one) for one in answers.readers if one.name == runtime.pod]
        assert states == ["has read"]


def test_a_process_without_vault_says_so(redis_client: Client, valkey: Valkey) -> None:
    with process(valkey, VaultSettings()) as runtime:
        dynamic_store.call_for_secrets(redis_client, KEYS)
        eventually(lambda: reader(redis_client, runtime).secrets_trouble == "no vault", "it says that it has none")


def test_a_call_shortly_before_the_start_is_followed_and_an_old_one_is_not(
    redis_client: Client, valkey: Valkey, vault: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = dynamic_store.call_for_secrets(redis_client, KEYS)
    with process(valkey, vault.settings(vault.token())) as runtime:
        follows(redis_client, runtime, number)
        assert runtime.secrets != OLD
    monkeypatch.setattr(settings_watch, "JUST_NOW_MS", -1)
    with process(valkey, vault.settings(vault.token())) as runtime:
        follows(redis_client, runtime, number)
        assert runtime.secrets == OLD
