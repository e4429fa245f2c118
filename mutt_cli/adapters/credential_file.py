"""The file that MUTT logs in to Vault with, and its neighbours during a rotation: `.next` is new, `.old` was before.

Each change is one rename. Owner and mode are those of the file, never wider than 0600.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mutt_cli.adapters.files import write_whole
from mutt_cli.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.core.rotation import Step


@dataclass(frozen=True)
class CredentialFile:
    """One credential's file."""

    path: Path

    @property
    def next(self) -> Path:
        """The new credential, not in use yet."""
        return self.path.with_name(self.path.name + ".next")

    @property
    def old(self) -> Path:
        """The credential before the last promote."""
        return self.path.with_name(self.path.name + ".old")

    def step(self) -> Step:
        """Where the rotation on this host stands. Raises ConfigError MUTT-V415 if that may not be seen."""
        try:
            names = {one.name for one in self.path.parent.iterdir()}
        except OSError as error:
            raise self._unusable(error) from error
        return "staged" if self.next.name in names else "promoted" if self.old.name in names else "none"

    def stage(self, value: str) -> None:
        """Write the new credential beside the one in use. Raises ConfigError MUTT-V415."""
        try:
            write_whole(self.next, value + "\n", 0o600)
            if os.geteuid() == 0:
                owner = self.path.stat()
                os.chown(self.next, owner.st_uid, owner.st_gid)
        except OSError as error:
            raise self._unusable(error) from error

    def promote(self) -> None:
        """Use the new one from now on, and keep the other. A crash in between leaves the old one in use."""
        try:
            self.old.unlink(missing_ok=True)
            os.link(self.path, self.old)
            self.next.replace(self.path)
        except OSError as error:
            raise self._unusable(error) from error

    def abort(self) -> None:
        """Use the old one, and forget the new."""
        try:
            if self.next.exists():
                self.next.unlink()
                self.old.unlink(missing_ok=True)
            else:
                self.old.replace(self.path)
        except OSError as error:
            raise self._unusable(error) from error

    def finish(self) -> None:
        """Forget the old one."""
        try:
            self.old.unlink(missing_ok=True)
        except OSError as error:
            raise self._unusable(error) from error

    def value(self, path: Path) -> str:
        """The credential in one of the three files. Raises ConfigError MUTT-V415."""
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> ConfigError:
        said = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        return ConfigError(
            f"the credential file {self.path} cannot be changed: {said}",
            code="MUTT-V415",
            why="it belongs to the account of the daemons, in a folder that only it and root may write to",
            tries=(f"ls -l {self.path}", "run this as root or as that account"),
        )
