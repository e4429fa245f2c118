"""The certificates that this deployment rests on, and how long they hold."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from mutt_cli.adapters.certificates import end_of_authorities, end_of_server
from mutt_cli.core.diagnosis.evidence import Certificate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.settings import Settings

_HANDSHAKE_S: Final = 2.0
_VAULT_PORT: Final = 8200


def look(settings: Settings) -> tuple[Certificate, ...]:
    """Those that can be read; who cannot be asked is another cause's concern."""
    now = time.time()
    found = (*_authorities(settings), *_servers(settings))
    return tuple(Certificate(setting, place, end - now) for setting, place, end in found if end is not None)


def _authorities(settings: Settings) -> Iterator[tuple[str, str, float | None]]:
    redis, postgres, vault = settings.redis, settings.postgres, settings.vault
    over_tls = vault.addr.startswith("https://") and vault.tls_verify
    for used, setting, path in (
        (redis.tls_enabled, "REDIS_TLS_CA_CERT", redis.tls_ca_cert),
        (postgres.tls_enabled, "POSTGRES_TLS_CA_CERT", postgres.tls_ca_cert),
        (over_tls, "VAULT_TLS_CA_CERT", vault.tls_ca_cert),
    ):
        if used and path and Path(path).is_file():
            yield setting, path, end_of_authorities(path)


def _servers(settings: Settings) -> Iterator[tuple[str, str, float | None]]:
    """PostgreSQL is not among them: it speaks its own words before it speaks TLS."""
    redis, vault = settings.redis, settings.vault
    if redis.tls_enabled and not redis.socket:
        place = f"{redis.host}:{redis.port}"
        yield "REDIS_HOST", place, end_of_server(redis.host, redis.port, redis.tls_ca_cert, _HANDSHAKE_S)
    address = urlsplit(vault.addr)
    if address.scheme == "https" and address.hostname and vault.tls_verify:
        authorities = vault.tls_ca_cert if Path(vault.tls_ca_cert).is_file() else ""
        port = address.port or _VAULT_PORT
        yield "VAULT_ADDR", vault.addr, end_of_server(address.hostname, port, authorities, _HANDSHAKE_S)
