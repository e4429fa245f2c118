"""A proxy in front of a unix socket that loses replies: the request arrives, its answer does not, the connection dies.

This is the fault that an idempotent protocol exists for: the caller cannot know whether its write happened.
"""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class LossyProxy:
    """Listens on `listen`, forwards to `target`, and loses about one reply in `one_in` while `losing` is set."""

    listen: Path
    target: Path
    one_in: int
    seed: int
    lost: int = 0
    losing: threading.Event = field(default_factory=threading.Event)
    _server: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_UNIX))
    _chance: random.Random = field(init=False)

    def __enter__(self) -> Self:
        self._chance = random.Random(self.seed)  # noqa: S311 - a reproducible fault plan
        self._server.bind(str(self.listen))
        self.listen.chmod(0o777)
        self._server.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(str(self.target))
            except OSError:
                client.close()
                continue
            for source, sink, replies in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pump, args=(source, sink, replies), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, replies: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if replies and self.losing.is_set() and self._chance.randrange(self.one_in) == 0:
                    self.lost += 1
                    break
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
