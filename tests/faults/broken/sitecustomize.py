"""Breaks the queue protocol on purpose, in daemons that the fault tests start with this folder on their path.

A fault harness that stays green on a broken protocol proves nothing. BROKEN_PROTOCOL names the break:
`no-fencing` (finish asks neither whose lease it is nor whether the batch is still its own), `pop-then-push` (finish
clears the batch before it writes the alerts, in two steps), `claim-again` (a repeated claim takes a second batch
instead of returning the first), `reap-once` (peers are looked after when a worker starts, and never again),
`posts-without-lease` (a sender does not ask whether the lease outlasts its post).

SLOW_SENDER, seconds, breaks nothing: it is how long a sender's thread gets no processor before it asks for the lease,
or, with SLOW_SENDER_AT=post, after it has been told that the lease is good. The time for which the process stands still
does not count: after it the clerk registers again before its senders go on. Then the event id is a line of
SLOW_SENDER_FILE.
"""

from __future__ import annotations

import os
import time
from functools import cache
from importlib import import_module
from typing import Any

KIND = os.environ.get("BROKEN_PROTOCOL", "")
STEP_S = 0.01


_EDITS = {
    "no-fencing": (
        ("*", "return token_of(redis.call('GET', heartbeat)) == token", "return true"),
        ("finish_batch", "return { 'CHANGED' }", "local _ = nil"),
    ),
    "claim-again": (("claim_batch", "if redis.call('LLEN', KEYS[2]) > 0 then", "if false then"),),
}
"""Script, its text, and what stands there instead; `*` is a fragment, which several scripts include."""


def _break_scripts() -> None:
    from mutt_cli.adapters import scripts

    original = scripts.source.__wrapped__

    @cache
    def source(name: str) -> str:
        text: str = original(name)
        for script, old, new in _EDITS.get(KIND, ()):
            if script in {name, "*"}:
                if script == name and old not in text:
                    raise AssertionError(f"{name}.lua has no {old!r} any more: {KIND} breaks nothing")
                text = text.replace(old, new)
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


def _reap_once() -> None:
    from mutt_cli.daemons.reaper import Reaper

    original, looked = Reaper._look, set()

    def look(self: Any, role: Any, pod: str) -> None:
        if (role, pod) not in looked:
            looked.add((role, pod))
            original(self, role, pod)

    Reaper._look = look  # type: ignore[method-assign]


def _post_without_lease() -> None:
    from mutt_cli.daemons.leased import LeasedWorker

    def for_ever(self: Any, of: Any) -> float:
        return float("inf")

    LeasedWorker.lease_left_s = for_ever  # type: ignore[method-assign]


def _slow_sender(seconds: float, path: str) -> None:
    forwarder: Any = import_module("mutt_cli.daemons.forwarder")
    ask, payload = forwarder.Forwarder._send, forwarder.moogsoft_payload

    def wait(event_id: str) -> None:
        for _ in range(int(seconds / STEP_S)):
            time.sleep(STEP_S)  # one long sleep would be over as soon as the process goes on
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 - loads nothing before the daemon does
            file.write(f"{event_id}\n")

    def send(self: Any, item: Any, claimed_under: Any) -> None:
        wait(item.alert.event_id)
        ask(self, item, claimed_under)

    def late_payload(content: Any) -> Any:
        wait(str(content.get("event_id")))
        return payload(content)

    if os.environ.get("SLOW_SENDER_AT") == "post":
        forwarder.moogsoft_payload = late_payload
    else:
        forwarder.Forwarder._send = send


if "SLOW_SENDER" in os.environ:
    _slow_sender(float(os.environ["SLOW_SENDER"]), os.environ["SLOW_SENDER_FILE"])
if KIND == "reap-once":
    _reap_once()
if KIND == "posts-without-lease":
    _post_without_lease()
if KIND:
    _break_scripts()
    if KIND == "pop-then-push":
        _break_finish()
