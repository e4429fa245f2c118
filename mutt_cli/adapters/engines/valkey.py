"""Valkey on a unix socket: append-only file synced every second, never evicting (D25)."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import redis

from mutt_cli.adapters.engines import binaries
from mutt_cli.adapters.engines.child import Child, Spec
from mutt_cli.adapters.engines.engine import EngineError, await_answer
from mutt_cli.adapters.engines.processes import leftovers, stop

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.identity import Identity

_STOP: Final = ((signal.SIGTERM, 30.0), (signal.SIGKILL, 5.0))


@dataclass
class Valkey:
    """One server on one data folder. Two servers on one folder would start happily: the caller holds its lock."""

    data: Path
    socket: Path
    log: Path
    identity: Identity
    port: int = 0
    """TCP port on 127.0.0.1; 0 for none."""
    child: Child | None = field(default=None, init=False)
    name: Final = "redis"

    def end_earlier(self) -> None:
        """See `Engine.end_earlier`."""
        if stop(leftovers("valkey-server", str(self.data), self.identity.uid), _STOP):
            raise EngineError(f"an earlier Valkey on {self.data} does not end")

    def start(self) -> None:
        """See `Engine.start`."""
        program = binaries.valkey_server()
        self.end_earlier()
        options = {
            "--port": self.port,
            "--bind": "127.0.0.1",
            "--unixsocket": self.socket,
            "--unixsocketperm": 700,
            "--dir": self.data,
            "--appendonly": "yes",
            "--appendfsync": "everysec",
            "--save": "",
            "--maxmemory-policy": "noeviction",
            # The command line stays readable in /proc: that is how a leftover is known.
            "--set-proc-title": "no",
            "--locale-collate": "C",
        }
        argv = [str(program), *(str(word) for pair in options.items() for word in pair)]
        self.child = Child(Spec(argv, self.identity, self.log, how="fd"))
        await_answer("Valkey", self.child, self._answers)

    def stop(self) -> None:
        """See `Engine.stop`."""
        if self.child is not None:
            self.child.stop(_STOP)
            self.child = None

    def _answers(self) -> bool:
        # After a crash the socket file is still there, so only an answer counts; "loading" is not one yet.
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2.0)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()
