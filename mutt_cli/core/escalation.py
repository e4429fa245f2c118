"""How grave it is and where it sits, as the guide's escalation template asks (TG:1899-1934), judged from the status.

The guide names the four severities and eight components and no rule between; the rule is ours: what loses or refuses
events is P1, what is critical and loses none P2, a warning P3, and nothing found P4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

P1: Final = "P1-Critical"
P2: Final = "P2-High"
P3: Final = "P3-Medium"
P4: Final = "P4-Low"
_BACKENDS: Final = {"redis": "Redis", "db": "PostgreSQL", "vault": "Vault"}
_SERVICES: Final = {
    "ingestor": "Ingestor", "alerter": "Alerter", "forwarder": "Moog Forwarder", "remediation": "Remediation",
    "webui": "Web UI",
}  # fmt: skip


def severity(status: Mapping[str, Any] | None) -> str:
    """By the fields of `mutt status`; None if there is no status, which is grave by itself."""
    if status is None:
        return P1
    if status["state"] == "crit":
        return P1 if _takes_nothing(status) or (status.get("ledger") or {}).get("remainder") else P2
    return {"warn": P3, "ok": P4}.get(status["state"], P2)


def components(status: Mapping[str, Any] | None) -> list[str]:
    """What does not work, by the guide's names, back ends first: what stands on them fails with them."""
    if status is None:
        return []
    found = [_BACKENDS[one["name"]] for one in status["backends"] if one["state"] == "error"]
    services = {one["service"] for one in status["services"]}
    well = {one["service"] for one in status["services"] if one["state"] == "ok"}
    found += [title for name, title in _SERVICES.items() if name in services - well]
    if (status.get("breaker") or {}).get("state", "CLOSED") != "CLOSED":
        found.append(_SERVICES["forwarder"])
    off = [str(one["what"]).partition("/")[0] for one in status["switched_off"]]
    found += [_SERVICES[name] for name in off if name in _SERVICES]
    return list(dict.fromkeys(found))


def _takes_nothing(status: Mapping[str, Any]) -> bool:
    """Whether events are not taken in now: no Redis, or no ingestor that is well."""
    redis = any(one["name"] == "redis" and one["state"] == "error" for one in status["backends"])
    return redis or not any(one["service"] == "ingestor" and one["state"] == "ok" for one in status["services"])
