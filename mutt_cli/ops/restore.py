"""What `mutt restore` would do: a backup read as a whole, held against the deployment it is to be put into."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters import ledger, migrations, queue_reading, restore_tables
from mutt_cli.adapters.backup_head import BackupError, head_of
from mutt_cli.adapters.backup_proof import proved
from mutt_cli.adapters.files import file_sha256
from mutt_cli.core import backup as contents
from mutt_cli.core.partitions import TABLES as BY_DAY
from mutt_cli.core.partitions import Partition, key_of, of_row
from mutt_cli.errors import RefusedError
from mutt_cli.ops import backup, inventory, queues
from mutt_cli.ops.undo import INVENTORY

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mutt_cli.adapters.backup_proof import Piece
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.core.backup import Part
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.inventory import Proposal

COMMAND: Final = "restore"
UNDONE: Final[Mapping[str, tuple[str, ...]]] = {
    "redis": (
        "config set", "config unset", "config rollback", "config import", "ratelimit set", "queue move",
        "queue import", "queue purge", "dlq replay", "dlq import", "dlq purge", "dlq pause", "dlq resume",
        "redis clean", "breaker trip", "ingest stop", "ingest start", "maintenance drain", "maintenance resume",
        "maintenance start", "maintenance end", "reconcile",
    ),
    "db": (*INVENTORY, "apikey add"),
}  # fmt: skip
"""By part: the commands that change what it holds."""


@dataclass
class Source:
    """A backup that was read once and is whole."""

    path: Path
    sha256: str
    """Of the file."""
    digest: str = ""
    """Of what it says."""
    head: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    days: set[Partition] = field(default_factory=set)
    """Days of the history that its rows need."""
    kept: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    """What its parts config and rules hold, by name of the group."""

    def look(self, piece: Piece) -> None:
        """Take note of one piece."""
        if piece.part in {"config", "rules"}:
            self.kept[piece.of] += piece.elements
        elif piece.part == "db" and piece.of in BY_DAY:
            place = piece.group["columns"].index(key_of(piece.of))
            found = {of_row(piece.of, row.split("\t")[place]) for row in piece.elements}
            self.days |= {one for one in found if one is not None}


def source(path: Path) -> Source:
    """Read all of a backup. Raises as `backup_proof.proved`."""
    head_of(path)
    found = Source(path, file_sha256(path))
    whole = proved(path, found.look)
    found.head, found.counts, found.digest = whole.head, whole.parts, whole.digest
    return found


def check(
    backends: Backends, found: Source, context: str, parts: Collection[Part], forced: Collection[str] = ()
) -> list[str]:
    """Whether it can be put back here; returns what is worth knowing.

    Raises BackupError MUTT-U041 for one of a later schema, RefusedError MUTT-G052 for one of another deployment, and
    MUTT-G053 where other lanes keep their ledger and history in the same data base.
    """
    here = backup.here(backends, context)
    there, own = int(found.head["schema_version"]), int(here["schema_version"])
    if there > own:
        newest = max(one.version for one in migrations.shipped())
        raise BackupError(
            f"{found.path} is of schema {there}, and the data base has {own}", code="MUTT-U041",
            why="its rows have places that are not here",
            tries=("mutt db migrate" if newest >= there else "mutt version",),
        )  # fmt: skip
    tag, own_tag = found.head["redis"]["key_tag"], here["redis"]["key_tag"]
    differing = contents.elsewhere(found.head, here)
    if tag != own_tag:
        raise _other(found, f"REDIS_KEY_TAG {tag or 'empty'}, here {own_tag or 'empty'}", f"set REDIS_KEY_TAG={tag}")
    if differing and "other-deployment" not in forced:
        raise _other(found, "; ".join(differing), "add --force other-deployment")
    own_lane = backends.settings.redis.key_tag
    lanes = inventory.asked(backends, lambda conn: restore_tables.other_lanes(conn, own_lane)) if "db" in parts else []
    if lanes and "other-lanes" not in forced:
        names = ", ".join(one or "the one without REDIS_KEY_TAG" for one in lanes)
        raise RefusedError(
            f"other lanes use this data base: {names}", code="MUTT-G053",
            why="their rules, ledger and history would be as they were then, and their Redis would go on",
            tries=(f"mutt restore {found.path} --only redis", "add --force other-lanes"),
        )  # fmt: skip
    told = [f"it is of another place: {one}" for one in differing]
    if there < own:
        told.append(f"it is of schema {there}, here {own}: what came with later schemas begins empty")
    return told


def _other(found: Source, differing: str, cure: str) -> RefusedError:
    return RefusedError(
        f"{found.path} is of another deployment: {differing}", code="MUTT-G052",
        why="whoever puts it back here replaces what this one has", tries=("mutt context show", cure),
    )  # fmt: skip


def now_there(backends: Backends, found: Source, rules: Proposal) -> dict[str, tuple[int, int]]:
    """For people: how many there are now and how many there will be, of each queue, of rules and of hosts.

    `changed`: rules and hosts that will not be what they are.
    """
    kept, live = found.counts["redis"], inventory.current(backends)
    queues_there = {
        queue.name: (depth, kept.get(queue.key(backends.keys), 0)) for queue, depth in queues.depths(backends)
    }
    in_hand = backends.keys.processing("alerter", ""), backends.keys.processing("moog", "")
    client = backends.redis()
    workers = queue_reading.workers(client, backends.keys, ledger.workers(client, backends.keys))
    hands = sum(one.in_hand for one in workers)
    queues_there["in hand"] = (hands, sum(number for name, number in kept.items() if name.startswith(in_hand)))
    return queues_there | {
        "changed": (0, len(rules.rules) + len(rules.hosts)),
        "rules": (len(live.rules), len(found.kept["rules"])),
        "hosts": (len(live.hosts), len(found.kept["hosts"])),
    }


def voids(parts: Collection[Part]) -> tuple[str, ...]:
    """Commands whose later operations a restore undoes, because what they changed is as it was before."""
    return (*(UNDONE["redis"] if "redis" in parts else ()), *(UNDONE["db"] if "db" in parts else ()))


def recorded_plan(found: Source, only: Part | None, folder: Path, at: datetime) -> dict[str, Any]:
    """For the operations journal: all that resume and undo need."""
    return {
        "file": str(found.path.absolute()), "sha256": found.sha256, "only": only, "folder": str(folder),
        "at": at.isoformat(),
    }  # fmt: skip


def parts_of(recorded: Recorded) -> tuple[Part, ...]:
    """What an operation puts back."""
    only = recorded.plan.get("only")
    return contents.parts_of(next((one for one in contents.PARTS if one == only), None))


def safety_of(recorded: Recorded) -> Path:
    """The backup of what was there before; it may not have come to be."""
    planned = recorded.plan
    return backup.path_of(Path(str(planned["folder"])), datetime.fromisoformat(str(planned["at"])), recorded.id)
