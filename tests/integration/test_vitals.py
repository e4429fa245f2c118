"""What the web UI's health page says while a store hangs."""

from __future__ import annotations

import threading

from mutt_cli.daemons.webui.stores import ASK_EVERY_S, HANGS_S, Vitals


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
    assert vitals.read() == {"redis": "error", "postgres": "error"}
    stores.answers.set()
    waiting.join()
    assert vitals.read() == {"redis": "ok", "postgres": "ok"}
