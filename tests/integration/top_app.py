"""The app of `mutt top` driven by key presses, with frames that a test hands it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mutt_cli.adapters.configuration import load
from mutt_cli.commands.top_source import known
from mutt_cli.core.top.track import Track
from mutt_cli.ops.snapshot.local import Folders
from mutt_cli.present.output import Column, Listing
from mutt_cli.present.top.line import texts
from mutt_cli.tui.app import TopApp
from mutt_cli.tui.listing_page import ListingPage
from mutt_cli.tui.source import Source
from tests.core.top.frames import frame
from tests.core.top.scenes import incident

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from textual.pilot import Pilot

    from mutt_cli.core.snapshot import Snapshot
    from mutt_cli.core.top.frame import Frame

NOWHERE = {"REDIS_SOCKET": "/nowhere/redis.sock", "POSTGRES_HOST": "/nowhere", "VAULT_ADDR": ""}
PATIENCE_S = 10.0


@dataclass
class Driver:
    """The app, and a hand on its keys."""

    app: TopApp
    pilot: Pilot[None]
    names: dict[str, str] = field(default_factory=lambda: {" ": "space", "/": "slash", ":": "colon"})

    async def press(self, *keys: str) -> None:
        """Press keys, and wait until the app has taken them."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def write(self, text: str) -> None:
        """Type a text."""
        await self.press(*(self.names.get(one, one) for one in text))

    @property
    def text(self) -> str:
        """What is on the canvas."""
        return texts(self.app.canvas.lines)

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait until a condition holds."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():  # noqa: ASYNC110  what is waited for is the app's, and has no event
                await asyncio.sleep(0.01)
        assert condition(), what

    async def sees(self, text: str) -> None:
        """Wait until this is on the screen."""
        try:
            await self.until(lambda: text in self.text, text)
        except TimeoutError as error:
            raise AssertionError(f"{text!r} is not on the screen:\n{self.text}") from error


LETTERS = Listing(
    "mutt.dlq.list", (Column("id"), Column("queue"), Column("host"), Column("attempts", "count")),
    [
        {"id": f"9f3c1a7d000{n}", "queue": "dlq-moog", "host": f"core-sw{n}", "attempts": 9 - n, "correlation_id": "c"}
        for n in range(6)
    ],
)  # fmt: skip


def with_letters(driver: Driver, listing: Listing = LETTERS) -> ListingPage:
    """The screen of dead letters, as if it had been looked up."""
    page = driver.app.roots["dlq"]
    assert isinstance(page, ListingPage)
    page.every_s, page.loaded = 0.0, True
    ListingPage.show(page, replace(listing, fields={"depths": {"dlq-moog": 6}}))
    return page


def source(context: str = "prod-east", *, protected: bool = True, read_only: bool = False) -> Source:
    """A deployment that cannot be reached: what is shown of it, a test hands over."""
    nowhere = Path("/nowhere")
    return Source(
        load(NOWHERE), Folders(nowhere, nowhere, None, nowhere), nowhere, context, NOWHERE, protected=protected,
        read_only=read_only, known=known, paths=("queue list", "queue purge", "status"),
    )  # fmt: skip


def looks(snapshot: Snapshot | None = None) -> Callable[[], Frame]:
    """Looks two seconds apart, by the clocks of what is looked at."""
    places = iter(range(0, 10**6, 2))

    def look() -> Frame:
        return frame(incident() if snapshot is None else snapshot, seconds=next(places))

    return look


def drive(
    steps: Callable[[Driver], Coroutine[Any, Any, None]], *, size: tuple[int, int] = (80, 24),
    look: Callable[[], Frame] | None = None, recorded: Track | None = None, of: Source | None = None, **flags: Any,
) -> TopApp:  # fmt: skip
    """Run the app through these steps."""
    live = None if recorded is not None else look or looks()
    app = TopApp(of or source(), Track() if recorded is None else recorded, live, **flags)

    async def run() -> None:
        async with _running(app, size) as driver:
            await steps(driver)

    asyncio.run(run())
    return app


@asynccontextmanager
async def _running(app: TopApp, size: tuple[int, int]) -> AsyncIterator[Driver]:
    async with app.run_test(size=size) as pilot:
        yield Driver(app, pilot)
