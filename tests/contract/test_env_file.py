"""The shipped `mutt.env` and `docs/configuration.md`: generated, and fit for the guides' greps (contract.md 3.2)."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from mutt_cli.adapters.configuration import load
from mutt_cli.present.configuration import env_file_text, page_text
from mutt_cli.settings import BY_DYNAMIC, DECLARATIONS, Settings

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "deploy" / "mutt.env"
PAGE = ROOT / "docs" / "configuration.md"

SEED_NAMES = """
    INGESTOR_PORT=8080 INGESTOR_WORKERS=4 INGEST_QUEUE_CAP=1000000 INGEST_MAX_RATE=1000 INGEST_RATE_WINDOW=60
    RATE_LIMIT_MAX_REQUESTS=100 RATE_LIMIT_WINDOW_SECONDS=60 REDIS_HOST=localhost REDIS_POOL_MAX=10
    REDIS_SOCKET_KEEPALIVE=true POSTGRES_PORT=5432 POSTGRES_POOL_MAX=10 RULE_CACHE_TTL=300 BRPOPLPUSH_TIMEOUT=5
    JANITOR_INTERVAL=60 POD_NAME=alerter-001 DYNAMIC_CONFIG_ENABLED=true MOOG_WEBHOOK_URL= MOOG_TIMEOUT=10
    RETRY_MAX_ATTEMPTS=5 RETRY_INITIAL_DELAY=1 RETRY_MAX_DELAY=60 RETRY_BACKOFF_MULTIPLIER=2
    CIRCUIT_BREAKER_THRESHOLD=10 CIRCUIT_BREAKER_TIMEOUT=300 REMEDIATION_INTERVAL=300 REMEDIATION_BATCH_SIZE=10
    MAX_POISON_RETRIES=3 MOOG_HEALTH_CHECK_ENABLED=true METRICS_CACHE_TTL=5 LOG_LEVEL=INFO LOG_FORMAT=json
    VAULT_ADDR=
""".split()  # noqa: SIM905  a list literal would take thirty lines
"""contract.md 3.1 with its defaults; VAULT_TOKEN, the 34th, is a secret and not shipped."""


def shell(command: str) -> str:
    """A command of the guides, with the file where it expects it."""
    asked = command.replace("/etc/mutt/mutt.env", str(SHIPPED))
    return subprocess.run(["sh", "-c", asked], capture_output=True, text=True, check=False, timeout=10).stdout


def test_the_files_are_what_the_declarations_say() -> None:
    how = "write it anew as the docstring of mutt_cli/present/configuration.py says"
    assert SHIPPED.read_text(encoding="utf-8") == env_file_text(), how
    assert PAGE.read_text(encoding="utf-8") == page_text(), how


def test_the_shipped_file_means_the_defaults_without_a_word() -> None:
    configuration = load({}, SHIPPED)
    assert configuration.settings == Settings()
    assert configuration.notices == ()


@pytest.mark.parametrize("line", SEED_NAMES)
def test_documented_settings_are_there_with_their_defaults(line: str) -> None:
    name, _, value = line.partition("=")
    found = shell(f"grep '^{name}=' /etc/mutt/mutt.env | cut -d= -f2 | sed 's/ *#.*//'")
    assert found == f"{value}\n"


@pytest.mark.parametrize("name", ["POD_NAME", "MOOG_WEBHOOK_URL", "VAULT_ADDR", "REDIS_HOST", "INGEST_QUEUE_CAP"])
def test_names_that_scripts_cut_a_value_from_hit_one_line(name: str) -> None:
    assert len(shell(f"grep {name} /etc/mutt/mutt.env").splitlines()) == 1


@pytest.mark.parametrize(
    "stem",
    [
        "INGEST_MAX_RATE", "INGEST_RATE_WINDOW", "SOCKET_KEEPALIVE", "BRPOPLPUSH_TIMEOUT", "JANITOR_INTERVAL",
        "CIRCUIT_BREAKER_TIMEOUT", "CIRCUIT_BREAKER_THRESHOLD", "RATE_LIMIT_MAX_REQUESTS", "RATE_LIMIT_WINDOW_SECONDS",
        "RETRY_MAX_ATTEMPTS", "RETRY_INITIAL_DELAY", "RETRY_MAX_DELAY", "RETRY_BACKOFF_MULTIPLIER",
        "MOOG_HEALTH_CHECK_ENABLED", "REMEDIATION_INTERVAL", "METRICS_CACHE_TTL", "RULE_CACHE_TTL",
    ],
)  # fmt: skip
def test_settings_that_runbooks_look_for_are_active_lines(stem: str) -> None:
    lines = shell(f"grep {stem} /etc/mutt/mutt.env").splitlines()
    assert any(re.fullmatch(rf"[A-Z_]*{stem}=\S+( .*)?", line) for line in lines)


def test_the_documented_grep_prints_the_moogsoft_limit() -> None:
    """SO:642, contradictions.md C-15."""
    found = shell("grep RATE_LIMIT /etc/mutt/mutt.env | grep MOOG")
    assert found == "RATE_LIMIT_MAX_REQUESTS=100  # MOOG forwarder, all instances together\n"


def test_the_documented_sed_gives_a_second_alerter_its_name() -> None:
    """SO:578."""
    found = shell("sed 's/POD_NAME=alerter-001/POD_NAME=alerter-002/' /etc/mutt/mutt.env | grep POD_NAME")
    assert found == "POD_NAME=alerter-002\n"


def test_the_shipped_file_holds_no_secret_and_nothing_a_shell_would_change() -> None:
    text = SHIPPED.read_text(encoding="ascii")
    names = [line.partition("=")[0] for line in text.splitlines() if line and not line.startswith("#")]
    assert names == [one.env for one in DECLARATIONS if not one.secret]
    assert not re.search(r"^[^#].*[\"'$`\\]", text, re.MULTILINE)
    assert max(map(len, text.splitlines())) <= 120


def test_the_page_names_every_setting_alias_and_dynamic_key() -> None:
    text = PAGE.read_text(encoding="utf-8")
    names = [name for one in DECLARATIONS for name in (one.env, *one.aliases)]
    assert [name for name in (*names, *BY_DYNAMIC) if f"`{name}`" not in text] == []
