"""Moogsoft that is somewhere else, is not believed, is slow, ill or silent, or wants another key."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from mutt_cli.daemons.behaviour import Behaviour
from tests import servers
from tests.faults.black_hole import BlackHole
from tests.faults.lab.fault import WELL, fault
from tests.stack import SECRETS, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.stack import Stack

LATE = ("breaker.moog", "queue.alert.*", "dlq.moog.depth")
"""What follows where Moogsoft takes no alerts."""
LATE_S = 5.5
"""Longer than a webhook may take and be called well."""


@contextmanager
def _sent_to(stack: Stack, url: str) -> Iterator[None]:
    """Somebody has set another address at run time, and takes it back."""
    done = stack.mutt("config", "set", f"moog_webhook_url={url}", "--reason", "lab")
    assert done.returncode == 0, done.stderr
    try:
        yield
    finally:
        done = stack.mutt("config", "unset", "moog_webhook_url", "--reason", "lab")
        assert done.returncode == 0, done.stderr


@fault("moogsoft-unreachable", "", "critical", *LATE)
def alerts_are_sent_to_a_port_where_nobody_listens(stack: Stack) -> Iterator[None]:
    with _sent_to(stack, f"http://127.0.0.1:{servers.free_port()}/webhook"):
        yield


@fault("moogsoft-name", "", "critical", *LATE)
def alerts_are_sent_to_a_name_that_does_not_resolve(stack: Stack) -> Iterator[None]:
    with _sent_to(stack, "http://moogsoft.invalid/webhook"):
        yield


@fault("moogsoft-ill", "", "critical", *LATE)
def alerts_are_sent_to_somebody_who_never_answers(stack: Stack) -> Iterator[None]:
    with BlackHole() as hole, _sent_to(stack, f"http://127.0.0.1:{hole.port}/webhook"):
        yield


def _self_signed(folder: Path) -> Path:
    """A certificate that nobody has signed, and its key, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here to make a certificate with")
    pem, certificate = folder / "both.pem", folder / "certificate.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-keyout", pem, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    pem.write_text(pem.read_text() + certificate.read_text())
    return pem


@contextmanager
def _shaking_hands(certificate: Path) -> Iterator[int]:
    """A port where somebody shows this certificate to whoever comes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    door = socket.create_server(("127.0.0.1", 0))

    def shake() -> None:
        while True:
            try:
                taken, _ = door.accept()
            except OSError:
                return
            with taken, suppress(OSError):
                taken.settimeout(5)
                context.wrap_socket(taken, server_side=True).close()

    hands = threading.Thread(target=shake, daemon=True)
    hands.start()
    try:
        yield door.getsockname()[1]
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()
        hands.join(10)


@fault("moogsoft-certificate", "", "critical", *LATE)
def the_certificate_of_moogsoft_is_signed_by_nobody(stack: Stack) -> Iterator[None]:
    with _shaking_hands(_self_signed(stack.folder)) as port, _sent_to(stack, f"https://127.0.0.1:{port}/webhook"):
        yield


class _Sleepy(BaseHTTPRequestHandler):
    """Answers whatever it is asked, late."""

    def do_HEAD(self) -> None:
        threading.Event().wait(LATE_S)
        self.send_response(200)
        self.end_headers()

    def do_POST(self) -> None:
        self.do_HEAD()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@fault("moogsoft-slow", "", "warning", *LATE)
def alerts_are_sent_to_somebody_who_is_slow(stack: Stack) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Sleepy) as sleepy:
        server = threading.Thread(target=sleepy.serve_forever, daemon=True)
        server.start()
        with _sent_to(stack, f"http://127.0.0.1:{sleepy.server_port}/webhook"):
            yield
        sleepy.shutdown()
        server.join(10)


@contextmanager
def _behaving(stack: Stack, behaviour: Behaviour) -> Iterator[None]:
    """As long as it lasts alerts are set aside or wait; afterwards they are sent again, and gone."""
    stack.simulator.behave(behaviour)
    try:
        yield
    finally:
        stack.simulator.behave(WELL)
        assert stack.mutt("breaker", "reset").returncode == 0
        stack.mutt("dlq", "replay", "dlq-moog", "--all", "--yes", "--reason", "lab")
        drained = ("mutt:dlq:moog", "mutt:alert_queue")
        eventually(
            lambda: not stack.redis.zcard("mutt:retry:moog") and not any(stack.redis.llen(key) for key in drained),
            "what was set aside has gone", 60,
        )  # fmt: skip


@contextmanager
def _opened(stack: Stack, behaviour: Behaviour) -> Iterator[None]:
    number = iter(range(1000))

    def opened() -> bool:
        stack.send({"source": f"lab{next(number)}", "message": "LINK down"})
        return bool(stack.redis.get("mutt:circuit_breaker:moogsoft:state") == b"OPEN")

    with _behaving(stack, behaviour):
        eventually(opened, "the breaker opens", 60)
        yield


@fault("moogsoft-ill", "breaker.moog", "warning", *LATE)
def moogsoft_answers_503(stack: Stack) -> Iterator[None]:
    with _opened(stack, Behaviour(status=503)):
        yield


@fault("moogsoft-ill", "breaker.moog", "warning", *LATE)
def moogsoft_hangs_up(stack: Stack) -> Iterator[None]:
    """The probe sees nothing of it: what the forwarders met last says it."""
    with _opened(stack, Behaviour(drop=True)):
        yield


@fault("moogsoft-limits", "", "warning", *LATE, how="advise")
def moogsoft_wants_fewer_alerts(stack: Stack) -> Iterator[None]:
    with _behaving(stack, Behaviour(status=429)):
        stack.send({"source": "fewer", "message": "LINK down"})
        eventually(lambda: stack.redis.zcard("mutt:retry:moog"), "it waits for its next try")
        yield


@fault("moogsoft-key", "", "critical", *LATE)
def moogsoft_wants_another_key(stack: Stack) -> Iterator[None]:
    stack.simulator.behave(Behaviour(bearer="another-key-of-theirs"))
    yield
    _key_is(stack, "another-key-of-theirs")
    assert stack.mutt("moog", "test").returncode == 0
    stack.simulator.behave(WELL)
    _key_is(stack, SECRETS["MOOG_API_KEY"])


def _key_is(stack: Stack, key: str) -> None:
    done = stack.mutt("vault", "set", "MOOG_API_KEY", "--file", "-", "--reason", "lab", stdin=key.encode())
    assert done.returncode == 0, done.stderr


@fault("bodies-refused", "", "warning", "dlq.moog.depth")
def moogsoft_refuses_what_an_alert_says(stack: Stack) -> Iterator[None]:
    stack.simulator.behave(Behaviour(status=400))
    stack.send({"source": "refused", "message": "LINK down"})
    eventually(lambda: stack.redis.llen("mutt:dlq:moog"), "it is set aside")
    yield
    stack.simulator.behave(WELL)
    replayed = stack.mutt("dlq", "replay", "dlq-moog", "--all", "--yes", "--reason", "lab")
    assert replayed.returncode == 0, replayed.stderr
    eventually(lambda: not stack.redis.llen("mutt:dlq:moog"), "it has gone")
