"""Settings that only make sense together: what is corrected, and what is merely worth a word."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from mutt_cli.settings.declaration import Declaration, Notice, Value
from mutt_cli.settings.root import BY_ENV, DECLARATIONS, Settings, value_of, with_values

if TYPE_CHECKING:
    from collections.abc import Iterator

_INGEST_LIKE_RATE: Final = 1000
_TLS_PAIRS: Final = (
    ("REDIS_TLS_CLIENT_CERT", "REDIS_TLS_CLIENT_KEY"),
    ("POSTGRES_TLS_CLIENT_CERT", "POSTGRES_TLS_CLIENT_KEY"),
)


def adjust(settings: Settings) -> tuple[Settings, tuple[Notice, ...]]:
    """Raise what would lose work if obeyed to the letter; each raise is told."""
    raised: list[tuple[Declaration, Value]] = []
    notices = []
    for env, least, reason in _floors(settings):
        declaration = BY_ENV[env]
        now = value_of(settings, declaration)
        if isinstance(now, int) and now < least:
            raised.append((declaration, least))
            notices.append(Notice(env, f"{now} raised to {least}: {reason}"))
    return with_values(settings, raised), tuple(notices)


def _floors(settings: Settings) -> tuple[tuple[str, int, str], ...]:
    """Name, least value, reason."""
    worker, moog = settings.worker, settings.moog
    lease = max(2 * worker.heartbeat_interval, math.ceil(2 * moog.timeout))
    return (
        # C-26: an unhandled key must outlive three janitor rounds, or its meta-alert is never raised.
        ("UNHANDLED_EXPIRY_SECONDS", min(3 * worker.janitor_interval + 1, 604_800), "three rounds of JANITOR_INTERVAL"),
        # architecture.md 3: a first crash is everybody's in the batch; the second finds each suspect alone.
        ("ALERTER_MAX_RETRIES", 2, "at the first crash nobody knows which event of the batch it was"),
        # decisions.md D37: a drill may take 60 s, and one begins when the last one has ended.
        ("DRILL_INTERVAL", 60 if settings.drills.interval else 0, "a drill may take 60 s"),
        # architecture.md 3: a delivery must be able to end inside the lease that allows it.
        ("HEARTBEAT_EXPIRY", lease, "twice MOOG_TIMEOUT and twice HEARTBEAT_INTERVAL"),
    )


def advise(settings: Settings) -> tuple[Notice, ...]:
    """What is allowed but probably not meant."""
    return tuple(notice for check in _CHECKS for notice in check(settings))


def _thresholds(settings: Settings) -> Iterator[Notice]:
    alerter, moog, postgres = settings.alerter, settings.moog, settings.postgres
    if alerter.queue_warn_threshold > alerter.queue_shed_threshold:
        yield Notice(
            "ALERTER_QUEUE_WARN_THRESHOLD", "is above ALERTER_QUEUE_SHED_THRESHOLD: no warning before shedding"
        )
    if alerter.queue_shed_threshold > settings.ingest.queue_cap:
        yield Notice("ALERTER_QUEUE_SHED_THRESHOLD", "is above INGEST_QUEUE_CAP: the ingestor refuses events first")
    if moog.retry_initial_delay > moog.retry_max_delay:
        yield Notice("RETRY_INITIAL_DELAY", "is above RETRY_MAX_DELAY, which wins")
    if postgres.pool_min > postgres.pool_max:
        yield Notice("POSTGRES_POOL_MIN", "is above POSTGRES_POOL_MAX, which wins")
    if settings.history.raw_days > settings.history.days:
        yield Notice("HISTORY_RAW_DAYS", "is above HISTORY_DAYS, which wins")


def _destination(settings: Settings) -> Iterator[Notice]:
    moog = settings.moog
    if moog.rate_limit_max_requests >= _INGEST_LIKE_RATE:
        # C-14: the ingestor's tuning table uses this name, but it limits deliveries to Moogsoft.
        yield Notice(
            "RATE_LIMIT_MAX_REQUESTS",
            f"{moog.rate_limit_max_requests} looks meant for ingest; this limits deliveries to Moogsoft, "
            "INGEST_MAX_RATE limits ingest",
        )
    if "=" in moog.webhook_url:
        # C-21: `cut -d= -f2` of the runbooks cuts such an address short.
        yield Notice("MOOG_WEBHOOK_URL", "contains '=': commands that use `cut -d= -f2` read half of it")


def _vault(settings: Settings) -> Iterator[Notice]:
    vault = settings.vault
    if vault.token:
        yield Notice("VAULT_TOKEN", "overrides the credential file; not for production")
    if vault.addr.startswith("https://") and not vault.tls_verify:
        yield Notice("VAULT_TLS_VERIFY", "is false: anyone on the way can read the secrets")


def _tls(settings: Settings) -> Iterator[Notice]:
    for pair in _TLS_PAIRS:
        given = [name for name in pair if value_of(settings, BY_ENV[name])]
        if len(given) == 1:
            other = next(name for name in pair if name not in given)
            yield Notice(given[0], f"is of no use without {other}")


def _inert(settings: Settings) -> Iterator[Notice]:
    for declaration in DECLARATIONS:
        if declaration.inert and value_of(settings, declaration) != declaration.default:
            yield Notice(declaration.env, f"has no effect: {declaration.inert}")


def _ports(settings: Settings) -> Iterator[Notice]:
    taken: dict[Value, str] = {}
    for declaration in DECLARATIONS:
        if declaration.unit != "TCP port" or declaration.area in ("redis", "postgres"):
            continue
        first = taken.setdefault(value_of(settings, declaration), declaration.env)
        if first != declaration.env:
            yield Notice(declaration.env, f"is the port of {first} too; both cannot run on one host")


_CHECKS: Final = (_thresholds, _destination, _vault, _tls, _ports, _inert)
