"""Vault servers as a deployment has them: a pair that stands by for each other, and listeners with TLS.

Like those of `tests.servers` they are real, unseal themselves by a key beside their data, and end with pytest.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import hvac
import pytest
import requests
from hvac import exceptions

from mutt_cli.adapters.engines import binaries
from mutt_cli.adapters.engines.child import Child, Spec
from mutt_cli.adapters.engines.engine import await_answer
from tests import servers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """
storage "raft" {{
  path = "{data}"
  node_id = "{name}"
  performance_multiplier = 1
  {join}
}}
listener "tcp" {{
  address = "127.0.0.1:{port}"
  cluster_address = "127.0.0.1:{cluster_port}"
  {tls}
}}
seal "static" {{
  current_key_id = "test-1"
  current_key = "file://{key}"
}}
api_addr = "{address}"
cluster_addr = "https://127.0.0.1:{cluster_port}"
"""


@dataclass(frozen=True)
class Certificates:
    """An authority of a test's own, and what it signed."""

    folder: Path

    @property
    def authority(self) -> Path:
        """The certificate that a client has to trust."""
        return self.folder / "ca.pem"

    def sign(self, name: str, names: str = "DNS:localhost,IP:127.0.0.1", days: int = 2) -> tuple[Path, Path]:
        """A certificate and its key, for these names; with negative `days` it has expired."""
        pem, key, request = (self.folder / f"{name}.{kind}" for kind in ("pem", "key", "csr"))
        _openssl("req", *_NEW_KEY, "-subj", "/CN=vault", "-addext", f"subjectAltName={names}",
                 "-keyout", key, "-out", request)  # fmt: skip
        _openssl("x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", self.folder / "ca.key",
                 "-days", str(days), "-copy_extensions", "copy", "-out", pem)  # fmt: skip
        return pem, key


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def certificates(folder: Path) -> Certificates:
    """A new authority in this folder."""
    folder.mkdir()
    _openssl("req", "-x509", *_NEW_KEY, "-days", "2", "-subj", "/CN=authority of a test",
             "-keyout", folder / "ca.key", "-out", folder / "ca.pem")  # fmt: skip
    return Certificates(folder)


def _openssl(*words: str | Path) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("no openssl here to make certificates with")
    subprocess.run([program, *words], check=True, capture_output=True)


class Node:
    """One server, on a folder that belongs to the account it runs as."""

    def __init__(self, folder: Path, name: str, key: Path, tls: tuple[Path, Path] | None = None) -> None:
        self.name, self.port, self.log = name, servers.free_port(), folder / f"{name}.log"
        self.address = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._folder, self._key, self._tls = folder, key, tls
        self._cluster_port = servers.free_port()
        self.child: Child | None = None

    def start(self, leader: Node | None = None) -> None:
        """Start it, to join the other one if that is given; returns once it answers."""
        account = servers.run_identity()
        data = self._folder / self.name
        if not data.exists():
            servers.owned_folder(data, account)
        lines = [f'tls_cert_file = "{self._tls[0]}"', f'tls_key_file = "{self._tls[1]}"'] if self._tls else []
        config = self._folder / f"{self.name}.hcl"
        config.write_text(CONFIG.format(
            data=data, name=self.name, port=self.port, cluster_port=self._cluster_port, key=self._key,
            join=f'retry_join {{ leader_api_addr = "{leader.address}" }}' if leader else "",
            tls="\n  ".join(lines or ["tls_disable = true"]), address=self.address,
        ))  # fmt: skip
        self.child = Child(Spec([str(binaries.bao()), "server", f"-config={config}"], account, self.log, how="fd"))
        await_answer("OpenBao", self.child, lambda: self.health() > 0)

    def health(self) -> int:
        """The status of sys/health: 200 active, 429 standby; 0 if nothing answers."""
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.address}/v1/sys/health", timeout=2, verify=False, trust_env=False).status_code  # noqa: S501 - looks, and sends nothing
        return 0

    def initialise(self) -> hvac.Client:
        """Make it a Vault with a KV engine at `secret/`; its root client."""
        http = requests.Session()
        http.verify = False
        client = hvac.Client(url=self.address, token="", verify=False, session=http, timeout=60)
        made = client.adapter.put("/v1/sys/init", json={"recovery_shares": 1, "recovery_threshold": 1})
        client.token = made["root_token"]
        assert self.child is not None
        await_answer("OpenBao", self.child, lambda: self.health() == 200)
        client.sys.enable_secrets_engine("kv", path="secret", options={"version": "2"})
        await_answer("OpenBao", self.child, lambda: _takes_secrets(client))
        return client

    def kill(self) -> None:
        """SIGKILL."""
        self.stop(signal.SIGKILL)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it; does nothing if it does not run."""
        if self.child is not None:
            self.child.stop(((number, 20.0), (signal.SIGKILL, 5.0)))
            self.child = None


def _takes_secrets(client: hvac.Client) -> bool:
    """A new engine needs a moment."""
    try:
        client.secrets.kv.v2.create_or_update_secret("ready", secret={"is": "it"})
    except exceptions.InvalidRequest:
        return False
    return True


@contextmanager
def nodes() -> Iterator[NodeMaker]:
    """Makes nodes that share one seal, and ends them."""
    with servers.short_folder() as folder:
        maker = NodeMaker(folder)
        try:
            yield maker
        finally:
            for node in maker.made:
                node.stop()


class NodeMaker:
    """The nodes of one test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[Node] = []
        self._key = folder / "seal.key"
        self._key.write_bytes(secrets.token_bytes(32))
        self._own(self._key)

    def node(self, tls: tuple[Path, Path] | None = None) -> Node:
        """Another one, not started; with this certificate and key, if any."""
        if tls is not None:
            tls = self._copy(tls[0]), self._copy(tls[1])
        self.made.append(Node(self.folder, f"node{len(self.made) + 1}", self._key, tls))
        return self.made[-1]

    def _copy(self, file: Path) -> Path:
        copy = self.folder / f"{len(self.made)}-{file.name}"
        shutil.copyfile(file, copy)
        return self._own(copy)

    @staticmethod
    def _own(file: Path) -> Path:
        file.chmod(0o600)
        if os.geteuid() == 0:
            account = servers.run_identity()
            os.chown(file, account.uid, account.gid)
        return file
