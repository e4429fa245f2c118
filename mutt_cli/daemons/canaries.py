"""A forwarder's part in a drill: which canaries it ends without sending them.

Only an alert that carries a token comes here, so a forwarder pays nothing for drills that nobody does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.adapters import drill_notes
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.redis_client import REDIS_TROUBLE
from mutt_cli.core import drill, settlement
from mutt_cli.core.alert import moogsoft_payload

if TYPE_CHECKING:
    from mutt_cli.adapters.forwarder_queue import Claimed
    from mutt_cli.core.alert import Alert
    from mutt_cli.core.drill import Label
    from mutt_cli.core.settlement import Ending
    from mutt_cli.daemons.leased import LeasedWorker
    from mutt_cli.daemons.runtime import Runtime

_REPEAT_S: Final = 0.2


class Canaries:
    """What one forwarder does with them. Its clerk alone calls these."""

    def __init__(self, runtime: Runtime, worker: LeasedWorker) -> None:
        self._runtime, self._worker = runtime, worker
        self._client = runtime.redis()

    def ending(self, element: bytes, alert: Alert, claimed: Claimed) -> Ending | None:
        """How a canary ends here; None if it goes the way of every alert: to be posted, or set aside.

        An alert whose token is of no drill that Redis knows is an alert like any other.
        """
        began, pod = boottime_s(), self._runtime.pod
        label = self._label(alert.drill)
        if label is None:
            return None
        if label.late(claimed.now_ms):
            return settlement.drilled(element, alert, drill.LATE, pod=pod, now_ms=claimed.now_ms)
        if label.mode == "send" or claimed.mode == "park":
            return None
        self._note(alert, label)
        took = boottime_s() - began
        return settlement.drilled(element, alert, drill.DONE, pod=pod, now_ms=claimed.now_ms, elapsed_s=took)

    def _label(self, token: str) -> Label | None:
        """The label of a token. Repeated until Redis answers; None also if the daemon stops while it does not."""
        while True:
            try:
                return drill_notes.labels(self._client, self._runtime.keys, [token]).get(token)
            except REDIS_TROUBLE as error:
                self._worker.trouble(error)
                if self._runtime.stop.is_set():
                    return None
                self._runtime.pause(_REPEAT_S)
                self._worker.progress()

    def _note(self, alert: Alert, label: Label) -> None:
        """Keep what would be posted, for the drill to show; without it the canary ends all the same."""
        would = msgspec.structs.replace(label, post=moogsoft_payload(alert.content))
        try:
            drill_notes.note_post(self._client, self._runtime.keys, alert.drill, would)
        except REDIS_TROUBLE as error:
            self._worker.trouble(error)
