"""Metrics of all daemons without knowing a port: each daemon says in Redis where its page is; each page is read.

Where Redis is away the pages of this host are read, at the ports of its settings. A daemon that does not answer is a
value that names it.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import dynamic_store, host, metrics_probe
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.core import scrape
from mutt_cli.core.metrics import metrics_address
from mutt_cli.core.snapshot import SERVICES
from mutt_cli.errors import MuttError, NotFoundError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mutt_cli.core.scrape import Family, Histogram, Labels
    from mutt_cli.ops.backends import Backends

SAMPLE_S: Final = 2.0
"""Time between the two pages that a rate is made of; with both reads it stays within the 5 s of a reading command."""
_CALL_S: Final = 1.0
_ANY: Final = frozenset(("", "0.0.0.0", "::", "*"))  # noqa: S104  compared with, not listened on
_LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True)
class Endpoint:
    """One daemon's metrics page. `instance` is how people name it: host and port."""

    service: str
    instance: str
    host: str
    port: int
    expected: bool
    """Whether a daemon says that it is there; else a setting of this host alone says so."""


@dataclass(frozen=True)
class Scraped:
    """What one daemon said, or why nothing. `at_s` is a clock of this machine."""

    endpoint: Endpoint
    families: dict[str, Family]
    trouble: str
    at_s: float


@dataclass(frozen=True)
class Reading:
    """One or two looks at every daemon; `before` is empty after one."""

    now: tuple[Scraped, ...]
    before: tuple[Scraped, ...]
    warnings: tuple[str, ...]

    @property
    def silent(self) -> tuple[Scraped, ...]:
        """Daemons that should have answered and did not."""
        return tuple(one for one in self.now if one.trouble and one.endpoint.expected)

    @property
    def answered(self) -> tuple[Scraped, ...]:
        """Daemons that answered."""
        return tuple(one for one in self.now if not one.trouble)


@dataclass(frozen=True)
class Series:
    """One series of one instance, or (`instance` empty) of all together."""

    name: str
    labels: Labels
    service: str
    instance: str
    kind: str
    help: str
    instances: int
    value: float | None
    """Of a counter and a gauge."""
    rate: float | None
    """Per second: of a counter, and of a histogram's observations."""
    histogram: Histogram | None
    over_s: float | None
    """The time that the histogram's observations are of; None: since the daemon started."""


def endpoints(backends: Backends) -> tuple[list[Endpoint], list[str]]:
    """Where metrics pages are, and what is to be said about those that are not."""
    here, found, warnings = host.hostname(), {}, []
    try:
        readers = dynamic_store.readers(backends.redis(), backends.keys)
    except MuttError as error:
        readers = []
        warnings.append(f"only daemons of this host are asked, at the ports of its settings: {error.message}")
    for reader in readers:
        where = (reader.metrics_host, reader.metrics_port) if reader.metrics_host is not None else None
        address = where or metrics_address(backends.settings, reader.service)
        if address is None or not address[1]:
            warnings.append(f"{reader.service} on {reader.host} serves no metrics (PROMETHEUS_ENABLED=false)")
            continue
        name = reader.host if reader.host != here else _LOOPBACK if address[0] in _ANY else address[0]
        instance = f"{reader.host}:{address[1]}"
        found[(reader.service, instance)] = Endpoint(reader.service, instance, name, address[1], expected=True)
    known = {one.service for one in readers}
    for service in SERVICES:
        address = metrics_address(backends.settings, service)
        if service not in known and address is not None:
            name = _LOOPBACK if address[0] in _ANY else address[0]
            instance = f"{here}:{address[1]}"
            found[(service, instance)] = Endpoint(service, instance, name, address[1], expected=False)
    return list(found.values()), list(dict.fromkeys(warnings))


def read(backends: Backends, *, twice: bool) -> Reading:
    """Look at every daemon, with `twice` again after SAMPLE_S. Raises UnreachableError MUTT-D420 if none answers."""
    where, warnings = endpoints(backends)
    before = _scrape(where) if twice else ()
    if twice:
        time.sleep(SAMPLE_S)
    reading = Reading(_scrape(where), before, tuple(warnings))
    if not reading.answered:
        raise UnreachableError(
            f"no daemon shows its metrics: {'; '.join(_told(one) for one in reading.now) or 'none runs'}",
            code="MUTT-D420",
            why="the daemons are stopped, or PROMETHEUS_ENABLED=false, or their ports cannot be reached from here",
            tries=("mutt status", "mutt config list --where key~METRICS_PORT"),
        )
    silent = [_told(one) for one in reading.silent]
    absent = [one.endpoint.service for one in reading.now if one.trouble and not one.endpoint.expected]
    more = [f"no {', '.join(absent)} runs, as far as this host knows"] if absent else []
    return Reading(reading.now, before, (*warnings, *silent, *more))


def series(reading: Reading, pattern: str = "*", *, each: bool = True) -> list[Series]:
    """Every series whose metric's name fits, for each instance and (last) together.

    Raises NotFoundError MUTT-U420 if no name fits.
    """
    before = {one.endpoint: one for one in reading.before if not one.trouble}
    found: dict[tuple[str, str, Labels], list[Series]] = {}
    for scraped in reading.answered:
        for family in scraped.families.values():
            if not fnmatchcase(family.name, pattern):
                continue
            for one in _of_family(scraped, before.get(scraped.endpoint), family):
                found.setdefault((one.service, one.name, one.labels), []).append(one)
    if not found:
        raise _no_such(reading, pattern)
    return [one for parts in found.values() for one in ((*parts, _together(parts)) if each else (_together(parts),))]


def scraped(backends: Backends) -> tuple[Scraped, ...]:
    """One look at every daemon's page; one that does not answer says why."""
    where, _ = endpoints(backends)
    return _scrape(where)


def names(reading: Reading) -> list[str]:
    """The names of all metrics."""
    return list(dict.fromkeys(name for one in reading.answered for name in one.families))


def _scrape(where: Sequence[Endpoint]) -> tuple[Scraped, ...]:
    with ThreadPoolExecutor(max_workers=max(1, min(32, len(where)))) as pool:
        return tuple(pool.map(_one, where))


def _one(endpoint: Endpoint) -> Scraped:
    page = metrics_probe.fetch(endpoint.host, endpoint.port, _CALL_S)
    return Scraped(endpoint, scrape.read_page(page.text), page.trouble, boottime_s())


def _of_family(scraped: Scraped, before: Scraped | None, family: Family) -> Iterable[Series]:
    earlier = before.families.get(family.name) if before else None
    seconds = scraped.at_s - before.at_s if before else 0.0
    endpoint = scraped.endpoint
    for labels, value in family.values.items():
        grows = None
        if family.kind == "counter":
            grows = scrape.rate(earlier.values.get(labels) if earlier else None, value, seconds)
        yield Series(
            family.name, labels, endpoint.service, endpoint.instance, family.kind, family.help, 1, value, grows,
            None, None,
        )  # fmt: skip
    for labels, whole in family.histograms.items():
        recent = whole.since(earlier.histograms.get(labels)) if earlier else None
        grows = recent.count / seconds if recent is not None and seconds > 0 else None
        shown, over = (recent, seconds) if recent is not None and recent.count >= scrape.ENOUGH else (whole, None)
        yield Series(
            family.name, labels, endpoint.service, endpoint.instance, family.kind, family.help, 1, None, grows,
            shown, over,
        )  # fmt: skip


def _together(parts: Sequence[Series]) -> Series:
    first = parts[0]
    values = [one.value for one in parts if one.value is not None]
    rates = [one.rate for one in parts if one.rate is not None]
    # Observations of two seconds and of a whole life are not added: then only the recent ones count.
    recent = [one for one in parts if one.over_s is not None]
    shown = scrape.together(one.histogram for one in recent or parts if one.histogram is not None)
    return Series(
        first.name, first.labels, first.service, "", first.kind, first.help, len(parts),
        scrape.folded(first.name, values) if values else None, sum(rates) if rates else None,
        shown, recent[0].over_s if recent else None,
    )  # fmt: skip


def _told(one: Scraped) -> str:
    return f"{one.endpoint.service} at {one.endpoint.instance} did not answer: {one.trouble}"


def _no_such(reading: Reading, pattern: str) -> NotFoundError:
    from difflib import get_close_matches  # noqa: PLC0415  needed for one line of one command

    near = get_close_matches(pattern, names(reading), n=3, cutoff=0.5)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    silent = f" ({', '.join(_told(one) for one in reading.silent)})" if reading.silent else ""
    return NotFoundError(
        f"no daemon has a metric {pattern!r}{hint}{silent}", code="MUTT-U420", tries=("mutt metric list",)
    )
