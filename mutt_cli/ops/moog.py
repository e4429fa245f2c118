"""Moogsoft as an operator tests it from here, and as the daemons see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

import msgspec

from mutt_cli.adapters import clock, ledger, queue_reading, remediation_notes
from mutt_cli.adapters.moog_probe import Request, Step, ask
from mutt_cli.core import delivery
from mutt_cli.core.alert import moogsoft_payload
from mutt_cli.core.moment import rfc3339
from mutt_cli.errors import ConfigError, MuttError, UsageError
from mutt_cli.ops import dynamic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.adapters.queue_reading import Worker
    from mutt_cli.adapters.remediation_notes import Cycle
    from mutt_cli.core.delivery import Answer
    from mutt_cli.ops.backends import Backends
    from mutt_cli.settings import Moog

KEY: Final = "MOOG_API_KEY"
Health = Literal["healthy", "unauthorised", "down", "not configured"]


@dataclass(frozen=True)
class Probed:
    """What one request found. `address` is scheme, host and port: what follows may hold a secret."""

    address: str
    method: str
    health: Health
    steps: tuple[Step, ...] = ()
    text: str = ""
    status: int | None = None
    key: str = ""
    """The name of the key that was sent, and of no value; empty if none was."""
    key_trouble: str = ""
    """Why the key could not be read."""
    event_id: str = ""
    """Of the test alert that was sent."""

    @property
    def works(self) -> bool:
        """Whether alerts would get through, as far as this can tell."""
        return self.health == "healthy"

    @property
    def key_refused(self) -> bool:
        """Whether Moogsoft is there and does not take the key."""
        return bool(self.key) and self.health == "unauthorised"


def settings_of(backends: Backends, configuration: Configuration, url: str) -> Moog:
    """The settings as they are in effect; of this host alone if Redis is away and an address is given anyway."""
    try:
        return dynamic.view(backends, configuration).settings.moog
    except MuttError:
        if url or configuration.settings.moog.webhook_url:
            return configuration.settings.moog
        raise


def probe(moog: Moog) -> Probed:
    """Whether Moogsoft answers, without a key and without side effect; never raises."""
    url = moog.health_url or moog.webhook_url
    if not url:
        return Probed("", "HEAD", "not configured", text="MOOG_WEBHOOK_URL is not set")
    steps, answer = ask(Request(url), moog.health_timeout)
    health = delivery.health(answer)
    return Probed(address(url), "HEAD", health, steps, answer.text, answer.status)


def try_out(backends: Backends, moog: Moog, *, url: str = "", send: bool = False, sender: str = "") -> Probed:
    """Ask the webhook (or `url`), step by step; `send` posts one alert that is labelled as a test.

    The key goes to this deployment's own webhook, and to another address only with `send` (it was named on purpose).
    Raises ConfigError MUTT-M101 or UsageError for an address that is none.
    """
    target = usable(url or moog.webhook_url, given=bool(url))
    keys, trouble = _keys(backends) if send or not url else ((), "")
    event_id = clock.IdSource().new() if send else ""
    body = msgspec.json.encode(labelled_alert(event_id, sender)) if send else b""
    found = Probed(address(target), "POST" if send else "HEAD", "down")
    for name, key in keys or (("", ""),):
        steps, answer = ask(Request(target, found.method, _headers(key, event_id), body), moog.timeout)  # type: ignore[arg-type]
        found = Probed(
            found.address, found.method, _health(answer, send=send), steps, answer.text, answer.status, name, trouble,
            event_id,
        )  # fmt: skip
        if answer.status not in {401, 403}:
            break
    return found


@dataclass(frozen=True)
class Seen:
    """Moogsoft as the daemons see it."""

    address: str
    cycle: Cycle | None
    forwarders: Sequence[Worker]


def seen(backends: Backends, moog: Moog) -> Seen:
    """What remediation found last, and who forwards. Raises RedisUnavailableError."""
    client, keys = backends.redis(), backends.keys
    workers = queue_reading.workers(client, keys, [one for one in ledger.workers(client, keys) if one[0] == "moog"])
    cycle = remediation_notes.last(client, keys)
    return Seen(address(moog.webhook_url) if moog.webhook_url else "", cycle, workers)


def labelled_alert(event_id: str, sender: str) -> dict[str, Any]:
    """The alert of `mutt moog test --send`: it says TEST in every field that a person reads."""
    message = f"TEST sent with mutt moog test by {sender}: please ignore"
    content = {
        "event_id": event_id, "correlation_id": f"test-{event_id}", "severity": "info", "team": "TEST",
        "received_at": rfc3339(clock.now_ms()), "rule": {"name": "mutt moog test"},
        "event": {"source": "mutt-moog-test", "hostname": "mutt-moog-test", "message": message},
    }  # fmt: skip
    return moogsoft_payload(content)


def usable(url: str, *, given: bool) -> str:
    """The address without blanks. Raises UsageError for one that was given, ConfigError for one that is set."""
    text = url.strip()
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if good and parts.username is None and all("!" <= c <= "~" for c in text):
        return text.partition("#")[0]
    if given:
        raise UsageError("--url is no http or https address without a password in it")
    raise ConfigError(
        "MOOG_WEBHOOK_URL is not set, or is no http or https address", code="MUTT-M101",
        why="no alert can be sent", tries=("mutt config get MOOG_WEBHOOK_URL", "mutt moog test --url URL"),
    )  # fmt: skip


def address(url: str) -> str:
    """Scheme, host and port."""
    parts = urlsplit(url.strip())
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    return f"{parts.scheme}://{host}{port}"


def _health(answer: Answer, *, send: bool) -> Health:
    """A probe may be refused for its method by a healthy webhook (C-54); a post that was sent must be delivered."""
    judged = delivery.health(answer)
    if send and judged == "healthy" and delivery.judge(answer).kind != "delivered":
        return "down"
    return judged


def _keys(backends: Backends) -> tuple[tuple[tuple[str, str], ...], str]:
    """The keys by name, the one that is tried first at the front; or why there is none."""
    try:
        values = backends.secrets().accepted(KEY)
    except MuttError as error:
        return (), error.message
    return tuple(zip((KEY, f"{KEY}_NEXT"), values, strict=False)), "" if values else f"Vault holds no {KEY}"


def _headers(key: str, event_id: str) -> dict[str, str]:
    from mutt_cli.adapters.moogsoft import header_key  # noqa: PLC0415  its client is not needed otherwise

    headers = {"Content-Type": "application/json", "Idempotency-Key": event_id} if event_id else {}
    return headers | ({"Authorization": f"Bearer {header_key(key)}"} if key else {})
