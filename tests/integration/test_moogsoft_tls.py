"""The way out under TLS: who is trusted, and that a handshake obeys the deadline too."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpcore
import pytest

from mutt_cli.adapters.deadline import BoundedBackend, deadline
from mutt_cli.adapters.moogsoft import MoogsoftClient
from tests.integration.raw_http import OK, PAYLOAD, answers, drip, lasted, server, silence

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def certificate() -> Iterator[Path]:
    """A self-signed certificate for localhost and its key, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here to make a certificate with")
    folder = Path(tempfile.mkdtemp(prefix="mutt-tls-"))
    pem = folder / "both.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", pem, "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    pem.write_text(pem.read_text() + (folder / "cert.pem").read_text())
    yield pem
    shutil.rmtree(folder)


def over_tls(certificate: Path, talk: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def secured(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as channel:
            talk(channel)

    return secured


def test_trusted_certificate_delivers(certificate: Path) -> None:
    with server(over_tls(certificate, answers(OK))) as url:
        client = MoogsoftClient(url.replace("http://127.0.0.1", "https://localhost"), ca_file=certificate)
        assert client.post(PAYLOAD, "1").status == 200
        client.close()


def test_untrusted_certificate_is_refused_and_says_so(certificate: Path) -> None:
    heard: list[bytes] = []
    with server(over_tls(certificate, lambda channel: heard.append(channel.recv(1)))) as url:
        client = MoogsoftClient(url.replace("http://", "https://"), "s3cret")
        answer = client.post(PAYLOAD, "1")
        client.close()
    assert answer.failure == "tls"
    assert "self-signed" in answer.text or "self signed" in answer.text
    assert heard == []


def test_certificate_of_another_host_is_refused(certificate: Path) -> None:
    with server(over_tls(certificate, answers(OK))) as url:
        client = MoogsoftClient(url.replace("http://", "https://"), ca_file=certificate)
        answer = client.post(PAYLOAD, "1")
        client.close()
    assert answer.failure == "tls"
    assert "mismatch" in answer.text


def test_handshake_that_never_ends_ends_with_the_deadline() -> None:
    with server(silence) as url:
        assert lasted(MoogsoftClient(url.replace("http://", "https://"))) < 2.0


def test_handshake_gets_only_what_the_connect_left_of_the_deadline() -> None:
    with server(silence) as url:
        port = int(url.split(":")[2].split("/")[0])
        begun = time.monotonic()
        with deadline(0.3), pytest.raises(httpcore.ConnectTimeout):
            BoundedBackend().connect_tcp("127.0.0.1", port, 20).start_tls(ssl.create_default_context(), "x", 20)
    assert time.monotonic() - begun < 2.0


def test_drip_under_tls_ends_with_the_deadline(certificate: Path) -> None:
    with server(over_tls(certificate, drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000))) as url:
        client = MoogsoftClient(url.replace("http://127.0.0.1", "https://localhost"), ca_file=certificate)
        assert 0.4 < lasted(client) < 2.0
