"""The rotation of one secret as values: which step it is at, and what the fields of the secret are after the next one.

`NAME` is the value used first (`NAME_CURRENT` where that is the spelling of the deployment), `NAME_NEXT` the other one
that daemons accept (D15, C-30). `NAME_ROTATION` says what the other one is: `staged`, the new value; `promoted`, the
old one. It is written with the values in one write, so no second place can disagree with them. No text form of
anything here holds a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.core.secrets import Secrets

Step = Literal["none", "staged", "promoted"]
Server = Literal["", "postgresql", "redis", "vault"]
"""Where a value must be changed too, because a server of ours compares it."""

CURRENT_SOURCE: Final = "api"
NEW_SOURCE: Final = "api_next"
OLD_SOURCE: Final = "api_old"
"""The ledger's sources of events that came with INGEST_API_KEY: its first value, one that is staged beside it, and the
one that a promoted value replaces."""
CREDENTIAL: Final = "VAULT_TOKEN"
"""What daemons log in to Vault with; it lies in a file of each host, not in Vault."""


@dataclass(frozen=True)
class Rotatable:
    """One secret that can be rotated, and what is particular about it."""

    name: str
    meaning: str
    overlap: str
    """How long both values work, in words."""
    elsewhere: str
    """Who else has to change, and when."""
    server: Server = ""
    patience: str = ""
    """What finish cannot see, and the operator has to wait for."""


ROTATABLE: Final[Mapping[str, Rotatable]] = {
    one.name: one
    for one in (
        Rotatable(
            "INGEST_API_KEY", "the key that senders of events use",
            "both values are accepted from stage to finish",
            "give senders the new key after stage; finish refuses while the old one is still used",
            patience="wait until your quietest sender has sent; finish sees only who used the old key since now",
        ),
        Rotatable(
            "WEBUI_API_KEY", "the first admin key of the web UI",
            "both values are accepted from stage to finish",
            "give people and scripts the new key after stage",
        ),
        Rotatable(
            "MOOG_API_KEY", "the key that Moogsoft wants",
            "both values are tried from stage to finish; the first that works is used",
            "Moogsoft must accept the new key before finish; it refuses until a forwarder has delivered with that key",
        ),
        Rotatable(
            "DB_PASS", "the password of the PostgreSQL role",
            "a role has one password: promote changes it at the server; daemons try both values, so a connection that"
            " is made meanwhile meets one refusal at most, and connections that are open stay",
            "PgBouncer's userlist.txt and other programs that log in as this role, right after promote",
            server="postgresql",
        ),
        Rotatable(
            "REDIS_PASS", "the password of Redis",
            "a Redis user has several passwords: both work from stage to finish",
            "replicas (masterauth), sentinels and other programs, between stage and finish",
            server="redis",
        ),
        Rotatable(
            CREDENTIAL, "what daemons log in to Vault with",
            "the old one stays valid in Vault; the file of this host is exchanged at once at promote",
            "each host has a file of its own: stage and promote there too; revoke the old one in Vault at the end",
            server="vault",
        ),
    )
}  # fmt: skip


def at_step(fields: Mapping[str, object], name: str) -> Step:
    """Where a rotation stands. Another value that somebody wrote by hand is taken for a new one."""
    if not fields.get(next_of(name)):
        return "none"
    return "promoted" if fields.get(marker_of(name)) == "promoted" else "staged"


def in_progress(names: Mapping[str, object]) -> dict[str, Step]:
    """Every rotation that has begun and not ended."""
    found = {name: at_step(names, name) for name in ROTATABLE if name != CREDENTIAL}
    return {name: step for name, step in found.items() if step != "none"}


def holder_of(fields: Mapping[str, object], name: str) -> str:
    """The field that holds the value used first."""
    return f"{name}_CURRENT" if not fields.get(name) and fields.get(f"{name}_CURRENT") else name


def next_of(name: str) -> str:
    """The field of the other value."""
    return f"{name}_NEXT"


def marker_of(name: str) -> str:
    """The field that says what the other value is."""
    return f"{name}_ROTATION"


def staged(fields: Mapping[str, object], name: str, value: str) -> dict[str, object]:
    """With the new value beside the old one."""
    return {**fields, next_of(name): value, marker_of(name): "staged"}


def promoted(fields: Mapping[str, object], name: str) -> dict[str, object]:
    """With the new value first, and the old one beside it."""
    first, other = holder_of(fields, name), next_of(name)
    return {**fields, first: fields[other], other: fields.get(first, ""), marker_of(name): "promoted"}


def finished(fields: Mapping[str, object], name: str) -> dict[str, object]:
    """Without the other value."""
    gone = {next_of(name), marker_of(name)}
    return {field: value for field, value in fields.items() if field not in gone}


def aborted(fields: Mapping[str, object], name: str) -> dict[str, object]:
    """With the old value alone."""
    if at_step(fields, name) == "promoted":
        return finished({**fields, holder_of(fields, name): fields[next_of(name)]}, name)
    return finished(fields, name)


def source_of(secrets: Secrets, name: str, given: str) -> str:
    """The ledger's source of what came with this value of a secret; empty if it is none.

    What the other value is is told by the step that was read together with it, not by its place or by a time.
    """
    found = secrets.recognised(name, given)
    if not found or found == name:
        return CURRENT_SOURCE if found else ""
    return OLD_SOURCE if secrets.current(marker_of(name)) == "promoted" else NEW_SOURCE


def unproven(name: str, said: Mapping[str, str]) -> str:
    """Why a server is not known to accept the new value of a promoted secret; empty if it is.

    `said`: by whoever logs in there, the name of the value that works for it, empty while it has tried none.
    """
    if old := sorted(who for who, works in said.items() if works == next_of(name)):
        return f"forwarders deliver with the old key, or did when they last delivered: {', '.join(old)}"
    return "" if name in said.values() else "no forwarder has delivered an alert with the new key yet"


def wrong_value(value: str) -> str:
    """Why a text cannot be a secret of ours, without quoting it; empty if it can."""
    if not value:
        return "it is empty"
    if not (value.isascii() and value.isprintable()):
        return "it has a character that is no printable ASCII: an HTTP header or a login would not carry it"
    return "it begins or ends with a space" if value != value.strip() else ""


def weak_value(value: str) -> str:
    """Why a secret deserves a second thought; empty if it does not."""
    return "" if len(value) >= SHORT else f"it is shorter than {SHORT} characters"


SHORT: Final = 16
"""A random key has more characters; a shorter one can be guessed by trying."""
