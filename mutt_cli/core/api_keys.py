"""Keys of people and programs for the web UI and its API (D39): how one looks, its name, its digest, its end.

A key is `mutt_` and 256 random bits in base64url. Its digest is plain SHA-256: what is random needs no salt and no
slow hash, and every request is looked up by it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from mutt_cli.core.access import Role

if TYPE_CHECKING:
    from datetime import datetime

ROLES: Final[tuple[Role, ...]] = get_args(Role)
PREFIX: Final = "mutt_"
"""So that scanners of repositories know a key when they see one."""
RANDOM_BYTES: Final = 32
_KEY: Final = re.compile(r"mutt_[A-Za-z0-9_-]{43}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
_OF_VAULT: Final = ("WEBUI_API_KEY", "INGEST_API_KEY", "MOOG_API_KEY")

State = Literal["valid", "expired"]


@dataclass(frozen=True)
class ApiKey:
    """What is known of a key; nobody knows its text. `fingerprint` is the start of its SHA-256, 12 hex digits."""

    name: str
    role: Role
    fingerprint: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None

    def state(self, now: datetime) -> State:
        """Whether it opens anything."""
        return "expired" if self.expires_at is not None and self.expires_at <= now else "valid"


def digest(key: str) -> bytes:
    """What is kept of a key."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def fingerprint(kept: bytes) -> str:
    """What people tell keys apart by."""
    return kept.hex()[:12]


def is_shaped(text: str) -> bool:
    """Whether a text may be one of these keys at all; anything else is not looked up."""
    return _KEY.fullmatch(text) is not None


def problem_with_name(name: str) -> str:
    """Why a key cannot have this name, which the audit will show; empty if it can."""
    if not _NAME.fullmatch(name):
        return "a name has 1 to 64 letters, digits and ._@+- and begins with a letter or digit"
    if name.upper().startswith(_OF_VAULT):
        return "that is the name of a key in Vault, and the audit must tell them apart"
    return ""
