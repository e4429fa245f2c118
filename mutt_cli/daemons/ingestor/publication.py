"""Publishing the witness: what this process has accepted per minute, said again and again beside the ledger.

A thread of its own; answers never wait for it. Minutes that changed go out each second, the whole window now and
then, so that a Redis that was rolled back learns it again. Earlier totals of this process come from its own files.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import witness, witness_totals
from mutt_cli.adapters.clock import IdSource, boottime_s, now_ms
from mutt_cli.adapters.redis_client import REDIS_TROUBLE
from mutt_cli.adapters.witness_totals import WINDOW_MS, Statement
from mutt_cli.core.moment import rfc3339

if TYPE_CHECKING:
    from mutt_cli.daemons.ingestor.intake import Intake
    from mutt_cli.daemons.runtime import Runtime

EVERY_S: Final = 1.0
WHOLE_EVERY_S: Final = 15.0


class Publication:
    """One ingestor process's. Made before the process accepts anything: what its files hold by then is the past."""

    def __init__(self, runtime: Runtime, intake: Intake) -> None:
        self._runtime, self._intake = runtime, intake
        self._client = runtime.redis()
        self._ids = IdSource()
        self._past_files = witness.sizes(intake.witness.folder, intake.witness.process)
        self._past: Counter[str] | None = None
        self._name = self._since = ""
        self._said: dict[str, int] = {}
        self._unanswered: Statement | None = None
        self._whole_at = -WHOLE_EVERY_S

    def run(self) -> None:
        """Until the daemon stops."""
        while not self._runtime.stop.wait(EVERY_S):
            self.publish()

    def publish(self) -> None:
        """Say what is new. While Redis or the disk is away, it is said later."""
        try:
            self._name = self._name or witness.name(self._intake.witness.folder, self._intake.witness.process)
        except OSError as error:
            self._runtime.log.warning("the witness is not published: %s", error)
            return
        said = self._unanswered or self._statement()
        if not (said.totals or said.refusals or said.since):
            return
        self._unanswered = said  # after a lost answer the same call is made again
        try:
            witness_totals.publish(self._client, self._runtime.keys, self._name, said)
        except REDIS_TROUBLE as error:
            self._runtime.log.debug("the witness is published later: %s", error)
            self._whole_at = -WHOLE_EVERY_S
            return
        self._unanswered = None
        self._said |= said.totals

    def _statement(self) -> Statement:
        whole = False
        if boottime_s() - self._whole_at >= WHOLE_EVERY_S:
            self._whole_at = boottime_s()
            whole, self._since = True, rfc3339(now_ms() - WINDOW_MS)[:16]
            self._intake.witness.forget_before(self._since)
            self._said.clear()
        if self._past is None:
            self._past = witness.totals(self._past_files)
        totals = self._past + Counter(dict(self._intake.witness.totals))  # a copy in one step: others count meanwhile
        new = {one: n for one, n in totals.items() if one >= self._since and self._said.get(one) != n}
        refusals = [(*place, number) for place, number in sorted(self._intake.refusals().items())]
        return Statement(self._ids.new(), new, refusals, self._since if whole else "")
