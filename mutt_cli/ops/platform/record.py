"""`platform.json`: what runs, for the other commands of this user and for the person who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.adapters.files import write_whole
from mutt_cli.ops.platform.layout import holder

if TYPE_CHECKING:
    from pathlib import Path

_NAME: Final = "platform.json"


class Record(msgspec.Struct, frozen=True):
    """A platform that is up. It is written when everything is ready, and removed before anything is stopped."""

    pid: int
    started: str
    """RFC 3339, UTC."""
    version: str
    env_file: str
    run_as: str
    ports: dict[str, int]
    """Port by the name of its setting."""
    sockets: dict[str, str]
    """`redis`: the socket; `db`: the folder of the socket. Only of embedded servers."""
    services: list[str]
    log_dir: str


def write(root: Path, record: Record) -> None:
    """Publish the platform."""
    write_whole(root / _NAME, msgspec.json.format(msgspec.json.encode(record), indent=2), 0o644)


def remove(root: Path) -> None:
    """The platform is no longer up."""
    (root / _NAME).unlink(missing_ok=True)


def running(root: Path) -> Record | None:
    """The platform that is up on this folder; None if there is none, or only what a killed one left."""
    try:
        record = msgspec.json.decode((root / _NAME).read_bytes(), type=Record)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError):
        return None
    return record if holder(root) == record.pid else None


def as_mapping(record: Record) -> dict[str, Any]:
    """For presentation."""
    return msgspec.structs.asdict(record)
