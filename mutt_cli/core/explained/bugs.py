"""Errors that should not be."""

from typing import Final

from mutt_cli.core.explained import told

CODES: Final = {
    "MUTT-X001": told(
        "The program met something nobody thought of: a bug in MUTT. The details are in a crash file, without secrets.",
        "A step on a queue happens whole or not at all, so no message is half moved. A command that changes things left"
        " its operation in the journal.",
        "mutt op list --since 1h", "mutt version", "the same command with --debug",
    ),
    "MUTT-X002": told(
        "The screen of mutt top ended by a bug in MUTT. The terminal is as it was; the details are in a crash file"
        " in the folder where it was started, without values of variables.",
        "None: the screen changes nothing by itself. A command that it ran is in the journal of operations.",
        "mutt status", "mutt top --plain", "mutt op list --since 1h",
    ),
}  # fmt: skip
