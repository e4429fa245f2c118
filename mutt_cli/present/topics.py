"""The topics of `mutt help`: short pages that belong to no command. Facts come from where they are declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli import errors
from mutt_cli.core import pipeline
from mutt_cli.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EXIT_CODES: Final = (
    (errors.OK, "done, or so already, or an empty list"),
    (errors.NO, "the answer is no, or the operation failed"),
    (errors.USAGE, "usage: a wrong flag or argument, or a flag is needed because nobody can be asked"),
    (errors.NOT_FOUND, "what was named does not exist"),
    (errors.AUTH, "not logged in, or not allowed"),
    (errors.UNREACHABLE, "a back end could not be reached in time"),
    (errors.PARTIAL, "some done, some not; the result lists which"),
    (errors.REFUSED, "refused by a guard: going on could lose or break something"),
    (errors.TIMED_OUT, "waited, and the condition did not come in time"),
    (errors.BUG, "a bug in mutt; a crash file says more"),
)
VARIABLES: Final = (
    ("MUTT_CONTEXT", "which deployment, as --context"),
    ("MUTT_OUTPUT", "the format, as --output"),
    ("MUTT_REASON", "why, as --reason"),
    ("MUTT_ACTOR", "who you are, on hosts where several people share an account"),
    ("MUTT_READ_ONLY", "1: nothing can be changed from here"),
    ("MUTT_ENV_FILE", "the file of settings, instead of /etc/mutt/mutt.env"),
    ("MUTT_CONTEXTS_DIR", "contexts of the host, instead of /etc/mutt/contexts.d"),
    ("MUTT_STATE_DIR", "where this program keeps crash files, the chosen context, backups"),
    ("MUTT_BACKUP_DIR", "where mutt backup create and every purge put their files"),
    ("MUTT_COLOR, NO_COLOR, FORCE_COLOR", "when to use colour"),
    ("MUTT_PAGER, PAGER", "the pager of --pager and of this help"),
    ("VISUAL, EDITOR", "the editor of mutt rule edit and mutt dlq replay --edit"),
)


def environment() -> str:
    """Variables of the shell."""
    return f"""\
ENVIRONMENT

Variables that this program reads, besides every setting of mutt.env by its own name (REDIS_HOST, ...):

{_table(VARIABLES)}

What wins: flag > environment > chosen context > /etc/mutt/mutt.env > default. In the services a dynamic
setting in Redis wins over all of them. A variable that beats the chosen context is told before a change, and
classes B and D refuse then.

  mutt config list                 every setting, its value and where it comes from
  mutt explain REDIS_HOST          what one of them means
"""


def exit_codes() -> str:
    """What an exit code means."""
    return f"""\
EXIT CODES

{_table([(str(code), meaning) for code, meaning in EXIT_CODES])}
  130  Ctrl-C        141  whoever read the output has gone        143  SIGTERM

An empty list is no failure: 0. With -o json an error is one line of JSON on stderr, with its code and exit code.
"""


def output() -> str:
    """Formats, and how to work on with them."""
    return """\
OUTPUT

stdout is data, stderr is talk: notes, questions, errors. On a terminal a list is a table; on a pipe it is
separated by tabs, complete and without colour.

  -o wide          more columns              --columns A,B    these columns
  -o json          one object                --sort KEY:desc  in this order
  -o jsonl         one object a line         -n 20            at most so many, 0 = all
  -o yaml, csv     for people, for tables    --where EXPR     only these, see: mutt help filters
  -o name          the names alone           --watch=5        again every 5 s
                                             --exit-when COND until this is so

JSON has an envelope: kind, version, context, time, items, total, next, warnings. Within a version fields are only
added. Times are RFC 3339 in UTC, durations end in _seconds, sizes in _bytes.

  mutt schema queue list                                     what the fields are
  mutt queue list -o json | jq '.items[] | select(.depth>0)'
  mutt queue list -o json | jq -r '.items[] | [.queue,.depth] | @tsv'
  mutt dlq list dlq-moog -o json | jq '[.items[].reason] | group_by(.) | map({(.[0]): length}) | add'
  mutt dlq list dlq-moog --where reason=http_503 -o name | xargs -n 20 mutt dlq fix
  mutt status -o json | jq -e '.state == "ok"'
"""


def filters() -> str:
    """The language of --where."""
    return """\
FILTERS

--where FIELD OP VALUE, without blanks or in quotes; repeated, all must hold. --exit-when takes the same.

  =   !=      equal, not equal            --where queue=ingest
  ~   !~      has the pattern (RE2)       --where 'host~^core-'
  >   <       more, less                  --where 'depth>100'

A field is a name of the JSON (mutt schema NOUN VERB) or a column's title. VALUE of > and < may be a number, a size
(5MB), a duration (5m) or a moment (03:00, 2026-11-23T03:00Z). age>5m is older than five minutes; of a moment,
at>2h is within the last two hours. Of a list one value is enough. What has no value is equal to nothing.

Quote it: the shell takes > and < for itself.

  mutt queue list --where 'depth>0' --where 'age>5m'
  mutt dlq list --where reason=http_400 --where 'host~core'
  mutt config list --where dynamic=true
  mutt queue show ingest --watch=5 --exit-when 'depth<100' --timeout 10m
"""


def contexts() -> str:
    """Deployments, and what is asked before a change."""
    return """\
CONTEXTS

A context is a deployment that commands go to. Without any it is the host's own /etc/mutt/mutt.env (local), else the
platform of mutt up (up). Chosen by: --context > MUTT_CONTEXT > mutt context use > the host's own.

  mutt context list
  mutt context add prod-east --set REDIS_HOST=10.0.3.11 --set POSTGRES_HOST=10.0.3.12
  mutt context use prod-east       eight hours, this terminal only, if it is protected
  mutt context use -               back to the one before
  mutt context check               whether its back ends answer

They are kept in contexts.toml of the user or in /etc/mutt/contexts.d/*.toml. A name or environment with prod, prd or
live makes one protected; protected, read_only, require_reason, environment, color and env_file can be set. No secret
belongs there.

What is asked depends on the class of a command, shown by mutt help NOUN VERB:

  class                 not protected          protected
  R  reads              -                      -
  W  can be undone      -                      a reason, for some
  B  many things        y, or --yes            the context's name, or --confirm CONTEXT
  D  destroys           the target,            CONTEXT/TARGET,
                        or --confirm TARGET    or --confirm CONTEXT/TARGET

--dry-run shows the plan and changes nothing. --force CHECK overrides one named check and answers no question.
"""


def queues() -> str:
    """The queues, who drains them, and their keys."""
    keys = Keys()
    rows = [
        (one.name, f"{one.meaning}; drained by {', '.join(pipeline.drainers(one.name)) or 'nobody'}", one.key(keys))
        for one in pipeline.QUEUES
    ]
    wide, long = max(len(name) for name, _, _ in rows), max(len(meaning) for _, meaning, _ in rows)
    table = "\n".join(f"  {name:<{wide}}  {meaning:<{long}}  {key}" for name, meaning, key in rows)
    return f"""\
QUEUES

{table}
  inflight-alerter-POD, inflight-forwarder-POD: what a worker has in hand

The way: ingestor -> ingest -> alerter -> alert -> forwarder -> Moogsoft. Depth alone says little: look at the age of
the oldest message beside it. Raw keys are accepted wherever a queue is named.

  mutt queue list                  depth, oldest, who works on it
  mutt queue peek ingest           messages, without taking them
  mutt queue wait alert            until it is empty
  mutt dlq list --by reason        why letters are dead
  mutt dlq replay --fix --dry-run  which of them can be repaired
  mutt explain dlq-moog            what one queue means

A message is named by the beginning of its payload hash (7 or more) or correlation id (8 or more), or by its whole
event id, never by its place: others move while you read.
"""


def tasks() -> str:
    """What is done most often, and how it begins."""
    return """\
TASKS

What is done most often. docs/tasks.md shows each as a session at a terminal; --dry-run of any change shows it first.

Drain for maintenance, and the way back
  mutt maintenance drain --reason CHG-7
  mutt maintenance resume

Find why dead letters grow
  mutt status
  mutt dlq list --by reason                           then of one queue --by error
  mutt dlq show ID
  mutt explain http_400

Fix and replay a poison message
  mutt dlq fix ID                                     what is wrong, and the repair that is proposed
  mutt dlq replay ID --fix                            with that repair, or with another:
  mutt dlq replay ID --set severity=major

Raise a threshold for two hours
  mutt config set KEY=VALUE --for 2h
  mutt config show KEY --explain                      who runs with it; the bare value: mutt config get KEY
  mutt logs alerter --grep TEXT                       what a service said of it

Rotate the ingest key
  mutt vault rotate plan INGEST_API_KEY               says what comes next, as each step does:
  mutt vault rotate stage INGEST_API_KEY
  mutt vault rotate promote INGEST_API_KEY
  mutt vault rotate finish INGEST_API_KEY
  mutt reconcile --by source --since 15m              who still uses the old one

Recover what killed workers held
  mutt queue orphan list
  mutt queue orphan recover
  mutt queue wait alert

Back up and restore
  mutt backup create                                  see mutt help backup
  mutt backup verify FILE
  mutt restore FILE                                   stop the daemons first
  mutt queue list --where 'depth>0'                   what is there now

Move old events aside, and back
  mutt queue show ingest                              how old they are
  mutt queue move ingest --to dlq-old-events --where 'age>2h'
  mutt queue move dlq-old-events --to ingest --all

Find a lost event
  mutt event search --where hostname=core-sw1
  mutt trace ID                                       with -f until its way ends
  mutt reconcile
  mutt reconcile --repair --dry-run                   what is lost goes round again without --dry-run

Fill in an escalation
  mutt bundle --incident INC-7
"""


def errors_topic() -> str:
    """How errors are told, and where to read on."""
    return """\
ERRORS

  error: what happened, to what, what was tried                                MUTT-R101
  why:   what it means for events
  try:   what to type, the safest first
  more:  mutt explain MUTT-R101

Letters: R Redis, P PostgreSQL, V Vault, M Moogsoft, D services, C settings, U how a command was called, G a guard said
no, E mutt up, W web API, X a bug. A code never changes its meaning.

  mutt explain MUTT-G006           a code
  mutt explain 'Circuit breaker'   a message, or a part of it
  mutt op list --since 1h          what people did before
  --debug                          with the traceback
"""


def backup() -> str:
    """Which file can be put back, and by what."""
    return """\
BACKUP

Four kinds of file hold something of a deployment. Only the command named here reads it:

  made by                   holds                                      read by
  mutt backup create        settings, rules, queues, every table       mutt restore FILE
  mutt queue purge          the messages that it removed               mutt undo OPERATION
  mutt queue export         copies of the messages of one queue        mutt queue import QUEUE FILE
  mutt rule export          rules (host export: hosts)                 mutt rule import FILE

  mutt backup create        made while everything runs, read back before it has its name
  mutt backup list          what lies here, how old it is, and which command reads it
  mutt backup verify FILE   all of it, without any server; exit 1 if a byte is not what it was
  mutt restore FILE --only rules      or config: put back while everything runs
  mutt restore FILE         all of it, or --only redis, --only db: with the daemons stopped

To put all of it back: stop the daemons (systemctl stop 'mutt-*', or mutt down and mutt up --detach --servers), look
with --dry-run, restore, mutt reconcile --repair --dry-run, start the daemons. What is there now is kept first, and
mutt undo puts that back. Killed half way, every service is held until mutt op resume ID or mutt undo ID. A backup of
another deployment wants --force other-deployment, a data base that other lanes use too --force other-lanes.

A message that stays in its queue while the backup is made is in it. One that moves on along the pipeline is in it once
or twice; one that goes back meanwhile (a replay, a move by hand, a worker that is taken over) may be missing: make no
backup during such work. Leases, signs of life, marks of duplicates and rate limits are not in it, nor are the secrets
of Vault: Vault has a backup of its own. The file is for its owner alone (mode 0600): it holds messages, and a
webhook address that was set at run time, whatever stands in it. Copy it to another host.
"""


def runbooks() -> str:
    """Every runbook by its symptom."""
    from mutt_cli.core.diagnosis.runbooks import RUNBOOKS  # noqa: PLC0415  only this topic needs the catalogue

    rows = _table([(one.name, one.symptom) for one in RUNBOOKS])
    told = "mutt runbook show NAME needs no network; mutt runbook run NAME looks what is there now."
    return f"Runbooks\n\n{rows}\n\n{told}\n"


TOPICS: Final[dict[str, tuple[str, Callable[[], str]]]] = {
    "tasks": ("what is done most often, and the commands for it", tasks),
    "environment": ("variables, and which value wins", environment),
    "exit-codes": ("what a command's exit code means", exit_codes),
    "output": ("formats, columns, JSON and jq", output),
    "filters": ("the language of --where and --exit-when", filters),
    "contexts": ("deployments, protection, what is asked before a change", contexts),
    "queues": ("every queue, and who drains it", queues),
    "backup": ("which file can be put back, and by which command", backup),
    "errors": ("how errors are told and explained", errors_topic),
    "runbooks": ("what to do, by symptom", runbooks),
}
"""By name: what it is about, and its text."""


def _table(rows: Sequence[tuple[str, str]]) -> str:
    wide = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{wide}}  {meaning}" for name, meaning in rows)
