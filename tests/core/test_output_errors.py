"""An error says what happened, why it matters and what to do; a crash file gives nothing away."""

from __future__ import annotations

import json

from mutt_cli.errors import ConfigError, UnreachableError
from mutt_cli.present.errors import error_json, error_lines, masked

DOWN = UnreachableError(
    "Redis at 10.0.3.11:6379 refused the connection (tried for 2.0 s)",
    why="the CLI cannot read queues",
    tries=("mutt doctor --only redis", "systemctl status redis"),
)


def test_error_has_code_why_and_tries_in_that_order() -> None:
    assert error_lines(DOWN, more="mutt explain MUTT-R101") == [
        "error: Redis at 10.0.3.11:6379 refused the connection (tried for 2.0 s)  MUTT-R101",
        "why:   the CLI cannot read queues",
        "try:   mutt doctor --only redis",
        "       systemctl status redis",
        "more:  mutt explain MUTT-R101",
    ]


def test_short_error_has_its_code_at_the_right_edge() -> None:
    assert len(error_lines(ConfigError("too small"))[0]) == 80


def test_error_is_at_most_eight_lines() -> None:
    many = ConfigError("bad", why="it matters", tries=tuple(f"try {n}" for n in range(20)))
    assert len(error_lines(many, more="mutt explain X")) == 8


def test_a_list_of_mistakes_is_shown_whole() -> None:
    listed = ConfigError("20 settings cannot be used\n" + "\n".join(f"  S{n}: bad" for n in range(20)), tries=("fix",))
    lines = error_lines(listed)
    assert len(lines) == 22
    assert lines[-1] == "try:   fix"


def test_hostile_error_text_is_spelled() -> None:
    lines = error_lines(ConfigError("bad \x1b[2J", why="\x9b", tries=("\u202e",)))
    assert all(line.isprintable() for line in lines)


def test_json_error_is_one_line_with_kind_code_and_exit() -> None:
    written = error_json(DOWN)
    assert "\n" not in written
    found = json.loads(written)
    assert found["kind"] == "mutt.error"
    assert (found["code"], found["exit"], found["version"]) == ("MUTT-R101", 5, 1)
    assert found["tries"] == ["mutt doctor --only redis", "systemctl status redis"]


def test_crash_text_hides_secrets_of_the_environment_addresses_and_assignments() -> None:
    text = "s3cr3t-value and https://bob:hunter2@host/x and password=pw1 and 'api_key': abc"
    shown = masked(text, {"REDIS_PASS": "s3cr3t-value", "HOME": "host"})
    for secret in ("s3cr3t-value", "hunter2", "pw1", "abc"):
        assert secret not in shown
    assert "host/x" in shown
