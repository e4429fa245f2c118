"""Connecting to everything that a deployment names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.ops import status

if TYPE_CHECKING:
    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.ops.snapshot.local import Folders
    from mutt_cli.ops.status import Status


def check(configuration: Configuration, folders: Folders) -> Status:
    """What answers, and what does not; a few seconds at most."""
    return status.status(configuration, folders)


def unreachable(found: Status) -> list[str]:
    """The names of back ends that are configured and do not answer."""
    return [one.name for one in found.backends if one.state == "error"]
