"""Errors of settings, contexts and the files they are in."""

from typing import Final

from mutt_cli.core.explained import told

_OLD = "None: whatever runs goes on with the values it has."

CODES: Final = {
    "MUTT-C100": told(
        "A setting is missing or cannot be used; the message names it.", _OLD, "mutt config list",
    ),
    "MUTT-C101": told(
        "One or more settings have values that are not allowed. All of them are told at once.",
        "A service that starts now does not start; what runs goes on.",
        "mutt config list", "mutt explain INGEST_QUEUE_CAP",
    ),
    "MUTT-C102": told(
        "A file of settings cannot be read, or is no such file.",
        "Nothing starts without its file: with defaults it would work on another deployment than yours.",
        "ls -l /etc/mutt/mutt.env", "id",
    ),
    "MUTT-C103": told(
        "A setting that this service cannot do without is not there.", "The service does not start.",
        "mutt config list",
    ),
    "MUTT-C104": told(
        "No setting has that name.", _OLD, "mutt config list", "mutt config list -o name",
    ),
    "MUTT-C105": told(
        "The setting is read once, when a service starts, and cannot change while it runs.", _OLD,
        "mutt config get INGEST_QUEUE_CAP", "mutt help environment",
    ),
    "MUTT-C106": told(
        "The log file cannot be written.", "The service does not start. Without LOG_DIR it logs to the journal alone.",
        "mutt config get LOG_DIR", "df -h /var/log",
    ),
    "MUTT-C107": told(
        "A value has a character that would mean something else in the other program's file.",
        "None: no file was made.", "mutt config list",
    ),
    "MUTT-C108": told(
        "A file could not be used: the contexts, or one that `mutt generate --write` puts in its place.",
        "None. Files that were written before it are in place, and the same command writes the rest.",
        "mutt context list", "mutt op list --since 1h",
    ),
    "MUTT-C120": told(
        "The thresholds of this host, health.toml beside mutt.env, cannot be read.",
        "None. The verdict of `mutt health` is UNKNOWN until the file is right or gone.",
        "ls -l /etc/mutt/health.toml", "mutt config list",
    ),
}  # fmt: skip
