"""What the web UI's health page says while a store hangs."""

from __future__ import annotations

import threading

from mutt_cli.daemons.webui.vitals import ASK_EVERY_S, HANGS_S, Vitals


class Hanging:
    """Stores of which one stops answering, without an error."""

    def __init__(self) -> None:
        self.answers, self.asked = threading.Event(), threading.Event()
        self.answers.set()

    def ping_redis(self) -> None:
        return None

    def ping_database(self) -> None:
        self.asked.set()
        self.answers.wait()

    def cut_database(self, before: float) -> None:
        assert before == 100.0, "what is connected since it was asked is not to blame"
        self.answers.set()


def test_a_store_that_hangs_is_an_error_for_everybody_but_the_one_who_waits_for_it() -> None:
    now, stores = [100.0], Hanging()
    vitals = Vitals(stores, lambda: now[0])
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


def test_whoever_waits_for_a_database_that_hangs_is_freed() -> None:
    now, stores, stop = [100.0], Hanging(), threading.Event()
    vitals = Vitals(stores, lambda: now[0])
    stores.answers.clear()
    waiting, relief = threading.Thread(target=vitals.read), threading.Thread(target=vitals.relieve, args=(stop,))
    waiting.start()
    assert stores.asked.wait(20)
    now[0] += HANGS_S + 0.1
    relief.start()
    waiting.join(20)
    stop.set()
    relief.join(20)
    assert not waiting.is_alive()
