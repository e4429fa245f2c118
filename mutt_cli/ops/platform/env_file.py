"""The settings file of a platform: plain NAME=value, for its daemons and for this user's other commands."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.files import write_whole
from mutt_cli.adapters.host import hostname
from mutt_cli.core.env_lines import quoted
from mutt_cli.ops.platform.plan import VAULT_PORT
from mutt_cli.ops.platform.services import SIMULATOR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.ops.platform.plan import Plan

_HEAD: Final = "# Written by `mutt up` at each start; changes made here are lost.\n"
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9._-]")


def values(plan: Plan, ports: Mapping[str, int], role_id: str) -> dict[str, str]:
    """Every setting of this platform that is not its default. `role_id` is the embedded Vault's, empty without one."""
    layout = plan.layout
    chosen = plan.configured_values()
    chosen |= {name: str(port) for name, port in ports.items() if name != VAULT_PORT}
    chosen["MUTT_STATE_DIR"] = str(layout.work)
    chosen.setdefault("POD_NAME", _NOT_IN_A_NAME.sub("-", hostname())[:48] or "mutt")
    if plan.embeds_redis:
        chosen |= {"REDIS_SOCKET": str(layout.sockets / "redis.sock"), "REDIS_DB": "0"}
    if plan.embeds_database:
        port = ports.get("POSTGRES_PORT", 5432)
        chosen |= {"POSTGRES_HOST": str(layout.sockets), "POSTGRES_PORT": str(port)}
        chosen |= {"POSTGRES_DB": "mutt", "POSTGRES_USER": "mutt_user"}
    if plan.embeds_vault:
        chosen |= {"VAULT_ADDR": f"http://127.0.0.1:{ports[VAULT_PORT]}", "VAULT_ROLE_ID": role_id}
        chosen["VAULT_SECRET_ID_FILE"] = str(layout.secret_id_file)
    if SIMULATOR in plan.services:
        chosen["MOOG_WEBHOOK_URL"] = f"http://127.0.0.1:{ports['SIMULATOR_PORT']}/webhook"
    return chosen


def render(chosen: Mapping[str, str]) -> str:
    """The file's text. Raises ValueError for a value that no line can hold."""
    return _HEAD + "".join(f"{name}={quoted(text)}\n" for name, text in sorted(chosen.items()))


def write(plan: Plan, chosen: Mapping[str, str]) -> None:
    """Replace the file; as root its account may read it, as a user only that user."""
    mode = 0o640 if os.geteuid() == 0 else 0o600
    write_whole(plan.layout.env_file, render(chosen), mode, group=plan.layout.identity.gid)
