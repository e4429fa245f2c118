"""Everything that an operator can meet is explained, nothing else is, and what an explanation tells to type exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from mutt_cli.commands import noun_named
from mutt_cli.core import pipeline
from mutt_cli.core.diagnosis import BY_ID as CAUSES
from mutt_cli.core.explained import AREAS, codes, every_code
from mutt_cli.core.explained.keys import KEYS, QUEUES
from mutt_cli.core.explained.lookup import look_up, names, near
from mutt_cli.core.explained.messages import MESSAGES
from mutt_cli.core.explained.metrics import METRICS as ADVICE
from mutt_cli.core.health.catalogue import CATALOGUE
from mutt_cli.core.metrics import METRICS
from mutt_cli.keys import Keys
from mutt_cli.present.explanation import explanation_document
from tests.acceptance.frame import mutt
from tests.contract.command_table import built, known, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES: Final = Path(__file__).resolve().parents[2] / "mutt_cli"
EXPLAINED: Final = SOURCES / "core" / "explained"
CODE: Final = re.compile(r"MUTT-[A-Z]\d{3}")
QUOTED: Final = {
    "redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.": "REDIS_HOST",
    "psycopg2.OperationalError: FATAL: sorry, too many clients already": "connection",
    "hvac.exceptions.Forbidden: permission denied": "Vault",
    "ValueError: Required secret INGEST_API_KEY not found in Vault": "Vault",
    "Circuit breaker is OPEN, skipping forward": "Moogsoft",
    "Backpressure: Queue depth 2100 exceeds shed threshold 2000, shedding event": "alerter_queue_shed_threshold",
    "OOM command not allowed": "maxmemory",
}
"""The messages that the guides quote as exact errors, and a word that what they mean cannot do without."""


def raised() -> set[str]:
    """Every code that is written in the code, as a value by itself; docstrings and comments do not count."""
    found: set[str] = set()
    for path in SOURCES.rglob("*.py"):
        if EXPLAINED not in path.parents:
            constants = (one for one in ast.walk(ast.parse(path.read_text())) if isinstance(one, ast.Constant))
            found |= {one.value for one in constants if isinstance(one.value, str) and CODE.fullmatch(one.value)}
    return found


def explained() -> Iterator[str]:
    """Everything that can be looked up, by a word that finds it."""
    yield from names()
    yield from MESSAGES
    for name in KEYS:
        declared = getattr(Keys, name)
        yield getattr(Keys(), name) if isinstance(declared, property) else _key(name)


def _key(name: str) -> str:
    blanks = {"breaker": ("state",), "processing": ("alerter", "one"), "unhandled": ("core-sw1", "f00")}
    makers = getattr(Keys(), name)
    count = makers.__code__.co_argcount - 1
    return str(makers(*blanks.get(name, ("moog", "one")[:count])))


def test_every_code_of_the_program_is_explained_and_no_other() -> None:
    there, known_ones = raised(), set(every_code())
    assert sorted(there - known_ones) == [], "add a line to the module of its letter in mutt_cli/core/explained"
    assert sorted(known_ones - there) == [], "no code says this any more"


@pytest.mark.parametrize("letter", AREAS)
def test_a_code_is_explained_in_the_module_of_its_letter(letter: str) -> None:
    assert [code for code in codes(letter) if code[5] != letter] == []


def test_every_metric_key_and_queue_is_explained_and_no_other() -> None:
    assert sorted(ADVICE) == sorted({metric.name for metric in METRICS})
    assert sorted(KEYS) == sorted(name for name in vars(Keys) if not name.startswith("_") and name != "tag")
    assert list(QUEUES) == [queue.name for queue in pipeline.QUEUES]


@pytest.mark.parametrize("word", sorted(set(explained())))
def test_what_is_explained_is_found_says_what_to_do_and_is_short(word: str) -> None:
    found = look_up(word)
    assert found is not None
    assert found.explanation.means
    assert found.explanation.events
    assert found.explanation.tries or found.sort == "code"
    assert len(explanation_document(found).text) <= 16


@pytest.mark.parametrize("word", sorted(set(explained())))
def test_the_program_understands_what_an_explanation_tells_to_type(word: str) -> None:
    found = look_up(word)
    assert found is not None
    for line in found.explanation.tries:
        if line.startswith("mutt "):
            words = line.removeprefix("mutt ")
            assert known(words.split()) in built(), line
            parsed(words)
    for words in re.findall(r"`mutt ([^`]*)`", f"{found.explanation.means} {found.explanation.events}"):
        assert noun_named(words.split()[0]), words


@pytest.mark.parametrize("quoted", QUOTED)
def test_a_message_of_the_guides_is_found_whole_and_in_part(quoted: str) -> None:
    whole = look_up(f"2026-11-28T02:41:07Z alerter[812]: {quoted}")
    assert whole is not None
    assert QUOTED[quoted] in explanation_document(whole).text[1] + whole.explanation.means
    assert look_up(quoted[-len(quoted) // 2 :]) == whole


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("r101", "MUTT-R101"),
        ("mutt:dlq:moog", "dlq-moog"),
        ("mutt:{lane}:journal", "mutt:journal"),
        ("mutt:processing:alerter:mutt-a-1", "mutt:processing:<role>:<pod>"),
        ("inflight-alerter-mutt-a-1", "inflight-alerter-mutt-a-1"),
        ("mutt_ingest_latency_seconds_bucket", "mutt_ingest_latency_seconds"),
        ('mutt_ingest_requests_total{status="fail",reason="queue_full"}', "mutt_ingest_requests_total"),
        ("max_ingest_queue_size", "INGEST_QUEUE_CAP"),
        ("alerter_shed_mode", "ALERTER_SHED_MODE"),
        ("Error 111 connecting", next(iter(QUOTED))),
        ("http_400", "http_400"),
    ],
)
def test_people_need_not_know_the_exact_name(word: str, name: str) -> None:
    found = look_up(word)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("word", ["", " ", "R999", "mutt:", "e", "the", "mutt:dlq:mog", "\x1b[31m"])
def test_what_is_not_known_is_not_guessed(word: str) -> None:
    assert look_up(word) is None


def test_near_names_are_told() -> None:
    assert near("dlq-mog")[0] == "dlq-moog"
    assert near("circuit_breaker_stat")[0].startswith("mutt_moog_circuit_breaker") or "breaker" in near("breaker")[0]
    assert near("quux") == []


def test_it_works_where_every_back_end_is_away_and_loads_no_driver(tmp_path: Path) -> None:
    env = {"REDIS_HOST": "192.0.2.1", "POSTGRES_HOST": "192.0.2.1", "VAULT_ADDR": "http://192.0.2.1:8200"}
    answer = mutt(tmp_path, "explain", "MUTT-R101", env=env)
    assert (answer.code, answer.out.partition("\n")[0]) == (0, "MUTT-R101  (code)")
    nothing = mutt(tmp_path, "explain", "dlq-mog", env=env)
    assert (nothing.code, "mutt explain dlq-moog" in nothing.err) == (3, True)


def test_an_error_says_where_to_read_on(tmp_path: Path) -> None:
    answer = mutt(tmp_path, "explain", "quux")
    assert answer.err.splitlines()[-1] == "more:  mutt explain MUTT-U003"


@pytest.mark.parametrize("name", [one.id for one in CATALOGUE])
def test_a_check_is_explained_by_the_causes_that_make_it_bad(name: str) -> None:
    found = look_up(name)
    assert found is not None
    assert found.explanation.tries[0] == "mutt doctor"
    alone = [one.id for one in CAUSES.values() if one.explains == (name,)]
    assert all(one in found.explanation.events for one in alone[:3])
