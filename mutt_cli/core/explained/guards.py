"""Refusals: going on could lose or break something. Nothing was changed unless it says so."""

from typing import Final

from mutt_cli.core.explained import told

CODES: Final = {
    "MUTT-G001": told(
        "A guard said no; the message says which. `--force CHECK` overrides a check by its name, and only that one.",
        "None: nothing was changed.", "mutt context show", "mutt help contexts",
    ),
    "MUTT-G002": told(
        "A variable of this shell points to another deployment than the chosen context.",
        "None: nothing was changed, because it might have been the wrong deployment.",
        "mutt context show", "env",
    ),
    "MUTT-G003": told(
        "The operation could be recorded neither in PostgreSQL nor in a file of this host.",
        "None: nothing is changed that nobody could trace.", "mutt db status", "mutt config get MUTT_STATE_DIR",
    ),
    "MUTT-G005": told(
        "The operation cannot be taken back: it was already, its messages are gone on, its backup is missing or is"
        " another file, or it is of a kind that nothing takes back.",
        "None: everything is as it was.", "mutt op show ID", "mutt op list --since 1d",
    ),
    "MUTT-G006": told(
        "Somebody changed the same thing after that operation.",
        "None: taking the older change back would take the newer one with it.",
        "mutt op list --since 1d", "mutt audit list --since 1d",
    ),
    "MUTT-G007": told(
        "Events were about to be moved where alerts are expected, or the other way round.",
        "None: there they would fail and end among the dead letters.", "mutt queue list", "mutt queue peek ingest",
    ),
    "MUTT-G008": told(
        "The queue changes faster than messages can be picked from it.",
        "What was moved stays moved, and nothing is lost.", "mutt op list --since 1h", "mutt op resume ID",
    ),
    "MUTT-G009": told(
        "There is no room for the backup that comes before every purge.", "None: nothing was removed.",
        "mutt config get MUTT_BACKUP_DIR", "df -h",
    ),
    "MUTT-G010": told(
        "The queue has grown by more than a tenth since the plan you agreed to.", "None: nothing was removed.",
        "mutt queue show ingest", "the same command again",
    ),
    "MUTT-G011": told(
        "The operation cannot be resumed: it is done, was taken back, or does not work in slices.",
        "None: everything is as it was.", "mutt op show ID",
    ),
    "MUTT-G012": told(
        "The breaker is not closed: Moogsoft takes no alerts now.",
        "None: what is sent now would come straight back. Remediation returns it when the breaker closes.",
        "mutt status", "mutt dlq list dlq-moog --by reason",
    ),
    "MUTT-G013": told(
        "The worker lives, or may come back: its list is not an orphan (yet).",
        "None: a message in two hands would be sent twice.", "mutt queue orphan list", "mutt status --services",
    ),
    "MUTT-G018": told(
        "Somebody else accepted a remainder of the ledger in between.", "None: nothing was booked twice.",
        "mutt reconcile",
    ),
    "MUTT-G020": told(
        "A file was changed by hand, and so was the `.new` beside it, where ours would go.",
        "None: no file was written.", "the diff that the message names",
    ),
    "MUTT-G021": told(
        "A file changed between the plan and the writing.", "None for events; files before it were written.",
        "mutt op list --since 1h", "the same command again",
    ),
}  # fmt: skip
