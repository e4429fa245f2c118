"""Vault over TLS, with an authority of its own: who is trusted, and what is said when nobody is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.vault import VaultSession
from mutt_cli.errors import ConfigError
from tests.vault_nodes import Certificates, Node, NodeMaker, certificates, nodes
from tests.vault_server import Server, trouble_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")  # the operator's client


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("tls") / "authority")


@pytest.fixture(scope="module")
def maker() -> Iterator[NodeMaker]:
    with nodes() as made:
        yield made


@pytest.fixture(scope="module")
def good(authority: Certificates, maker: NodeMaker) -> tuple[Node, Server]:
    """A server whose certificate is for localhost alone; its settings trust the authority."""
    node = maker.node(authority.sign("good", "DNS:localhost"))
    node.start()
    server = Server(node.initialise(), maker.folder)
    server.address = f"https://localhost:{node.port}"
    return node, server


def test_a_server_of_ones_own_authority_is_trusted_and_read(good: tuple[Node, Server], authority: Certificates) -> None:
    _, server = good
    session = VaultSession(server.settings(server.token(), tls_ca_cert=str(authority.authority)))
    assert session.read_secrets(["DB_PASS"]).current("DB_PASS") == "hunter2"
    session.check_health()


def test_without_a_file_the_systems_authorities_count(
    good: tuple[Node, Server], authority: Certificates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, server = good
    absent = str(tmp_path / "absent.crt")
    session = VaultSession(server.settings(server.token(), tls_ca_cert=absent))
    error = trouble_of(session.open)
    assert error.code == "MUTT-V103"
    assert f"the authorities of this system, since {absent} is absent" in error.why
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.authority))
    session.open()
    assert session.health == "ok"


def test_an_unknown_authority_is_refused_at_once_and_the_setting_is_named(
    good: tuple[Node, Server], tmp_path: Path
) -> None:
    _, server = good
    other = str(certificates(tmp_path / "other").authority)
    session = VaultSession(server.settings(server.token(), tls_ca_cert=other, startup_timeout=3600))
    error = trouble_of(session.open)
    assert error.code == "MUTT-V103"
    assert "is not trusted" in error.message
    assert f"checked against {other} (VAULT_TLS_CA_CERT)" in error.why
    assert "VAULT_TLS_CA_CERT" in error.tries[0]
    assert session.health == "error"


def test_a_certificate_for_another_name_is_refused_and_the_address_is_named(
    good: tuple[Node, Server], authority: Certificates
) -> None:
    node, server = good
    settings = server.settings(server.token(), addr=node.address, tls_ca_cert=str(authority.authority))
    error = trouble_of(VaultSession(settings).open)
    assert error.code == "MUTT-V103"
    assert "is for another name" in error.message
    assert "127.0.0.1" in error.message
    assert "VAULT_ADDR" in error.tries[0]


def test_an_expired_certificate_is_refused_as_such(authority: Certificates, maker: NodeMaker) -> None:
    node = maker.node(authority.sign("old", days=-1))
    node.start()
    server = Server(node.initialise(), maker.folder)
    settings = server.settings(server.token(), tls_ca_cert=str(authority.authority))
    error = trouble_of(VaultSession(settings).open)
    assert error.code == "MUTT-V103"
    assert "has expired" in error.message
    assert "VAULT_ADDR" in error.tries[0]


@pytest.mark.parametrize("content", [b"", b"no certificate", None])
def test_a_file_that_holds_no_certificate_is_named_and_nothing_is_trusted_instead(
    good: tuple[Node, Server], tmp_path: Path, content: bytes | None
) -> None:
    _, server = good
    file = tmp_path / "ca.crt"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    session = VaultSession(server.settings(server.token(), tls_ca_cert=str(file), startup_timeout=3600))
    error = trouble_of(session.open)
    if content is None:  # an empty folder of authorities is one that trusts nobody
        assert error.code == "MUTT-V103"
        return
    assert isinstance(error, ConfigError)
    assert error.code == "MUTT-V107"
    assert f"VAULT_TLS_CA_CERT={file}" in error.message


def test_http_to_a_tls_port_is_told_to_be_https(good: tuple[Node, Server]) -> None:
    node, server = good
    session = VaultSession(server.settings(server.token(), addr=f"http://localhost:{node.port}", startup_timeout=3600))
    error = trouble_of(session.open)
    assert error.code == "MUTT-V103"
    assert error.tries == (f"set VAULT_ADDR=https://localhost:{node.port}",)


def test_verification_is_left_out_only_where_that_is_asked_for(good: tuple[Node, Server]) -> None:
    node, server = good
    session = VaultSession(server.settings(server.token(), addr=node.address, tls_verify=False))
    session.open()
    assert session.health == "ok"
