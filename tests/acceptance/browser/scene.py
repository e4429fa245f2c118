"""What there is to see in the deployment of these tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.dead_letter import payload_hash
from tests import plain_http
from tests.stack import WEB_KEY, eventually

if TYPE_CHECKING:
    from tests.stack import Stack

MOOG: Final = "mutt:dlq:moog"
_BEAT: Final = "mutt:heartbeat:alerter:pod-1"


@dataclass(frozen=True)
class Facts:
    """Names of what was made."""

    rule: int
    event: str
    letter: str
    operation: str
    queue: str = "dlq-moog"
    setting: str = "MOOG_TIMEOUT"
    host: str = "core-sw1"


def called(stack: Stack, method: str, path: str, body: object = None) -> Any:
    """The JSON of an answer of the API to its admin."""
    headers = {"X-API-Key": WEB_KEY}
    answer = plain_http.request(method, f"{stack.webui_url}/api/v1{path}", json=body, headers=headers, timeout=15)
    assert answer.is_success, answer.text
    return answer.json()


def letter(number: int, **more: Any) -> str:
    """A refused alert without a severity, as a forwarder files it; its repair gives it one."""
    return json.dumps(
        {
            "event_id": f"01a22000-0000-7000-8000-{number:012d}", "correlation_id": f"corr-{number:08d}",
            "received_at": "2026-11-28T01:00:00.000Z", "_source": "api", "hostname": f"edge-rtr{number}",
            "message": f"optical power low on port {number}",
            "_delivery": {"reason": "http_400", "error": "HTTP 400: severity: required", "attempts": 1,
                          "origin": "mutt:alert_queue", "last_failed_at": "2026-11-28T01:00:00.000Z"},
            **more,
        }
    )  # fmt: skip


def file_letter(stack: Stack, text: str) -> str:
    """Put a dead letter into the forwarder's queue; its payload hash, by which pages name it."""
    stack.redis.lpush(MOOG, text)
    return payload_hash(text.encode())


def await_rules(stack: Stack) -> None:
    """Wait until the alerter decides with the rules of now."""
    revision = stack.query("SELECT revision FROM rules_revision")[0][0]

    def told() -> bool:
        beat: Any = stack.redis.get(_BEAT)
        return bool(beat) and json.loads(beat)["rules_revision"] == revision

    eventually(told, "the alerter decides with them")


def await_story(stack: Stack, event_id: str, outcome: str = "delivered") -> None:
    """Wait until the history says that an event ended so."""
    asked = f"SELECT 1 FROM event_history WHERE event_id = '{event_id}' AND outcome = '{outcome}'"  # noqa: S608
    eventually(lambda: stack.query(asked), f"{event_id} is recorded as {outcome}", 30)


def furnish(stack: Stack) -> Facts:
    """Rules with a history, hosts, events that were delivered and dropped, dead letters with a repair."""
    fields = {"rule_name": "fan", "pattern": "fan (failed|removed)", "severity": "critical", "team": "NETOPS"}
    made = called(stack, "POST", "/rules", {**fields, "description": "Fans of chassis.", "reason": "INC-7"})
    called(stack, "PATCH", f"/rules/{made['id']}", {"priority": 7, "reason": "rank it last"})
    for words in (("core-sw1", "--team", "NETOPS"), ("lab-sw9", "--env", "dev")):
        done = stack.mutt("host", "add", *words, "--reason", "a new device")
        assert done.returncode == 0, done.stderr
    await_rules(stack)
    stack.redis.hset("mutt:remediation:paused", mapping={"dlq-moog": "x", "dlq-alerter": "x"})
    event_id = stack.send({"hostname": "core-sw1", "message": "fan failed in slot 3", "severity": "major"})["event_id"]
    stack.send({"hostname": "lab-sw9", "message": "user logged in", "severity": "info"})
    letters = [file_letter(stack, letter(number)) for number in range(1, 4)]
    await_story(stack, event_id)
    return Facts(made["id"], event_id, letters[0], made["operation"])
