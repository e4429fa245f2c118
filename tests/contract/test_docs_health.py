"""docs/health.md: its table is the catalogue."""

from __future__ import annotations

from pathlib import Path

from mutt_cli.core.health.catalogue import CATALOGUE, with_thresholds
from mutt_cli.core.health.limits import Limits
from mutt_cli.ops.health import Selected, wanted
from mutt_cli.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE, SHIPPED = ROOT / "docs" / "health.md", ROOT / "deploy" / "health.toml"


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


def code(text: object) -> str:
    return f"`{text}`" if text else ""


def test_the_table_of_checks_is_the_one_that_is_executed() -> None:
    told = [line.replace("|  |", "| |").replace("|  |", "| |") for line in PAGE.read_text().splitlines()]
    told = [line for line in told if line.startswith("| `") and line.count("|") == 7]
    expected = [
        row(
            code(one.id), one.group, f"{one.meaning}{f' ({one.unit})' if one.unit else ''}", code(one.warn or ""),
            code(one.crit or ""), code(one.label),
        )
        for one in with_thresholds(CATALOGUE, Limits.of(Settings()).ranges)
    ]  # fmt: skip
    assert told == expected


def test_the_shipped_file_of_thresholds_has_every_default_as_a_remark(tmp_path: Path) -> None:
    shipped = SHIPPED.read_text()
    own = tmp_path / "health.toml"
    own.write_text(shipped)
    assert wanted(Selected(file=own)).given == {}
    own.write_text(shipped.replace('# "', '"'))
    given = {name: tuple(str(one or "") for one in pair) for name, pair in wanted(Selected(file=own)).given.items()}
    known = with_thresholds(CATALOGUE, Limits.of(Settings()).ranges)
    assert given == {one.id: (str(one.warn or ""), str(one.crit or "")) for one in known if one.warn or one.crit}
