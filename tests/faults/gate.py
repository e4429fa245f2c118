"""A door before a server that stops whoever says a certain word: the moment at which a process is to be interrupted."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST_WORD = 64


@dataclass
class Gate:
    """Passes everything on to `target`, until a request holds `word`.

    `before`: that request does not arrive. `after`: it does, and its answer does not come back. The others pass on.
    """

    target: Path | tuple[str, int]
    word: bytes
    at: Literal["before", "after"]
    listen: Path | None = None
    """A unix socket to listen on; without it a free port of 127.0.0.1."""
    stopped: threading.Event = field(default_factory=threading.Event)
    """Somebody said the word."""
    _open: threading.Event = field(default_factory=threading.Event)
    _over: threading.Event = field(default_factory=threading.Event)
    _server: socket.socket = field(init=False)

    @property
    def port(self) -> int:
        port: int = self._server.getsockname()[1]
        return port

    def __enter__(self) -> Self:
        if self.listen is None:
            self._server = socket.create_server(("127.0.0.1", 0))
        else:
            self._server = socket.socket(socket.AF_UNIX)
            self._server.bind(str(self.listen))
            self._server.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def open(self) -> None:
        """Whoever said the word is let in after all."""
        self._open.set()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._open.set()
        self._server.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                client, _ = self._server.accept()
                server = self._connected()
            except OSError:
                return
            muted = threading.Event()
            threading.Thread(target=self._requests, args=(client, server, muted), daemon=True).start()
            threading.Thread(target=self._answers, args=(client, server, muted), daemon=True).start()

    def _connected(self) -> socket.socket:
        if isinstance(self.target, tuple):
            return socket.create_connection(self.target)
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(self.target))
        return server

    def _requests(self, client: socket.socket, server: socket.socket, muted: threading.Event) -> None:
        said = b""
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                said = said[-_LONGEST_WORD:] + data
                here = self.word in said and not (muted.is_set() or self.stopped.is_set())
                if here and self.at == "after":
                    muted.set()
                if here and self.at == "before" and not self._let_in(client):
                    break
                server.sendall(data)
        _ended(client, server)

    def _let_in(self, client: socket.socket) -> bool:
        """Wait until the door is opened; False if the test is over, or whoever waits is gone."""
        self.stopped.set()
        while not self._open.wait(0.02):
            with contextlib.suppress(BlockingIOError):
                if not client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                    return False
        return not self._over.is_set()

    def _answers(self, client: socket.socket, server: socket.socket, muted: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                if muted.is_set():
                    self.stopped.set()  # the server has done it: a request may come in several pieces
                    continue
                client.sendall(data)
        if not muted.is_set():
            _ended(client, server)


def _ended(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
