"""What `mutt doctor` sees between hosts: the firewall of this one, and when certificates end."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import firewalld
from mutt_cli.adapters.certificates import end_of_authorities, end_of_server
from mutt_cli.core.firewall import shut
from mutt_cli.ops.doctor import certificates
from mutt_cli.settings import Settings
from tests.core.test_firewall import PRINTED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY_S = 86_400
DAYS = 3


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for localhost that ends in three days, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", str(DAYS), "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


@contextmanager
def server(pair: tuple[Path, Path]) -> Iterator[int]:
    """A TLS server on a free port; it shakes hands and says nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    opened, _ = listening.accept()
                except OSError:
                    return
                try:
                    context.wrap_socket(opened, server_side=True).close()
                except OSError:  # the other side does not trust us
                    opened.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def days_left(end: float | None) -> float:
    assert end is not None
    return (end - time.time()) / DAY_S


def test_the_end_of_an_authority_is_read_from_its_file(pair: tuple[Path, Path], tmp_path: Path) -> None:
    assert days_left(end_of_authorities(str(pair[0]))) == pytest.approx(DAYS, abs=0.1)
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")
    assert end_of_authorities(str(broken)) is None
    assert end_of_authorities(str(tmp_path / "gone.pem")) is None


def test_the_end_of_a_server_is_known_to_who_trusts_it_alone(pair: tuple[Path, Path]) -> None:
    with server(pair) as port:
        assert days_left(end_of_server("localhost", port, str(pair[0]), 5.0)) == pytest.approx(DAYS, abs=0.1)
        assert end_of_server("localhost", port, "", 5.0) is None
    assert end_of_server("localhost", port, str(pair[0]), 5.0) is None


def test_only_certificates_in_use_are_looked_at(pair: tuple[Path, Path]) -> None:
    plain = Settings()
    vault = replace(plain.vault, tls_ca_cert=str(pair[0]))
    assert certificates.look(replace(plain, vault=replace(vault, addr="http://localhost:8200"))) == ()
    with server(pair) as port:
        over_tls = replace(plain, vault=replace(vault, addr=f"https://localhost:{port}"))
        found = certificates.look(over_tls)
    assert [(one.setting, round(one.left_s / DAY_S)) for one in found] == [
        ("VAULT_TLS_CA_CERT", DAYS), ("VAULT_ADDR", DAYS),
    ]  # fmt: skip


@pytest.fixture
def firewall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `firewall-cmd` that prints what a real one printed; its service `mutt` opens 8443."""
    program = tmp_path / "firewall-cmd"
    program.write_text(
        f"#!/bin/sh\ncase $1 in\n--list-all-zones) cat <<'END'\n{PRINTED}END\n;;\n"
        "--info-service=mutt) printf 'mutt\\n  ports: 8443/tcp\\n  protocols:\\n' ;;\n*) exit 101 ;;\nesac\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return program


@pytest.mark.usefixtures("firewall")
def test_the_firewall_is_asked_for_its_zones_and_their_services() -> None:
    found = firewalld.active_zones()
    assert shut(found, 8443) == ()
    assert shut(found, 8080) == ("public",)


def test_a_firewall_that_refuses_to_tell_accuses_nobody(firewall: Path) -> None:
    firewall.write_text("#!/bin/sh\necho 'Authorization failed.' >&2\nexit 253\n")
    assert firewalld.active_zones() == ()


def test_without_firewalld_nothing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert firewalld.active_zones() == ()
