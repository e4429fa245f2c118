"""Queues on pages: the numbers of the command line, messages that are looked at and stay; the audit log as a file."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.clock import now_ms
from mutt_cli.core.moment import rfc3339
from mutt_cli.keys import Keys
from tests.webui import Browser, Web

if TYPE_CHECKING:
    import redis

KEYS = Keys()
EVENTS = [f"0199c0de-0000-7000-8000-{number:012d}" for number in range(25)]


@pytest.fixture
def joe(web: Web) -> Browser:
    made = Browser(web)
    assert made.log_in(web.made_key("viewer", "joe")).status_code == 303
    return made


@pytest.fixture
def waiting(redis_client: redis.Redis) -> list[str]:
    """25 events in the ingest queue, the oldest first."""
    for number, event in enumerate(EVENTS):
        fields = {"event_id": event, "received_at": rfc3339(now_ms() - 60_000), "hostname": f"r{number % 2}"}
        redis_client.lpush(KEYS.ingest_queue, json.dumps({**fields, "message": f"<b>down</b> {number}"}))
    return EVENTS


def test_every_queue_is_there_with_the_depth_that_the_api_tells(web: Web, joe: Browser, waiting: list[str]) -> None:
    page = joe.get("/queues").text
    for one in web.ask("GET", "/api/v1/queues").json["items"]:
        row = page.partition(f'href="/queues/{one["queue"]}"')[2].partition("</tr>")[0]
        assert f'<td class="num">{one["depth"]}</td>' in row, one["queue"]
        assert f'<td class="free">{one["meaning"]}</td>' in row, one["queue"]
    assert len(waiting) == 25


def test_a_queue_shows_twenty_messages_of_either_end_and_takes_none(
    joe: Browser, waiting: list[str], redis_client: redis.Redis
) -> None:
    oldest, newest = joe.get("/queues/ingest").text, joe.get("/queues/ingest?end=newest").text
    for page, shown, left in ((oldest, waiting[:20], waiting[20:]), (newest, waiting[5:], waiting[:5])):
        assert all(f"/trace/{one}" in page for one in shown)
        assert not any(f"/trace/{one}" in page for one in left)
        assert "&lt;b&gt;down&lt;/b&gt;" in page
    assert redis_client.llen(KEYS.ingest_queue) == 25
    assert "mutt queue purge ingest --dry-run" in oldest


def test_messages_are_filtered_and_a_condition_that_is_none_is_refused(joe: Browser, waiting: list[str]) -> None:
    page = joe.get("/queues/ingest?where=host%3Dr1").text
    assert (f"/trace/{waiting[1]}" in page, f"/trace/{waiting[0]}" in page) == (True, False)
    assert "No message that was looked at fits (25 of 25)" in joe.get("/queues/ingest?where=host%3Dr7").text
    assert joe.get("/queues/ingest?where=host").status_code == 400


def test_a_queue_that_there_is_not_is_told_with_a_near_one_and_an_empty_one_says_so(joe: Browser) -> None:
    missing = joe.get("/queues/ingestt")
    assert (missing.status_code, "did you mean ingest?" in missing.text) == (404, True)
    assert "It is empty." in joe.get("/queues/dead").text


def test_the_audit_log_is_a_file_of_what_the_page_filters(web: Web, joe: Browser) -> None:
    for name in ("psu", "=cmd|' /C calc'!A0"):
        assert web.ask("POST", "/api/v1/rules", json={"rule_name": name, "pattern": "x"}).status_code == 201
    assert "/audit-logs.csv?changed_by=WEBUI" in joe.get("/audit-logs?changed_by=WEBUI").text
    found = joe.get("/audit-logs.csv?changed_by=WEBUI")
    assert found.headers["content-type"] == "text/csv; charset=utf-8"
    assert found.headers["content-disposition"].startswith('attachment; filename="mutt-audit-')
    rows = list(csv.DictReader(io.StringIO(found.text)))
    assert [row["verb"] for row in rows] == ["add", "add"]
    assert not any(cell.startswith("=") for row in rows for cell in row.values()), "no cell is a formula"
    assert len(joe.get("/audit-logs.csv?changed_by=nobody").text.splitlines()) == 1


def test_without_a_session_the_file_is_the_door(web: Web) -> None:
    answer = Browser(web).get("/audit-logs.csv")
    assert (answer.status_code, 'name="key"' in answer.text) == (200, True)
