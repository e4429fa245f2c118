"""Hosts as people name them: a team and an environment, over the two lookup tables `device_teams` and `dev_hosts`.

An image of a host has `host`, `team` (None: the default team), `env` (`dev` or `prod`) and `team_id`, the id of its
row in `device_teams`, which rules may refer to; None where it has no row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from mutt_cli.core.rule_fields import Trouble, named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mutt_cli.core.record_file import Records

EXPORTED: Final = ("host", "team", "env")
"""Fields of a host in files, in this order; the columns of CSV."""
Image = dict[str, Any]

_Host = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
_Team = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class HostFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said of one host; a field that is not named stays, or is none and `prod` for a new host."""

    host: _Host
    team: _Team | UnsetType | None = UNSET
    env: Literal["dev", "prod"] | UnsetType | None = UNSET

    def named(self) -> dict[str, Any]:
        """The fields that were named. An empty `env`, as CSV has it, is none."""
        fields = msgspec.structs.asdict(self)
        return {name: value for name, value in fields.items() if value is not UNSET and (name, value) != ("env", None)}


@dataclass(frozen=True)
class HostChange:
    """One host before and after; None where there is none."""

    before: Image | None
    after: Image | None

    @property
    def verb(self) -> str:
        """`add`, `change` or `delete`."""
        return "add" if self.before is None else "delete" if self.after is None else "change"

    @property
    def host(self) -> str:
        """Its name."""
        return str((self.before or self.after or {}).get("host", ""))

    @property
    def fields(self) -> tuple[tuple[str, Any, Any], ...]:
        """What differs: field, old, new."""
        before, after = self.before or {}, self.after or {}
        return tuple((n, before.get(n), after.get(n)) for n in EXPORTED if before.get(n) != after.get(n))


@dataclass(frozen=True)
class HostPlan:
    """Changes in the order in which they are shown, and how many hosts of a file are so already."""

    changes: tuple[HostChange, ...]
    unchanged: int = 0


def read(fields: Mapping[str, Any]) -> HostFields | Trouble:
    """What is said of a host, or what is wrong with it."""
    try:
        asked = msgspec.convert(fields, type=HostFields)
    except msgspec.ValidationError as error:
        return named(str(error), "host")
    if not asked.host.isprintable() or any(char.isspace() for char in asked.host):
        return Trouble("host: it has spaces or characters that cannot be printed", {"host": "not a name"})
    team = asked.team if isinstance(asked.team, str) else "x"
    if not team.isprintable() or not team.strip():
        return Trouble("team: it is blank or has characters that cannot be printed", {"team": "not a name"})
    return asked


def changed(image: Image | None, asked: HostFields) -> HostChange | None:
    """The host with these fields; None if it is so already."""
    start = image or {"host": asked.host, "team": None, "env": "prod", "team_id": None}
    after = {**start, **asked.named()}
    return None if after == image else HostChange(image, after)


def planned(records: Records, live: Sequence[Image]) -> HostPlan | Trouble:
    """What makes the live hosts those of a file, or everything that is wrong with it.

    Only a file that says it is complete takes hosts away.
    """
    by_name = {image["host"]: image for image in live}
    found: list[HostChange | None] = []
    wrong: list[str] = []
    meant: set[str] = set()
    for number, one in enumerate(records.items, 1):
        asked = read(one)
        if isinstance(asked, Trouble):
            wrong.append(f"host {number}: {asked.message}")
            continue
        if asked.host in meant:
            wrong.append(f"two entries are about the host {asked.host!r}")
        meant.add(asked.host)
        found.append(changed(by_name.get(asked.host), asked))
    if wrong:
        return Trouble("; ".join(wrong))
    gone = [HostChange(image, None) for image in live if image["host"] not in meant] if records.complete else []
    return HostPlan((*(one for one in found if one), *gone), sum(one is None for one in found))


def entry(image: Image) -> dict[str, Any]:
    """The host as it stands in a file."""
    return {name: image[name] for name in EXPORTED}
