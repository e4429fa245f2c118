"""Breaks the queue protocol on purpose, in daemons that the fault tests start with this folder on their path.

A fault harness that stays green on a broken protocol proves nothing. BROKEN_PROTOCOL names the break:
`no-fencing` (finish asks neither whose lease it is nor whether the batch is still its own), `pop-then-push` (finish
clears the batch before it writes the alerts, in two steps), `claim-again` (a repeated claim takes a second batch
instead of returning the first).
"""

from __future__ import annotations

import os
import time
from functools import cache
from typing import Any

KIND = os.environ.get("BROKEN_PROTOCOL", "")


def _break_scripts() -> None:
    from mutt_cli.adapters import scripts

    original = scripts.source.__wrapped__

    @cache
    def source(name: str) -> str:
        text: str = original(name)
        if KIND == "no-fencing":
            text = text.replace("return token_of(redis.call('GET', heartbeat)) == token", "return true")
            text = text.replace("return { 'CHANGED' }", "local _ = nil")
        if KIND == "claim-again":
            text = text.replace("if redis.call('LLEN', KEYS[2]) > 0 then", "if false then")
            text = text.replace("{ 'OK', ARGV[2], redis.call('LRANGE', KEYS[2], 0, -1)", "{ 'OK', ARGV[2], taken")
        return text

    scripts.source = source
    scripts.digest.cache_clear()


def _break_finish() -> None:
    from mutt_cli.adapters import alerter_queue

    def finish(lease: Any, batch: Any, plan: Any) -> str:
        keys = lease.keys
        lease.client.delete(keys.processing("alerter", lease.pod))
        lease.client.hset(keys.batch("alerter", lease.pod), "done", batch.id)
        time.sleep(0.05)  # where a pop-then-push worker builds its alerts
        for key, elements in plan.pushes.items():
            if elements:
                lease.client.lpush(key, *elements)
        return "ok"

    alerter_queue.finish = finish  # type: ignore[assignment]


if KIND:
    _break_scripts()
    if KIND == "pop-then-push":
        _break_finish()
