"""A webhook that answers every POST with 200: at once, or after a delay that costs it nothing.

    python -m bench.sink PORT DELAY_MS

One process, one epoll loop, no HTTP library, so that what is measured against it is the sender.
"""

from __future__ import annotations

import heapq
import select
import socket
import sys
import time
from dataclasses import dataclass, field

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@dataclass
class Sink:
    """Answers on a listening socket until the process ends."""

    listener: socket.socket
    delay_s: float = 0.0
    _clients: dict[int, tuple[socket.socket, bytes]] = field(default_factory=dict)
    _due: list[tuple[float, int]] = field(default_factory=list)

    def run(self) -> None:
        """For ever."""
        poll = select.epoll()
        poll.register(self.listener.fileno(), select.EPOLLIN)
        while True:
            for number, _ in poll.poll(self._wait_s()):
                if number == self.listener.fileno():
                    client, _ = self.listener.accept()
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._clients[client.fileno()] = (client, b"")
                    poll.register(client.fileno(), select.EPOLLIN)
                elif not self._read(number):
                    poll.unregister(number)
                    self._clients.pop(number)[0].close()
            while self._due and self._due[0][0] <= time.monotonic():
                self._answer(heapq.heappop(self._due)[1])

    def _wait_s(self) -> float:
        return max(0.0, self._due[0][0] - time.monotonic()) if self._due else -1

    def _read(self, number: int) -> bool:
        """Take what there is; False if the client has left."""
        client, got = self._clients[number]
        try:
            data = client.recv(1 << 18)
        except ConnectionResetError:
            return False
        got += data
        if is_whole(got):
            got = b""
            if self.delay_s:
                heapq.heappush(self._due, (time.monotonic() + self.delay_s, number))
            else:
                client.send(ANSWER)
        self._clients[number] = (client, got)
        return bool(data)

    def _answer(self, number: int) -> None:
        if number in self._clients:
            try:
                self._clients[number][0].send(ANSWER)
            except OSError:
                return  # it left while its answer waited


def is_whole(message: bytes) -> bool:
    """True if an HTTP message has its whole head, and a body of the length it says."""
    end = message.find(b"\r\n\r\n")
    if end < 0:
        return False
    at = message.find(b"ength: ")  # Content-Length in either case
    return len(message) >= end + 4 + int(message[at + 7 : message.find(b"\r", at)])


def main(port: int, delay_ms: float) -> None:
    """Serve until killed."""
    with socket.create_server(("127.0.0.1", port), backlog=1024) as listener:
        Sink(listener, delay_ms / 1000).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
