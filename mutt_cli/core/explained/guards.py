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
        "Somebody else accepted a remainder of the ledger, or repaired it, in between.",
        "None: nothing was booked or sent twice. Search again, and decide by what is found then.",
        "mutt reconcile",
    ),
    "MUTT-G019": told(
        "Another process works on that operation: carries it out, goes on with it or takes it back; or has done so.",
        "None: you changed nothing. A holder that is dead is noticed at once on its host, after 20 s elsewhere.",
        "mutt op show ID", "mutt op list",
    ),
    "MUTT-G020": told(
        "A file was changed by hand, and so was the `.new` beside it, where ours would go.",
        "None: no file was written.", "the diff that the message names",
    ),
    "MUTT-G021": told(
        "A file changed between the plan and the writing.", "None for events; files before it were written.",
        "mutt op list --since 1h", "the same command again",
    ),
    "MUTT-G030": told(
        "One instance alone cannot be opened while all of them are stopped together.",
        "None: nothing was changed.", "mutt ingest start", "mutt status ingestor",
    ),
    "MUTT-G031": told(
        "Nobody would hear the wish for a cycle: remediation is paused, switched off, or does not run.",
        "Dead letters stay where they are.", "mutt remediation show", "mutt status remediation",
    ),
    "MUTT-G032": told(
        "The setting is a secret, and a settings file can be read by others.",
        "None: nothing was changed.", "mutt vault set KEY --file PATH",
    ),
    "MUTT-G033": told(
        "The settings file of a platform of mutt up is written anew at each start.",
        "None: nothing was changed.", "mutt down", "mutt up --detach",
    ),
    "MUTT-G034": told(
        "A worker of that name is alive on another host.",
        "None: two workers of one name would share a list of messages in hand.", "mutt status --services",
    ),
    "MUTT-G035": told(
        "All processes together would open more connections than the server admits.",
        "None: the last ones to start could not connect.", "mutt db connections", "mutt redis clients",
    ),
    "MUTT-G036": told(
        "Nothing answers at the address that was to be set.",
        "None: nothing was changed.", "mutt context check",
    ),
    "MUTT-G037": told(
        "The audit does not keep a value that may hold a secret, so it cannot go back to it.",
        "None: nothing was changed.", "mutt op list --since 7d",
    ),
    "MUTT-G040": told(
        "A token in the environment or in mutt.env wins over the file of the credential.",
        "None: daemons would not see the new credential.", "mutt vault token",
    ),
    "MUTT-G041": told(
        "That step of a rotation does not follow the one that was made last.",
        "None: nothing was changed.", "mutt vault rotate plan INGEST_API_KEY",
    ),
    "MUTT-G042": told(
        "Some daemon has not read both values yet.",
        "None: it would refuse senders that have the new one, or be locked out.",
        "mutt status --services", "mutt logs --grep vault --since 10m",
    ),
    "MUTT-G043": told(
        "Events still come with the old key.",
        "None: their senders would get 401, and some drop what is answered so.",
        "mutt reconcile --by source --since 15m",
    ),
    "MUTT-G044": told(
        "PostgreSQL does not let us in with the new password.",
        "None: with it alone no daemon could log in.", "mutt db status", "mutt vault rotate abort DB_PASS",
    ),
    "MUTT-G045": told(
        "The new credential may not read the path of the secrets.",
        "None: daemons would not start with it.", "mutt vault token",
    ),
    "MUTT-G049": told(
        "No forwarder has delivered with the new key of Moogsoft, or one delivers with the old key.",
        "None: both keys are tried. With the new one alone none would get through if Moogsoft does not accept it.",
        "mutt moog test --send", "mutt vault rotate plan MOOG_API_KEY",
    ),
    "MUTT-G048": told(
        "PgBouncer or another pooler stands between this command and PostgreSQL.",
        "None: nothing was changed; through it a rotation of DB_PASS could lock every daemon out unseen.",
        "mutt vault rotate plan DB_PASS", "mutt generate pgbouncer",
    ),
    "MUTT-G047": told(
        "The operation was done in another context, and what it changed is in that deployment.",
        "None: nothing was changed.", "mutt op list", "mutt context list",
    ),
    "MUTT-G046": told(
        "Somebody holds it for longer than you are about to, and your hold would replace theirs.",
        "None: what was stopped stays stopped.", "mutt status", "mutt breaker show",
    ),
    "MUTT-G051": told(
        "Daemons are alive, and what is about to be put back would mix with what they hold and count.",
        "None: nothing was changed. One that was killed counts as alive for up to 30 s.",
        "systemctl stop 'mutt-*'", "mutt up --servers", "mutt status --services",
    ),
    "MUTT-G052": told(
        "The backup was made in another context, Redis or data base than this one, and would replace what is here.",
        "None: nothing was changed.", "mutt context show", "mutt backup verify FILE",
    ),
    "MUTT-G053": told(
        "Other lanes (REDIS_KEY_TAG) keep rules, ledger and history in the same data base.",
        "None: nothing was changed.", "mutt restore FILE --only redis", "mutt backup verify FILE",
    ),
    "MUTT-G054": told(
        "A restore was stopped between Redis and the data base, and holds every service until it goes on.",
        "They wait. Nothing is accepted, so that nothing mixes with what is replaced.",
        "mutt op resume ID", "mutt undo ID",
    ),
    "MUTT-G055": told(
        "A forwarder of an earlier release would post the canary of a drill that is only to be recorded.",
        "Nothing was sent.", "mutt status --services", "mutt drill --send",
    ),
    "MUTT-G056": told(
        "Nothing is broken on purpose where the context is protected; no flag overrides that.",
        "None: nothing was done.", "mutt context list", "mutt up",
    ),
    "MUTT-G057": told(
        "mutt chaos breaks only what `mutt up` of this account has started, and this, or this part of it, is not.",
        "None: nothing was done.", "mutt up", "mutt chaos --context up",
    ),
    "MUTT-G058": told(
        "Something is wrong already: it could not be told from what mutt chaos would break.", "None: nothing was done.",
        "mutt doctor", "mutt health -v", "add --force unwell",
    ),
    "MUTT-G059": told(
        "Another mutt chaos is at work here, or was killed and what it broke is not healed: one thing at a time.",
        "None by this: nothing was done. What was broken heals when its time is over.",
        "mutt op list --since 1h", "mutt undo ID",
    ),
    "MUTT-G050": told(
        "A part of a support bundle held a secret after it was redacted, and was left out.", "None: it did not leave.",
        "mutt bundle", "mutt status",
    ),
}  # fmt: skip
