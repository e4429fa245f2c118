"""Text that attacks whoever looks at it, through every format of every command that lists: nothing arrives raw."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from mutt_cli.commands.tree import Leaf, leaves
from mutt_cli.present.output import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.commands.world import World

HOSTILE = (
    "\x1b[31mred\x1b[0m \x1b]0;title\x07", "\x9b31m", "[bold]markup[/bold] [/var] :boom:", "a\u202egnp.exe\u202c",
    "nul\x00here", "tab\there\nnewline\rreturn", '=HYPERLINK("x")', "+1+1", "@SUM(A1)", "-2+3", "\u2028sep\u2066",
    "x" * 1_000_000, "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"), "%s{}{0}$(id)`id`", "\u200b",
)  # fmt: skip
"""What devices and strangers may write."""
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
FORMULA = re.compile(r"^[=+\-@]\D")
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "queue peek": ("dlq-moog", "-n", "0"), "dlq list": ("-n", "0"), "rule history": ("link-down",),
    "rule diff": ("FILE",),
}  # fmt: skip
"""What a command needs, or what makes it show the hostile rows."""
LISTINGS = [one for one in leaves() if one.spec.listing and not one.alias]


@pytest.fixture(scope="module", autouse=True)
def corpus(deployment: Any) -> Iterator[None]:
    """Hostile letters in three queues, and hostile reasons in the operations journal."""
    client = deployment.redis
    client.hset("mutt:remediation:paused", mapping={"dlq-moog": "x", "dlq-alerter": "x"})
    for text in HOSTILE:
        letter = {
            "message": text, "hostname": text[:200], "rule": {"name": text[:200]}, "correlation_id": text[:50],
            "_delivery": {"reason": text[:200], "error": text[:200], "attempts": 1},
        }  # fmt: skip
        client.lpush("mutt:dlq:moog", json.dumps(letter))
        client.lpush("mutt:dlq:old_events", text.encode("utf-8", "replace"))
    for text in (one for one in HOSTILE if "\x00" not in one and len(one) < 500):
        deployment.mutt("dlq", "pause", "dlq-moog", "--reason", text)
        with psycopg.connect(deployment.dsn, autocommit=True) as conn:
            conn.execute("INSERT INTO dev_hosts (hostname) VALUES (%s) ON CONFLICT DO NOTHING", (text[:100],))
            conn.execute("UPDATE alert_rules SET description = %s WHERE rule_name = 'link-down'", (text,))
    (deployment.folder / "rules.yaml").write_bytes(deployment.mutt("rule", "export").stdout.encode())
    yield
    with psycopg.connect(deployment.dsn, autocommit=True) as conn:
        conn.execute("DELETE FROM dev_hosts")
        conn.execute("UPDATE alert_rules SET description = NULL")
    client.delete("mutt:dlq:moog", "mutt:dlq:old_events", "mutt:remediation:paused")


USUAL = ("table", "csv")
FORMS = [*USUAL, *(pytest.param(one, marks=pytest.mark.nightly) for one in FORMATS if one not in USUAL)]
"""The others print the same values by the same functions: each night."""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("leaf", LISTINGS, ids=lambda leaf: leaf.spec.path)
def test_nothing_of_a_listing_is_raw(world: World, leaf: Leaf, form: str) -> None:
    more = ARGUMENTS.get(leaf.spec.path)
    needed = [one for one in leaf.command.params if one.param_type_name == "argument" and one.required]
    if needed and more is None:
        pytest.fail(f"say in ARGUMENTS what mutt {leaf.spec.path} needs")
    words = [str(world.stack.folder / "rules.yaml") if one == "FILE" else one for one in more or ()]
    answer = world.mutt(*leaf.words, *words, "-o", form, "--timeout", "20s", code=None)
    refuses = {2} if leaf.spec.path == "rule diff" else set()  # a file with such a rule is refused as a whole
    assert answer.code in {0, 1, 3, 5, 6} | refuses, answer.err
    assert not RAW.search(answer.out.replace("\t", "")), repr(RAW.search(answer.out))
    assert not RAW.search(answer.err)
    if form == "csv" and answer.out:
        csv.field_size_limit(1 << 24)
        cells = [cell for row in csv.reader(io.StringIO(answer.out)) for cell in row]
        assert [cell[:20] for cell in cells if FORMULA.match(cell)] == []
    if form == "json" and answer.out:
        answer.json  # noqa: B018  it can be read
