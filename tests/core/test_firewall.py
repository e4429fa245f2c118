"""What firewalld lets in: its zones as it prints them, and a port that none of them opens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.firewall import Zone, shut, with_services, zones

PRINTED = """\
block
  target: %%REJECT%%
  ports: 8080/tcp

docker (active)
  target: ACCEPT
  interfaces: docker0
  ports:

public (default, active)
  target: default
  icmp-block-inversion: no
  interfaces: eth0
  sources:
  services: dhcpv6-client mutt ssh
  ports: 9091/tcp 9000-9010/tcp 514/udp
  protocols:
  forward: yes
  masquerade: no
  forward-ports: port=443:proto=tcp:toport=8090:toaddr=
\tport=444:proto=tcp:toport=8091:toaddr=
  source-ports:
  icmp-blocks:
  rich rules:
\trule family="ipv4" source address="192.0.2.0/24" port port="8081" protocol="tcp" accept
\trule family="ipv4" source address="198.51.100.7" port port="8082" protocol="tcp" reject

trusted
  target: ACCEPT
"""


def test_only_zones_in_use_count() -> None:
    assert [(one.name, one.accepts_all) for one in zones(PRINTED)] == [("docker", True), ("public", False)]


@pytest.mark.parametrize("port", [9091, 9000, 9005, 9010, 8090, 8091, 8081])
def test_a_port_is_open_by_itself_in_a_range_by_forwarding_or_by_a_rule(port: int) -> None:
    assert shut(zones(PRINTED), port) == ()


@pytest.mark.parametrize("port", [8080, 9011, 514, 8082])
def test_a_port_of_another_zone_protocol_or_of_a_refusing_rule_is_shut(port: int) -> None:
    assert shut(zones(PRINTED), port) == ("public",)


def test_the_port_of_a_service_is_open() -> None:
    assert shut(with_services(zones(PRINTED), {"mutt": ["8080/tcp"]}), 8080) == ()


def test_a_rule_that_accepts_whatever_the_port_is_in_doubt_and_accuses_nobody() -> None:
    lenient = Zone("public", rules=('rule family="ipv4" source address="192.0.2.0/24" accept',))
    assert shut([lenient], 8080) == ()


@given(st.text(), st.integers(1, 65_535))
def test_any_text_has_an_answer(text: str, port: int) -> None:
    shut(zones(text), port)
    shut(zones(PRINTED + text), port)
