"""Signals reach a daemon however many come at once, in whatever it is doing."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

DAEMON = """
import logging
from mutt_cli.adapters.vault import VaultSession
from mutt_cli.core.secrets import Secrets
from mutt_cli.daemons.runtime import Runtime
from mutt_cli.keys import Keys
from mutt_cli.settings import Settings
settings, log = Settings(), logging.getLogger("mutt.test")
runtime = Runtime("alerter", "pod-1", settings, Secrets({}), VaultSession(settings.vault), log, Keys(), started_at="")
runtime.listen_to_signals()
reloads = 0
def reload():
    global reloads
    while True:
        runtime.reload.wait(5)
        runtime.reload.clear()
        reloads += 1
        sum(range(2000))
runtime.spawn("rulebook", reload)
print("ready", flush=True)
while not runtime.stop.wait(0.005):
    sum(range(2000))
print(min(reloads, 1), flush=True)
"""


@pytest.mark.parametrize("last", [signal.SIGTERM, signal.SIGINT])
def test_a_shower_of_signals_reloads_and_the_last_one_stops(last: signal.Signals) -> None:
    """As `systemctl kill -s HUP` sends them: to each process, and the parent passes its own on (SO:525)."""
    with subprocess.Popen([sys.executable, "-c", DAEMON], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(20_000):
            process.send_signal(signal.SIGHUP)
        process.send_signal(last)
        process.send_signal(last)
        try:
            told, _ = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (told, process.returncode) == ("1\n", 0)
