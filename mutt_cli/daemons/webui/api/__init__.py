"""The web API: every endpoint there is. Paths of /api/v1 and /api/v2 lead to the same (D24)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.daemons.webui.api import audit, config, hosts, letters, looks, rules

if TYPE_CHECKING:
    from mutt_cli.daemons.webui.api.endpoint import Endpoint

VERSIONS: Final = ("v1", "v2")
ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    *rules.ENDPOINTS, *hosts.ENDPOINTS, *audit.ENDPOINTS, *config.ENDPOINTS, *looks.ENDPOINTS, *letters.ENDPOINTS,
)  # fmt: skip


def by_path() -> dict[str, list[Endpoint]]:
    """The endpoints of each path below /api/v1."""
    found: dict[str, list[Endpoint]] = {}
    for one in ENDPOINTS:
        found.setdefault(one.path, []).append(one)
    return found
