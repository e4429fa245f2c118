"""One module per noun: parse, call one operation, present. The table names them; each is imported when used."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final


@dataclass(frozen=True)
class Noun:
    """One first word of the command line. `module` has an `app`: a noun with verbs or a command of one word."""

    name: str
    help: str
    module: str = ""
    aliases: tuple[str, ...] = ()
    first: bool = False
    """Whether bare `mutt` shows it under "start here"."""

    @property
    def path(self) -> str:
        """The module to import."""
        return f"mutt_cli.commands.{self.module or self.name}"


_KNOWN: Final = (
    Noun("status", "One screen: flow, services, queues, alerts.", first=True),
    Noun("health", "The verdict for machines: exit 0, 1, 2 or 3.", first=True),
    Noun("top", "Queues, services and rates, live.", first=True),
    Noun("doctor", "Why it does not work, and what mends it.", first=True),
    Noun("runbook", "What to do, by symptom.", aliases=("runbooks",)),
    Noun("trace", "One event through every stage.", first=True),
    Noun("logs", "What the daemons said, merged in order of time.", aliases=("log",), first=True),
    Noun("metric", "Metrics of all daemons.", aliases=("metrics",)),
    Noun("slo", "Service levels: availability, burn rate, budget left.", aliases=("slos",)),
    Noun("queue", "Queues: depth, age, messages.", aliases=("queues",), first=True),
    Noun("dlq", "Dead letters: why they failed, sending them round again.", aliases=("dlqs",), first=True),
    Noun("reconcile", "The ledger: everything accepted is accounted for.", first=True),
    Noun("config", "Settings: what they are, where they come from.", first=True),
    Noun("breaker", "The circuit breaker before Moogsoft.", first=True),
    Noun("cache", "The rules that alerters hold."),
    Noun("ratelimit", "The two rate limits: of the intake, and of the posts to Moogsoft."),
    Noun("moog", "Moogsoft: as the daemons see it, and tested from here."),
    Noun("remediation", "What brings dead letters back: its cycles."),
    Noun("maintenance", "Windows of planned work, draining, resuming.", first=True),
    Noun("forecast", "When a queue is full, or empty, and what another rate would give."),
    Noun("drill", "A labelled canary through the whole pipeline, timed per stage."),
    Noun("chaos", "Break one thing on purpose, heal it, check the ledger."),
    Noun("ingest", "The intake: send events, stop it, open it again."),
    Noun("event", "Recorded events: search, follow, and what no rule matched.", aliases=("events",)),
    Noun("audit", "Who changed what, and why."),
    Noun("handoff", "What the next person on call should know."),
    Noun("undo", "Take an operation back."),
    Noun("op", "What people did: the operations journal.", aliases=("ops",)),
    Noun("rule", "Rules: what becomes an alert.", aliases=("rules",)),
    Noun("host", "Hosts: their team and environment.", aliases=("hosts",)),
    Noun("team", "Teams, as rules and hosts name them.", aliases=("teams",)),
    Noun("redis", "Redis: memory, clients, latency, large keys."),
    Noun("db", "PostgreSQL: schema, state, connections, history."),
    Noun("vault", "Vault: seal, token, secrets and their rotation."),
    Noun("apikey", "Keys of people and programs for the web UI and its API.", aliases=("apikeys",)),
    Noun("bundle", "Everything a helper will ask for, without secrets.", aliases=("support-bundle",), first=True),
    Noun("daemon", "Run one service in the foreground."),
    Noun("up", "Run the whole platform on this machine.", first=True),
    Noun("down", "Stop what `mutt up` started."),
    Noun("backup", "The whole deployment in one file: made, listed, proved whole.", aliases=("backups",)),
    Noun("restore", "Put a backup back."),
    Noun("context", "Which deployment commands go to.", "contexts", aliases=("contexts", "ctx")),
    Noun("help", "Where to begin, or one topic."),
    Noun("explain", "What a code, metric, key, queue, setting or message means."),
    Noun("schema", "What a command's JSON looks like."),
    Noun("generate", "Files for systemd, rsyslog, Prometheus and others; TAB and man pages."),
    Noun("version", "Versions of this command and of what it talks to."),
)

NOUNS: Final = tuple(noun for noun in _KNOWN if find_spec(noun.path))
"""Every noun of this build, in the order of the help page."""


def noun_named(word: str) -> Noun | None:
    """The noun of that name or alias."""
    return next((noun for noun in NOUNS if word == noun.name or word in noun.aliases), None)
