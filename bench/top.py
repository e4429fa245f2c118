"""From a key to the screen: `mutt top` on a deployment with a million queued messages, and what it costs at rest.

    python -m bench.top [MESSAGES] [PRESSES] [REST]

MESSAGES (1,000,000) wait as dead letters in a Valkey of its own, PostgreSQL is there and empty. The app runs in this
process, its terminal is Textual's own for tests (120x40). PRESSES (200) of `j` and `k` on the screens of queues, dead
letters and the overview are each timed until the row that is marked has moved, while looks go on every two seconds.
Then CPU time of the whole process over REST (30) seconds at that interval, in which nobody presses anything. The
promise is a median of at most 100 ms; as a measure of the machine stands beside it the time of drawing nothing new.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import redis
from psycopg.conninfo import conninfo_to_dict

from bench.look import letter
from mutt_cli.adapters.configuration import load
from mutt_cli.adapters.migrations import migrate
from mutt_cli.commands.top_source import known
from mutt_cli.core.top.track import Track
from mutt_cli.ops.lookout import Lookout
from mutt_cli.ops.snapshot.local import Folders
from mutt_cli.tui.app import TopApp
from mutt_cli.tui.source import Source
from tests import servers

if TYPE_CHECKING:
    from textual.pilot import Pilot

SIZE = (120, 40)
SCREENS = {"1": "overview", "2": "queues", "3": "dead letters"}


def main() -> None:
    """Fill the queue, then press keys."""
    words = [*sys.argv[1:], *("1000000", "200", "30")[len(sys.argv) - 1 :]]
    count, presses, rest = (int(word) for word in words)
    with servers.valkey_server() as valkey, servers.postgres_server() as postgres:
        client = redis.Redis(unix_socket_path=str(valkey.socket))
        for first in range(0, count, 5000):
            client.lpush("mutt:dlq:moog", *(letter(number) for number in range(first, min(first + 5000, count))))
        client.hset("mutt:ledger", "accepted", str(count))
        with postgres.database() as name, tempfile.TemporaryDirectory() as folder:
            with psycopg.connect(postgres.dsn_for(name), autocommit=True) as conn:
                migrate(conn)
            place = conninfo_to_dict(postgres.dsn_for(name))
            settings = {
                "REDIS_SOCKET": str(valkey.socket), "POSTGRES_HOST": str(place["host"]), "VAULT_ADDR": "",
                "POSTGRES_PORT": str(place["port"]), "POSTGRES_DB": name, "POSTGRES_USER": str(place["user"]),
            }  # fmt: skip
            asyncio.run(_measure(settings, Path(folder), presses, rest))


async def _measure(settings: dict[str, str], folder: Path, presses: int, rest: int) -> None:
    configuration = load(settings)
    folders = Folders(folder, folder, None, folder)
    with Lookout(configuration, folders) as lookout:
        source = Source(configuration, folders, folder, "bench", settings, known=known)
        app = TopApp(source, Track(), lookout.look)
        async with app.run_test(size=SIZE) as pilot:
            while app.picture.frame is None:  # noqa: ASYNC110  what is waited for is the app's, and has no event
                await asyncio.sleep(0.05)
            print(f"{'from a key to the screen':<34} {'median':>8} {'95 %':>8} {'most':>8}")
            for key, name in SCREENS.items():
                await _tell(pilot, app, key, name, presses)
            _tell_line("drawing what has not changed", sorted(_drawing(app) for _ in range(presses)))
            began, wall = time.process_time(), time.perf_counter()
            await asyncio.sleep(rest)
            used, took = time.process_time() - began, time.perf_counter() - wall
            print(f"at rest, a look every 2 s: {100 * used / took:.1f} % of one core over {took:.0f} s")


async def _tell(pilot: Pilot[None], app: TopApp, key: str, name: str, presses: int) -> None:
    await pilot.press(key)
    while not app.page.loaded:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    await pilot.press("j")
    found = []
    for number in range(presses):
        before = list(app.canvas.lines)
        began = time.perf_counter()
        app.simulate_key("k" if number % 2 else "j")
        while app.canvas.lines == before:  # noqa: ASYNC110
            await asyncio.sleep(0)
        found.append(time.perf_counter() - began)
        await asyncio.sleep(0.02)
    _tell_line(name, sorted(found))


def _drawing(app: TopApp) -> float:
    began = time.perf_counter()
    app.draw()
    return time.perf_counter() - began


def _tell_line(name: str, found: list[float]) -> None:
    late = found[int(len(found) * 0.95)]
    print(f"{name:<34} {statistics.median(found) * 1000:6.1f}ms {late * 1000:6.1f}ms {found[-1] * 1000:6.1f}ms")


if __name__ == "__main__":
    main()
