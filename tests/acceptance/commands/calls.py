"""One call of each command that goes on to its back ends: with the arguments it needs, and confirmed beforehand."""

from __future__ import annotations

from typing import Final

FILES: Final = {
    "RULES": '{"rules": [{"rule_name": "from-a-file", "pattern": "x", "severity": "minor", "priority": 5}]}',
    "HOSTS": '{"hosts": [{"host": "sw-9", "team": "core"}]}',
    "SETTINGS": "MOOG_TIMEOUT=7\n",
    "SECRET": "a-new-value-that-is-long-enough",
    "EVENTS": '{"hostname": "sw1", "message": "LINK down"}\n',
}
"""Words in capitals stand for a file that holds this."""
EXEMPT: Final = {
    "daemon": "it runs until it is stopped; a daemon waits for its back ends: tests/faults and test_pipeline",
    "up": "it brings its own back ends: tests/acceptance/test_up.py",
    "down": "it asks no back end: tests/acceptance/test_up.py",
    "backup verify": "it reads a file and asks no back end: tests/acceptance/commands/test_backup.py",
    "rule edit": "it wants an editor on a terminal before it writes; `rule set` is the same write",
}
CALLS: Final[dict[str, str]] = {
    "top": "--once", "trace": "0199c0de-0000-7000-8000-000000000000", "metric show": "mutt_ingest_requests_total",
    "queue show": "ingest", "queue peek": "ingest", "queue wait": "ingest --below 1",
    "queue export": "dlq-moog --out OUT", "queue import": "dlq-moog MESSAGES --yes",
    "queue purge": "dlq-old-events --confirm dlq-old-events",
    "queue move": "dlq-old-events --to dlq-alerter --all --yes", "queue orphan recover": "--yes",
    "dlq show": "abcdef12", "dlq pause": "dlq-moog", "dlq resume": "dlq-moog", "dlq export": "dlq-moog --out OUT",
    "dlq import": "dlq-moog MESSAGES --yes", "dlq purge": "dlq-moog --confirm dlq-moog",
    "dlq replay": "dlq-moog --all --yes", "dlq fix": "abcdef12 --set message=x",
    "apikey add": "jane --role viewer", "apikey revoke": "jane --confirm jane",
    "config rollback": "moog_timeout", "config show": "moog_timeout",
    "config get": "moog_timeout",
    "config set": "moog_timeout=6", "config unset": "moog_timeout", "config diff": "SETTINGS",
    "config import": "SETTINGS --yes", "ratelimit set": "ingest 1000/s", "moog test": "--send",
    "maintenance drain": "--yes --no-wait", "ingest send": "--file EVENTS", "ingest test": "--file EVENTS",
    "ingest stop": "--yes", "event show": "0199c0de-0000-7000-8000-000000000000", "audit show": "1",
    "undo": "OPERATION", "op show": "OPERATION", "op resume": "OPERATION --yes",
    "runbook show": "ingest-503", "runbook run": "ingest-503", "rule show": "psu", "rule history": "psu",
    "rule add": "a-new-one --pattern x --severity minor", "rule set": "psu --priority 7", "rule enable": "psu",
    "rule disable": "psu", "rule delete": "psu --confirm psu", "rule import": "RULES --yes", "rule diff": "RULES",
    "host show": "sw1", "host add": "sw-7 --team core", "host set": "sw1 --team core", "host delete": "sw1",
    "host import": "HOSTS --yes", "team show": "core", "team rename": "core kernel --yes",
    "redis clean": "unhandled --older-than 1s --yes", "db migrate": "--yes", "db partition archive": "--yes",
    "db partition drop": "--confirm partitions", "db connections kill": "--idle-over 1h --confirm connections",
    "db retention run": "--confirm retention", "vault set": "SOMETHING --file SECRET",
    "vault rotate plan": "MOOG_API_KEY", "vault rotate stage": "MOOG_API_KEY --file SECRET",
    "vault rotate promote": "MOOG_API_KEY", "vault rotate finish": "MOOG_API_KEY --confirm MOOG_API_KEY",
    "vault rotate abort": "MOOG_API_KEY", "context add": "elsewhere --set REDIS_HOST=127.0.0.1", "context use": "env",
    "restore": "BACKUP --confirm deployment --force other-deployment",
    "explain": "MUTT-R101", "schema": "queue list", "generate completions": "bash",
}  # fmt: skip
"""What follows the words of a command; a command that needs nothing is not named here."""
