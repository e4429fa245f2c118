"""WEBUI_PUBLIC_URL and WEBUI_TRUSTED_PROXIES: what browsers can be at, and which networks there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from mutt_cli.adapters.configuration import load
from mutt_cli.errors import ConfigError
from mutt_cli.settings.addresses import web_origin

NOWHERE = Path("/dev/null")


@pytest.mark.parametrize(
    ("spelled", "origin"),
    [
        ("https://mutt.example.net", "https://mutt.example.net"),
        ("HTTPS://Mutt.Example.net/", "https://mutt.example.net"),
        ("https://mutt.example.net:443", "https://mutt.example.net"),
        ("https://mutt.example.net:0443/", "https://mutt.example.net"),
        ("https://mutt.example.net:", "https://mutt.example.net"),
        ("https://mutt.example.net:80", "https://mutt.example.net:80"),
        ("http://mutt:80/", "http://mutt"),
        ("http://mutt_1:08090", "http://mutt_1:8090"),
        ("https://10.0.0.7:8443", "https://10.0.0.7:8443"),
        ("https://[2001:DB8:0:0::7]:443/", "https://[2001:db8::7]"),
    ],
)
def test_an_address_is_read_as_browsers_name_it(spelled: str, origin: str) -> None:
    assert web_origin(spelled) == origin
    assert web_origin(origin) == origin
    assert load({"WEBUI_PUBLIC_URL": spelled}, NOWHERE).settings.webui.public_url == spelled


@pytest.mark.parametrize(
    "wrong",
    [
        "https://mutt.example.net/ui", "https://mutt.example.net//", "https://mutt.example.net?x=1", "https://",
        "https://mutt.example.net#top", "https:///", "https://:443", "ftp://mutt.example.net", "mutt.example.net",
        "https://jane@mutt.example.net", "https://mutt.example.net:0", "https://mutt.example.net:65536",
        "https://mutt..net", "https://mütt.example.net", "https://mutt.example.net.", "https://-mutt", "https://[::g]",
        "https://10.0.0.256", "https://10.0.7", "https://0x7f000001", "https://a b", "https://mutt.example.net,b",
        "https://*.example.net",
    ],
)  # fmt: skip
def test_an_address_at_which_no_form_could_work_is_refused_at_the_start(wrong: str) -> None:
    with pytest.raises(ConfigError, match="WEBUI_PUBLIC_URL") as raised:
        load({"WEBUI_PUBLIC_URL": wrong}, NOWHERE)
    assert raised.value.code == "MUTT-C101"
    assert "needs an http or https address without a path" in str(raised.value.why) + raised.value.message


def test_trusted_proxies_are_addresses_and_networks() -> None:
    read = load({"WEBUI_TRUSTED_PROXIES": "10.0.0.7, 192.0.2.0/24,2001:db8::/32"}, NOWHERE).settings.webui
    assert read.trusted_proxies == ("10.0.0.7", "192.0.2.0/24", "2001:db8::/32")


@pytest.mark.parametrize(
    "wrong", ["proxy.example.net", "10.0.0.7/8", "10.0.0.0/33", "0.0.0.0/0", "::/0", "10.0.0.7:80", "*"]
)
def test_what_is_no_network_or_all_of_the_world_is_refused(wrong: str) -> None:
    with pytest.raises(ConfigError, match="WEBUI_TRUSTED_PROXIES"):
        load({"WEBUI_TRUSTED_PROXIES": f"192.0.2.1,{wrong}"}, NOWHERE)
