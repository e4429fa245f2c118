"""Every documented log line, number and answer of a running deployment, from one run of all its steps.

`letter_rows.py` and `letter_http.py` are the tables: contract.md 5, 6, 8.2 and 8.3 row by row. `letter_steps.py`
brings the rows about.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from mutt_cli.core.exposition import printed
from mutt_cli.core.metrics import METRICS
from tests.acceptance.letter_http import REDIS_AWAY, UNTIL_S, WELL, Http
from tests.acceptance.letter_rows import COUNTS, LINES, NO_COUNTS
from tests.acceptance.letter_stack import CANARIES, GUESS, SERVICES, URL_CANARY, Count, Letter, Line, letter_stack
from tests.acceptance.letter_steps import HOSTILE, KNOWN_ID, STEPS, name_of, unmatched

if TYPE_CHECKING:
    from tests.servers import PostgresServer

pytestmark = pytest.mark.timeout(240)  # the first test waits for the whole run, some 40 s on two idle cores

FIELDS = {"timestamp", "level", "message", "service", "version", "pod_name"}
ABSENT_UNTIL_KNOWN = {"mutt_moog_health", "mutt_remediation_moog_health"}
"""Of an instance that has asked nobody yet: test_declaration says so too."""


@pytest.fixture(scope="module")
def letter(postgres: PostgresServer) -> Letter:
    """The notes of one run; nothing runs any more."""
    with letter_stack(postgres) as made:
        for step in STEPS:
            name = name_of(step)
            made.take(
                name, step, [row for row in LINES if row.when == name], [row for row in COUNTS if row.when == name]
            )
            if step is unmatched:
                made.quiet_alerter = made.stack.log("alerter")
                made.rotate(made.stack.folder / "logs")
                made.ask(WELL)
        made.stack.valkey.stop()
        made.ask(REDIS_AWAY, until_s=UNTIL_S)
        made.stack.stop()
        made.logs = {label: made.stack.log(label) for label in made.stack.daemons}
        folder = made.stack.folder / "logs"
        made.files = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    return made


def json_lines(text: str) -> list[dict[str, object]]:
    """Each line as the object that it must be, journal priority taken off."""
    return [json.loads(re.sub(r"^<\d>", "", line)) for line in text.splitlines()]


def test_every_step_went_as_it_should(letter: Letter) -> None:
    assert {name: why for name, why in letter.missed.items() if name.startswith("step ")} == {}


@pytest.mark.parametrize("row", LINES, ids=lambda row: row.name)
def test_documented_line_is_written(letter: Letter, row: Line) -> None:
    assert letter.missed[row.name] == "", row.source


@pytest.mark.parametrize("row", COUNTS, ids=lambda row: row.name)
def test_documented_number_grows(letter: Letter, row: Count) -> None:
    assert letter.missed[row.name] == ""


@pytest.mark.parametrize("row", [*WELL, *REDIS_AWAY], ids=lambda row: row.name)
def test_documented_request_has_its_documented_answer(letter: Letter, row: Http) -> None:
    assert letter.missed[row.name] == "", row.source


def test_rows_have_names_of_their_own() -> None:
    rows: list[Line | Count | Http] = [*LINES, *COUNTS, *WELL, *REDIS_AWAY]
    names = [row.name for row in rows]
    assert len(names) == len(set(names))


def series_of(kind: str) -> set[str]:
    """Every declared series of counters, of histograms (their counts), or of gauges, as printed."""
    return {
        printed(metric.name + ("_count" if kind == "histogram" else ""), zip(metric.labels, row, strict=True))
        for metric in METRICS
        if metric.kind == kind
        for row in metric.series
    }


def test_every_counter_has_its_row() -> None:
    declared = series_of("counter") | series_of("histogram")
    assert {row.series for row in COUNTS} | set(NO_COUNTS) == declared


def test_every_series_is_there_from_the_start(letter: Letter) -> None:
    pages = "\n".join(letter.first_pages.values())
    there = {line.rpartition(" ")[0] for line in pages.splitlines() if not line.startswith("#")}
    declared = series_of("counter") | series_of("histogram") | series_of("gauge")
    assert declared - there - ABSENT_UNTIL_KNOWN == set()


@pytest.mark.parametrize("service", [*SERVICES, "alerter-pod-2", "ingestor-keyless", "ingestor-no-redis"])
def test_every_line_is_one_json_object_with_the_documented_fields(letter: Letter, service: str) -> None:
    """`journalctl -o json | jq '.MESSAGE | fromjson'` (TG:1684) never meets half a line."""
    found = json_lines(letter.logs[service])
    assert found
    assert [line for line in found if line.keys() < FIELDS or line["level"] != str(line["level"]).upper()] == []
    assert letter.logs[service].isascii() or all(line.isprintable() for line in letter.logs[service].splitlines())


def test_text_mode_is_printable_line_by_line(letter: Letter) -> None:
    assert [line for line in letter.logs["forwarder-text"].splitlines() if not line.isprintable()] == []


def test_hostile_text_makes_one_line_per_event_and_forges_none(letter: Letter) -> None:
    for number in range(len(HOSTILE)):
        for service, word in (("ingestor", "Ingested"), ("alerter", "Processing"), ("forwarder", "Forwarded")):
            lines = [
                one for one in json_lines(letter.logs[service]) if one.get("correlation_id") == f"hostile-{number}"
            ]
            assert len([one for one in lines if str(one["message"]).startswith(word)]) == 1, (service, number)
    assert not [line for log in letter.logs.values() for line in log.splitlines() if line.startswith('{"level"')]


def test_each_event_has_exactly_one_processing_line(letter: Letter) -> None:
    """A second one would drag the guide's average down (TG:1723-1726, C-79)."""
    lines = [line for line in letter.logs["alerter"].splitlines() if "Processing event" in line]
    assert len([line for line in lines if KNOWN_ID in line]) == 1
    assert all(re.search(r" took [0-9.]+ ms", line) for line in lines)


def test_alerter_that_is_well_says_error_nowhere(letter: Letter) -> None:
    """TG:367 greps for it in any case."""
    assert "error" not in letter.quiet_alerter.lower()
    assert "Processing event" in letter.quiet_alerter


def test_no_line_speaks_of_selinux_where_it_denies_nothing(letter: Letter) -> None:
    assert [label for label, log in letter.logs.items() if "selinux" in log.lower()] == []


def test_no_secret_is_in_any_log(letter: Letter) -> None:
    secrets = {*CANARIES.values(), letter.vault.root_token, URL_CANARY, GUESS}
    everything = letter.logs | letter.files
    assert [(label, one) for label, log in everything.items() for one in secrets if one in log] == []


@pytest.mark.parametrize(
    ("service", "name"), [(one, "moog-forwarder" if one == "forwarder" else one) for one in SERVICES]
)
def test_what_goes_to_the_journal_is_in_the_file_too_across_a_rotation(letter: Letter, service: str, name: str) -> None:
    """C-78: `create` of logrotate, without a word to us."""
    rotated, current = letter.files[f"{name}.log.1"], letter.files[f"{name}.log"]
    assert rotated
    assert current
    written = sorted((rotated + current).splitlines())
    told = [line for line in letter.logs[service].splitlines() if not line.startswith("<")]
    assert [line for line in told if line not in set(written)] == []
