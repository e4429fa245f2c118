"""OpenBao, a server with Vault's API: a lasting one that unseals itself for `mutt up`, one in memory for tests."""

from __future__ import annotations

import json
import secrets
import shutil
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import httpx

from mutt_cli.adapters.engines import binaries
from mutt_cli.adapters.engines.child import Child, Spec, minimal_environ
from mutt_cli.adapters.engines.engine import EngineError, await_answer
from mutt_cli.adapters.engines.processes import leftovers, stop
from mutt_cli.adapters.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.identity import Identity

_STOP: Final = ((signal.SIGTERM, 20.0), (signal.SIGKILL, 5.0))
_NOT_INITIALISED: Final = 501
_SEALED: Final = 503
_ROOT_FILE: Final = "openbao-root.json"
_CONFIG: Final = """\
storage "raft" {{
  path                   = "{data}"
  node_id                = "mutt"
  performance_multiplier = 1
}}
listener "tcp" {{
  address         = "127.0.0.1:{port}"
  cluster_address = "127.0.0.1:0"
  tls_disable     = true
}}
seal "static" {{
  current_key_id = "mutt-1"
  current_key    = "file://{key}"
}}
api_addr     = "http://127.0.0.1:{port}"
cluster_addr = "https://127.0.0.1:8201"
"""


@dataclass
class OpenBao:
    """One server on one data folder. The key of its seal lies beside it and protects from nobody who reads that."""

    data: Path
    keys: Path
    """Our own folder for the configuration, the seal's key and the root token."""
    port: int
    log: Path
    identity: Identity
    child: Child | None = field(default=None, init=False)
    name: Final = "vault"

    @property
    def address(self) -> str:
        """VAULT_ADDR."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def root_token(self) -> str:
        """The token that made this Vault. Raises EngineError if its file is gone."""
        return _root_token(self._root_file)

    def end_earlier(self) -> None:
        """See `Engine.end_earlier`."""
        if stop(leftovers("bao", f"-config={self._config}", self.identity.uid), _STOP):
            raise EngineError(f"an earlier OpenBao on {self.data} does not end")

    def start(self) -> None:
        """See `Engine.start`. Initialises the Vault if it never was, and waits until it is unsealed."""
        program = binaries.bao()
        self.end_earlier()
        self._write_files()
        self._clear_unfinished()
        argv = [str(program), "server", f"-config={self._config}"]
        self.child = Child(Spec(argv, self.identity, self.log, how="fd"))
        await_answer("OpenBao", self.child, lambda: _health(self.address) in {200, _NOT_INITIALISED})
        if _health(self.address) == _NOT_INITIALISED:
            self._initialise()
            await_answer("OpenBao", self.child, lambda: is_active(self.address))

    def stop(self) -> None:
        """See `Engine.stop`."""
        if self.child is not None:
            self.child.stop(_STOP)
            self.child = None

    @property
    def _config(self) -> Path:
        return self.keys / "openbao.hcl"

    @property
    def _root_file(self) -> Path:
        return self.keys / _ROOT_FILE

    def _write_files(self) -> None:
        key = self.keys / "openbao-seal.key"
        if not key.exists():
            write_whole(key, secrets.token_bytes(32), 0o600, owner=self.identity)
        text = _CONFIG.format(data=self.data, port=self.port, key=key)
        write_whole(self._config, text, 0o640, group=self.identity.gid)

    def _clear_unfinished(self) -> None:
        """Empty a Vault whose initialisation was cut short: its root token is lost, and nothing was stored in it."""
        if self._root_file.exists() and self._root_file.stat().st_size > 0:
            return
        if not self._root_file.exists() and any(self.data.iterdir()):
            raise EngineError(
                f"{self._root_file} is gone, and {self.data} holds secrets that need it",
                tries=(f"put {self._root_file} back", f"move {self.data} away: new secrets are made"),
            )
        for entry in self.data.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        write_whole(self._root_file, "", 0o600)  # "begun": what is found beside an empty file is unfinished

    def _initialise(self) -> None:
        wanted = {"recovery_shares": 1, "recovery_threshold": 1}
        try:
            answer = httpx.put(f"{self.address}/v1/sys/init", json=wanted, timeout=60.0, trust_env=False)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise EngineError(f"the embedded Vault could not be initialised: {type(error).__name__}") from error
        write_whole(self._root_file, answer.content, 0o600)


@dataclass
class DevOpenBao:
    """A server that keeps everything in memory, unsealed, with a known root token. For tests."""

    port: int
    log: Path
    identity: Identity
    root_token: str = field(repr=False)
    child: Child | None = field(default=None, init=False)
    name: Final = "vault"

    @property
    def address(self) -> str:
        """VAULT_ADDR."""
        return f"http://127.0.0.1:{self.port}"

    def end_earlier(self) -> None:
        """See `Engine.end_earlier`. It keeps nothing, so no later server can meet it."""

    def start(self) -> None:
        """See `Engine.start`."""
        program = str(binaries.bao())
        options = [f"-dev-listen-address=127.0.0.1:{self.port}", "-dev-no-store-token"]
        # By the environment, so that no token is ever in a command line.
        environ = minimal_environ() | {"BAO_DEV_ROOT_TOKEN_ID": self.root_token}
        spec = Spec([program, "server", "-dev", *options], self.identity, self.log, how="fd", environ=environ)
        self.child = Child(spec)
        await_answer("OpenBao", self.child, lambda: is_active(self.address))

    def stop(self) -> None:
        """See `Engine.stop`."""
        if self.child is not None:
            self.child.stop(_STOP)
            self.child = None


def is_active(address: str) -> bool:
    """Whether the server at this address is initialised, unsealed and serving."""
    return _health(address) == 200


def seal(address: str, keys: Path) -> None:
    """Seal the lasting server whose keys lie there: it gives no secret until it is started anew. Raises EngineError."""
    token = {"X-Vault-Token": _root_token(keys / _ROOT_FILE)}
    try:
        httpx.put(f"{address}/v1/sys/seal", headers=token, timeout=10.0, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        raise EngineError(f"the embedded Vault could not be sealed: {type(error).__name__}") from error


def _root_token(file: Path) -> str:
    try:
        token: str = json.loads(file.read_text())["root_token"]
    except (OSError, ValueError, KeyError) as error:
        raise EngineError(f"the embedded Vault's root token is not in {file}") from error
    return token


def is_sealed(address: str) -> bool:
    """Whether the server at this address answers and is sealed."""
    return _health(address) == _SEALED


def _health(address: str) -> int:
    """The status of sys/health; 0 if nothing answers."""
    try:
        return httpx.get(f"{address}/v1/sys/health", timeout=2.0, trust_env=False).status_code
    except httpx.HTTPError:
        return 0
