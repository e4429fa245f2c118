"""The files of a support bundle: each part as its command shows it, with nothing in it that the list does not name."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.errors import MuttError, NotFoundError, RefusedError
from mutt_cli.ops.gather import bug
from mutt_cli.ops.metrics import series
from mutt_cli.present import database, redis, vault
from mutt_cli.present.audit import audit_row
from mutt_cli.present.bundle_fields import FIELDS
from mutt_cli.present.dlq import groups_listing, letters_listing
from mutt_cli.present.encode import json_text, plain
from mutt_cli.present.flow import flow_rows
from mutt_cli.present.logs import log_row
from mutt_cli.present.metrics import metric_listing
from mutt_cli.present.operations import operation_row
from mutt_cli.present.output import Document
from mutt_cli.present.reconcile import reconcile_document
from mutt_cli.present.settings import settings_listing
from mutt_cli.present.status import status_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from mutt_cli.adapters.bundle_file import Written
    from mutt_cli.core.allowlist import Sieve
    from mutt_cli.ops.gather import Looked

KIND: Final = "mutt.bundle"
_MOST_BYTES: Final = 4_000_000
"""Of log lines; the newest are kept."""
_HELPERS: Final = frozenset(("settings", "secrets"))
"""Looks that are no part of their own."""


@dataclass(frozen=True)
class Part:
    """One part: its file (empty: none), and why there is none. `fields` is what left, for the escalation."""

    name: str
    took_s: float
    file: str = ""
    content: bytes = b""
    fields: Any = None
    error: MuttError | None = None
    note: str = ""

    @property
    def state(self) -> str:
        """`there`, `failed`, or `absent`: this host has no such thing."""
        if self.error is None:
            return "there"
        return "absent" if isinstance(self.error, NotFoundError) else "failed"


@dataclass(frozen=True)
class Head:
    """What a bundle is about."""

    context: str
    incident: str
    since: datetime
    until: datetime
    made_at: datetime


def parts_of(looked: Mapping[str, Looked], sieve: Sieve) -> list[Part]:
    """Every part, sifted."""
    seen = looked["settings"].found
    shown: dict[str, Callable[[Any], Any]] = {
        "versions": lambda found: found,
        "status": lambda found: status_document(found).fields,
        "configuration": lambda found: settings_listing(found, seen).rows,
        "flow": flow_rows,
        "metrics": lambda found: metric_listing(series(found), ()).rows,
        "dead-letters": _letters,
        "ledger": lambda found: reconcile_document(found).fields,
        "operations": lambda found: [operation_row(one) for one in found.operations],
        "audit": lambda found: [audit_row(one) for one in found.rows],
        "logs": lambda found: [log_row(one, "json") for one in found.entries],
        "redis": lambda found: {**redis.info_document(found[0]).fields, "memory": asdict(found[1])},
        "database": lambda found: database.status_document(*found).fields,
        "vault": lambda found: vault.status_document(found).fields,
        "token": lambda found: vault.token_document(found).fields,
        "crashes": lambda found: [asdict(one) for one in found],
    }
    return [_part(one, shown[one.name], sieve) for one in looked.values() if one.name not in _HELPERS]


def _letters(found: Any) -> dict[str, Any]:
    groups = groups_listing(found.groups, "reason")
    return {**groups.fields, "groups": groups.rows, "newest": letters_listing(found.newest).rows}


def _part(one: Looked, shown: Callable[[Any], Any], sieve: Sieve) -> Part:
    if one.error is not None:
        return Part(one.name, one.took_s, error=one.error)
    try:
        fields = sieve.only(plain(shown(one.found)), FIELDS[one.name])
        content, note = _encoded(one, fields)
    except Exception as problem:  # noqa: BLE001  a part that cannot be shown must not cost the bundle
        return Part(one.name, one.took_s, error=bug(problem))
    if sieve.holds_secret(content):
        return Part(one.name, one.took_s, error=leak(one.name))
    suffix = "jsonl" if one.name == "logs" else "json"
    return Part(one.name, one.took_s, f"{one.name}.{suffix}", content.encode("utf-8", "replace"), fields, note=note)


def leak(name: str) -> MuttError:
    """A finished text held a known secret all the same."""
    return RefusedError(
        f"{name} held a secret after it was redacted, and was left out", code="MUTT-G050",
        why="the other parts are there; this is a fault of the list of what may leave",
    )  # fmt: skip


def _encoded(one: Looked, fields: Any) -> tuple[str, str]:
    """Text of the file, and what is worth knowing about it. Log lines are bounded in bytes too."""
    if one.name != "logs":
        return json_text(fields, indent=1) + "\n", ""
    lines, size = [], 0
    for row in reversed(fields):
        lines.append(json_text(row) + "\n")
        size += len(lines[-1])
        if size > _MOST_BYTES:
            break
    whole = one.found.whole and len(lines) == len(fields)
    note = f"{len(lines):,} lines" + ("" if whole else ", the newest; there are more")
    return "".join(reversed(lines)), "; ".join([note, *one.found.warnings])


def part_rows(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Every part in JSON."""
    return [
        {
            "part": one.name,
            "state": one.state,
            "file": one.file or None,
            "size_bytes": len(one.content),
            "took_seconds": round(one.took_s, 3),
            "code": one.error.code if one.error else None,
            "reason": one.error.message if one.error else None,
            "note": one.note or None,
        }
        for one in parts
    ]


def manifest(head: Head, parts: Sequence[Part], sieve: Sieve) -> str:
    """`manifest.json`: what is in the bundle, what is missing and why, and how it was redacted."""
    rows = part_rows(parts)
    for row in rows:
        row["reason"] = sieve.words(row["reason"]) if row["reason"] else None
        row["note"] = sieve.words(row["note"]) if row["note"] else None
    fields = {
        "kind": "mutt.bundle.manifest",
        "version": 1,
        "context": sieve.name(head.context),
        "incident": head.incident or None,
        "made_at": head.made_at,
        "since": head.since,
        "until": head.until,
        "redaction": "listed fields alone; of texts the words of MUTT itself, <N> stands for N other characters;"
        " no payload of a message",
        "left_out": sieve.dropped,
        "parts": rows,
    }
    return json.dumps(plain(fields), indent=1) + "\n"


def bundle_document(head: Head, parts: Sequence[Part], written: Written, severity: str, left_out: int) -> Document:
    """`mutt bundle`."""
    fields = {
        "path": str(written.path),
        "size_bytes": written.size_bytes,
        "sha256": written.sha256,
        "incident": head.incident or None,
        "since": head.since,
        "until": head.until,
        "severity": severity,
        "left_out": left_out,
        "parts": part_rows(parts),
    }
    there = sum(one.error is None for one in parts)
    text = [
        str(written.path),
        f"  {written.size_bytes:,} bytes, sha256 {written.sha256}",
        f"  {there} of {len(parts)} parts, judged {severity}; {left_out:,} fields and words were left out",
        *(f"  {one.state}: {one.name}: {one.error.message} ({one.error.code})" for one in parts if one.error),
        f"  {'; '.join(f'{one.name}: {one.note}' for one in parts if one.note)}",
        f"next: tar -xzf {shlex.quote(str(written.path))}",
        "      fill in the lines of its escalation.md that begin with FILL IN, then attach the archive",
    ]
    return Document(KIND, fields, text=[line for line in text if line.strip()], name=str(written.path))
