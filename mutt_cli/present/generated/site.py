"""What the text of generated files is made from: the settings of a deployment, this host, and where `muttctl` is.

A value that goes into a file of another program may hold nothing that this program would read as more than a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.core.generated import GeneratedFile, signed
from mutt_cli.errors import ConfigError

if TYPE_CHECKING:
    from mutt_cli.settings import Settings

PROGRAM: Final = "/opt/mutt/venv/bin/muttctl"
"""Where an installation has it (contract.md 9.1, contradictions.md C-95); never `mutt`, which may be a mail client."""
STATE_DIR: Final = "/var/lib/mutt"
LOG_DIR: Final = "/var/log/mutt"
CERTIFICATE: Final = "/etc/haproxy/certs/mutt.pem"
"""Certificate, chain and key of the TLS front ends."""
_ACCOUNT: Final = "mutt"
_ANYWHERE: Final = frozenset(("0.0.0.0", "::", "*"))  # noqa: S104 - what to call instead of, not to listen on
_LOOPBACK: Final = frozenset(("localhost", "127.0.0.1", "::1"))
_HARMLESS: Final = re.compile(r"[A-Za-z0-9_./:@+,=\[\]-]+")


@dataclass(frozen=True)
class Site:
    """One deployment as seen from one host."""

    settings: Settings
    host: str
    """The node name of this host."""
    program: str = PROGRAM
    env_file: str = ""
    """The settings file, if it is not the usual one."""
    absent: frozenset[str] = frozenset()
    """Of the paths and accounts that files name (`NAMED`, `program`, `account`), those that this host does not have."""

    def notes(self, *names: str) -> tuple[str, ...]:
        """What has to be there and is not, for people."""
        missing = [name if name.startswith("/") else f"the account {name}" for name in names if name in self.absent]
        return tuple(f"{name} is not here yet" for name in missing)

    @property
    def account(self) -> str:
        """The account the services run as; its group has the same name."""
        return plain("MUTT_RUN_USER", self.settings.platform.run_user or _ACCOUNT)

    @property
    def log_dir(self) -> str:
        """Where the services write their log files."""
        return plain("LOG_DIR", self.settings.log.directory or LOG_DIR)

    @property
    def state_dir(self) -> str:
        """Where the services keep local state."""
        return plain("MUTT_STATE_DIR", self.settings.platform.state_dir or STATE_DIR)

    def reached_at(self, name: str, host: str) -> str:
        """What others call a service of this host by that listens on `host`, the value of the setting `name`."""
        return plain("the name of this host", self.host) if host in _ANYWHERE | _LOOPBACK else plain(name, host)


def plain(name: str, value: str) -> str:
    """The value, if it is one harmless word. Raises ConfigError MUTT-C107 naming the setting."""
    if _HARMLESS.fullmatch(value):
        return value
    raise ConfigError(
        f"{name} cannot be written into a file of another program: {value!r}",
        code="MUTT-C107",
        why="blanks, quotes, percent and control signs mean something else there",
        tries=(f"mutt config get {name}" if name.isupper() else "hostname",),
    )


def made(path: str, kind: str, body: str, *, mode: int = 0o644, owner: str = "") -> GeneratedFile:
    """A file with the two lines that every one has: what made it, and the sum that tells whether it was changed."""
    head = (
        f"# Made by MUTT: muttctl generate {kind}. Change it freely: a copy that is not as it was made stays, and the\n"
        "# next one is written beside it.\n"
    )
    first, newline, rest = body.partition("\n")
    text = f"{first}{newline}{head}{rest}" if first.startswith("#!") else head + body
    return GeneratedFile(path, signed(text), mode, owner)
