"""What an operator should look at first."""

from __future__ import annotations

from mutt_cli.core.status import Facts, Finding, Waiting, findings

WELL = {
    "redis": True, "database": True, "vault": None, "ingestor": True, "alerters": 1, "forwarders": 1, "remainder": 0,
    "breaker": "CLOSED",
}  # fmt: skip


def told(**waiting: object) -> list[Finding]:
    return list(findings(Facts(**WELL, waiting=Waiting(**waiting))))  # type: ignore[arg-type]


def test_nothing_is_wrong_when_nothing_waits() -> None:
    assert told() == []


def test_delivery_limit_is_named_with_what_waits_for_it() -> None:
    found = told(limited=5123, limit="RATE_LIMIT_MAX_REQUESTS (100 in 60 s)")
    assert [one.state for one in found] == ["warn"]
    assert found[0].text.startswith("5,123 alerts wait for the delivery limit RATE_LIMIT_MAX_REQUESTS (100 in 60 s)")


def test_what_is_set_aside_comes_back_by_itself_only_if_somebody_brings_it() -> None:
    brought = told(set_aside=3, remediation=True)[0].text
    assert "remediation returns" in brought
    assert "mutt dlq list --by reason" in brought
    assert "no remediation is at work" in told(set_aside=3, remediation=False)[0].text
    assert told(set_aside=0, remediation=False) == []


def test_what_waits_for_a_person_is_told_with_the_way_to_see_it() -> None:
    found = told(by_hand=(("poison messages", "dead", 2), ("refused items of batches", "quarantine", 1)))
    assert "2 poison messages need a person: mutt dlq list dead shows" in found[0].text
    assert "1 refused items of batches need" in found[1].text
