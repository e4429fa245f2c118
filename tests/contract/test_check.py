"""What `./bin/check` makes of its words, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from tests import check
from tests.check import PARTS, Asked, parse, pytest_words

if TYPE_CHECKING:
    from pathlib import Path


class Suites(Protocol):
    def __call__(self, **texts: str) -> None: ...


def test_words_before_the_dashes_are_parts_and_the_rest_is_pytests() -> None:
    assert parse(["core", "--nightly", "--", "-k", "docs"]) == Asked(("core",), nightly=True, pytest=("-k", "docs"))
    assert parse([]) == Asked(PARTS)
    assert "there is no part cores" in str(parse(["cores"]))


def test_a_night_ends_with_the_benches_and_a_day_has_none() -> None:
    assert parse(["--nightly"]) == Asked((*PARTS, "bench"), nightly=True)
    assert parse(["--nightly", "--", "-k", "docs"]) == Asked(PARTS, nightly=True, pytest=("-k", "docs"))
    assert parse(["bench"]) == Asked(("bench",))


def test_a_bench_that_fails_fails_the_run_and_comes_last(
    suites: Suites, capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suites(core=GREEN)
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "lame.py").write_text("raise SystemExit(7)\n")
    (tmp_path / "bench" / "__init__.py").touch()
    monkeypatch.setattr(check, "_BENCHES", ("lame",))
    assert check.run(Asked(("bench", "core"))) == 7
    shown = [" ".join(line.split()[:-2]) for line in capfd.readouterr().out.splitlines()[-2:]]
    assert shown == ["core ok", "bench FAILED (7)"]


def test_arguments_for_pytest_run_in_one_process() -> None:
    assert "-n" in pytest_words("core", Asked(("core",)))
    assert "-n" not in pytest_words("core", Asked(("core",), pytest=("-s",)))


def test_long_runs_are_left_out_unless_they_are_asked_for() -> None:
    assert "not nightly" in pytest_words("faults", Asked(("faults",)))
    assert "not nightly" not in pytest_words("faults", Asked(("faults",), nightly=True))


def test_what_is_compiled_is_kept_and_by_night_every_command_starts_cold() -> None:
    ours = {"PATH": "/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    assert check.environment(Asked(("faults",)), ours) == {"PATH": "/bin"}
    assert check.environment(Asked(("faults",), nightly=True), ours)["MUTT_TEST_STARTS"] == "cold"


RED = "def test_something():\n    assert 1 == 2, 'the reason'\n"
GREEN = "def test_something():\n    assert True\n"


@pytest.fixture
def suites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Suites:
    """Writes suites of one file each for `check.run`, which then works on them, without workers."""

    def write(**texts: str) -> None:
        for name, text in texts.items():
            (tmp_path / "tests" / name).mkdir(parents=True)
            (tmp_path / "tests" / name / f"test_{name}.py").write_text(text)

    monkeypatch.setattr(check, "ROOT", tmp_path)
    monkeypatch.setattr(check, "_SPREAD", ("-n", "0"))
    return write


@pytest.mark.parametrize(
    ("core", "faults", "ends"),
    [(RED, GREEN, ["core FAILED (1)", "faults ok"]), ("", RED, ["core ok", "faults FAILED (1)"])],
    ids=["in front", "beside"],
)
def test_a_red_test_is_shown_and_fails_the_run_and_its_own_part(
    suites: Suites, capfd: pytest.CaptureFixture[str], core: str, faults: str, ends: list[str]
) -> None:
    suites(core=core, faults=faults)
    assert check.run(Asked(("core", "faults"))) == 1
    shown = capfd.readouterr().out
    assert "the reason" in shown
    assert [" ".join(line.split()[:-2]) for line in shown.splitlines()[-2:]] == ends
