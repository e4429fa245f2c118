"""Taking a snapshot: every source at once, each with its own time; one that hangs costs its own part.

Whatever fails is a part that says why, so that a snapshot can always be taken, within a few seconds.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from mutt_cli.adapters import health_probe
from mutt_cli.adapters.clock import boottime_s, now_ms
from mutt_cli.core.health.limits import Limits
from mutt_cli.core.snapshot import SERVICES, Account, Burn, Part, Snapshot, Trouble
from mutt_cli.errors import UNREACHABLE
from mutt_cli.ops.backends import CALL_TIMEOUT_S
from mutt_cli.ops.gather import BUG, LATE, connected, together
from mutt_cli.ops.reconcile import reconcile
from mutt_cli.ops.snapshot import local, pipeline, servers, services

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.core.snapshot import Instance
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.gather import Kept, Looked
    from mutt_cli.ops.snapshot.local import Folders
    from mutt_cli.ops.snapshot.pipeline import Seen

DEADLINE_S: Final = 3.0
"""For all of it, unless the caller has less: one bounded call, loading drivers, a busy host."""
_NAMED: Final = 5
"""Ids of missing events that a snapshot keeps."""


def take(
    configuration: Configuration, folders: Folders, seconds: float = DEADLINE_S, kept: Kept | None = None,
    recent: Mapping[str, Part[Any]] | None = None,
) -> Snapshot:  # fmt: skip
    """Everything at this moment; what has not answered after so many seconds is a part without a value.

    With `kept` the connections of the last look are used again. `recent` are parts by name that are not looked at
    anew: they stay, with the time at which they were taken.
    """
    settings, at_ms, began = configuration.settings, now_ms(), boottime_s()

    def alone(name: str, look: Callable[[Backends], Any]) -> Callable[[], Any]:
        return connected(settings, look) if kept is None else kept.connected(name, look)

    call_s = min(CALL_TIMEOUT_S, seconds)
    looks: dict[str, Callable[[], Any]] = {
        "redis": alone("redis", servers.redis),
        "db": alone("db", servers.database),
        "pipeline": alone("pipeline", lambda backends: pipeline.look(backends, configuration)),
        "account": alone("account", lambda backends: _account(backends, folders)),
        "host": lambda: local.look(folders, at_ms / 1000),
        **{_page(name): partial(health_probe.ask, *place, call_s) for name, place in services.pages(settings).items()},
    }
    if settings.vault.addr:
        looks["vault"] = lambda: servers.vault_server(settings)
    if configuration.sources["PROMETHEUS_URL"] != "default" and settings.platform.prometheus_url:
        looks["burn"] = alone("burn", lambda backends: _burn(backends, configuration))
    known = recent or {}
    answers = together({name: look for name, look in looks.items() if name not in known}, settings, seconds)

    def part(name: str) -> Part[Any]:
        return known[name] if name in known else _part(answers[name], at_ms)

    flow: Part[Seen] = _part(answers["pipeline"], at_ms)
    return Snapshot(
        at_ms=at_ms,
        took_s=boottime_s() - began,
        redis=part("redis"),
        database=part("db"),
        pipeline=replace(flow, value=flow.value.flow if flow.value else None),  # type: ignore[arg-type]
        services=Part(_instances(answers, flow.value), at_ms=at_ms),
        account=part("account"),
        host=part("host"),
        vault=part("vault") if "vault" in looks else None,
        burn=part("burn") if "burn" in looks else None,
        addresses=servers.addresses(settings),
        limits=Limits.of(flow.value.settings) if flow.value else None,
    )


def _instances(answers: Mapping[str, Looked], seen: Seen | None) -> tuple[Instance, ...]:
    pages = {name: answers[_page(name)].found for name in SERVICES}
    if seen is None:
        return services.by_pages_alone(pages)
    return services.instances(pages, seen.workers, seen.readers, float(seen.settings.worker.heartbeat_expiry))


def _page(service: str) -> str:
    return f"page of {service}"


def _account(backends: Backends, folders: Folders) -> Account:
    found = reconcile(backends, folders.witness)
    return Account(found.remainder, found.missing[:_NAMED], found.waiting, found.warnings)


def _burn(backends: Backends, configuration: Configuration) -> tuple[Burn, ...]:
    from mutt_cli.ops.slo import from_prometheus  # noqa: PLC0415  its client is not needed without a Prometheus

    return tuple(
        Burn(one.objective.name, one.burn_rate, one.objective.warning, one.objective.critical)  # type: ignore[arg-type]
        for one in from_prometheus(backends, configuration).levels
    )


def _part(looked: Looked, at_ms: int) -> Part[Any]:
    taken = at_ms + round(looked.took_s * 1000)
    if looked.error is None:
        return Part(looked.found, None, taken, looked.took_s)
    error = looked.error
    return Part(None, Trouble(error.code, error.message, error.tries, _kind(looked)), taken, looked.took_s)


def _kind(looked: Looked) -> Literal["away", "refused", "late", "bug"]:
    """A back end is away only if it was that one which did not answer: without Vault its password is not known."""
    error = looked.error
    if error is None or error.code == BUG:
        return "bug"
    if error.code == LATE:
        return "late"
    own = error.code.startswith(f"MUTT-{_AREAS.get(looked.name, 'R')}")
    return "away" if own and error.exit_code == UNREACHABLE else "refused"


_AREAS: Final = {"db": "P", "vault": "V", "burn": "U"}
"""Letters of the codes of a back end's own failures; Redis' where it is not named."""
