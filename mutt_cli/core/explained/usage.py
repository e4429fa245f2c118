"""Errors of how a command was called, and of the files that were given to it."""

from typing import Final

from mutt_cli.core.explained import told

_NONE = "None: nothing was changed."

CODES: Final = {
    "MUTT-U001": told("The words of the command do not fit together.", _NONE, "mutt help", "mutt help queue"),
    "MUTT-U003": told("What was named does not exist here.", _NONE, "mutt help", "mutt context show"),
    "MUTT-U005": told(
        "A column, a field of --where or --exit-when, or the row that --after names is not in this list; or a number,"
        " age or moment is compared with a word.", _NONE,
        "mutt help filters", "mutt schema queue list",
    ),
    "MUTT-U006": told(
        "This command wants a reason here: it stays with the operation, for who reads it later.", _NONE,
        "the same command with --reason TEXT", "mutt help contexts",
    ),
    "MUTT-U007": told(
        "The command asks before it acts, and there is no terminal, or --confirm names something else than is meant.",
        _NONE, "the same command with --dry-run", "mutt help contexts",
    ),
    "MUTT-U008": told(
        "What was waited for did not come in time. The wait changed nothing.",
        "None by itself: look at what holds it.",
        "mutt status", "mutt queue list",
    ),
    "MUTT-U009": told("You said no, or nothing.", _NONE, "mutt help contexts"),
    "MUTT-U010": told(
        "The command did not finish in its time.",
        "None from reading. A change was interrupted as by Ctrl-C: `mutt op list` says how far it came.",
        "mutt op list", "mutt status", "the same command with --timeout 30s",
    ),
    "MUTT-U011": told("A filter cannot be read.", _NONE, "mutt help filters"),
    "MUTT-U012": told(
        "A file of messages is damaged or is no such file: its checksum, its count or a line is wrong.",
        "None: it is read as a whole before the first message moves.", "sha256sum FILE", "mutt op list --since 7d",
    ),
    "MUTT-U013": told(
        "The file or its folder could not be written or read.", "None: nothing was taken from a queue.", "df -h",
        "mutt config get MUTT_BACKUP_DIR",
    ),
    "MUTT-U014": told(
        "The repair cannot be used: a patch that does not fit, a --set without a value, text that is no message.",
        "None: nothing was sent.", "mutt dlq list", "mutt dlq fix ID --set FIELD=VALUE",
    ),
    "MUTT-U015": told("What was said of a context cannot be used.", _NONE, "mutt context list", "mutt help contexts"),
    "MUTT-U016": told(
        "The word can be no id of an event, and is too short or unreadable as the beginning of a correlation id.",
        "None: nothing was looked for.", "mutt event search --since 1h", "mutt trace EVENT_ID",
    ),
    "MUTT-U017": told(
        "The beginning of a correlation id means several events, which are listed.", _NONE,
        "mutt trace EVENT_ID", "mutt event search --since 1h",
    ),
    "MUTT-U020": told("The file of events cannot be read.", "None: nothing was sent.", "ls -l FILE"),
    "MUTT-U021": told(
        "The ingestor's address is no plain http or https address.", "None: nothing was sent.",
        "mutt config get INGESTOR_PORT",
    ),
    "MUTT-U024": told("The editor could not be started.", _NONE, "export EDITOR=vi", "mutt help environment"),
    "MUTT-U025": told("The editor ended with an error, so its text was not used.", _NONE, "export EDITOR=vi"),
    "MUTT-U026": told(
        "The file is no YAML, JSON or CSV of rules or hosts.", _NONE, "mutt rule export", "mutt host export",
    ),
    "MUTT-U040": told(
        "The file is no backup of a deployment: it is something else, or the messages of one queue.",
        "None: nothing was read from it.", "mutt backup list", "mutt help backup",
    ),
    "MUTT-U041": told(
        "The backup was written by a later release: in a format, or of a schema, that is not known here.",
        "None: nothing was put back.", "mutt version", "mutt db status",
    ),
    "MUTT-U042": told(
        "A backup is damaged: cut short, or changed since it was written. A checksum, a count or a row is wrong.",
        "Nothing can be put back from this file; the deployment is as it was.",
        "mutt backup list", "mutt backup create",
    ),
    "MUTT-U050": told(
        "A check that `mutt health` does not have was named, or none was left to execute.",
        "None. The verdict is UNKNOWN: a monitor must not take a mistyped id for a system that is well.",
        "mutt health -v", "mutt health --only 'queue.*'",
    ),
    "MUTT-U051": told(
        "A threshold is no pair of ranges: WARN,CRIT, each as monitoring plugins write them, either may be empty.",
        "None. The verdict is UNKNOWN.", "mutt health --threshold queue.alert.age=60,300",
    ),
    "MUTT-U052": told(
        "node_exporter reads only files whose name ends in .prom.", "None: nothing was looked at.",
        "mutt health --textfile /var/lib/node_exporter/textfile/mutt.prom",
    ),
    "MUTT-U060": told(
        "mutt top draws on a terminal, and there is none here.", "None: nothing was looked at.",
        "mutt top --once", "mutt top -o jsonl", "mutt status",
    ),
    "MUTT-U130": told(
        "Sending was stopped by Ctrl-C; the message says how much was answered.",
        "What was answered is queued. What was under way may be.", "mutt queue show ingest", "mutt reconcile",
    ),
    "MUTT-U401": told("This user may not read the file of events.", "None: nothing was sent.", "ls -l FILE", "id"),
    "MUTT-U402": told("This user may not write the file.", _NONE, "ls -ld FOLDER", "id"),
    "MUTT-U410": told(
        "There is no service of that name.",
        "None.", "mutt status --services",
    ),
    "MUTT-U420": told(
        "No daemon has a metric of that name.",
        "None.", "mutt metric list",
    ),
    "MUTT-U430": told(
        "That cannot be the name or the value of a secret.",
        "None: nothing was changed.", "mutt vault status",
    ),
    "MUTT-U431": told(
        "That value cannot be the new secret.",
        "None: nothing was changed.", "mutt vault rotate plan INGEST_API_KEY",
    ),
    "MUTT-U432": told(
        "That secret has no rotation: it has no clients that could use two values.",
        "None: nothing was changed.", "mutt vault status",
    ),
    "MUTT-U433": told(
        "The file with the secret cannot be read.",
        "None: nothing was changed.", "id",
    ),
}  # fmt: skip
