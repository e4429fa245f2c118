"""How often somebody may try keys, at the door and at the API, and whose tries are counted together."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from mutt_cli.adapters import web_sessions
from mutt_cli.adapters.clock import new_api_key
from mutt_cli.adapters.redis_client import RedisUnavailableError
from mutt_cli.core.sessions import TRIES, WRONG_KEYS
from mutt_cli.daemons.webui.keys import ASK_AGAIN_S, Keys
from mutt_cli.settings import WebUi
from tests.stack import WEB_KEY
from tests.webui import Browser, Web, web_app

if TYPE_CHECKING:
    import pytest

    from mutt_cli.adapters.engines.valkey import Valkey
    from tests.servers import PostgresServer

PROXY = "10.0.0.1"
AT_ONCE = 8
"""As many as one worker has threads."""
URL = "https://mutt.example.net"


def behind(web: Web, *proxies: str) -> None:
    """The web UI is reached by https, through these proxies, which are trusted."""
    settings = WebUi(public_url=URL, trusted_proxies=proxies)
    object.__setattr__(web.place.runtime.settings, "webui", settings)


def through(web: Web, client: str, proxy: str = PROXY) -> Browser:
    """A browser whose requests come from a proxy, which has seen this client."""
    return Browser(web, proxy, Origin=URL, **{"X-Forwarded-For": client})


def asked(web: Web, key: str | None, address: str = "127.0.0.1", **headers: str) -> Any:
    return web.ask("GET", "/api/v1/rules", key=key, remote_addr=address, headers=headers)


def shut_out(visitor: Browser) -> None:
    """Five wrong keys."""
    for number in range(TRIES):
        assert visitor.log_in(f"{number}{visitor.address}{visitor.headers}").status_code == 403


def test_of_many_wrong_keys_at_once_five_are_looked_at(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    together, count = threading.Barrier(AT_ONCE), [0]
    owner = Keys.owner

    def noted(keys: Keys, key: str) -> Any:
        count[0] += 1
        return owner(keys, key)

    monkeypatch.setattr(Keys, "owner", noted)
    codes = list[int]()

    def guess(number: int) -> None:
        together.wait(20)
        codes.append(Browser(web).log_in(f"{number:08}").status_code)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(AT_ONCE)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert (count[0], codes.count(403), codes.count(429)) == (TRIES, TRIES, AT_ONCE - TRIES)


def test_logging_in_often_with_a_right_key_shuts_no_door(web: Web) -> None:
    visitor = Browser(web)
    assert {visitor.log_in().status_code for _ in range(3 * TRIES)} == {303}


def test_a_try_that_nobody_could_judge_does_not_count(postgres: PostgresServer, valkey: Valkey) -> None:
    nowhere: Any = SimpleNamespace(engine=SimpleNamespace(sockets="/nowhere"))
    with web_app(nowhere, "none", valkey) as cut:
        visitor = Browser(cut, "127.0.3.1")
        assert {visitor.log_in(new_api_key()).status_code for _ in range(2)} == {500}
        who = (f"address:{visitor.address}",)
        assert web_sessions.attempt(cut.stores.client, cut.place.runtime.keys, who, 1) == 0


def test_behind_a_trusted_proxy_each_visitor_is_counted_alone(web: Web) -> None:
    behind(web, "10.0.0.0/30")
    shut_out(through(web, "198.51.100.1"))
    assert through(web, "198.51.100.1").log_in().status_code == 429
    assert through(web, "1.2.3.4, 198.51.100.1").log_in().status_code == 429, "what the client wrote is not believed"
    assert through(web, "198.51.100.1, 10.0.0.2").log_in().status_code == 429, "two proxies, one behind the other"
    assert through(web, "198.51.100.2").log_in().status_code == 303


def test_what_another_peer_says_of_its_address_is_not_believed(web: Web) -> None:
    behind(web, "10.0.0.0/30")
    shut_out(through(web, "198.51.100.1", proxy="10.0.0.9"))
    assert through(web, "198.51.100.2", proxy="10.0.0.9").log_in().status_code == 429
    assert through(web, "198.51.100.1").log_in().status_code == 303


def test_without_trusted_proxies_everybody_behind_one_is_counted_together(web: Web) -> None:
    behind(web)
    shut_out(through(web, "198.51.100.1"))
    assert through(web, "198.51.100.2").log_in().status_code == 429


def test_after_thirty_wrong_keys_at_the_api_the_address_is_told_to_wait(web: Web) -> None:
    assert {asked(web, f"guess-{number}").status_code for number in range(WRONG_KEYS)} == {401}
    told = asked(web, "guess")
    assert (told.status_code, told.json["status"], told.json["code"]) == (429, "error", "MUTT-W429")
    assert told.json["correlation_id"] == told.headers["x-correlation-id"]
    assert 0 < int(told.headers["retry-after"]) <= 60
    assert asked(web, "guess", "127.0.0.2").status_code == 401, "another address"
    assert asked(web, None).status_code == 401, "no key is no wrong key"
    assert Browser(web).log_in().status_code == 303, "the door counts by itself"


def test_a_right_key_is_taken_however_many_wrong_ones_came_before(web: Web) -> None:
    made = web.made_key("viewer", "jane")
    for number in range(WRONG_KEYS + 1):
        last = asked(web, f"guess-{number}")
    assert last.status_code == 429
    assert [asked(web, key).status_code for key in (WEB_KEY, made)] == [200, 200]
    assert asked(web, WEB_KEY, **{"X-Forwarded-For": "198.51.100.1"}).status_code == 200


def test_wrong_keys_at_the_api_too_are_counted_by_the_client_of_a_trusted_proxy(web: Web) -> None:
    behind(web, PROXY)
    for _ in range(WRONG_KEYS + 1):
        last = asked(web, "guess", PROXY, **{"X-Forwarded-For": "198.51.100.1"})
    assert last.status_code == 429
    assert asked(web, "guess", PROXY, **{"X-Forwarded-For": "198.51.100.2"}).status_code == 401


def test_a_right_key_and_none_at_all_cost_no_counting(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_sessions, "attempt", lambda *_: 1 / 0)
    made = web.made_key("viewer", "jane")
    assert [asked(web, key).status_code for key in (WEB_KEY, made, None, "")] == [200, 200, 401, 401]
    assert web.ask("POST", "/api/v1/rules", key=made, json={}).status_code == 403, "a role that is too low"


def test_while_redis_is_away_wrong_keys_are_refused_and_nobody_waits_for_it_each_time(
    postgres: PostgresServer, database: str, migrated: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: Any = SimpleNamespace(socket="/nowhere/redis.sock")
    asks = list[object]()
    counting = web_sessions.attempt

    def noted(*given: Any) -> int:
        asks.append(given)
        return counting(*given)

    monkeypatch.setattr(web_sessions, "attempt", noted)
    with web_app(postgres, database, gone) as cut:
        assert {asked(cut, "guess").status_code for _ in range(WRONG_KEYS + 1)} == {401}
        assert asked(cut, WEB_KEY).status_code == 200
    assert len(asks) == 1


def test_wrong_keys_are_counted_again_once_redis_is_back(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    now, away = [1000.0], [True]
    counting = web_sessions.attempt

    def sometimes(*given: Any) -> int:
        if away[0]:
            raise RedisUnavailableError("Redis cannot be reached")
        return counting(*given)

    monkeypatch.setattr(web_sessions, "attempt", sometimes)
    monkeypatch.setattr("mutt_cli.daemons.webui.keys.boottime_s", lambda: now[0])
    assert asked(web, "guess").status_code == 401
    away[0], now[0] = False, now[0] + ASK_AGAIN_S
    codes = [asked(web, "guess").status_code for _ in range(WRONG_KEYS + 1)]
    assert codes == [401] * WRONG_KEYS + [429]
