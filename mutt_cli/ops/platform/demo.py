"""`mutt up --demo`: sample events go in at the door, and what arrives at the simulator is told line by line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.adapters import configuration, simulator_client
from mutt_cli.adapters.clock import IdSource
from mutt_cli.adapters.ingest_client import IngestClient
from mutt_cli.adapters.vault import VaultSession
from mutt_cli.core import demo
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from mutt_cli.ops.platform.record import Record

TICK_S: Final = 1.0
POST_S: Final = 5.0


def run(record: Record, tell: Callable[[str], None], stop: Event) -> None:
    """Send and watch until `stop`; trouble is told once per tick and never ends the platform."""
    try:
        settings = configuration.load({}, Path(record.env_file)).settings
        key = VaultSession(settings.vault).read_secrets(["INGEST_API_KEY"], stop).current("INGEST_API_KEY")
    except MuttError as error:
        tell(f"demo: no sample events, because {error}")
        return
    ids, tick = IdSource(), 0
    seen = _last(record)
    with IngestClient(f"http://127.0.0.1:{record.ports['INGESTOR_PORT']}", key) as client:
        while not stop.wait(TICK_S):
            body = b"\n".join(msgspec.json.encode(event) for event in demo.events(tick))
            client.post(body, ids.new(), POST_S)
            tick += 1
            seen = _tell_arrivals(record, seen, tell)


def _last(record: Record) -> int:
    port = record.ports.get("SIMULATOR_PORT")
    return max((one.seq for one in simulator_client.received(port, 0)), default=0) if port else 0


def _tell_arrivals(record: Record, seen: int, tell: Callable[[str], None]) -> int:
    port = record.ports.get("SIMULATOR_PORT")
    for one in simulator_client.received(port, seen) if port else ():
        content = one.payload
        tell(f"{one.at}  at Moogsoft: {content.get('source')}  {content.get('type')}  {content.get('description')}")
        seen = one.seq
    return seen
