"""rsyslog and snmptrapd send to an ingestor, and HAProxy stands before it, with what is generated: all of them real."""

from __future__ import annotations

import json
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.present.generated import KINDS, Site
from mutt_cli.present.generated import rsyslog as rsyslogs
from mutt_cli.present.generated import snmptrapd as traps
from mutt_cli.present.generated.haproxy import INGEST_TLS_PORT, WEB_TLS_PORT
from mutt_cli.present.generated.poster import KEY_FILE, REFUSED
from mutt_cli.present.generated.site import CERTIFICATE
from mutt_cli.settings import Settings
from tests import servers
from tests.peers import peer
from tests.stack import API_KEY, Stack, eventually, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

COMMUNITY = "public"


@pytest.fixture(scope="module")
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """An ingestor; nobody takes from its queue."""
    with running_stack(postgres, openbao) as made:
        made.start("ingestor")
        yield made


@pytest.fixture
def folder(stack: Stack) -> Iterator[Path]:
    """Where the files of one test are; the queue is empty."""
    stack.redis.delete("mutt:ingest_queue")
    with servers.short_folder() as made:
        made.chmod(0o755)
        yield made


def installed(kind: str, stack: Stack, folder: Path, program: str) -> Path:
    """The files of a kind below a folder, with the key; returns the configuration."""
    base = Settings()
    settings = replace(base, ingest=replace(base.ingest, host="127.0.0.1", port=stack.ports["INGESTOR_PORT"]))
    (folder / "key").write_text(API_KEY + "\n")
    paths = []
    for file in KINDS[kind].files(Site(settings, "127.0.0.1")):
        text = file.content.replace(KEY_FILE, str(folder / "key")).replace(REFUSED, str(folder / "refused"))
        path = folder / file.path.rpartition("/")[2]
        path.write_text(text.replace(program, str(folder / program.rpartition("/")[2])))
        path.chmod(file.mode)
        paths.append(path)
    return paths[0]


@contextmanager
def running(*command: str, log: Path, **given: Any) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, **given) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def queued(stack: Stack) -> list[dict[str, Any]]:
    """The events in the queue, the oldest first."""
    return [json.loads(one) for one in reversed(stack.redis.lrange("mutt:ingest_queue", 0, -1))]


def rsyslog(stack: Stack, folder: Path) -> tuple[tuple[str, ...], int]:
    """The command that runs rsyslog as a sender, listening on a port of loopback."""
    included = installed("rsyslog", stack, folder, rsyslogs.PROGRAM)
    port = servers.free_port()
    main = folder / "rsyslog.conf"
    main.write_text(
        f'global(workDirectory="{folder}")\nmodule(load="imtcp")\n'
        f'input(type="imtcp" port="{port}" address="127.0.0.1")\ninclude(file="{included}")\n'
    )
    program = peer("rsyslogd", "rsyslog")
    return (program, "-n", "-f", str(main), "-i", str(folder / "rsyslog.pid")), port


def say(port: int, *lines: bytes) -> None:
    def open_port() -> socket.socket | None:
        try:
            return socket.create_connection(("127.0.0.1", port), 5)
        except OSError:
            return None

    with eventually(open_port, "rsyslog listens") as connection:
        connection.sendall(b"".join(line + b"\n" for line in lines))


def test_syslog_of_a_sender_becomes_events_whatever_bytes_it_has(stack: Stack, folder: Path) -> None:
    command, port = rsyslog(stack, folder)
    with running(*command, log=folder / "log"):
        say(
            port,
            b'<187>Nov 28 01:02:03 core-sw1 app: %LINK-3-UPDOWN: Gi0/1 "down" \\ \t now',
            b"<13>Nov 28 01:02:03 core-sw2 mutt-alerter: a line of ours, which would make a line of ours",
            b"<14>Nov 28 01:02:03 core-sw3 app: no \xff UTF-8, \xc3\xa4 is",
        )
        events = eventually(lambda: len(found := queued(stack)) >= 2 and found, "both events are queued")
    assert [(one["hostname"], one["syslog_severity"], one["program"]) for one in events] == [
        ("core-sw1", 3, "app"), ("core-sw3", 6, "app"),
    ]  # fmt: skip
    assert events[0]["message"].strip() == '%LINK-3-UPDOWN: Gi0/1 "down" \\ #011 now'
    assert events[1]["message"].strip() == "no   UTF-8, \u00e4 is"


def test_what_the_ingestor_does_not_take_waits_and_arrives_once(stack: Stack, folder: Path) -> None:
    command, port = rsyslog(stack, folder)
    program = folder / "rsyslog-ingest"
    program.write_text(program.read_text().replace("sleep 5", f"touch {folder}/tried; sleep 0.2"))
    (folder / "key").write_text("wrong\n")
    lines = [b"<14>Nov 28 01:02:03 core-sw1 app: event %d" % number for number in range(200)]
    with running(*command, log=folder / "log"):
        say(port, *lines)
        eventually((folder / "tried").exists, "it was refused")
        assert queued(stack) == []
        (folder / "key").write_text(API_KEY + "\n")
        events = eventually(lambda: len(found := queued(stack)) >= 200 and found, "all events are queued")
    assert [one["message"].strip() for one in events] == [f"event {number}" for number in range(200)]


def test_the_key_of_a_sender_is_in_no_list_of_processes(stack: Stack, folder: Path) -> None:
    installed("rsyslog", stack, folder, rsyslogs.PROGRAM)
    # In place of curl, something that keeps what `ps` would show of it.
    curl = folder / "curl"
    curl.write_text(f'#!/bin/sh\ntr "\\0" " " </proc/$$/cmdline >{folder}/shown\ncat >/dev/null\nprintf 200\n')
    curl.chmod(0o755)
    program = folder / "rsyslog-ingest"
    program.write_text(program.read_text().replace("PATH=/usr/local/bin", f"PATH={folder}"))
    lines = b"BEGIN TRANSACTION\n{}\nCOMMIT TRANSACTION\n"
    done = subprocess.run([program], input=lines, capture_output=True, check=True, timeout=30)
    assert done.stdout == b"OK\nOK\nDEFER_COMMIT\nOK\n"
    assert "Idempotency-Key" in (folder / "shown").read_text()
    assert API_KEY not in (folder / "shown").read_text()


def test_a_batch_that_will_never_be_taken_is_kept_and_holds_up_nothing(stack: Stack, folder: Path) -> None:
    installed("rsyslog", stack, folder, rsyslogs.PROGRAM)
    huge = b'{"message":"' + b"x" * 17 * 1024 * 1024 + b'"}'
    lines = b"".join(b"BEGIN TRANSACTION\n%s\nCOMMIT TRANSACTION\n" % one for one in (huge, b'{"message":"behind it"}'))
    done = subprocess.run([folder / "rsyslog-ingest"], input=lines, capture_output=True, check=True, timeout=100)
    assert done.stdout == b"OK\n" + b"OK\nDEFER_COMMIT\nOK\n" * 2
    assert [one["message"] for one in queued(stack)] == ["behind it"]
    [kept] = (folder / "refused").iterdir()
    assert kept.read_bytes() == huge + b"\n"


def test_the_front_end_takes_tls_and_passes_on_events_and_no_metrics(stack: Stack, folder: Path) -> None:
    haproxy, openssl, curl = peer("haproxy", "haproxy"), peer("openssl", "openssl"), peer("curl", "curl")
    pem = folder / "mutt.pem"
    request = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2")
    words = (*request, "-addext", "subjectAltName=DNS:localhost", "-keyout", str(pem), "-out", str(folder / "ca.pem"))
    subprocess.run([openssl, *words], check=True, capture_output=True, timeout=30)
    pem.write_text(pem.read_text() + (folder / "ca.pem").read_text())
    base = Settings()
    settings = replace(base, ingest=replace(base.ingest, host="127.0.0.1", port=stack.ports["INGESTOR_PORT"]))
    [file] = KINDS["haproxy"].files(Site(settings, "127.0.0.1"))
    ingest, web = servers.free_port(), servers.free_port()
    text = file.content.replace(CERTIFICATE, str(pem)).replace("log /dev/log local0\n", "")
    text = text.replace(f"bind :{INGEST_TLS_PORT} ", f"bind 127.0.0.1:{ingest} ")
    (folder / "haproxy.cfg").write_text(text.replace(f"bind :{WEB_TLS_PORT} ", f"bind 127.0.0.1:{web} "))

    def asked(path: str, *more: str) -> str:
        known = ("-s", "--cacert", str(folder / "ca.pem"), "-w", " %{http_code}")
        command = [curl, *known, *more, f"https://localhost:{ingest}{path}"]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30).stdout

    with running(haproxy, "-db", "-f", str(folder / "haproxy.cfg"), log=folder / "log"):
        eventually(lambda: asked("/health").endswith(" 200"), "the ingestor is there behind it")
        sent = asked("/ingest", "-H", f"X-API-Key: {API_KEY}", "-d", '{"message":"through the front end"}')
        assert sent.endswith(" 200")
        assert [one["message"] for one in queued(stack)] == ["through the front end"]
        assert asked("/metrics").endswith(" 404")
        assert asked("/ingest", "-d", "{}").endswith(" 401")


def test_each_trap_becomes_an_event_with_its_numbers(stack: Stack, folder: Path) -> None:
    daemon, sender = peer("snmptrapd", "snmptrapd"), peer("snmptrap", "snmp")
    conf = installed("snmptrapd", stack, folder, traps.PROGRAM)
    port = servers.free_port()
    address = f"udp:127.0.0.1:{port}"
    command = (daemon, "-f", "-Lo", "-C", "-c", str(conf), "-x", f"unix:{folder}/agentx", address)
    environment = {"PATH": "/usr/bin:/bin:/usr/sbin", "SNMP_PERSISTENT_DIR": str(folder / "persistent")}
    link_down, name, text = ".1.3.6.1.6.3.1.1.5.3", ".1.3.6.1.2.1.31.1.1.1.1.7", 'Gi0/7 "uplink" \\ to\ncore'
    with running(*command, log=folder / "log", env=environment):
        eventually(lambda: "NET-SNMP version" in (folder / "log").read_text(), "snmptrapd listens")
        words = ("-v", "2c", "-c", COMMUNITY, address, "4711", link_down, name, "s", text)
        subprocess.run([sender, *words], check=True, timeout=30, env=environment)
        [event] = eventually(lambda: queued(stack), f"the trap is queued: {(folder / 'log').read_text()}")
    assert event["trap_oid"] == link_down
    assert event["source"] == "127.0.0.1"
    # snmptrapd quotes the text of a value and escapes what is in it.
    assert event["message"].startswith(f"trap {link_down}: ")
    assert event["message"].endswith(rf', {name}="Gi0/7 \"uplink\" \\ to core"')
