"""The rules of the deployment as they are at first, and no hosts: what each test on them leaves behind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.stack import RULES, eventually

if TYPE_CHECKING:
    from tests.acceptance.commands.world import World

_BEAT = "mutt:heartbeat:alerter:pod-1"


def restore(world: World) -> None:
    """Put rules and hosts back by SQL, and wait until the alerter decides with them."""
    columns = "rule_name, pattern, severity, priority"
    values = ", ".join(f"('{name}', '{pattern}', '{word}', {number})" for name, pattern, word, number in RULES)
    query, redis = world.stack.query, world.stack.redis
    for statement in ("alert_rules", "device_teams", "dev_hosts"):
        query(f"DELETE FROM {statement} RETURNING 1")  # noqa: S608
    query(f"INSERT INTO alert_rules ({columns}) VALUES {values} RETURNING 1")  # noqa: S608
    revision = query("SELECT revision FROM rules_revision")[0][0]
    redis.publish("mutt:rules:updates", revision)

    def told() -> bool:
        beat = redis.get(_BEAT)
        return bool(beat) and json.loads(beat)["rules_revision"] == revision  # type: ignore[arg-type]

    eventually(told, "the alerter decides with them")
