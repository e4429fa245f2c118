"""Who may log in to the web UI from where, which forms are its own, and where a login leads."""

from __future__ import annotations

import pytest

from mutt_cli.core.sessions import IDLE_S, LONGEST_S, Door, Session, foreign, local_target, same

HTTPS = Door("https://mutt.example.net")
OPEN = Door("", insecure=True)
OURS = ("https://mutt.example.net",)


@pytest.mark.parametrize(
    ("door", "address", "forwarded", "allowed"),
    [
        (Door(), "127.0.0.1", False, True), (Door(), "::1", False, True), (Door(), "127.8.0.1", False, True),
        (Door(), "10.0.0.7", False, False), (Door(), "127.0.0.1", True, False), (Door(), "", False, False),
        (Door("http://mutt.example.net"), "10.0.0.7", False, False), (HTTPS, "10.0.0.7", True, True),
        (OPEN, "10.0.0.7", False, True),
    ],
)  # fmt: skip
def test_plain_http_logs_in_from_this_host_alone(door: Door, address: str, forwarded: bool, allowed: bool) -> None:
    told = door.refusal(address, forwarded=forwarded)
    assert (told == "") is allowed
    assert allowed or "WEBUI_PUBLIC_URL" in told


def test_by_https_the_cookie_is_bound_to_this_host_and_to_https() -> None:
    assert HTTPS.cookie == "__Host-mutt_session"
    assert HTTPS.attributes(60) == "Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
    assert (OPEN.cookie, "Secure" in OPEN.attributes(60)) == ("mutt_session", False)


def test_a_session_ends_after_twelve_hours_however_often_it_is_used() -> None:
    session = Session("00", 1_000_000, "t")
    assert session.left_s(1_000_000) == LONGEST_S
    assert session.left_s(1_000_000 + LONGEST_S * 1000) == 0
    assert session.left_s(1_000_000 - 2_000) == LONGEST_S, "a host whose clock is behind"
    assert IDLE_S < LONGEST_S


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({}, True), ({"sec-fetch-site": "same-origin"}, True), ({"origin": OURS[0]}, True),
        ({"sec-fetch-site": "same-origin", "origin": OURS[0]}, True), ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False), ({"sec-fetch-site": "none"}, False),
        ({"origin": "https://evil.example"}, False), ({"origin": "null"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "https://evil.example"}, False),
    ],
)  # fmt: skip
def test_a_form_of_another_site_is_known_by_what_the_browser_says(headers: dict[str, str], own: bool) -> None:
    assert (foreign(headers, OURS) == "") is own


def test_our_origin_is_the_public_one_or_else_that_of_the_request() -> None:
    assert HTTPS.origins("internal:8090") == ("https://mutt.example.net",)
    assert Door().origins("localhost:8090") == ("http://localhost:8090",)


@pytest.mark.parametrize(
    "spelled",
    [
        "https://Mutt.Example.NET",
        "https://mutt.example.net/",
        "https://mutt.example.net:443",
        "HTTPS://mutt.example.net:0443/",
    ],
)
def test_however_the_public_address_is_spelled_forms_of_its_pages_are_our_own(spelled: str) -> None:
    door = Door(spelled)
    assert (door.origins("internal:8090"), door.cookie) == (OURS, "__Host-mutt_session")
    assert foreign({"origin": OURS[0]}, door.origins("internal:8090")) == ""


@pytest.mark.parametrize("target", ["/", "/rules?q=a%20b", "/audit-logs?page=2"])
def test_after_login_the_page_that_was_asked_for_opens(target: str) -> None:
    assert local_target(target) == target


@pytest.mark.parametrize(
    "target",
    ["", "rules", "https://evil.example", "//evil.example", "/\\evil.example", "/a\\b", "/a\r\nSet-Cookie: x", "/日"],
)
def test_a_login_leads_to_no_other_site(target: str) -> None:
    assert local_target(target) == "/"


def test_an_empty_token_is_the_same_as_none() -> None:
    assert same("abc", "abc")
    assert not same("abd", "abc")
    assert not same("", "")
    assert not same("\ud800", "abc")
