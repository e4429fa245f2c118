"""Files for other programs that MUTT makes, and how one that a person changed is told from one of ours.

The last line of each is the SHA-256 of all lines above it. A file whose last line is right is as we wrote it and may be
replaced by a newer one; any other is somebody's work and stays. Nothing has to be remembered for that, so it holds
for files that came from a package, a backup or another host. Check one by hand: `head -n -1 FILE | sha256sum`.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

KINDS: Final = (
    "systemd", "logrotate", "sudoers", "rsyslog", "rsyslog-forward", "filebeat", "snmptrapd", "prometheus-rules",
    "prometheus-scrape", "haproxy", "pgbouncer", "sentinel",
)  # fmt: skip
"""For which programs files are made, from the settings."""
OF_COMMANDS: Final = ("completions", "man")
"""What is made from the commands themselves."""
EVERY: Final = (*KINDS, *OF_COMMANDS)
SUFFIX: Final = ".new"
"""What is put behind the name of a file that stays, for ours beside it."""
MAN_COMMENT: Final = '.\\" '
_MARK: Final = "# sha256 of the lines above: "

Action = Literal["create", "same", "renew", "keep"]
"""What happens to one file: there is none yet; it is so already; it is one of ours; or it stays as it is."""


@dataclass(frozen=True)
class GeneratedFile:
    """One file: where it belongs, what is in it, and who may read it."""

    path: str
    """Absolute, from the root of the system it is meant for."""
    content: str
    mode: int = 0o644
    owner: str = ""
    """The account that must own it, if that is not who writes it; counts as root, where there is such an account."""


def signed(text: str, comment: str = "") -> str:
    """The text with its last line. Of man pages `comment` begins one, all other formats take `#`."""
    body = text if text.endswith("\n") else text + "\n"
    return f"{body}{comment}{_MARK}{sha256(body.encode()).hexdigest()}\n"


def is_untouched(content: bytes) -> bool:
    """Whether this is, byte for byte, what `signed` once returned."""
    body, newline, last = content.removesuffix(b"\n").rpartition(b"\n")
    return last.removeprefix(
        MAN_COMMENT.encode()
    ) == f"{_MARK}{sha256(body + newline).hexdigest()}".encode() and content.endswith(b"\n")


def judged(found: bytes | None, content: str) -> Action:
    """What to do about a file that holds `found`; None = there is no such file."""
    if found is None:
        return "create"
    if found == content.encode():
        return "same"
    return "renew" if is_untouched(found) else "keep"
