"""What `mutt ingest send` is made of: where events come from, which door they go to, and what would be sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import clock, event_source
from mutt_cli.adapters.ingest_client import IngestClient
from mutt_cli.core.intake import Item, Reading, Refused, made, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mutt_cli.core.intake import Format, Outcome
    from mutt_cli.settings import Settings

_KEY: Final = "INGEST_API_KEY"
_ANYWHERE: Final = frozenset(("", "0.0.0.0", "::", "*"))  # noqa: S104 - what to call instead of, not to listen on


@dataclass(frozen=True)
class Source:
    """What to send: the content of `path`, or `count` times `message`."""

    path: str = ""
    """A file, or `-` for stdin; empty for events made here."""
    form: Format = "auto"
    count: int = 1
    hostname: str = ""
    """Of made events, and of syslog lines that name no host."""
    message: str = ""


@dataclass(frozen=True)
class Preview:
    """What would be sent; nothing was."""

    items: tuple[Item, ...]
    refused: tuple[Refused, ...]
    count: int
    refusals: int


def outcomes(source: Source, environ: Mapping[str, str]) -> Iterator[Sequence[Outcome]]:
    """Items and refusals as they are read. Raises NotFoundError, AuthError or UsageError for an unreadable file."""
    now = clock.utc_now()
    if not source.path:
        return made(source.count, source.hostname, source.message, now)
    reading = Reading(now, event_source.local_zone(environ), source.hostname)
    content = event_source.chunks(source.path)
    first = next(content, b"")  # so that a file that is not there is told before anything is connected
    return read(chain((first,), content), source.form, reading)


def preview(groups: Iterable[Sequence[Outcome]], keep: int) -> Preview:
    """Read everything and count it; the first `keep` of each kind are in the result."""
    items: list[Item] = []
    refused: list[Refused] = []
    count = refusals = 0
    for outcome in chain.from_iterable(groups):
        if isinstance(outcome, Refused):
            refusals += 1
            refused += [outcome] * (refusals <= keep)
        else:
            count += 1
            items += [outcome] * (count <= keep)
    return Preview(tuple(items), tuple(refused), count, refusals)


def door(settings: Settings, url: str = "", key_file: str = "") -> IngestClient:
    """The client for this deployment's ingestor, or the one at `url`.

    The key is the first line of `key_file`, else INGEST_API_KEY in Vault; errors are those of reading either.
    """
    return IngestClient(url or address(settings), event_source.read_key(key_file) if key_file else _key(settings))


def address(settings: Settings) -> str:
    """Where this deployment's ingestor answers: loopback, unless it listens on one address only."""
    host = "127.0.0.1" if settings.ingest.host in _ANYWHERE else settings.ingest.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.ingest.port}"


def _key(settings: Settings) -> str:
    from mutt_cli.adapters.vault import VaultSession  # noqa: PLC0415  hvac costs 100 ms where Vault is not asked

    # A person waits here: a sealed Vault is told at once instead of after VAULT_STARTUP_TIMEOUT.
    session = VaultSession(replace(settings.vault, startup_timeout=0))
    return session.read_secrets((_KEY,)).current(_KEY)
