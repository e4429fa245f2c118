"""Contexts in files: whose word counts, what is refused, and how long a choice lasts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import context_choice, contexts
from mutt_cli.adapters.configuration import load
from mutt_cli.adapters.context_files import definitions, user_file, write
from mutt_cli.errors import ConfigError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "contexts.d").mkdir()
    return {
        "XDG_CONFIG_HOME": str(tmp_path / "config"), "MUTT_CONTEXTS_DIR": str(tmp_path / "contexts.d"),
        "MUTT_STATE_DIR": str(tmp_path / "state"),
    }  # fmt: skip


def host(tmp_path: Path, text: str, name: str = "host.toml") -> None:
    (tmp_path / "contexts.d" / name).write_text(text)


@pytest.mark.parametrize(
    ("text", "protected"),
    [
        ("[prod-east]", True), ("[east]\nenvironment='production'", True), ("[live]", True), ("[alive]", False),
        ("[prod-east]\nprotected=false", False), ("[lab]\nprotected=true", True), ("[product]", False),
    ],
)  # fmt: skip
def test_production_is_protected_unless_it_says_otherwise(
    environ: dict[str, str], tmp_path: Path, text: str, protected: bool
) -> None:
    host(tmp_path, text)
    [one] = definitions(environ).values()
    assert one.is_protected is protected


def test_the_users_file_wins_and_settings_of_a_context_win_over_the_file_but_not_over_the_environment(
    environ: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "east.env"
    file.write_text("REDIS_HOST=from-file\nREDIS_PORT=7000\nPOSTGRES_HOST=from-file\n")
    host(tmp_path, f"[east]\nREDIS_HOST='from-host'\nenv_file='{file}'\nPOSTGRES_DB='x'")
    write(environ, "east", {"REDIS_HOST": "from-user", "env_file": str(file), "REDIS_PORT": 6380})
    one = contexts.choose(environ, "east")
    found = load(environ | {"POSTGRES_HOST": "from-environment"}, one.env_file, context=one.settings)
    assert (found.settings.redis.host, found.settings.redis.port) == ("from-user", 6380)
    assert (found.settings.postgres.host, found.settings.postgres.db) == ("from-environment", "mutt")
    assert found.sources["REDIS_HOST"] == "context"


@pytest.mark.parametrize(
    "text",
    ["[", "x = 1", "[east]\ncolour='red'", "[east]\nREDIS_PASS='x'", "[local]\n", "['a b']\nREDIS_HOST='x'",
     "[east]\nprotected='maybe'", "\ufffe"],
)  # fmt: skip
def test_a_file_that_is_wrong_is_named_with_what_is_wrong(environ: dict[str, str], tmp_path: Path, text: str) -> None:
    host(tmp_path, text)
    if text in {"[local]\n", "\ufffe"}:
        with pytest.raises((ConfigError, NotFoundError)):
            contexts.choose(environ, "nowhere")
        return
    with pytest.raises(ConfigError) as raised:
        definitions(environ)
    assert raised.value.code == "MUTT-C108"
    assert "host.toml" in raised.value.message


def test_what_was_written_is_read_again_and_only_the_owner_may(environ: dict[str, str]) -> None:
    table = {"environment": 'odd "quotes" \\ ü', "protected": True, "REDIS_HOST": "h"}
    write(environ, "one", table)
    write(environ, "two", {"REDIS_HOST": "i"})
    found = definitions(environ)
    assert (found["one"].environment, found["one"].protected) == (table["environment"], True)
    assert dict(found["two"].settings) == {"REDIS_HOST": "i"}
    assert user_file(environ).stat().st_mode & 0o777 == 0o600


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Go to the terminal of this name."""
    return lambda name: monkeypatch.setattr(context_choice, "session", lambda: name)


def test_a_protected_choice_lasts_for_this_terminal_and_eight_hours(
    tmp_path: Path, terminal: Callable[[str], None]
) -> None:
    terminal("a")
    context_choice.store(tmp_path, "lab", protected=False, now=NOW)
    choice = context_choice.store(tmp_path, "prod", protected=True, now=NOW)
    assert choice.previous == "lab"
    assert context_choice.current(tmp_path, NOW + timedelta(hours=7)).name == "prod"
    late = context_choice.current(tmp_path, NOW + timedelta(hours=9))
    assert (late.name, "they are over" in late.notice) == ("", True)
    (tmp_path / context_choice.FILE_NAME).write_text("no json")
    assert context_choice.current(tmp_path, NOW).name == ""


def test_what_is_chosen_in_one_terminal_never_moves_one_that_looks_at_production(
    tmp_path: Path, terminal: Callable[[str], None]
) -> None:
    def seen(name: str) -> str:
        terminal(name)
        return context_choice.current(tmp_path, NOW).name

    terminal("a")
    context_choice.store(tmp_path, "staging", protected=False, now=NOW)
    terminal("b")
    context_choice.store(tmp_path, "prod-east", protected=True, now=NOW)
    assert (seen("a"), seen("b")) == ("staging", "prod-east")
    terminal("a")
    context_choice.store(tmp_path, "lab", protected=False, now=NOW)
    assert (seen("a"), seen("b"), seen("c")) == ("lab", "prod-east", "lab")
    terminal("b")
    assert context_choice.store(tmp_path, "staging", protected=False, now=NOW).previous == "prod-east"
    assert (seen("a"), seen("b")) == ("staging", "staging")


def test_a_field_that_is_added_to_a_context_leaves_its_others_alone(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "MUTT_CONTEXTS_DIR": str(tmp_path / "none")}
    write(environ, "east", {"protected": True, "REDIS_HOST": "a"})
    write(environ, "east", {"VAULT_ADDR": "https://v:8200"})
    found = definitions(environ)["east"]
    assert (found.is_protected, dict(found.settings)) == (True, {"REDIS_HOST": "a", "VAULT_ADDR": "https://v:8200"})


@pytest.mark.parametrize("word", ["/root/.shrc", "dev", ""])
def test_the_environment_of_a_shell_takes_no_protection_away(tmp_path: Path, word: str) -> None:
    file = tmp_path / "mutt.env"
    file.write_text("ENV=prod\n")
    environ = {"HOME": str(tmp_path), "MUTT_ENV_FILE": str(file), "MUTT_STATE_DIR": str(tmp_path), "ENV": word}
    assert contexts.choose(environ, "local").protected
    file.write_text("ENV=dev\n")
    assert contexts.choose(environ | {"ENV": "production"}, "local").protected
    assert not contexts.choose(environ, "local").protected
