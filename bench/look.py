"""Looking at a queue of a million messages: how long each command takes, and how long one call holds Redis up.

    python -m bench.look [MESSAGES] [ROUNDS]

Each command is a process of its own, as an operator starts it; beside them `python -c pass`, so that machines can be
compared. Redis' own slow log tells of calls longer than a millisecond.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import redis

from tests import servers

COMMANDS = (
    ("queue", "list"),
    ("queue", "peek", "dlq-moog"),
    ("queue", "peek", "dlq-moog", "--newest"),
    ("dlq", "list", "dlq-moog", "-n", "50"),
    ("dlq", "list", "--by", "reason"),
    ("dlq", "list", "--by", "host"),
)
REASONS = ("http_400", "http_503", "circuit_open", "timeout")


def letter(number: int) -> bytes:
    """A dead letter of about 600 bytes."""
    return json.dumps(
        {
            "event_id": f"01a22000-0000-7000-8000-{number:012d}", "correlation_id": f"01a22000-{number:08d}",
            "received_at": "2026-11-28T01:00:00.000Z", "_source": "api", "hostname": f"core-sw{number % 97}",
            "message": f"%LINK-3-UPDOWN: Interface Gi0/{number % 48}, changed state to down", "severity": "critical",
            "rule": {"id": 1, "version": 1, "name": "link-down"}, "event": {"message": "x" * 120},
            "_delivery": {"reason": REASONS[number % 4], "error": f"HTTP {number % 7}", "attempts": 3,
                          "origin": "mutt:alert_queue", "last_failed_at": "2026-11-28T01:00:00.000Z"},
        }
    ).encode()  # fmt: skip


def seconds(command: list[str], environment: dict[str, str], rounds: int) -> list[float]:
    """How long a process takes, from start to end."""
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        found.append(time.perf_counter() - began)
        if done.returncode:
            raise SystemExit(f"{command}: {done.stderr.decode()}")
    return sorted(found)


def tell(name: str, found: list[float], unit: float) -> None:
    """One line of the answer."""
    middle = statistics.median(found)
    print(f"{name:<34} {middle:6.3f} s  ({found[0]:.3f} to {found[-1]:.3f})  {middle / unit:5.1f} x python -c pass")


def main() -> None:
    """Fill the queue, then time each command."""
    count, rounds = (int(word) for word in [*sys.argv[1:], *("1000000", "5")[len(sys.argv) - 1 :]])
    with servers.valkey_server() as valkey, tempfile.TemporaryDirectory() as folder:
        client = redis.Redis(unix_socket_path=str(valkey.socket))
        for first in range(0, count, 5000):
            client.lpush("mutt:dlq:moog", *(letter(number) for number in range(first, min(first + 5000, count))))
        client.config_set("slowlog-log-slower-than", 1000)
        client.slowlog_reset()
        (Path(folder) / "mutt.env").write_text(f"REDIS_SOCKET={valkey.socket}\n")
        keep = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        environment = keep | {"MUTT_ENV_FILE": f"{folder}/mutt.env", "MUTT_STATE_DIR": folder, "HOME": folder}
        environment["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
        unit = statistics.median(seconds([sys.executable, "-c", "pass"], environment, rounds))
        print(f"{count:,} messages; python -c pass {unit:.3f} s")
        tell("mutt --version", seconds([sys.executable, "-m", "mutt_cli", "--version"], environment, rounds), unit)
        for words in COMMANDS:
            found = seconds([sys.executable, "-m", "mutt_cli", *words], environment, rounds)
            tell("mutt " + " ".join(words), found, unit)
        longest = max((one["duration"] for one in client.slowlog_get(128)), default=0)
        print(f"longest call in Redis: {longest / 1000:.1f} ms (0.0 = none above 1 ms)")


if __name__ == "__main__":
    main()
