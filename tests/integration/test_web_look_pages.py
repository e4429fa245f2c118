"""Dead letters and events on pages: found, looked at, sent again in two steps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters.clock import now_ms
from mutt_cli.core.moment import rfc3339
from mutt_cli.keys import Keys
from tests.webui import Browser, Web

if TYPE_CHECKING:
    import redis


KEYS = Keys()
EVENT = "0199c0de-0000-7000-8000-000000000001"
LETTER = {
    "event_id": EVENT, "_correlation_id": "c-12345678", "hostname": "core-sw1", "message": "LINK <b>down</b>",
    "_dlq": {"reason": "http_400", "error": "severity is no number"},
}  # fmt: skip


@pytest.fixture
def jane(web: Web) -> Browser:
    made = Browser(web)
    assert made.log_in(web.made_key("operator", "jane")).status_code == 303
    return made


@pytest.fixture
def letter(web: Web, redis_client: redis.Redis) -> dict[str, Any]:
    """A dead letter, as the API tells it."""
    redis_client.lpush(KEYS.dlq_alerter, json.dumps(LETTER))
    (found,) = web.ask("GET", "/api/v1/dlq").json["items"]
    return dict(found)


def test_letters_are_counted_by_what_they_have_in_common_and_the_newest_shown(
    jane: Browser, letter: dict[str, Any]
) -> None:
    page = jane.get("/dlq?by=host").text
    assert '<th scope="row" class="free">core-sw1</th><td class="num">1</td>' in page
    assert f'href="/dlq/{letter["payload_hash"]}"' in page
    assert "LINK &lt;b&gt;down&lt;/b&gt;" in page
    assert "No dead letter fits" in jane.get("/dlq?where=host%3Dedge").text
    assert jane.get("/dlq?where=host").status_code == 400


def test_a_letter_says_how_it_failed_and_what_a_replay_would_do(jane: Browser, letter: dict[str, Any]) -> None:
    page = jane.get(f"/dlq/{letter['payload_hash']}").text
    for told in ("core-sw1", "http_400", "severity is no number", f'href="/trace/{EVENT}"', "it goes to ingest"):
        assert told in page
    assert "&#34;hostname&#34;: &#34;core-sw1&#34;" in page
    gone = jane.get("/dlq/abcdef12")
    assert (gone.status_code, "no dead letter is called" in gone.text) == (404, True)


def test_letters_are_sent_again_after_their_plan_was_seen(
    web: Web, jane: Browser, letter: dict[str, Any], redis_client: redis.Redis
) -> None:
    marked = {"token": jane.token, "id": letter["payload_hash"]}
    plan = jane.post("/dlq/replay", marked)
    assert (plan.status_code, "1 letter would be sent" in plan.text) == (200, True)
    assert redis_client.llen(KEYS.dlq_alerter) == 1, "nothing was sent yet"
    done = jane.post("/dlq/replay", {**marked, "agreed": "yes", "reason": "mended"})
    assert (redis_client.llen(KEYS.dlq_alerter), redis_client.llen(KEYS.ingest_queue)) == (0, 1)
    with web.stores.database() as conn:
        rows = conn.execute(b"SELECT id, actor, command, impact, reason FROM operations").fetchall()
    assert [row[1:] for row in rows] == [("jane", "dlq replay", "B", "mended")]
    operation = rows[0][0]
    assert (done.status_code, done.headers["location"]) == (303, f"/operations/{operation}")
    page = jane.get(f"/operations/{operation}").text
    for told in (
        f"mutt undo {operation}", "<dt>Messages</dt><dd>1</dd>", "<dd>mended</dd>", "done</span>", "jane on ",
        f"mutt dlq replay {letter['payload_hash']}", f"<code data-copy>mutt op show {operation}</code></p>\n<p>MUTT",
    ):  # fmt: skip
        assert told in page, told


def recorded(web: Web, operation: str, command: str, **more: str) -> None:
    """An operation of the journal, as the command would leave it."""
    with web.stores.database() as conn:
        conn.execute(
            b"INSERT INTO operations (id, actor, host, context, command, argv, originals, result, finished_at)"
            b" VALUES (%s, 'jane', 'ops1', 'lab', %s, '[]', %s, 'done', now())",
            (operation, command, json.dumps(more)),
        )


@pytest.mark.parametrize("name", ["op-ABC234", "op-", "-", "op-A", "OP-ABC23", "1", "%25"])
def test_an_operation_is_named_in_full_or_not_there(web: Web, jane: Browser, name: str) -> None:
    recorded(web, "op-ABC235", "rule set")
    assert jane.get("/operations/op-ABC235").status_code == 200
    gone = jane.get(f"/operations/{name}")
    assert (gone.status_code, "there is no operation" in gone.text) == (404, True)


def test_what_somebody_keeps_in_files_of_their_own_is_nobody_elses(web: Web, jane: Browser) -> None:
    recorded(web, "op-ABC235", "context add", before="MOOG_WEBHOOK_URL = 'https://moog/?key=s3cret'")
    page = jane.get("/operations/op-ABC235")
    assert (page.status_code, "s3cret" in page.text) == (404, False)


def test_a_setting_that_may_hold_a_secret_is_hidden_in_what_was_before(web: Web, jane: Browser) -> None:
    recorded(web, "op-ABC235", "config set", MOOG_WEBHOOK_URL="https://moog/?key=s3cret")
    page = jane.get("/operations/op-ABC235")
    assert (page.status_code, "MOOG_WEBHOOK_URL" in page.text, "s3cret" in page.text) == (200, True, False)


def test_what_nobody_can_take_back_offers_no_line_to_copy(web: Web, jane: Browser) -> None:
    recorded(web, "op-ABC235", "vault rotate stage")
    page = jane.get("/operations/op-ABC235").text
    assert "No command takes it back: mutt vault rotate abort goes back to the old value" in page
    assert "<code data-copy>mutt vault" not in page


def test_every_change_by_a_command_or_the_api_leads_to_its_operation(web: Web, jane: Browser) -> None:
    told = web.ask("POST", "/api/v1/rules", json={"rule_name": "psu", "pattern": "psu"}).json
    with web.stores.database() as conn:
        conn.execute(
            b"WITH hand AS (SELECT set_config('mutt.correlation_id', 'by-hand', true))"
            b" UPDATE alert_rules SET priority = 7 FROM hand"
        )
    page = jane.get("/audit-logs").text
    assert f'<a href="/operations/{told["operation"]}">' in page
    assert '<td class="tight">by-hand</td>' in page
    shown = jane.get(f"/operations/{told['operation']}").text
    assert ("mutt rule add" in shown, "<dt>Rules added</dt><dd>1</dd>" in shown) == (True, True)


def test_an_operation_whose_changes_are_no_rows_is_told_in_words_in_the_audit(
    web: Web, jane: Browser, letter: dict[str, Any]
) -> None:
    marked = {"token": jane.token, "id": letter["payload_hash"], "agreed": "yes", "reason": "mended"}
    operation = jane.post("/dlq/replay", marked).headers["location"].rpartition("/")[2]
    [row] = [one for one in web.ask("GET", "/api/v1/audit-logs").json["logs"] if one["table_name"] == "operations"]
    assert (row["record_id"], row["new_values"]["result"]) == (operation, "done")
    page = jane.get("/audit-logs").text
    assert f"<b>operation {operation}</b>" in page
    assert "<summary>dlq replay: done, messages 1</summary>" in page
    assert '<td class="new">{&#34;messages&#34;:1}</td>' in page


def test_letters_that_cannot_be_sent_any_more_are_told_as_not_sent(
    jane: Browser, redis_client: redis.Redis, web: Web
) -> None:
    redis_client.lpush(KEYS.dead, json.dumps({"event_id": EVENT, "message": "m"}))
    (found,) = web.ask("GET", "/api/v1/dlq").json["items"]
    page = jane.post("/dlq/replay", {"token": jane.token, "id": found["payload_hash"], "agreed": "yes"})
    assert (page.status_code, "Nothing was sent" in page.text) == (200, True)
    assert redis_client.llen(KEYS.dead) == 1


def test_a_browser_that_asks_for_the_address_of_a_form_is_told_so(web: Web, jane: Browser) -> None:
    page = jane.get("/dlq/replay", Accept="text/html")
    assert (page.status_code, page.headers["allow"], "X-API-Key" in page.text) == (405, "POST", False)
    assert "has no page of its own" in page.text
    assert web.ask("GET", "/dlq/replay", key=None).status_code == 401, "programs are asked for their key"


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/dlq?where=host&by=host", ('name="where" value="host"', "<option selected>host</option>")),
        ("/dlq?where=host&queue=dead", ('<option value="dead" selected>',)),
        ("/queues/dead?where=host%22&end=newest", ('value="host&#34;"', "<option selected>newest</option>")),
        ("/events?since=soon&host=core-sw1", ('name="since" value="soon"', 'name="host" value="core-sw1"')),
        ("/audit-logs?end_date=soon&changed_by=jane", ('name="end_date" value="soon"', 'value="jane"')),
    ],
    ids=["letters", "letters of a queue", "queue", "events", "audit"],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_shown_again_with_what_is_wrong(
    jane: Browser, address: str, kept: tuple[str, ...]
) -> None:
    page = jane.get(address)
    assert (page.status_code, 'role="alert"' in page.text) == (400, True)
    assert [one for one in kept if one not in page.text] == []


def test_an_address_that_leads_nowhere_is_a_page_for_a_browser_and_json_for_a_program(web: Web, jane: Browser) -> None:
    page = jane.get("/nowhere/<b>", Accept="text/html,*/*;q=0.8")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "there is no page /nowhere/&lt;b&gt;" in page.text
    assert web.ask("GET", "/nowhere").json["code"] == "MUTT-W404"
    assert web.ask("GET", "/api/v1/nowhere", headers={"Accept": "text/html"}).json["code"] == "MUTT-W404"


def test_nothing_marked_is_nothing_sent_and_a_viewer_sends_nothing(
    web: Web, jane: Browser, letter: dict[str, Any], redis_client: redis.Redis
) -> None:
    assert jane.post("/dlq/replay", {"token": jane.token}).status_code == 400
    joe = Browser(web)
    joe.log_in(web.made_key("viewer", "joe"))
    asked = {"token": joe.token, "id": letter["payload_hash"], "agreed": "yes"}
    assert joe.post("/dlq/replay", asked).status_code == 403
    assert "Look at what would be sent" not in joe.get("/dlq").text
    assert redis_client.llen(KEYS.dlq_alerter) == 1


def test_an_event_is_found_by_its_id_and_its_story_is_told(jane: Browser, redis_client: redis.Redis) -> None:
    redis_client.lpush(KEYS.ingest_queue, json.dumps({**LETTER, "_ts": rfc3339(now_ms())}))
    found = jane.get(f"/events?id={EVENT}")
    assert (found.status_code, found.headers["location"]) == (303, f"/trace/{EVENT}")
    page = jane.get(f"/trace/{EVENT}").text
    assert "core-sw1" in page
    assert 'in <b><a href="/queues/ingest">ingest</a></b>' in page
    assert "LINK &lt;b&gt;down&lt;/b&gt;" in page
    assert jane.get("/trace/0199c0de-0000-7000-8000-00000000ffff").status_code == 404


def test_a_page_names_the_command_with_the_words_of_what_was_asked_for(
    web: Web, jane: Browser, letter: dict[str, Any]
) -> None:
    web.ask("POST", "/api/v1/rules", json={"rule_name": "psu", "pattern": "psu"})
    for path, command in (
        ("/rules/1", "mutt rule show 1"), ("/queues/dlq-moog", "mutt queue show dlq-moog"),
        (f"/dlq/{letter['payload_hash']}", f"mutt dlq show {letter['id']}"), (f"/trace/{EVENT}", f"mutt trace {EVENT}"),
        ("/config?key=MOOG_TIMEOUT", "mutt config get MOOG_TIMEOUT"), ("/rules", "mutt rule list"),
        ("/events?host=a;reboot&since=2h",
         "mutt event search --since 2h --where &#39;host=a;reboot&#39;"),
    ):  # fmt: skip
        assert f"<code data-copy>{command}</code></p>\n<p>MUTT" in jane.get(path).text, path


def test_events_are_searched_and_a_bad_time_is_told(jane: Browser) -> None:
    page = jane.get("/events?host=core-sw1&outcome=&since=24h")
    assert (page.status_code, "0 events" in page.text, 'value="core-sw1"' in page.text) == (200, True, True)
    bad = jane.get("/events?since=soon")
    assert (bad.status_code, "since" in bad.text) == (400, True)


@pytest.mark.parametrize("host", ["a b", 'a"b', "a=b", "a'b", "<i>", "a\\b", "a~b"])
def test_whatever_is_searched_for_is_a_value_and_no_condition(jane: Browser, host: str) -> None:
    from urllib.parse import urlencode

    answer = jane.get(f"/events?{urlencode({'host': host, 'message': host})}")
    assert answer.status_code == 200, answer.text
    assert "<i>" not in answer.text
