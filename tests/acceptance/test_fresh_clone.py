"""A fresh clone with an empty home: two commands, nothing installed by hand, as root and as a normal user.

The only tests that reach beyond the loopback: they install the locked packages as a new machine would.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.integration.platforms import processes_of
from tests.stack import SOURCE_TREE, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(900)]

ACCOUNT: Final = f"mutt-trial-{os.getpid()}"
_HOW_TO_INSTALL: Final = ("PIP_", "UV_", "SSL_", "HTTP", "http", "REQUESTS_", "NO_PROXY", "no_proxy")
"""Variables that say how this machine reaches its package index: a trial may not go another way."""


@dataclass(frozen=True)
class Trial:
    """A clone, a home, and who works in them."""

    folder: Path
    account: dict[str, Any]

    @property
    def environment(self) -> dict[str, str]:
        reach = {name: value for name, value in os.environ.items() if name.startswith(_HOW_TO_INSTALL)}
        home = str(self.folder / "home")
        return reach | {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": home, "LANG": "C.UTF-8"}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One command in the clone, to its end."""
        return subprocess.run(
            words, cwd=self.folder / "clone", env=self.environment, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **self.account,
        )  # fmt: skip


@pytest.fixture(scope="module", params=["root", "user"])
def trial(request: pytest.FixtureRequest) -> Iterator[Trial]:
    """As root, and as an account that exists for this test alone; without root, as whoever runs the tests."""
    as_root = os.geteuid() == 0
    if request.param == "root" and not as_root:
        pytest.skip("only root can try it as root")
    with _folder() as folder, _account(folder, wanted=as_root and request.param == "user") as account:
        clone = ["git", "clone", "--quiet", "--no-hardlinks", str(SOURCE_TREE), str(folder / "clone")]
        subprocess.run(clone, check=True)
        (folder / "home").mkdir()
        if account:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, account["user"], account["group"], follow_symlinks=False)
        yield Trial(folder, account)
        for pid in processes_of(folder):
            os.kill(pid, signal.SIGKILL)


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="mf-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _account(folder: Path, *, wanted: bool) -> Iterator[dict[str, Any]]:
    if not wanted:
        yield {}
        return
    subprocess.run([_program("useradd"), "--home-dir", str(folder / "home"), "--shell", "/bin/sh", ACCOUNT], check=True)
    try:
        entry = pwd.getpwnam(ACCOUNT)
        yield {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    finally:
        subprocess.run([_program("userdel"), ACCOUNT], check=True)


def _program(name: str) -> str:
    """A program of root's, whose folder is not on every path."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    assert found, f"there is no {name} here"
    return found


def test_one_command_installs_and_runs_everything_and_sample_events_arrive(trial: Trial) -> None:
    installed = trial.run("./bin/mutt", "version")
    assert installed.returncode == 0, installed.stdout
    state = trial.folder / "state"  # not root's usual one, where a platform of this machine may live
    output = trial.folder / "up.txt"
    with output.open("wb") as out:
        process = subprocess.Popen(
            ["./bin/mutt", "up", "--demo", "--ports", "auto"], cwd=trial.folder / "clone", stdout=out, stderr=out,
            env=trial.environment | {"MUTT_STATE_DIR": str(state)}, **trial.account,
        )  # fmt: skip
    try:
        eventually(lambda: "at Moogsoft:" in output.read_text(), "a sample event arrives at the simulator", 60)
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(90)
    assert code in {0, 130}, output.read_text()
    assert processes_of(state) == []


def test_the_other_command_checks_it(trial: Trial) -> None:
    checked = trial.run("./bin/check", "lint", "types", "core", "contract")
    assert checked.returncode == 0, checked.stdout[-3000:]
