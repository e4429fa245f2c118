"""`mutt doctor`: evidence gathered once, in parallel, and judged by `core/diagnosis`. Nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import re2

from mutt_cli.adapters import dynamic_store, host
from mutt_cli.adapters.clock import utc_now
from mutt_cli.core.diagnosis import diagnose
from mutt_cli.core.diagnosis.evidence import Evidence, Moogsoft, RuleFact
from mutt_cli.core.rules import options
from mutt_cli.ops import dlq_list, dynamic, metrics, moog, rule_views
from mutt_cli.ops.dlq_replay import LETTERS
from mutt_cli.ops.doctor import certificates, local
from mutt_cli.ops.gather import connected, together
from mutt_cli.ops.health import judged
from mutt_cli.ops.snapshot import take
from mutt_cli.settings import BY_DYNAMIC, BY_ENV, value_of
from mutt_cli.settings.values import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.core.checks import Check
    from mutt_cli.core.diagnosis.cause import Finding
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.gather import Looked
    from mutt_cli.ops.snapshot.local import Folders
    from mutt_cli.settings import Settings

_OF_THE_PROCESS: Final = frozenset({"MUTT_STATE_DIR", "LOG_DIR", "POD_NAME"})
"""Settings that a unit or a platform gives each process, whatever the file says."""
_REFUSED: Final = "mutt_ingest_requests_total"
_EXAMPLES: Final = 50
_EXAMPLES_S: Final = 2.0


@dataclass(frozen=True)
class Examined:
    """What was found, and what could not be looked at."""

    findings: tuple[Finding, ...]
    evidence: Evidence
    missing: tuple[Looked, ...]
    """Looks beside the snapshot that failed; the snapshot's own are findings."""


def examine(
    configuration: Configuration, folders: Folders, environ: Mapping[str, str], context: str, seconds: float
) -> Examined:
    """Look at everything at once, and judge it; all within so many seconds."""
    settings = configuration.settings
    alone = partial(connected, settings)
    looks: dict[str, Callable[[], Any]] = {
        "snapshot": lambda: take(configuration, folders, seconds - _MARGIN_S),
        "moogsoft": alone(lambda backends: _moogsoft(backends, configuration)),
        "dead letters": alone(_letters),
        "rules": alone(_rules),
        "metrics": alone(_refusals),
        "database": alone(_stores),
        "settings": alone(lambda backends: _settings(backends, configuration)),
        "host": lambda: local.look(configuration, folders, environ),
        "firewall": lambda: local.shut_ports(settings),
        "certificates": lambda: certificates.look(settings),
    }
    answers = together(looks, settings, seconds)
    evidence = _evidence(answers, configuration, context)
    missing = tuple(one for name, one in answers.items() if one.error is not None and name != "snapshot")
    return Examined(diagnose(evidence), evidence, missing)


_MARGIN_S: Final = 0.5


def _evidence(answers: Mapping[str, Looked], configuration: Configuration, context: str) -> Evidence:
    snapshot, settings = answers["snapshot"].found, configuration.settings
    letters, words = answers["dead letters"].found or ({}, {})
    refused, pending = answers["settings"].found or ({}, {})
    stores, indexes = answers["database"].found or ((), {})
    found = Evidence(
        snapshot=snapshot,
        checks={one.id: one for one in judged(snapshot, settings)},
        context=context,
        env_file=str(configuration.env_file or "/etc/mutt/mutt.env"),
        moogsoft=answers["moogsoft"].found,
        letters=letters,
        words=words,
        rules=answers["rules"].found or (),
        refusals=answers["metrics"].found or {},
        stores=stores,
        indexes=indexes,
        refused_settings=refused,
        pending_restarts=pending,
    )
    if answers["host"].found is None:
        return found
    stolen = local.stolen_ports(settings, snapshot.services.value or ())
    host_facts = replace(
        answers["host"].found, stolen_ports=stolen, shut_ports=answers["firewall"].found or (),
        certificates=answers["certificates"].found or (),
    )  # fmt: skip
    return replace(found, host=host_facts)


def _moogsoft(backends: Backends, configuration: Configuration) -> Moogsoft | None:
    settings = moog.settings_of(backends, configuration, "")
    if not settings.webhook_url:
        return None
    probed = moog.try_out(backends, settings)
    failed = next((one.name for one in probed.steps if not one.ok), "")
    took = sum(one.milliseconds for one in probed.steps) / 1000
    return Moogsoft(probed.address, probed.works, failed, probed.text, probed.status, probed.key_refused, took)


def _letters(backends: Backends) -> tuple[dict[str, dict[str, int]], dict[str, str]]:
    """Dead letters by queue and reason, and the words of one of the newest with each reason."""
    found: dict[str, dict[str, int]] = {}
    for group in dlq_list.grouped(backends, LETTERS, (), "reason").groups:
        found.setdefault(group.queue, {})[group.value] = group.messages
    newest = dlq_list.listed(backends, LETTERS, (), most=_EXAMPLES, seconds=_EXAMPLES_S)
    words = {one.message.delivery.reason: one.message.delivery.error for one in reversed(newest.letters)}
    return found, {reason: text for reason, text in words.items() if text}


def _rules(backends: Backends) -> tuple[RuleFact, ...]:
    """The enabled ones."""
    return tuple(
        RuleFact(one.image["id"], one.image["rule_name"], one.problem, greedy=not one.problem and _greedy(one.image))
        for one in rule_views.rules(backends, utc_now())
        if one.image["enabled"]
    )


def _greedy(image: Mapping[str, Any]) -> bool:
    """Whether it finds something in every text, because it finds something in none."""
    return image["match_type"] == "regex" and re2.search(image["pattern"], "", options()) is not None


def _refusals(backends: Backends) -> dict[str, float]:
    """Requests that are refused, in each second, by reason; over the time between two looks."""
    found: dict[str, float] = {}
    for one in metrics.series(metrics.read(backends, twice=True), _REFUSED, each=False):
        labels = dict(one.labels)
        if labels.get("status") == "fail" and one.rate:
            found[labels.get("reason", "")] = found.get(labels.get("reason", ""), 0.0) + one.rate
    return found


def _stores(backends: Backends) -> tuple[tuple[Check, ...], dict[str, str]]:
    """What is judged of PostgreSQL, and the indexes that nothing can use."""
    from mutt_cli.ops import database_indexes  # noqa: PLC0415  psycopg, which only this look needs
    from mutt_cli.ops.database_health import health  # noqa: PLC0415

    conn = backends.postgres()
    checks, indexes = health(conn, backends.settings).checks, database_indexes.report(conn).rows
    return checks, {one.name: one.state for one in indexes if one.state in {"missing", "invalid"}}


def _settings(backends: Backends, configuration: Configuration) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Stored values that no daemon can use, and services of this host that run with other static settings."""
    seen, here = dynamic.view(backends, configuration), host.hostname()
    refused = {name: _shown(name, seen.chosen.get(name, "")) for one in seen.readers for name in one.refused}
    pending: dict[str, tuple[str, ...]] = {}
    for reader in seen.readers:
        names = _differing(reader, configuration.settings) if reader.host == here else []
        if names:
            pending[reader.service] = tuple(names)
    return refused, pending


def _shown(name: str, text: str) -> str:
    """A stored value as it may be told: what may hold a secret is masked."""
    declaration = BY_DYNAMIC.get(name)
    return shown(declaration, text) if declaration is not None and declaration.may_hold_secret else repr(text)


def _differing(reader: dynamic_store.Reader, settings: Settings) -> list[str]:
    """Static settings of which a process runs with another value than the file of this host says now."""
    return [
        name
        for name, one in BY_ENV.items()
        if reader.service in one.services
        and not one.dynamic
        and not one.secret  # which no process tells
        and name not in _OF_THE_PROCESS
        and "_PORT" not in name  # a second daemon of a service on one host has its own
        and reader.values  # an earlier release tells nothing
        and reader.value(one) != dynamic_store.told(one, value_of(settings, one))
    ]
