"""Every setting once: name, aliases, type, default, unit, meaning, and what is allowed. Declares; reads nothing.

Values come from `adapters/configuration.py` (flag, environment, file) and, for dynamic keys, from Redis through
`apply_dynamic`. One frozen dataclass per area; `Settings()` holds the defaults.
"""

from mutt_cli.settings.declaration import SERVICES, Declaration, Notice, Value
from mutt_cli.settings.dynamic import apply_dynamic, read_dynamic
from mutt_cli.settings.moogsoft import Moog
from mutt_cli.settings.operation import History, Log, Platform, WebUi
from mutt_cli.settings.pipeline import Alerter, Forwarder, Ingest, Remediation, Worker
from mutt_cli.settings.root import (
    AREAS,
    BY_DYNAMIC,
    BY_ENV,
    DECLARATIONS,
    Settings,
    area_meaning,
    missing_for,
    value_of,
    with_values,
)
from mutt_cli.settings.stores import Postgres, Redis, Vault

__all__ = [
    "AREAS",
    "BY_DYNAMIC",
    "BY_ENV",
    "DECLARATIONS",
    "SERVICES",
    "Alerter",
    "Declaration",
    "Forwarder",
    "History",
    "Ingest",
    "Log",
    "Moog",
    "Notice",
    "Platform",
    "Postgres",
    "Redis",
    "Remediation",
    "Settings",
    "Value",
    "Vault",
    "WebUi",
    "Worker",
    "apply_dynamic",
    "area_meaning",
    "missing_for",
    "read_dynamic",
    "value_of",
    "with_values",
]
