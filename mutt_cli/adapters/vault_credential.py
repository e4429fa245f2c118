"""What MUTT logs in to Vault with, and where it was found (C-28)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import vault_trouble as trouble

if TYPE_CHECKING:
    from mutt_cli.settings import Vault

USUAL_FILES: Final = ("/etc/mutt/vault_secret_id", "/etc/mutt/secrets/vault_secret_id")


@dataclass(frozen=True)
class Credential:
    """What to log in with. `where` names its place for people; the value is not in the text form."""

    kind: str
    """`token` or `secret id`."""
    where: str
    _value: str

    @property
    def value(self) -> str:
        """The token or secret id itself."""
        return self._value

    def __repr__(self) -> str:
        return f"Credential({self.kind} from {self.where})"


def find_credential(settings: Vault) -> Credential:
    """The credential to use now; the file is read anew each time, so that a new one counts without a restart.

    Raises ConfigError MUTT-V105 if there is none.
    """
    if settings.token:
        return Credential("token", "VAULT_TOKEN", settings.token)
    looked = tuple(dict.fromkeys((settings.secret_id_file, *USUAL_FILES)))
    for path in looked:
        try:
            content = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if content:
            return Credential("secret id" if settings.role_id else "token", path, content)
    raise trouble.no_credential(looked)
