"""Whether a person switched this service off, as one process knows it.

Redis is asked twice a second (by the thread of `settings_watch.py`). While it is away the last answer stays, and a hold
that was meant for a time ends by the clock of this host: an ingestor that lost Redis is not shut for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.adapters import holds
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.core.hold import first_of

if TYPE_CHECKING:
    import logging

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.hold import Hold
    from mutt_cli.keys import Keys


class HoldWatch:
    """One thread looks; any thread reads `hold`."""

    def __init__(self, keys: Keys, service: str, instances: tuple[str, ...], log: logging.Logger) -> None:
        self._keys, self._log = keys, log
        self._names = (service, *(f"{service}/{one}" for one in instances))
        self._found: tuple[Hold, float] | None = None
        """The hold, and the moment of the boot clock at which it ends."""
        self._told: Hold | None = None

    @property
    def hold(self) -> Hold | None:
        """What holds this service now; None: it may work."""
        found = self._found
        return found[0] if found is not None and boottime_s() < found[1] else None

    @property
    def left_s(self) -> float:
        """Seconds until it ends by itself; infinite if it does not, 0 if nothing holds."""
        found = self._found
        return max(0.0, found[1] - boottime_s()) if found is not None else 0.0

    def look(self, client: Client) -> bool:
        """Ask Redis; whether it is different from the last time. Raises RedisUnavailableError or RedisRefusedError."""
        stored, now = holds.read(client, self._keys.holds)
        found = first_of(stored, self._names)
        if found is None:
            self._found = None
        else:
            left_s = (found.until - now) / 1000 if found.until else float("inf")
            self._found = (found, boottime_s() + left_s)
        return self.tell()

    def tell(self) -> bool:
        """Say in the log what changed since the last time, also if only its time is over; whether anything did."""
        hold, told = self.hold, self._told
        if hold == told:
            return False
        self._told = hold
        if hold is None:
            self._log.info("switched on again")
        else:
            self._log.warning("switched off %s", hold.phrase)
        return True
