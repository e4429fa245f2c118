"""One request to Moogsoft, taken apart: name, connection, TLS, answer, each with its own time (OPS-179, TRB-83).

The daemons' client hides these steps behind one deadline; here each is what the operator wants to know. No retry, no
redirect, and all of it ends within the time given, also if the other side sends a byte at a time.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.core.delivery import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

StepName = Literal["dns", "connect", "tls", "answer"]
_MOST_BYTES: Final = 64 * 1024
_SHOWN: Final = 160


@dataclass(frozen=True)
class Step:
    """One step that was taken. `milliseconds` is what it took, also if it failed."""

    name: StepName
    ok: bool
    milliseconds: float
    detail: str


@dataclass
class Request:
    """What is sent. `url` is http or https; `headers` may hold a key, which is shown nowhere."""

    url: str
    method: Literal["HEAD", "POST"] = "HEAD"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class _Way:
    """The steps taken so far, and when all must be over."""

    ends_at: float
    steps: list[Step] = field(default_factory=list)
    opened: socket.socket | None = None
    """The connection, while there is one."""

    @property
    def left_s(self) -> float:
        return max(0.001, self.ends_at - boottime_s())

    def take(self, name: StepName, work: Callable[[], Any], told: Callable[[Any], str]) -> Any:
        """Do one step and time it. Raises OSError or HTTPException after noting that it failed."""
        began = boottime_s()
        try:
            found = work()
        except (OSError, http.client.HTTPException) as error:
            late = boottime_s() >= self.ends_at  # our guard has cut it off, whatever it looks like
            self.steps.append(
                Step(name, ok=False, milliseconds=_since(began), detail="no answer in time" if late else _why(error))
            )
            if late:
                raise TimeoutError from error
            raise
        self.steps.append(Step(name, ok=True, milliseconds=_since(began), detail=told(found)))
        return found

    def cut(self) -> None:
        """End what is under way: a peer that sends a byte a second exceeds no timeout of a single read."""
        if self.opened is not None:
            with suppress(OSError):
                self.opened.shutdown(socket.SHUT_RDWR)


def ask(request: Request, timeout_s: float) -> tuple[tuple[Step, ...], Answer]:
    """Take the steps, up to the first that fails; the answer is what a forwarder would have made of it."""
    way, began = _Way(boottime_s() + timeout_s), boottime_s()
    try:
        answer = _asked(request, way)
    except TimeoutError:
        answer = Answer(failure="timeout", text=f"no answer within {timeout_s:g} s")
    except ssl.SSLError as error:
        answer = Answer(failure="tls", text=f"TLS: {_why(error)}")
    except OSError as error:
        answer = Answer(failure="connection", text=f"no connection: {_why(error)}")
    except http.client.HTTPException as error:
        answer = Answer(failure="protocol", text=f"not HTTP: {type(error).__name__}")
    return tuple(way.steps), Answer(answer.status, answer.failure, answer.text, elapsed_s=boottime_s() - began)


def _asked(request: Request, way: _Way) -> Answer:
    parts = urlsplit(request.url)
    secure, host = parts.scheme == "https", parts.hostname or ""
    port = parts.port or (443 if secure else 80)
    found = way.take("dns", lambda: _resolved(host, port, way.left_s), _addresses)
    way.opened = plain = way.take("connect", lambda: _connected(found, way), _peer)
    guard = threading.Timer(way.left_s, way.cut)
    guard.daemon = True
    guard.start()
    try:
        if secure:
            way.opened = way.take("tls", lambda: _trusted(plain, host, way.left_s), _cipher)
        connection = http.client.HTTPConnection(host, port, timeout=way.left_s)
        connection.sock = way.opened
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        answer: Answer = way.take("answer", lambda: _exchanged(connection, request, target, parts.netloc), _said)
        return answer
    finally:
        guard.cancel()
        if way.opened is not None:
            way.opened.close()


def _resolved(host: str, port: int, seconds: float) -> list[Any]:
    """A resolver that hangs cannot be interrupted; it is left behind."""
    answers: list[Any] = []

    def resolve() -> None:
        try:
            answers.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.append(error)

    thread = threading.Thread(target=resolve, daemon=True)
    thread.start()
    thread.join(seconds)
    if not answers:
        raise TimeoutError(f"the resolver did not answer within {seconds:.1f} s")
    if isinstance(answers[0], UnicodeError):
        raise OSError(f"{host} is no host name")
    if isinstance(answers[0], OSError):
        raise answers[0]
    return list(answers[0])


def _connected(found: list[Any], way: _Way) -> socket.socket:
    last: OSError = OSError("no address")
    for family, kind, protocol, _, address in found:
        opened = socket.socket(family, kind, protocol)
        opened.settimeout(way.left_s)
        try:
            opened.connect(address)
        except OSError as error:
            opened.close()
            last = error
            continue
        return opened
    raise last


def _trusted(opened: socket.socket, host: str, seconds: float) -> ssl.SSLSocket:
    opened.settimeout(seconds)
    return ssl.create_default_context().wrap_socket(opened, server_hostname=host)


def _exchanged(connection: http.client.HTTPConnection, request: Request, target: str, host: str) -> Answer:
    headers = {"Host": host, "User-Agent": "mutt", "Accept": "application/json", **request.headers}
    connection.request(request.method, target, request.body or None, headers)
    response = connection.getresponse()
    with suppress(OSError, http.client.HTTPException):
        response.read(_MOST_BYTES)  # the status stands, whatever becomes of the rest
    return Answer(response.status, text=_clean(f"HTTP {response.status} {response.reason}"))


def _addresses(found: list[Any]) -> str:
    return ", ".join(dict.fromkeys(str(one[4][0]) for one in found))


def _peer(opened: socket.socket) -> str:
    name = opened.getpeername()
    return f"{name[0]}:{name[1]}"


def _cipher(opened: ssl.SSLSocket) -> str:
    return f"{opened.version()}, certificate trusted"


def _said(answer: Answer) -> str:
    return answer.text


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return str(error) if error.args and isinstance(error.args[0], str) else "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return _clean(error.verify_message)
    if isinstance(error, ssl.SSLError):
        return _clean(error.reason or "handshake failed")
    if isinstance(error, OSError) and error.strerror:
        return _clean(error.strerror)
    return _clean(str(error)) or type(error).__name__


def _clean(text: str) -> str:
    shown = " ".join(text.split())[:_SHOWN]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown)


def _since(began: float) -> float:
    return round((boottime_s() - began) * 1000, 1)
