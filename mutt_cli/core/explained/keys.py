"""What each key in Redis and each queue means for events, and what to type. What it holds: keys.py, core/pipeline."""

from typing import Final

_LEASE = "Deleted, the worker is taken for dead: it stops at its next step, and its work goes back for others."

KEYS: Final[dict[str, tuple[str, ...]]] = {
    "ingest_queue": ("Each element is an accepted event.", "mutt queue show ingest", "mutt queue peek ingest"),
    "alert_queue": ("Each element is an alert to be sent.", "mutt queue show alert", "mutt queue peek alert"),
    "retry": ("Each member is an alert between two tries.", "mutt queue show retry"),
    "dlq_moog": ("Each element is an alert that did not arrive.", "mutt dlq list dlq-moog --by reason"),
    "dlq_alerter": ("Each element is an event not decided yet.", "mutt dlq list dlq-alerter --by reason"),
    "dead": ("Each element waits for a person.", "mutt dlq list dead"),
    "old_events": ("Each element was set aside by hand and stays there.", "mutt dlq list dlq-old-events"),
    "quarantine": ("Not accepted; the sender was told. The oldest go when it is full.", "mutt dlq list quarantine"),
    "processing": ("Each element is in a worker's hands.", "mutt queue list", "mutt queue orphan list"),
    "processing_pattern": ("Each element is in a worker's hands.", "mutt queue orphan list"),
    "heartbeat": (_LEASE, "mutt status --services"),
    "batch": ("A worker's notes on the batch in hand; without them the batch is done again.", "mutt status --services"),
    "workers": ("Who may hold messages; a missing worker is added when it starts.", "mutt status --services"),
    "crash": ("How often a message ended its worker: at three it is buried.", "mutt dlq list dead"),
    "reap": ("Keeps work of a restarting worker from being taken too early.", "mutt queue orphan list"),
    "janitor_lock": ("None: it ends by itself.", "mutt status --services"),
    "operations": ("Lets a killed bulk command go on where it was.", "mutt op list"),
    "journal": (
        "What happened to events and is not in PostgreSQL yet; `mutt trace` reads it too.", "mutt trace ID",
        "mutt db status",
    ),
    "historian": ("None: another takes over when it ends.", "mutt status --services"),
    "historian_policy": (
        "None: it tells what is kept of the history. Deleted, `mutt db retention` judges by age alone for an hour.",
        "mutt db retention show",
    ),
    "ledger": ("The account of every event; deleted, `mutt reconcile` can prove nothing any more.", "mutt reconcile"),
    "ledger_minutes": ("The account by minute, until it is in PostgreSQL.", "mutt reconcile --by minute"),
    "ledger_folding": ("Minutes on their way to PostgreSQL.", "mutt reconcile"),
    "ledger_folded": ("Which of these are there.", "mutt reconcile"),
    "witness": ("What an ingestor says it accepted: shows what a failover of Redis forgot.", "mutt reconcile"),
    "witnesses": ("Who these ingestors are.", "mutt reconcile"),
    "idempotency": ("Makes a repeated request count once.", "mutt reconcile"),
    "dedupe": ("While it lives, equal alerts are counted and not sent.", "mutt config get DEDUPE_WINDOW"),
    "unhandled": ("Counts events of one kind that no rule matched.", "mutt event unhandled"),
    "unhandled_pattern": ("Counts events of one kind that no rule matched.", "mutt event unhandled"),
    "unhandled_index": ("Bounds how many kinds are kept.", "mutt event unhandled"),
    "rate_limit_moog": ("Deleted, alerts may go a little faster for one window.", "mutt config get MOOG_RATE_LIMIT"),
    "rate_limit_ingestor": (
        "Deleted, senders may go a little faster for one window.", "mutt config get INGEST_MAX_RATE",
    ),
    "breaker": ("OPEN means that no alert is sent. Deleted, it counts as closed.", "mutt status"),
    "remediation_lease": ("None: another instance takes over when it ends.", "mutt status remediation"),
    "restoring": ("None: what a restore fills before it counts; left by one that was killed.", "mutt op list"),
    "restoring_pattern": ("None: what restores fill before it counts.", "mutt op list"),
    "remediation_paused": ("Letters of these queues stay until `mutt dlq resume`.", "mutt dlq list"),
    "config": (
        "Wins over files and environment in every service.", "mutt config list --where dynamic=true",
        "mutt audit list --since 1d",
    ),
    "config_defaults": ("Only answers the guides' GET.", "mutt config list"),
    "config_returns": ("The value goes back by itself at that time.", "mutt config list"),
    "config_readers": ("Who has read which settings.", "mutt status --services"),
    "config_updates": ("A missed announcement is noticed within seconds.", "mutt config publish"),
    "rules_updates": ("A missed announcement is noticed within seconds.", "mutt rule list"),
    "config_pattern": ("All settings that were changed at run time.", "mutt config list"),
    "secrets_asked": ("None: each daemon reads its secrets again when the number grows.", "mutt vault status"),
    "drill": ("None: it tells a drill's canary from an event; deleted, that is an event like any other.", "mutt drill"),
    "last_drill": ("None: what the last drill found, for health.", "mutt drill --dry-run -o json"),
    "frames": ("None: the looks of the last two hours, for mutt top.", "mutt top --once"),
    "frames_turn": ("None: whose turn it was to keep a look.", "mutt top --once"),
    "web_session": ("None: deleted, somebody logs in to the web UI again.", "mutt apikey list"),
    "web_tries": ("None: deleted, an address may try keys again at once.", "mutt logs webui --since 10m"),
    "holds": ("What a person stopped does not go on until its time is over.", "mutt status", "mutt ingest start"),
    "rule_caches": ("None: it tells which rules each alerter works with.", "mutt cache show"),
    "remediation_cycle": ("None: it tells what the last cycle did.", "mutt remediation show"),
    "remediation_wanted": ("Dead letters are looked at once more, soon.", "mutt remediation show"),
    "maintenance": ("None: windows are notes for people and for health.", "mutt maintenance list"),
    "every_pattern": ("All of it: never delete by this pattern.", "mutt redis memory"),
}  # fmt: skip
"""By attribute of `Keys`: what it means for events, then what to type."""

QUEUES: Final[dict[str, tuple[str, ...]]] = {
    "ingest": (
        "What is here was accepted and is safe. It grows when alerters are slower than senders, or stopped.",
        "mutt queue show ingest", "mutt status alerter",
    ),
    "alert": (
        "What is here will be sent. It grows when Moogsoft is slow, limited, or the breaker is open.",
        "mutt queue show alert", "mutt status forwarder",
    ),
    "retry": ("What is here was tried and will be again, later each time.", "mutt queue show retry"),
    "dlq-alerter": (
        "Remediation brings it back to `ingest` while there is room.", "mutt dlq list dlq-alerter --by reason",
        "mutt status remediation",
    ),
    "dlq-moog": (
        "Remediation brings it back to `alert` while Moogsoft is healthy. What Moogsoft refuses is here again soon.",
        "mutt dlq list dlq-moog --by reason", "mutt dlq replay dlq-moog --fix --dry-run",
    ),
    "dlq-old-events": (
        "Nobody takes it from here but a person.", "mutt dlq list dlq-old-events",
        "mutt dlq replay dlq-old-events -n 10 --dry-run",
    ),
    "dead": (
        "It failed too often by its own fault. It arrives only if a person repairs or replays it.",
        "mutt dlq list dead --by reason", "mutt dlq show ID", "mutt dlq replay dead --fix --dry-run",
    ),
    "quarantine": (
        "It was never accepted, and its sender was told which item and why. A replay goes through the checks again.",
        "mutt dlq list quarantine --by reason", "mutt dlq replay quarantine --fix --dry-run",
    ),
}  # fmt: skip
"""By short name: what it means for events, then what to type."""
