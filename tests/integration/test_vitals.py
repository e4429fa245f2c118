"""What the web UI's health page says while a store hangs."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.daemons.webui.vitals import ASK_EVERY_S, HANGS_S, Vitals
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from tests.webui import Web


class Hanging:
    """A server that stops answering, without an error."""

    def __init__(self) -> None:
        self.answers, self.asked = threading.Event(), threading.Event()
        self.answers.set()
        self.cuts: list[float] = []

    def ping(self) -> None:
        self.asked.set()
        self.answers.wait()

    def cut(self, before: float) -> None:
        self.cuts.append(before)
        self.answers.set()


class Both:
    """Redis, which answers, and servers of PostgreSQL."""

    def __init__(self, **servers: Hanging) -> None:
        self.servers = servers

    def ping_redis(self) -> None:
        return None


def test_a_store_that_hangs_is_an_error_for_everybody_but_the_one_who_waits_for_it() -> None:
    now, stores = [100.0], Hanging()
    vitals = Vitals(Both(postgres=stores), lambda: now[0])
    assert vitals.read() == {"redis": "ok", "postgres": "ok"}
    stores.answers.clear()
    stores.asked.clear()
    now[0] += ASK_EVERY_S
    waiting = threading.Thread(target=vitals.read)
    waiting.start()
    assert stores.asked.wait(20)
    assert vitals.read()["postgres"] == "ok", "it has hardly begun"
    now[0] += HANGS_S + 0.1
    assert vitals.read() == {"redis": "ok", "postgres": "error"}
    stores.answers.set()
    waiting.join()
    assert vitals.read() == {"redis": "ok", "postgres": "ok"}


@pytest.mark.parametrize("name", ["postgres", "replica"])
def test_whoever_waits_for_a_server_that_hangs_is_freed_and_no_other_server_is_touched(name: str) -> None:
    now, stop, servers = [100.0], threading.Event(), {"postgres": Hanging(), "replica": Hanging()}
    hung = servers[name]
    vitals = Vitals(Both(**servers), lambda: now[0])
    hung.answers.clear()
    waiting, relief = threading.Thread(target=vitals.read), threading.Thread(target=vitals.relieve, args=(stop,))
    waiting.start()
    assert hung.asked.wait(20)
    now[0] += HANGS_S + 0.1
    relief.start()
    waiting.join(20)
    stop.set()
    relief.join(20)
    assert not waiting.is_alive()
    assert set(hung.cuts) == {100.0}, "what is connected since it was asked is not to blame"
    assert not [one.cuts for one in servers.values() if one is not hung and one.cuts]


def test_an_answer_that_is_an_error_is_nobody_who_hangs() -> None:
    class Refusing(Hanging):
        def ping(self) -> None:
            super().ping()
            raise MuttError("no free connection")

    now, refusing = [100.0], Refusing()
    vitals = Vitals(Both(postgres=refusing), lambda: now[0])
    assert vitals.read() == {"redis": "ok", "postgres": "error"}
    now[0] += 100 * HANGS_S
    assert vitals._hanging is None


def test_a_pool_that_is_all_lent_is_no_server_that_does_not_answer(web: Web) -> None:
    with ExitStack() as lent:
        for _ in range(web.place.runtime.settings.postgres.pool_max):
            lent.enter_context(web.stores.database())
        assert Vitals(web.stores).read() == {"redis": "ok", "postgres": "ok"}


def test_a_cut_ends_what_was_connected_before_and_nothing_after(web: Web) -> None:
    with web.stores.database() as conn:
        web.stores.servers["postgres"].cut(0.0)
        assert conn.execute(b"SELECT 1").fetchone() == (1,)
    with pytest.raises(MuttError):
        asked_after_a_cut(web)
    with web.stores.database() as conn:
        assert conn.execute(b"SELECT 1").fetchone() == (1,)


def asked_after_a_cut(web: Web) -> None:
    with web.stores.database() as conn:
        web.stores.servers["postgres"].cut(boottime_s())
        conn.execute(b"SELECT 1")
