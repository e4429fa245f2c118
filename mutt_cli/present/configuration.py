"""The declarations of `mutt_cli/settings` as text: the shipped `mutt.env` and the page `docs/configuration.md`.

Pure: a test compares both files with what these functions return. Write them anew with

    python -c 'from mutt_cli.present.configuration import env_file_text as t; print(t(), end="")' > deploy/mutt.env
    python -c 'from mutt_cli.present.configuration import page_text as t; print(t(), end="")' > docs/configuration.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.keys import Keys
from mutt_cli.settings import AREAS, DECLARATIONS, SERVICES, Declaration, area_meaning
from mutt_cli.settings.retired import FIXED_NAMES, REJECTED, UNUSED
from mutt_cli.settings.values import expected, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TITLES: Final = {
    "redis": "Redis",
    "postgres": "PostgreSQL",
    "vault": "Vault",
    "ingest": "Ingestor",
    "worker": "Workers (alerter and forwarder)",
    "alerter": "Alerter",
    "forwarder": "Forwarder",
    "moog": "Deliveries",
    "remediation": "Remediation",
    "webui": "Web UI",
    "log": "Logs",
    "history": "History",
    "slo": "Service levels",
    "drills": "Drills",
    "platform": "Host",
}

_ENV_INTRO: Final = """\
# Settings of all MUTT services on this host. One NAME=value per line, no quotes, no space around the equals sign.
# A service reads this file when it starts. An empty value means the default; all values below are the defaults.
# What each setting does, its range and its earlier names: docs/configuration.md. Check: mutt config validate
# No secret belongs here, because operators may read this file: passwords and keys are in Vault.
"""

_PAGE_INTRO: Final = """\
# Configuration

This page is generated from `mutt_cli/settings`, the one place where settings are declared; a test compares the two.

**Where a value comes from.** Flag of the command > environment > `/etc/mutt/mutt.env` > default. `MUTT_ENV_FILE` names
another file. In the daemons a dynamic setting that is stored in Redis wins over all of them (see
[Dynamic settings](#dynamic-settings)) while `DYNAMIC_CONFIG_ENABLED` is true. `mutt config list` shows each value
with its source.

**The file.** `NAME=value`, one per line. A trailing ` # comment`, quotes round the whole value, `export` before the
name and Windows line ends are understood and stripped, in the environment too: systemd hands the comment over as part
of the value. An empty value counts as not set. Lists are written with commas. Truth is `true` or `false` (also
`yes`/`no`, `on`/`off`, `1`/`0`). Of two lines with one name the last wins. Operators may read the file, so it holds no
secret.

**Mistakes.** All bad values are told at once, each with what is allowed (`MUTT-C101`); nothing starts. A file that
cannot be read is `MUTT-C102`, a setting that a service cannot do without `MUTT-C103`. Unknown names, earlier names and
settings that contradict each other are told as notices and stop nothing.

**Corrected values.** `UNHANDLED_EXPIRY_SECONDS` is raised to three rounds of `JANITOR_INTERVAL`, and `HEARTBEAT_EXPIRY`
to twice `MOOG_TIMEOUT` and twice `HEARTBEAT_INTERVAL`; `ALERTER_MAX_RETRIES` is at least 2. Each with a notice.

In the column Guides, SO:n and TG:n are lines of the two operations guides.
"""

_DYNAMIC_INTRO: Final = f"""
## Dynamic settings

Changed without a restart: `mutt config set KEY VALUE`, and back with `mutt config unset KEY`. By hand:
`redis-cli SET {Keys().config("KEY")} VALUE`, then `redis-cli PUBLISH {Keys().config_updates} KEY`.
Every other setting is read once, when a service starts.

The processes of all services, each worker of the ingestor too, take a change at once, or within 5 s if the announcement
was lost; the log says `config: KEY (SETTING) changed from ... to ...`. A value that cannot be used is told in the log
and leaves the setting as it was. Work in hand ends by the old value: a post by its old time limit, a batch by its old
thresholds. `moog_timeout` lengthens the forwarder's lease if it must, and the lease stays that long until a restart.
While Redis is away the last values stay. With `DYNAMIC_CONFIG_ENABLED=false` a daemon obeys none of this.

Alerters write `alerter_queue_warn_threshold`, `alerter_queue_shed_threshold` and `alerter_shed_mode` if they are
absent, so that `GET` answers; such a value is nobody's wish, and a later change of `mutt.env` wins over it.

"""

_SECRETS: Final = (
    ("INGEST_API_KEY", "ingestor", "Key that senders present; required"),
    ("DB_PASS", "alerter, webui", "PostgreSQL password; `DB_PASS_CURRENT` is accepted too"),
    ("MOOG_API_KEY", "forwarder", "Key sent to Moogsoft, if it wants one"),
    ("WEBUI_API_KEY", "webui", "First key of the API and the login; required by the Web UI"),
    ("REDIS_PASS", "all", "Redis password, if it has one; `REDIS_PASS_CURRENT` is accepted too"),
)


def env_file_text() -> str:
    """The shipped `mutt.env`: every setting that is no secret, active, with its default (contract.md 3.2)."""
    parts = [_ENV_INTRO]
    for area in AREAS:
        parts.append(f"\n# --- {TITLES[area]} " + "-" * (112 - len(TITLES[area])) + "\n")
        parts.extend(_env_lines(one) for one in _of(area) if not one.secret)
    return "".join(parts)


def page_text() -> str:
    """The page `docs/configuration.md`."""
    parts = [_PAGE_INTRO]
    for area in AREAS:
        parts.append(f"\n## {TITLES[area]}\n\n{area_meaning(area)}\n\n")
        parts.append(_table(("Name", "Default", "Allowed", "Read by", "Meaning", "Guides"), map(_row, _of(area))))
    parts.append(_DYNAMIC_INTRO)
    parts.append(_table(("Key", "Setting", "Takes effect in"), _dynamic_rows()))
    parts.append("\n## Earlier names\n\nAccepted with a notice; the name on the right wins if both are set.\n\n")
    parts.append(_table(("Earlier name", "Now"), sorted(_alias_rows())))
    parts.append("\n## Names without effect\n\nA notice tells when one of them is set.\n\n")
    parts.append(_table(("Name", "Why"), sorted(_retired_rows())))
    parts.append("\n## Secrets in Vault\n\nKeys of the secret at `VAULT_MOUNT_PATH`/`VAULT_SECRET_PATH` ")
    parts.append(
        "(`secret/mutt/prod`). Beside each, `NAME_NEXT` is accepted too, so that a key can be rotated: put the "
    )
    parts.append("new value there, change it at its server, make it `NAME`. Keys that others present count after a ")
    parts.append("SIGHUP; passwords and the key for Moogsoft are read again when they are refused.\n\n")
    parts.append(_table(("Name", "Read by", "Meaning"), ((f"`{name}`", who, what) for name, who, what in _SECRETS)))
    return "".join(parts)


def _of(area: str) -> tuple[Declaration, ...]:
    return tuple(one for one in DECLARATIONS if one.area == area)


def _env_lines(declaration: Declaration) -> str:
    unit = f" ({declaration.unit})" if declaration.unit else ""
    remark = f"  # {declaration.remark}" if declaration.remark else ""
    return f"# {declaration.meaning}{unit}\n{declaration.env}={to_text(declaration.default)}{remark}\n"


def _row(declaration: Declaration) -> tuple[str, ...]:
    default = to_text(declaration.default)
    required = f" Required by: {', '.join(declaration.required_by)}." if declaration.required_by else ""
    secret = " Secret." if declaration.secret else ""
    unit = f" ({declaration.unit})" if declaration.unit else ""
    return (
        f"`{declaration.env}`",
        f"`{default}`" if default else "",
        _allowed(declaration) + unit,
        "all" if declaration.services == SERVICES else ", ".join(declaration.services) or "`mutt up`",
        f"{declaration.meaning}.{required}{secret}",
        ", ".join(part for part in declaration.source.split(", ") if part.startswith(("SO:", "TG:"))),
    )


def _allowed(declaration: Declaration) -> str:
    return expected(declaration).removeprefix("one of ")


def _dynamic_rows() -> Iterator[tuple[str, ...]]:
    for one in DECLARATIONS:
        if one.dynamic:
            keys = " or ".join(f"`{key}`" for key in (one.dynamic, *one.dynamic_aliases))
            yield keys, f"`{one.env}`", ", ".join(one.services)


def _alias_rows() -> Iterator[tuple[str, ...]]:
    for one in DECLARATIONS:
        yield from ((f"`{alias}`", f"`{one.env}`") for alias in one.aliases)


def _retired_rows() -> Iterator[tuple[str, ...]]:
    yield from ((f"`{name}`", f"the key is always named `{key}`") for name, key in FIXED_NAMES.items())
    yield from ((f"`{name}`", why) for name, why in REJECTED.items())
    yield from ((f"`{name}`", "of an earlier version") for name in UNUSED)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
