"""A small real HTTP server that answers `POST /ingest` by the letter of its contract, and fails as it is told.

Each request takes the next fault from `faults`; without one it is answered. Like the ingestor it remembers the
answers by Idempotency-Key, and `queue` is what it accepted.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass
class Fault:
    """What happens to one request."""

    status: int = 0
    """Answer this instead; nothing is accepted."""
    reason: str = ""
    retry_after: str = ""
    lost: bool = False
    """Accept the events, then close the connection without an answer."""
    half: bool = False
    """Accept the events, then close the connection in the middle of the answer."""
    silent: bool = False
    """Accept the events and never answer."""


@dataclass
class Door:
    """The server and what it saw."""

    key: str = "s3cret"
    max_items: int = 10_000
    faults: list[Fault] = field(default_factory=list)
    queue: list[Any] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, bytes] = field(default_factory=dict)
    gone: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"door": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gone.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def accept(self, key: str, lines: list[bytes]) -> bytes:
        """The answer to a batch; the same again for a key that was seen."""
        if key not in self.answers:
            self.answers[key] = self._answer(lines)
        return self.answers[key]

    def _answer(self, lines: list[bytes]) -> bytes:
        items: list[dict[str, Any]] = []
        for index, line in enumerate(lines):
            event = json.loads(line)
            if "bad" in event:
                items.append({"index": index, "status": "refused", "reason": "validation", "detail": "it is bad"})
                continue
            number = len(self.queue)
            self.queue.append(event)
            ids = {"event_id": f"e{number}", "correlation_id": event.get("correlation_id", f"c{number}")}
            items.append({"index": index, "status": "queued", **ids})
        accepted = sum(item["status"] == "queued" for item in items)
        status = "queued" if accepted == len(items) else "partial" if accepted else "refused"
        counts = {"accepted": accepted, "refused": len(items) - accepted, "queue_depth": len(self.queue)}
        return json.dumps({"status": status, **counts, "items": items}).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    door: Door

    def do_POST(self) -> None:
        door = self.door
        lines = self.rfile.read(int(self.headers["Content-Length"])).splitlines()
        key = self.headers["Idempotency-Key"]
        door.requests.append({"path": self.path, "key": key, "lines": lines, "type": self.headers["Content-Type"]})
        fault = door.faults.pop(0) if door.faults else Fault()
        if self.headers["X-API-Key"] != door.key:
            self._send(401, _problem("auth"))
        elif fault.status:
            self._send(fault.status, _problem(fault.reason), fault.retry_after)
        elif len(lines) > door.max_items or any(line.startswith(b'{"unreadable"') for line in lines):
            self._send(413, _problem("too_large"))
        else:
            self._settle(fault, door.accept(key, lines))

    def _settle(self, fault: Fault, answer: bytes) -> None:
        if fault.silent:
            self.door.gone.wait(30)
        if fault.silent or fault.lost:
            self.close_connection = True
        elif fault.half:
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer[: len(answer) // 2])
        else:
            self._send(200, answer)

    def _send(self, status: int, body: bytes, retry_after: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Silence: the tests read `requests`."""


def _problem(reason: str) -> bytes:
    return json.dumps({"status": "error", "reason": reason, "detail": f"{reason}, says the door"}).encode()
