"""The web UI as most people reach it: by https through a real HAProxy, with the front end that is generated for it."""

from __future__ import annotations

import re
import ssl
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest

from mutt_cli.core.sessions import TRIES
from mutt_cli.present.generated.haproxy import INGEST_TLS_PORT, PATH, WEB_TLS_PORT
from mutt_cli.present.generated.site import CERTIFICATE
from tests import servers
from tests.peers import peer
from tests.stack import WEB_KEY, Stack, eventually, running_stack
from tests.vault_nodes import certificates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

COOKIE = "__Host-mutt_session"


@dataclass(frozen=True)
class FrontEnd:
    """HAProxy before the web UI: the address that people use, and the authority that they trust."""

    stack: Stack
    url: str
    trust: ssl.SSLContext

    def browser(self, address: str = "127.0.0.1", **headers: str) -> httpx.Client:
        """Somebody at an address, whose forms say where they come from as those of browsers do."""
        way = httpx.HTTPTransport(verify=self.trust, local_address=address)
        sent = {"Origin": self.url, "Sec-Fetch-Site": "same-origin", **headers}
        return httpx.Client(base_url=self.url, transport=way, headers=sent, timeout=20)


@pytest.fixture(scope="module")
def front(
    postgres: PostgresServer, openbao: DevOpenBao, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FrontEnd]:
    """All of it running; WEBUI_PUBLIC_URL is spelled as people do and browsers do not."""
    program, folder = peer("haproxy", "haproxy"), tmp_path_factory.mktemp("front")
    made, port = certificates(folder / "authority"), servers.free_port()
    settings = {
        "WEBUI_HOST": "127.0.0.1", "WEBUI_PUBLIC_URL": f"https://LocalHost:{port}/",
        "WEBUI_TRUSTED_PROXIES": "127.0.0.1",
    }  # fmt: skip
    with running_stack(postgres, openbao, **settings) as stack:
        stack.start("webui")
        pem = folder / "mutt.pem"
        pem.write_text("".join(one.read_text() for one in made.sign("mutt")))
        with running(program, generated(stack, folder, pem, port), folder / "log"):
            found = FrontEnd(stack, f"https://localhost:{port}", ssl.create_default_context(cafile=made.authority))
            eventually(lambda: answers(found), "the web UI is there behind it")
            yield found


def generated(stack: Stack, folder: Path, pem: Path, port: int) -> Path:
    """What `mutt generate haproxy` writes where the certificate is, on ports of loopback that are free."""
    path, place = (folder / "root" / one.lstrip("/") for one in (PATH, CERTIFICATE))
    place.parent.mkdir(parents=True)
    place.write_text(pem.read_text())
    done = stack.mutt("generate", "haproxy", "--write", "--root", str(folder / "root"))
    assert done.returncode == 0, done.stderr
    text = path.read_text().replace(CERTIFICATE, str(pem)).replace("log /dev/log local0\n", "")
    assert f"ssl crt {pem}" in text
    text = text.replace(f"bind :{INGEST_TLS_PORT} ", f"bind 127.0.0.1:{servers.free_port()} ")
    path.write_text(text.replace(f"bind :{WEB_TLS_PORT} ", f"bind 127.0.0.1:{port} "))
    return path


@contextmanager
def running(program: str, config: Path, log: Path) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen((program, "-db", "-f", str(config)), stdout=out, stderr=out)
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def answers(front: FrontEnd) -> bool:
    with front.browser() as asking:
        try:
            return asking.get("/health").status_code == 200
        except httpx.TransportError:
            return False


def logged_in(browser: httpx.Client, key: str = WEB_KEY) -> httpx.Response:
    return browser.post("/login", data={"key": key, "target": "/rules"})


def token(browser: httpx.Client) -> str:
    found = re.search(r'name="token" value="([^"]+)"', browser.get("/hosts").text)
    return found[1] if found else ""


def shut_out(browser: httpx.Client, beginning: str) -> None:
    """Five wrong keys, each with a beginning of its own."""
    for number in range(TRIES):
        assert logged_in(browser, f"{beginning}{number}").status_code == 403


def test_a_login_gives_a_cookie_that_is_bound_to_this_host_and_to_https(front: FrontEnd) -> None:
    with front.browser() as browser:
        done = logged_in(browser)
        assert (done.status_code, done.headers["location"]) == (303, "/rules")
        name, *attributes = done.headers["set-cookie"].split("; ")
        assert name.startswith(f"{COOKIE}=")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes)
        assert not any(one.startswith("Domain") for one in attributes)
        page = browser.get("/rules")
        assert ("link-down" in page.text, "Log out" in page.text) == (True, True)
        assert page.headers["strict-transport-security"] == "max-age=31536000"
        assert browser.get("/metrics").status_code == 404


def test_a_form_of_a_page_does_its_work_through_the_proxy_and_one_of_another_site_does_not(front: FrontEnd) -> None:
    with front.browser() as browser:
        logged_in(browser)
        fields = {"token": token(browser), "host": "core-sw9", "team": "netops", "do": "add"}
        refused = browser.post("/hosts", data=fields, headers={"Origin": "https://evil.example"})
        assert (refused.status_code, f"this is {front.url}" in refused.text) == (403, True)
        inside = {"Origin": front.stack.webui_url}
        assert browser.post("/hosts", data=fields, headers=inside).status_code == 403
        assert front.stack.query("SELECT 1 FROM device_teams WHERE hostname = 'core-sw9'") == []
        done = browser.post("/hosts", data=fields)
        assert (done.status_code, "done=op-" in done.headers["location"]) == (303, True)
        assert front.stack.query("SELECT team_assignment FROM device_teams WHERE hostname = 'core-sw9'") == [
            ("netops",)
        ]


def test_logging_out_ends_the_session_for_whoever_kept_the_cookie(front: FrontEnd) -> None:
    with front.browser() as browser:
        logged_in(browser)
        kept = browser.cookies[COOKIE]
        ended = browser.post("/logout", data={"token": token(browser)})
        assert (ended.status_code, f"{COOKIE}=; " in ended.headers["set-cookie"]) == (303, True)
        assert COOKIE not in browser.cookies
        assert "Log out" not in browser.get("/rules", headers={"Cookie": f"{COOKIE}={kept}"}).text


def test_each_visitor_behind_the_proxy_has_five_tries_whatever_they_say_of_themselves(front: FrontEnd) -> None:
    with front.browser("127.0.0.21") as guessing, front.browser("127.0.0.22") as other:
        shut_out(guessing, "guess")
        assert logged_in(guessing).status_code == 429
        for said in ("198.51.100.7", "127.0.0.22", "198.51.100.7, 127.0.0.1"):
            lying = guessing.post("/login", data={"key": WEB_KEY}, headers={"X-Forwarded-For": said})
            assert (lying.status_code, "retry-after" in lying.headers) == (429, True), said
        assert logged_in(other).status_code == 303


def test_a_form_that_goes_past_the_proxy_by_plain_http_is_refused(front: FrontEnd) -> None:
    with httpx.Client(base_url=front.stack.webui_url, headers={"Origin": front.stack.webui_url}) as past:
        refused = logged_in(past)
    assert (refused.status_code, f"this is {front.url}" in refused.text) == (403, True)
    assert "set-cookie" not in refused.headers


def test_without_a_public_address_nobody_logs_in_through_a_proxy(postgres: PostgresServer, openbao: DevOpenBao) -> None:
    with running_stack(postgres, openbao, WEBUI_HOST="127.0.0.1", WEBUI_TRUSTED_PROXIES="127.0.0.1") as stack:
        stack.start("webui")
        with httpx.Client(base_url=stack.webui_url) as browser:
            for header in ("X-Forwarded-For", "Forwarded", "Via"):
                refused = browser.post("/login", data={"key": WEB_KEY}, headers={header: "127.0.0.1"})
                assert (refused.status_code, "WEBUI_PUBLIC_URL" in refused.text) == (403, True), header
            assert logged_in(browser).status_code == 303, "from this host itself"


def test_with_a_public_address_that_cannot_work_it_does_not_start(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    with running_stack(postgres, openbao, WEBUI_PUBLIC_URL="https://mutt.example.net/ui") as stack:
        daemon = stack.daemon("webui")
        daemon.start()
        assert daemon.process is not None
        assert daemon.process.wait(30) == 78
        said = stack.log("webui")
    assert "WEBUI_PUBLIC_URL" in said
    assert "needs an http or https address without a path" in said
