"""What a file or an operator's words mean for the hosts that are there."""

from __future__ import annotations

from typing import Any

import pytest

from mutt_cli.core.change_words import host_line
from mutt_cli.core.host_change import HostFields, HostPlan, Image, changed, entry, planned, read
from mutt_cli.core.record_file import Records
from mutt_cli.core.rule_fields import Trouble


def host(name: str, team: str | None = None, env: str = "prod", team_id: int | None = 1) -> Image:
    return {"host": name, "team": team, "env": env, "team_id": team_id}


LIVE = (host("r1", "net"), host("lab1", env="dev", team_id=None))


def plan(*items: dict[str, Any], complete: bool = False) -> list[str]:
    found = planned(Records(items, complete), LIVE)
    assert isinstance(found, HostPlan), found
    return [host_line(one) for one in found.changes]


def test_fields_that_are_not_named_stay_and_an_empty_environment_is_none() -> None:
    assert plan({"host": "r1", "team": "core"}, {"host": "lab1", "env": None}) == ["host r1: team net -> core"]
    assert plan({"host": "r1", "team": None}) == ["host r1: team net -> none"]
    assert plan({"host": "new"}) == ["host new: added: env prod"]


def test_only_a_complete_file_takes_hosts_away() -> None:
    assert plan({"host": "r1"}) == []
    assert plan({"host": "r1"}, complete=True) == ["host lab1: deleted"]
    assert plan(*(entry(one) for one in LIVE), complete=True) == []


def test_the_id_of_its_row_stays_with_a_host() -> None:
    change = changed(LIVE[0], HostFields("r1", env="dev"))
    assert change is not None
    assert change.after == host("r1", "net", "dev")


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"host": "two words"}, "host: it has spaces"), ({"host": "a\x1b[2J"}, "host: it has spaces"), ({}, "host"),
     ({"host": "a", "env": "test"}, "env"), ({"host": "a", "team": " "}, "team: it is blank"),
     ({"host": "a", "team": "\u202eevil"}, "team: it is blank"),
     ({"host": "a", "owner": "x"}, "a host has no field 'owner'"),
     ({"host": "a" * 256}, "host")],
)  # fmt: skip
def test_what_is_no_host_is_refused_with_the_field(fields: dict[str, Any], said: str) -> None:
    found = read(fields)
    assert isinstance(found, Trouble)
    assert said in found.message


def test_a_host_twice_in_one_file_is_refused() -> None:
    found = planned(Records(({"host": "a"}, {"host": "a"}, {"host": "b c"})), LIVE)
    assert isinstance(found, Trouble)
    assert "two entries are about the host 'a'" in found.message
    assert "host 3: host: it has spaces" in found.message
