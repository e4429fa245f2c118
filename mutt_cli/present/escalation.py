"""The guide's escalation template (TG:1899-1934), filled in from the parts of a bundle; the rest is marked FILL IN."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.escalation import components, severity
from mutt_cli.core.ledger import IN, OUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mutt_cli.present.bundle import Head, Part

FILL_IN: Final = "FILL IN:"
_MOST: Final = 40
_IDS: Final = 10
_CODE: Final = re.compile(r"MUTT-[A-Z]\d{3}")
_WHOLE: Final = re.compile(r"[0-9a-f-]{36}", re.IGNORECASE)
"""An id that was not redacted."""
_BAD: Final = frozenset(("ERROR", "CRITICAL"))
_NAMES: Final = {"redis": "Redis", "db": "PostgreSQL", "vault": "Vault"}


def escalation(head: Head, parts: Sequence[Part], environment: str) -> str:
    """`escalation.md`. Every field of the template is there, in its order."""
    left: dict[str, Any] = {one.name: one.fields for one in parts if one.error is None}
    status = left.get("status")
    where = components(status)
    grave = severity(status)
    lines = [
        f"Subject: MUTT v2.5 - [{grave}] [{', '.join(where) or 'unknown'}] {head.incident or 'no incident id'}",
        f"{FILL_IN} a brief description in the subject",
        "",
        f"Severity: {grave} (judged from the status of this moment)",
        f"Component: {', '.join(where) or f'{FILL_IN} nothing is down by itself'}",
        f"Environment: {environment or FILL_IN}",
        f"Time: {_at(head.since)} to {_at(head.until)}, collected {_at(head.made_at)}",
    ]
    sections = {
        "Issue Description": [f"{FILL_IN} what was noticed, by whom"],
        "Impact": [*_impact(left), f"{FILL_IN} business impact, affected users and systems"],
        "Steps to Reproduce": [f"1. {FILL_IN}"],
        "Observed Behavior": _observed(left, parts),
        "Expected Behavior": [
            "every event that was accepted is delivered, or ends in an outcome that the ledger counts",
            f"{FILL_IN} what else should have happened",
        ],
        "Troubleshooting Performed": [*_performed(left), f"{FILL_IN} what was done without mutt"],
        "Logs and Evidence": _evidence(parts),
        "Correlation IDs (if applicable)": _ids(left) or ["none was seen in dead letters or errors"],
        "Configuration": list(_configuration(left)),
        "Suggested Next Steps": [f"{FILL_IN}"],
    }
    for title, body in sections.items():
        lines += ["", f"{title}:", *body]
    return "\n".join(lines) + "\n"


def _at(moment: Any) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _impact(left: Mapping[str, Any]) -> Iterator[str]:
    ledger = left.get("ledger")
    if ledger is not None:
        yield "- since the ledger began: " + ", ".join(f"{ledger[name]:,} {name}" for name in (*IN, *OUT))
        names = ("in_flight", "refused", "remainder", "missing_count", "extra_count", "forgotten")
        yield "- now: " + ", ".join(f"{name.replace('_', ' ')} {ledger[name]:,}" for name in names)
    for one in (left.get("dead-letters") or {}).get("groups", ())[:_MOST]:
        about = "" if one["exact"] else "about "
        because = f" because of {one['reason']}" if one["reason"] else ""
        yield f"- dead letters in {one['queue']}: {about}{one['messages']:,}{because}"
    for one in (left.get("status") or {}).get("queues", ()):
        if one["depth"]:
            oldest = "" if one["oldest_age_seconds"] is None else f", the oldest {one['oldest_age_seconds']:,.0f} s"
            yield f"- queue {one['queue']}: {one['depth']:,} waiting{oldest}"


def _observed(left: Mapping[str, Any], parts: Sequence[Part]) -> list[str]:
    status = left.get("status")
    found = [f"- {one['state']}: {one['text']}" for one in status["findings"]] if status else []
    down = [
        f"- {one.name} could not be read ({one.error.code})" for one in parts if one.error and one.state == "failed"
    ]
    bad = [one for one in left.get("logs") or () if one["level"] in _BAD]
    texts = Counter(f"{one['service']}: {one['message']}" for one in bad)
    logged = [f"- logged {count:,} times: {text[:300]}" for text, count in texts.most_common(_IDS)]
    codes = Counter(code for one in left.get("logs") or () for code in _CODE.findall(one["message"]))
    named = [f"- {code}: {count:,} times in the logs" for code, count in codes.most_common(_IDS)]
    return [*found, *down, *logged, *named] or ["- nothing is found wrong now"]


def _performed(left: Mapping[str, Any]) -> list[str]:
    done = sorted(left.get("operations") or (), key=lambda one: str(one["started_at"]))
    lines = [
        f"{number}. {one['started_at']} {one['actor']}: mutt {' '.join(one['argv'])}"
        f"{f' ({reason})' if (reason := one['reason']) else ''} - {one['state']} {one['operation']}"
        for number, one in enumerate(done[-_MOST:], 1)
    ]
    if len(done) > _MOST:
        lines.insert(0, f"the last {_MOST} of {len(done):,} operations; operations.json has all")
    return lines or ["no operation with mutt in this time"]


def _evidence(parts: Sequence[Part]) -> list[str]:
    there = [f"- {one.file}{f': {one.note}' if one.note else ''}" for one in parts if one.error is None]
    return [*there, *(f"- {one.name}: {one.state}, {one.error.code}" for one in parts if one.error)]


def _ids(left: Mapping[str, Any]) -> list[str]:
    letters = (left.get("dead-letters") or {}).get("newest", ())
    bad = [one for one in left.get("logs") or () if one["level"] in _BAD]
    found = [
        one["correlation_id"] for one in (*letters, *reversed(bad)) if _WHOLE.fullmatch(one["correlation_id"] or "")
    ]
    return [f"- {one}" for one in list(dict.fromkeys(found))[:_IDS]]


def _configuration(left: Mapping[str, Any]) -> Iterator[str]:
    versions, status = left.get("versions") or {}, left.get("status") or {}
    yield f"- MUTT Version: {versions.get('mutt') or FILL_IN}"
    yield f"- Deployment: {versions.get('deployment') or FILL_IN}"
    yield f"- OS: {versions.get('system') or FILL_IN}, {versions.get('kernel') or ''}"
    server = {
        "redis": " ".join((left.get("redis") or {}).get(name) or "" for name in ("engine", "server_version")).strip(),
        "db": (left.get("database") or {}).get("server_version"),
        "vault": (left.get("vault") or {}).get("server_version"),
    }
    for name, title in _NAMES.items():
        state = next((one["state"] for one in status.get("backends", ()) if one["name"] == name), "unknown")
        yield f"- {title} Version: {server[name] or f'not known, {title} is: {state}'}"
    changed = [one["key"] for one in left.get("configuration") or () if one["source"] != "default"]
    yield f"- settings that are not the default: {', '.join(changed) or 'none'} (configuration.json)"
