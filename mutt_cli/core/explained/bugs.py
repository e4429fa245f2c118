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
}  # fmt: skip
