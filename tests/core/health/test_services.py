"""The five services: who is at work, in which version, with which rules and settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mutt_cli.core.health.limits import Limits
from mutt_cli.core.hold import Hold
from mutt_cli.core.snapshot import Instance, Part, RuleCache
from mutt_cli.core.switches import Off
from mutt_cli.ops.health import judged
from mutt_cli.settings import Settings
from tests.core.health.snapshots import (
    AWAY,
    DATABASE,
    INSTANCES,
    NOW,
    REFUSED,
    WELL,
    bad,
    check,
    checks,
    flowing,
    running,
)

if TYPE_CHECKING:
    from mutt_cli.core.health.check import HealthCheck


def instance(service: str, state: str = "ok", name: str = "x", detail: str = "") -> Instance:
    return Instance(service, name, state, "", detail, version="2.5.0", since="2026-03-08T01:00:00Z")


@pytest.mark.parametrize("service", ["ingestor", "alerter", "forwarder"])
def test_none_at_work_on_the_way_of_alerts_is_critical(service: str) -> None:
    found = check(running(instance(service, "down", detail="no heartbeat")), f"svc.{service}")
    assert (found.state, found.value, found.remedy) == ("critical", 0, "mutt doctor")
    assert "no heartbeat" in found.message


@pytest.mark.parametrize("service", ["remediation", "webui"])
def test_none_at_work_beside_it_is_a_warning(service: str) -> None:
    found = check(running(instance(service, "down")), f"svc.{service}")
    assert (found.state, found.remedy) == ("warning", "mutt doctor")


def test_one_of_several_that_is_down_is_a_warning_that_names_it() -> None:
    found = check(running(instance("alerter"), instance("alerter", "unhealthy", "a2", "it is stopped")), "svc.alerter")
    assert (found.state, found.value, found.maximum) == ("warning", 1, 2)
    assert "a2 unhealthy: it is stopped" in found.message


def test_who_is_switched_off_by_hand_is_a_warning_that_says_by_whom() -> None:
    hold = Hold(actor="mk@bastion", reason="INC-1182")
    snapshot = replace(
        flowing(off=(Off("ingestor", hold),)), services=running(instance("ingestor", "unhealthy")).services
    )
    found = check(snapshot, "svc.ingestor")
    assert found.state == "warning"
    assert "mk@bastion" in found.message


def test_two_versions_are_a_warning_once_the_last_start_is_an_hour_ago() -> None:
    other = replace(instance("webui"), version="2.4.0")
    young = replace(other, since="2026-03-08T02:30:00Z")  # 42 minutes before the snapshot
    assert check(running(other), "svc.version").state == "warning"
    assert check(running(young), "svc.version").state == "ok"
    assert NOW > 0


def cache(*caches: RuleCache, revision: int = 77) -> str:
    snapshot = replace(flowing(caches=caches), database=Part(replace(DATABASE, rules_revision=revision)))
    return check(snapshot, "cache.rules").state


def test_rules_are_stale_after_twice_and_four_times_their_interval() -> None:
    assert [cache(RuleCache("a", 77, age)) for age in (600.0, 601.0, 1201.0)] == ["ok", "warning", "critical"]


def test_alerters_that_decide_with_different_rules_are_a_warning() -> None:
    assert cache(RuleCache("a", 77, 5.0), RuleCache("b", 76, 5.0)) == "warning"


def test_rules_that_were_changed_in_the_database_alone_are_a_warning_once_the_announcement_is_due() -> None:
    assert cache(RuleCache("a", 76, 11.0)) == "warning"
    assert cache(RuleCache("a", 76, 9.0)) == "ok"
    assert cache(RuleCache("a", 78, 11.0)) == "ok"


def test_rules_that_cannot_be_used_or_were_kept_are_a_warning() -> None:
    assert cache(RuleCache("a", 77, 5.0, refused=1)) == "warning"
    assert cache(RuleCache("a", 77, 5.0, kept=True)) == "warning"


def test_daemons_without_the_published_settings_are_named() -> None:
    found = check(flowing(behind=("alerter a2",)), "config.sync")
    assert (found.state, found.value, found.remedy) == ("warning", 1, "mutt config publish")
    assert "alerter a2" in found.message


def test_a_page_that_is_ill_because_redis_is_away_follows_from_redis() -> None:
    ill = tuple(replace(one, state="unhealthy") for one in INSTANCES)
    found = checks(replace(WELL, redis=AWAY, pipeline=AWAY, account=AWAY, services=Part(ill)))
    assert (found["svc.ingestor"].state, found["svc.ingestor"].caused_by) == ("critical", "redis.ping")


def test_what_nobody_could_see_is_unknown_and_never_down() -> None:
    assert bad(replace(WELL, services=Part())) == {
        f"svc.{name}": "unknown" for name in ("ingestor", "alerter", "forwarder", "remediation", "webui", "version")
    }


def test_a_hold_excuses_who_obeys_it_and_not_who_is_gone() -> None:
    one, other = instance("alerter", "unhealthy", "a"), instance("alerter", "down", "b", "its process is gone")

    def held(what: str, *instances: Instance) -> HealthCheck:
        off = flowing(off=(Off(what, Hold(actor="mk")),))
        return check(replace(off, services=running(*instances).services), "svc.alerter")

    assert held("alerter", one).state == "warning"
    assert held("alerter", other).state == "critical"
    assert "its process is gone" in held("alerter/a", one, other, instance("alerter")).message
    assert held("alerter/a", one, other).state == "critical"


def test_services_that_nobody_could_see_while_redis_turns_us_away_are_unknown() -> None:
    blind = replace(WELL, redis=REFUSED, pipeline=REFUSED, account=REFUSED, services=Part(()))
    assert {check(blind, f"svc.{name}").state for name in ("ingestor", "alerter", "webui")} == {"unknown"}


def test_settings_in_force_are_what_is_judged_by() -> None:
    slow = replace(flowing(caches=(RuleCache("a", 77, 1300.0),)), limits=replace(Limits.of(Settings()), reload_s=1800))
    assert [one.state for one in judged(slow, Settings()) if one.id == "cache.rules"] == ["ok"]
