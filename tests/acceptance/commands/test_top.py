"""`mutt top` as a program on a terminal: its numbers are those of everything else, and its keys do what they say."""

from __future__ import annotations

import gzip
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
from contextlib import contextmanager
from fcntl import ioctl
from typing import TYPE_CHECKING

import pytest

from tests.core.top.scenes import is_harmless
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.commands.world import World

TOP = (sys.executable, "-m", "mutt_cli", "top")
LETTER = '{"correlation_id":"9b1e77c0-5d1f-4c3e-8a00-000000000001","hostname":"core-sw1","message":"\\u001b[2J down"}'


class Screen:
    """A terminal in which the program runs: what it wrote, and its keys."""

    def __init__(self, process: subprocess.Popen[bytes], ours: int) -> None:
        self.process, self._ours, self._written = process, ours, bytearray()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                part = os.read(self._ours, 65536)
            except OSError:
                return
            if not part:
                return
            self._written += part

    @property
    def written(self) -> str:
        """Everything it wrote so far."""
        return self._written.decode("utf-8", "replace")

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self._ours, keys.encode())

    def sees(self, text: str) -> None:
        """Wait until this was written since the last look, and forget what was written until then."""
        try:
            eventually(lambda: text in self.written, f"{text!r} on the screen", 30)
        except AssertionError as error:
            raise AssertionError(f"{error}, but {self.written[-2000:]!r}") from error
        self._written.clear()


@contextmanager
def terminal(world: World, *words: str, size: tuple[int, int] = (24, 80)) -> Iterator[Screen]:
    """`mutt top` on a terminal; killed at the end if it still runs."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    environ = {**world.stack.environment, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen([*TOP, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=environ)
    os.close(theirs)
    try:
        yield Screen(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.mark.covers("top")
def test_one_frame_says_what_redis_health_and_status_say(world: World) -> None:
    for _ in range(3):
        world.redis_cli("LPUSH", "mutt:dlq:old_events", LETTER)
    told = world.mutt("top", "--once", "-o", "json").json
    depths = {one["queue"]: one["depth"] for one in told["queues"]}
    assert str(depths["dlq-old-events"]) == world.redis_cli("LLEN", "mutt:dlq:old_events")
    status = world.mutt("status", "-o", "json").json
    assert depths == {one["queue"]: one["depth"] for one in status["queues"]}
    assert (told["state"], told["ledger"]) == (status["state"], status["ledger"])
    checks = {one["id"]: one["value"] for one in world.mutt("health", "-o", "json", code=None).json["checks"]}
    for name in ("ingest", "alert"):
        assert depths[name] == checks[f"queue.{name}.depth"]
    text = world.mutt("top", "--once").out
    assert len(text.splitlines()) == 24
    assert "dlq-old-events" in text
    assert is_harmless(text)
    assert world.mutt("top", "--once", "--ascii").out.isascii()
    world.mutt("top", "--once", "-o", "csv", code=2)
    world.redis_cli("DEL", "mutt:dlq:old_events")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "MUTT-U060"), (("--headless",), "--record FILE"), (("--once", "--plain"), "--once is one frame"),
        (("-o", "yaml"), "mutt top has no yaml"), (("--replay", "/nowhere/x.gz", "--once"), "is no recording"),
        (("--replay", "x", "--record", "y"), "a recording is shown as it is"), (("-o", "json"), "--once"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_says_so_and_what_to_type(world: World, words: tuple[str, ...], told: str) -> None:
    assert told in world.mutt("top", *words, code=2).err


def test_the_deployment_keeps_frames_of_itself_for_two_hours_at_most(world: World) -> None:
    eventually(lambda: world.stack.redis.llen("mutt:frames") > 0, "the web UI keeps a frame", 40)
    assert 0 < int(world.redis_cli("TTL", "mutt:frames")) <= 4 * 3600


def test_the_screen_comes_up_goes_through_its_screens_and_leaves_the_terminal_as_it_was(world: World) -> None:
    world.mutt("maintenance", "start", "--for", "1m")
    world.mutt("maintenance", "end")
    with terminal(world) as screen:
        screen.sees("Moogsoft")
        for key, text in (
            ("2", "EMPTY IN"),
            ("4", "PATTERN"),
            ("7", "REDIS_HOST"),
            ("8", "OPERATION"),
            ("?", "ANYWHERE"),
        ):
            screen.press(key)
            screen.sees(text)
        screen.press("x")  # closes the keys
        screen.sees("OPERATION")
        screen.press("q")
        assert screen.process.wait(10) == 0
        assert "\x1b[?1049l" in screen.written
        assert "\x1b[?25h" in screen.written


def test_told_to_end_it_leaves_the_terminal_as_it_was(world: World) -> None:
    with terminal(world) as screen:
        screen.sees("Moogsoft")
        screen.process.terminate()
        assert screen.process.wait(10) == 0
        eventually(lambda: "\x1b[?1049l" in screen.written, "the screen of before is back")
        assert "\x1b[?25h" in screen.written


def test_events_are_seen_as_they_pass(world: World) -> None:
    with terminal(world) as screen:
        screen.sees("Moogsoft")
        screen.press("e")
        screen.sees("as they pass")
        world.mutt("ingest", "send", "--host", "core-sw77", "--message", "a word about Gi0/1")
        screen.sees("core-sw77")
        screen.press("q")
        assert screen.process.wait(10) == 0


def test_a_letter_is_sent_again_from_the_screen_and_the_operation_is_in_the_journal(world: World) -> None:
    world.mutt("dlq", "pause")
    world.redis_cli("LPUSH", "mutt:dlq:moog", LETTER)
    with terminal(world) as screen:
        screen.sees("dlq-moog")
        screen.press("3")
        screen.sees("core-sw1")
        screen.press("R")
        screen.sees("READ-ONLY")
        screen.press("WR")
        screen.sees("Go on")
        assert world.redis_cli("LLEN", "mutt:dlq:moog") == "1"
        screen.press("\t\r")
        screen.sees("undo:")
        screen.press("q")
        assert screen.process.wait(10) == 0
    assert world.redis_cli("LLEN", "mutt:dlq:moog") == "0"
    assert "dlq replay" in world.mutt("op", "list", "-o", "json").json["items"][0]["what"]
    world.mutt("dlq", "resume")


def test_what_was_recorded_is_seen_again_also_after_the_recorder_was_killed(world: World, tmp_path: Path) -> None:
    file = tmp_path / "night.gz"
    recorder = subprocess.Popen(
        [*TOP, "--record", str(file), "--headless"], env=world.stack.environment, stderr=subprocess.PIPE
    )
    try:
        eventually(lambda: file.exists() and _lines(file) >= 3, "two frames are written", 30)
    finally:
        recorder.send_signal(signal.SIGKILL)
        recorder.communicate()
    shown = world.mutt("top", "--replay", str(file), "--once")
    assert "REPLAY" in shown.out
    assert "it ends in the middle" in shown.err
    assert json.loads(_text(file).splitlines()[0])["kind"] == "mutt.recording"
    assert "exists already" in world.mutt("top", "--record", str(file), "--headless", code=2).err
    with terminal(world, "--replay", str(file)) as screen:
        screen.sees("REPLAY")
        screen.press("q")
        assert screen.process.wait(10) == 0


def test_a_recorder_that_is_told_to_stop_leaves_a_whole_file(world: World, tmp_path: Path) -> None:
    file = tmp_path / "night.gz"
    recorder = subprocess.Popen(
        [*TOP, "--record", str(file), "--headless"], env=world.stack.environment, stderr=subprocess.PIPE
    )
    eventually(lambda: file.exists() and _lines(file) >= 2, "a frame is written", 30)
    recorder.terminate()
    _, said = recorder.communicate(timeout=20)
    assert recorder.returncode == 0
    assert b"mutt top --replay" in said
    assert world.mutt("top", "--replay", str(file), "--once").err == ""
    whole = gzip.decompress(file.read_bytes())
    assert b"core-sw1" not in whole


def test_frames_are_a_stream_for_programs_and_sentences_for_who_cannot_see(world: World) -> None:
    lines = world.mutt("top", "-o", "jsonl", "--timeout", "5s").out.splitlines()
    assert len(lines) >= 2
    assert all(json.loads(one)["state"] for one in lines)
    said = world.mutt("top", "--plain", "--timeout", "3s").out
    assert "service forwarder: ok, 1 of 1 at work" in said
    assert is_harmless(said)


def test_without_any_back_end_the_screen_is_there_and_says_what_is_missing(world: World) -> None:
    environ = {**world.stack.environment, "REDIS_SOCKET": "/nowhere/redis.sock", "POSTGRES_HOST": "/nowhere"}
    world.stack.environment, before = environ, world.stack.environment
    try:
        with terminal(world) as screen:
            screen.sees("CRIT")
            screen.press("q")
            assert screen.process.wait(10) == 0
    finally:
        world.stack.environment = before


def _text(file: Path) -> str:
    """What can be read of a recording, whether it has an end or not."""
    import zlib

    return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(file.read_bytes()).decode()


def _lines(file: Path) -> int:
    return len(_text(file).splitlines())
