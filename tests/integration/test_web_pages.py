"""Pages of the web UI: who sees them, sessions, forms of other sites, text of strangers, what browsers are told."""

from __future__ import annotations

import json
import re
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest

from mutt_cli.adapters import api_key_store, web_sessions
from mutt_cli.adapters.redis_client import RedisRefusedError, RedisUnavailableError
from mutt_cli.adapters.rule_store import Actor
from mutt_cli.core.api_keys import digest, fingerprint
from mutt_cli.daemons.webui.site import board as boards
from mutt_cli.daemons.webui.site.board import Board
from mutt_cli.daemons.webui.site.rendering import STATIC, asset
from mutt_cli.daemons.webui.site.visits import Visits
from mutt_cli.keys import Keys
from mutt_cli.settings import WebUi
from tests.stack import WEB_KEY, eventually
from tests.webui import Browser, Web, web_app

if TYPE_CHECKING:
    import redis

    from mutt_cli.errors import MuttError
    from tests.servers import PostgresServer

KEYS = Keys()
PAGES = ("/", "/rules", "/audit-logs", "/help")
HOSTILE = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{7*7}}\u202egnp"


@pytest.fixture
def visitor(web: Web) -> Browser:
    made = Browser(web)
    assert made.log_in().status_code == 303
    return made


def door(web: Web, **settings: Any) -> None:
    """Other settings of the web UI."""
    runtime = web.place.runtime
    object.__setattr__(runtime.settings, "webui", WebUi(**settings))


@pytest.mark.parametrize("path", PAGES)
def test_whoever_logs_in_sees_the_page_that_they_asked_for(web: Web, path: str) -> None:
    visitor = Browser(web)
    asked = visitor.get(path)
    assert (asked.status_code, f'value="{path}"' in asked.text, 'name="key"' in asked.text) == (200, True, True)
    done = visitor.log_in(target=path)
    assert (done.status_code, done.headers["location"]) == (303, path)
    shown = visitor.get(path)
    assert (shown.status_code, 'name="key"' in shown.text, "Log out" in shown.text) == (200, False, True)


def test_every_failure_to_log_in_has_the_same_words_and_six_of_them_shut_the_door(web: Web) -> None:
    visitor = Browser(web)
    answers = [visitor.log_in(key) for key in ("wrong", "", "mutt_" + "x" * 43, "wrong again", "x")]
    assert {one.status_code for one in answers} == {403}
    assert all("this key opens nothing" in one.text for one in answers)
    shut = visitor.log_in(WEB_KEY)
    assert (shut.status_code, 0 < int(shut.headers["retry-after"]) <= 60) == (429, True)
    assert visitor.cookies == {}
    assert Browser(web, "127.0.0.2").log_in().status_code == 303, "somebody else may"


def test_tries_with_one_keys_beginning_are_counted_from_wherever_they_come(web: Web) -> None:
    for number in range(5):
        assert Browser(web, f"127.0.1.{number}").log_in(f"mutt_abc{number}").status_code == 403
    assert Browser(web, "127.0.1.9").log_in("mutt_abcd").status_code == 429


def test_of_a_session_only_digests_are_kept(visitor: Browser, redis_client: redis.Redis) -> None:
    (place,) = redis_client.keys(KEYS.web_session("*"))
    kept: Any = redis_client.hgetall(place)
    stored = str((place, kept))
    assert visitor.cookies["mutt_session"] not in stored
    assert WEB_KEY not in stored
    assert 0 < redis_client.ttl(place) <= 1800


def test_logging_out_ends_the_session_here_and_in_the_browser(visitor: Browser, redis_client: redis.Redis) -> None:
    before = dict(visitor.cookies)
    assert visitor.post("/logout", {"token": visitor.token}).status_code == 303
    assert visitor.cookies == {}
    assert redis_client.keys(KEYS.web_session("*")) == []
    visitor.cookies = before
    assert 'name="key"' in visitor.get("/rules").text


def test_logging_out_works_while_nobody_knows_whose_session_it_is(
    visitor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = visitor.token
    monkeypatch.setattr(Visits, "of", lambda *_: 1 / 0)
    assert visitor.post("/logout", {"token": token}).status_code == 303
    assert visitor.cookies == {}


def test_a_new_login_ends_the_session_of_before(visitor: Browser, redis_client: redis.Redis) -> None:
    before = visitor.cookies["mutt_session"]
    visitor.log_in()
    assert visitor.cookies["mutt_session"] != before
    assert len(redis_client.keys(KEYS.web_session("*"))) == 1


def test_a_session_ends_with_its_key(web: Web) -> None:
    key = web.made_key("viewer", "jane")
    visitor = Browser(web)
    visitor.log_in(key)
    assert "jane" in visitor.get("/rules").text
    with web.stores.database() as conn:
        api_key_store.remove(conn, "jane", fingerprint(digest(key)), Actor("root@lab"))
    assert 'name="key"' in visitor.get("/rules").text


def test_a_session_ends_after_twelve_hours(visitor: Browser, redis_client: redis.Redis) -> None:
    (place,) = redis_client.keys(KEYS.web_session("*"))
    redis_client.hincrby(place, "began_ms", -12 * 3600 * 1000)
    assert 'name="key"' in visitor.get("/rules").text
    assert redis_client.exists(place) == 0


def test_plain_http_logs_in_from_this_host_alone(web: Web) -> None:
    away, proxied = Browser(web, "10.0.0.7"), Browser(web, **{"X-Forwarded-For": "10.0.0.7"})
    for visitor in (away, proxied):
        refused = visitor.log_in()
        assert (refused.status_code, "WEBUI_PUBLIC_URL" in refused.text) == (403, True)
    door(web, insecure_http=True)
    assert away.log_in().status_code == 303
    assert "plain http" in away.get("/").text


def test_behind_https_the_cookie_is_bound_to_it_and_browsers_are_told_to_stay(web: Web) -> None:
    door(web, public_url="https://mutt.example.net")
    visitor = Browser(web, "10.0.0.7", Origin="https://mutt.example.net", **{"X-Forwarded-For": "1.2.3.4"})
    done = visitor.log_in()
    assert done.status_code == 303
    cookie = done.headers["set-cookie"]
    assert cookie.startswith("__Host-mutt_session=")
    assert "; Secure" in cookie
    assert "HttpOnly" in cookie
    assert visitor.get("/").headers["strict-transport-security"] == "max-age=31536000"
    assert Browser(web, Origin="http://localhost:8090").log_in().status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"},
     {"Origin": "null"}],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/login", "/logout", "/theme"])
def test_a_form_of_another_site_does_nothing(visitor: Browser, path: str, headers: dict[str, str]) -> None:
    answer = visitor.post(path, {"key": WEB_KEY, "token": visitor.token, "theme": "dark"}, **headers)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


def test_a_form_without_the_sessions_token_does_nothing(visitor: Browser) -> None:
    for token in ("", "x" * 32):
        assert visitor.post("/logout", {"token": token}).status_code == 403
    assert "Log out" in visitor.get("/").text


def test_the_theme_is_kept_and_rendered_by_the_server(visitor: Browser) -> None:
    assert 'data-theme="auto"' in visitor.get("/").text
    done = visitor.post("/theme", {"theme": "dark", "target": "/rules"})
    assert (done.status_code, done.headers["location"]) == (303, "/rules")
    assert 'data-theme="dark"' in visitor.get("/").text
    visitor.post("/theme", {"theme": '"><script>'})
    assert 'data-theme="dark"' in visitor.get("/").text


@pytest.mark.parametrize(
    "path",
    [*PAGES, "/login", "/fragment/overview", "/audit-logs?page=0", "/dlq", "/dlq/abcdef12", "/events", "/trace/x",
     "/hosts", "/config?key=MOOG_TIMEOUT", "/rules/new", "/rules/1"],
)  # fmt: skip
def test_nothing_is_inline_and_nothing_is_loaded_from_elsewhere(visitor: Browser, path: str) -> None:
    answer = visitor.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin", "else a browser's own forms have no origin"
    text = answer.text
    assert re.findall(r"<script(?![^>]*\ssrc=)", text) == []
    assert re.findall(r"\s(?:style|on\w+)\s*=", text) == []
    assert re.findall(r"(?:src|href|action)=\"(?!/|\?|data:,|#)", text) == []
    assert len(text) < 100_000


def test_text_of_strangers_is_text_on_every_page(visitor: Browser, redis_client: redis.Redis) -> None:
    made = {"rule_name": HOSTILE.replace("\u202e", ""), "pattern": HOSTILE, "description": "x", "team": "<b>net</b>"}
    answer = visitor.web.ask("POST", "/api/v1/rules", json={**made, "reason": "<i>why</i>"})
    assert answer.status_code == 201, answer.text
    failure = {"at": 1, "text": HOSTILE, "reason": HOSTILE, "by": HOSTILE}
    redis_client.set(KEYS.breaker("last_error"), json.dumps(failure))
    redis_client.hset(KEYS.workers, f"alerter:{HOSTILE}", "t")
    letter = {
        "event_id": HOSTILE,
        "hostname": HOSTILE,
        "message": HOSTILE,
        "_dlq": {"reason": HOSTILE, "error": HOSTILE},
    }
    redis_client.lpush(KEYS.dlq_moog, json.dumps(letter), HOSTILE)
    found = [one["payload_hash"] for one in visitor.web.ask("GET", "/api/v1/dlq").json["items"]]
    assert len(found) == 2
    asked = urlencode(dict.fromkeys(("q", "key", "where", "host", "message", "changed_by", "done"), HOSTILE))
    paths = ["/", "/rules", "/rules/1", "/hosts", "/dlq", "/dlq?by=error", "/audit-logs", "/fragment/overview"]
    paths += [f"/dlq/{one}" for one in found] + [f"/trace/{quote(HOSTILE, safe='')}"]
    paths += [
        f"{path}?{asked}" for path in ("/rules", "/rules/1", "/hosts", "/config", "/events", "/dlq", "/audit-logs")
    ]
    for path in paths:
        text = visitor.get(path).text
        for raw in ("<img", "<script>alert", "<b>net", "<i>why", "49gnp", "\u202e"):
            assert raw not in text, (path, raw)
    assert "&lt;img src=x" in visitor.get("/rules").text


def test_the_numbers_of_the_overview_are_those_of_the_status(visitor: Browser, redis_client: redis.Redis) -> None:
    redis_client.lpush(KEYS.dlq_moog, *[b'{"event_id":"x"}'] * 1234)
    text = visitor.get("/").text
    status = visitor.web.ask("GET", "/api/v1/status").json
    depths = {one["queue"]: one["depth"] for one in status["queues"]}
    assert depths["dlq-moog"] == 1234
    for name, depth in depths.items():
        if depth:
            assert re.search(rf">{name}</a></th><td class=\"num\">{depth:,}</td>", text), name
    assert f'data-state="{status["state"]}"' in text
    for one in status["findings"]:
        assert f"<b>{one['check']}</b>" in text


def test_the_part_that_keeps_itself_new_is_sent_once(visitor: Browser) -> None:
    first = visitor.get("/fragment/overview")
    tag = first.headers["etag"]
    again = visitor.get("/fragment/overview", **{"If-None-Match": tag})
    assert (first.status_code, again.status_code, again.text) == (200, 304, "")
    assert "<html" not in first.text


def test_whoever_comes_while_somebody_looks_gets_what_was_seen_before(
    visitor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    door(visitor.web, metrics_cache_ttl=0)
    board = Board(visitor.web.place, visitor.web.stores)
    first, looking, go_on = board.look(), threading.Event(), threading.Event()
    taken = board._taken

    def slowly() -> Any:
        looking.set()
        assert go_on.wait(20)
        return taken()

    monkeypatch.setattr(board, "_taken", slowly)
    other = threading.Thread(target=board.look)
    other.start()
    assert looking.wait(20)
    assert board.look() is first, "the other one still looks"
    go_on.set()
    other.join(20)
    monkeypatch.undo()
    eventually(lambda: board.look() is not first, "a new look")


def test_a_look_that_takes_its_time_is_not_waited_for_while_the_last_one_is_young(
    visitor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    door(visitor.web, metrics_cache_ttl=0)
    board = Board(visitor.web.place, visitor.web.stores)
    first, go_on, taken = board.look(), threading.Event(), board._taken

    def slowly() -> Any:
        assert go_on.wait(20)
        return taken()

    monkeypatch.setattr(board, "_taken", slowly)
    assert board.look() is first
    go_on.set()
    later = eventually(lambda: (found := board.look()) is not first and found, "the look that was begun")
    monkeypatch.setattr(boards, "YOUNG_S", 0)
    assert board.look() is not later, "what is old is not shown: it is waited for"


def test_a_look_that_fails_is_told_to_whoever_asked(visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    door(visitor.web, metrics_cache_ttl=0)
    board = Board(visitor.web.place, visitor.web.stores)
    board.look()

    def broken() -> Any:
        raise ValueError("a bug")

    monkeypatch.setattr(board, "_taken", broken)
    with pytest.raises(ValueError, match="a bug"):
        board.look()
    monkeypatch.undo()
    assert board.look()


def test_the_audit_log_is_filtered_and_paged(visitor: Browser) -> None:
    for number in range(60):
        visitor.web.ask("POST", "/api/v1/dev-hosts", json={"hostname": f"lab{number}"})
    visitor.web.ask("POST", "/api/v1/rules", json={"rule_name": "psu", "pattern": "psu", "severity": "major"})
    first = visitor.get("/audit-logs").text
    assert "61 changes" in first
    assert "page 1 of 2" in first
    assert 'href="?page=2"' in first
    assert "lab0" in visitor.get("/audit-logs?page=2").text
    found = visitor.get("/audit-logs?table_name=alert_rules&changed_by=WEBUI&operation=&rule_id=").text
    assert "<p>1 change " in found
    assert 'value="alert_rules"' in found
    assert "lab1" not in found
    assert '<option value="CREATE" selected>add</option>' in visitor.get("/audit-logs?operation=CREATE").text
    bad = visitor.get("/audit-logs?start_date=soon")
    assert (bad.status_code, "start_date" in bad.text, "<html" in bad.text) == (400, True, True)


def test_rules_are_found_by_a_word(visitor: Browser) -> None:
    for name in ("psu", "fan"):
        visitor.web.ask("POST", "/api/v1/rules", json={"rule_name": name, "pattern": name, "severity": "major"})
    found = visitor.get("/rules?q=FAN").text
    assert ("2 rules" in found, "1 fit" in found, "psu" in found) == (True, True, False)


def test_while_a_store_is_away_pages_say_so_and_fragments_answer_in_json(
    visitor: Browser, postgres: PostgresServer, database: str
) -> None:
    from types import SimpleNamespace

    gone: Any = SimpleNamespace(socket="/nowhere/redis.sock")
    with web_app(postgres, database, gone) as cut:
        answer = Browser(cut).get("/")
        assert (answer.status_code, "Redis cannot be reached" in answer.text) == (500, True)
        left = Browser(cut)
        left.cookies = dict(visitor.cookies)
        part = left.get("/fragment/overview")
        assert (part.status_code, part.json["code"]) == (500, "MUTT-R101")


@pytest.mark.parametrize("error", [RedisUnavailableError("no answer in time"), RedisRefusedError("NOPERM")])
def test_a_store_that_failed_a_page_is_not_asked_again_to_tell_so(
    visitor: Browser, monkeypatch: pytest.MonkeyPatch, error: MuttError
) -> None:
    asked: list[str] = []

    def away(*_: Any, **__: Any) -> Any:
        asked.append("once")
        raise error

    monkeypatch.setattr(web_sessions, "find", away)
    answer = visitor.get("/rules")
    assert (answer.status_code, "Redis cannot be used now" in answer.text, asked) == (500, True, ["once"])


@pytest.mark.parametrize("name", ["mutt.css", "mutt.js"])
def test_files_of_pages_are_kept_by_browsers_under_the_name_of_their_content(web: Web, name: str) -> None:
    answer = web.ask("GET", asset(name), key=None)
    assert (answer.status_code, answer.content) == (200, (STATIC / name).read_bytes())
    assert answer.headers["cache-control"] == "public, immutable, max-age=31536000"
    assert web.ask("GET", f"/static/0000000000000000/{name}", key=None).status_code == 404
    assert web.ask("GET", "/static/0000000000000000/..%2Fapp.py", key=None).status_code == 404


def test_script_and_style_are_small() -> None:
    assert (STATIC / "mutt.js").stat().st_size < 10_000
    assert (STATIC / "mutt.css").stat().st_size < 16_000
