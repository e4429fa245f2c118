"""Which processes a snapshot knows of, and how they are: leases, readers and pages of this host together."""

from __future__ import annotations

from mutt_cli.adapters.health_probe import Answer
from mutt_cli.adapters.queue_reading import Worker
from mutt_cli.ops.snapshot.services import instances

SILENT = Answer("127.0.0.1:8083", 0, "its page does not answer within 2 s", silent=True)
REFUSED = Answer("127.0.0.1:8083", 0, "Connection refused")
LAPSED = Worker("moog", "pod-1", None, 3)


def forwarders(answer: Answer, *workers: Worker) -> list[tuple[str, str, str]]:
    known = instances({"forwarder": answer}, workers)
    return [(one.name, one.state, one.detail) for one in known if one.service == "forwarder"]


def test_who_stands_still_beyond_its_lease_is_not_gone() -> None:
    """Its port is still held: to start another one beside it would not help."""
    assert forwarders(SILENT, LAPSED) == [("pod-1", "unhealthy", SILENT.detail)]
    assert [one.in_hand for one in instances({"forwarder": SILENT}, [LAPSED]) if one.service == "forwarder"] == [3]


def test_who_has_no_lease_and_whose_port_is_free_is_gone() -> None:
    assert forwarders(REFUSED, LAPSED) == [("pod-1", "down", "no heartbeat")]


def test_one_page_does_not_tell_which_of_two_stands_still() -> None:
    both = forwarders(SILENT, LAPSED, Worker("moog", "pod-2", None, 0))
    assert {state for _, state, _ in both} == {"down"}
