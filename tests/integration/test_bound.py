"""The limit of a command's time, wherever it meets the command."""

from __future__ import annotations

import subprocess
import sys

import pytest

SLOW_CLASS = """
import signal
class Slow:
    def __set_name__(self, owner, name):
        signal.pause()
"""
SLOW_CALL = "import signal; signal.pause()"


@pytest.mark.parametrize("slow", [SLOW_CALL, f"{SLOW_CLASS}\nclass Made:\n    field = Slow()"], ids=["call", "class"])
def test_what_is_late_says_so_whatever_it_was_doing(slow: str) -> None:
    code = f"from mutt_cli.commands.bound import bounded\nwith bounded(0.05, 'mutt this'):\n    exec({slow!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert "UnreachableError" in done.stderr.splitlines()[-1]


def test_what_is_late_where_python_ignores_exceptions_is_told_once_and_without_a_traceback_of_it() -> None:
    slow = "import signal\nclass Made:\n    def __del__(self):\n        signal.pause()\nMade()\nsignal.pause()"
    code = f"from mutt_cli.commands.bound import bounded\nwith bounded(0.05, 'mutt this'):\n    exec({slow!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert "Exception ignored" not in done.stderr
    assert "UnreachableError" in done.stderr.splitlines()[-1]
