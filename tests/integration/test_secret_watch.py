"""What a process does that was forked with secrets of yesterday."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from mutt_cli.core.secrets import Secrets
from mutt_cli.daemons.secret_watch import SecretWatch
from mutt_cli.errors import UnreachableError
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OLD, NEW = Secrets({"INGEST_API_KEY": "k1"}), Secrets({"INGEST_API_KEY": "k2"})


class Vault:
    """A session whose server is away for the first question."""

    def __init__(self) -> None:
        self.questions = 0

    def read_again(self, _required: Sequence[str]) -> Secrets:
        self.questions += 1
        if self.questions == 1:
            raise UnreachableError("Vault is sealed", code="MUTT-V102")
        return NEW


def runtime() -> Any:
    def spawn(_name: str, work: Callable[[], None]) -> None:
        threading.Thread(target=work, daemon=True).start()

    log = SimpleNamespace(error=lambda *_: None, info=lambda *_: None)
    settings = SimpleNamespace(vault=SimpleNamespace(addr="http://vault"))
    return SimpleNamespace(
        settings=settings, secrets=OLD, vault=Vault(), log=log, stop=threading.Event(), spawn=spawn
    )  # fmt: skip


def test_a_successor_asks_until_vault_has_answered_and_then_no_more() -> None:
    made = runtime()
    SecretWatch(made).start(["INGEST_API_KEY"], stale=True)
    eventually(lambda: made.secrets == NEW, "it has the secrets of now")
    made.stop.set()
    assert made.vault.questions == 2
