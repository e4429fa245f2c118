"""The settings in effect: what this host is configured with, and what was set at run time over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.adapters import dynamic_store
from mutt_cli.settings import BY_DYNAMIC, apply_dynamic

if TYPE_CHECKING:
    from mutt_cli.ops.backends import Backends
    from mutt_cli.settings import Settings


def effective(backends: Backends) -> Settings:
    """The settings that a daemon which has read everything runs with. Raises RedisUnavailableError."""
    chosen = dynamic_store.read(backends.redis(), backends.keys).chosen
    known = {name: text for name, text in chosen.items() if name in BY_DYNAMIC}
    return apply_dynamic(backends.settings, known)[0]
