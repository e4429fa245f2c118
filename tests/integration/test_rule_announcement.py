"""A change of rules is heard by whoever listens, also after Redis was away."""

from __future__ import annotations

import threading

import redis

from mutt_cli.adapters import rule_announcement
from mutt_cli.keys import Keys
from tests import servers
from tests.stack import eventually

KEYS = Keys()


def test_announcements_are_heard_also_after_redis_was_away() -> None:
    with servers.valkey_server() as server:

        def client() -> redis.Redis:
            return redis.Redis(unix_socket_path=str(server.socket), socket_timeout=5)

        heard, stop = threading.Event(), threading.Event()
        words = (client(), KEYS, stop, heard.set)
        listener = threading.Thread(target=rule_announcement.listen, args=words, daemon=True)
        listener.start()
        try:
            for round_number in (1, 2):
                if round_number == 2:
                    server.stop()
                    server.start()
                heard.clear()
                eventually(lambda: client().publish(KEYS.rules_updates, 1) == 1 or heard.is_set(), "somebody listens")
                rule_announcement.announce(client(), KEYS, 2)
                assert heard.wait(10)
        finally:
            stop.set()
            listener.join(10)
        assert not listener.is_alive()
