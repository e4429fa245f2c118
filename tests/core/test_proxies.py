"""By whose address tries are counted: only a trusted proxy's word counts, and a client cannot choose its address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.proxies import counted_as

TRUSTED = ("10.0.0.1", "192.0.2.0/24", "2001:db8:1::/48")
ANYTHING = st.text(st.characters(codec="latin-1"), max_size=60)
STRANGERS = st.ip_addresses(v=4).map(str).filter(lambda one: one != "10.0.0.1" and not one.startswith("192.0.2."))
PROXIES = st.sampled_from(["10.0.0.1", "192.0.2.7", "2001:db8:1::9", "[2001:db8:1::9]:443", "192.0.2.7:51000"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1,198.51.100.1 , 192.0.2.7", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1:40123", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8:2::1]:40123", "2001:db8:2::/64"),
        ("10.0.0.1", "2001:db8:2:0:a::1", "2001:db8:2::/64"),
        ("2001:db8:1::1", "198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("2001:db8:2::1", "198.51.100.1", "2001:db8:2::/64"),
        ("10.0.0.1", "192.0.2.7, 192.0.2.8", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1,", "10.0.0.1"),
        ("", "198.51.100.1", ""),
    ],
)  # fmt: skip
def test_the_last_one_on_the_way_who_is_no_trusted_proxy_counts(peer: str, forwarded: str, counted: str) -> None:
    assert counted_as(peer, forwarded, TRUSTED) == counted


@given(STRANGERS, ANYTHING)
def test_whoever_is_no_trusted_proxy_may_write_what_they_like(peer: str, forwarded: str) -> None:
    assert counted_as(peer, forwarded, TRUSTED) == peer
    assert counted_as(peer, forwarded, ()) == peer


@given(STRANGERS, ANYTHING, st.lists(PROXIES, max_size=3), PROXIES)
def test_a_client_behind_proxies_is_known_by_what_the_first_of_them_saw(
    client: str, written: str, more: list[str], first: str
) -> None:
    passed = ",".join([*([written] if written else []), client, *more])
    peer = (
        first.removeprefix("[").partition("]")[0]
        if "[" in first
        else first.partition(":")[0]
        if "." in first
        else first
    )
    assert counted_as(peer, passed, TRUSTED) == client
