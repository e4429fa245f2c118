"""Settings changed at run time as they stand in Redis: read, change, announce, and who runs with what.

Anything may be written there by hand (`SET mutt:config:<key> v`, `PUBLISH mutt:config:updates <key>`): texts are
handed on as they are, and judged by `settings/dynamic.py`.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
import redis

from mutt_cli.adapters import scripts
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.settings import BY_DYNAMIC
from mutt_cli.settings.values import to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Self

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys
    from mutt_cli.settings import Declaration, Value

READ_EVERY_S: Final = 5.0
"""Daemons read this often without an announcement (contract.md section 4)."""
GONE_MS: Final = 15_000
"""A reader that was silent this long has ended."""
HELD: Final = "held"
FORGOTTEN_MS: Final = 24 * 3600 * 1000
SECRETS: Final = "secrets"
"""What is announced when daemons are to read their secrets again; no setting has this name."""
_NAMES: Final = tuple(sorted(BY_DYNAMIC))
_MOST_ANNOUNCED: Final = 100
_LONGEST_NAME: Final = 100


@dataclass(frozen=True)
class Stored:
    """What is stored at one moment, by dynamic key; `written` are the values an alerter wrote by itself."""

    values: Mapping[str, str]
    written: Mapping[str, str]
    returns: Mapping[str, int]
    """Settings that are meant for a time, with the ms that are left of it."""
    secrets_call: tuple[int, int] = (0, 0)
    """Number of the last call to read secrets again, 0 for none, and how many ms ago it was made."""

    @property
    def chosen(self) -> dict[str, str]:
        """The values that somebody wants: all but those an alerter wrote so that `GET` answers (C-25)."""
        return {name: text for name, text in self.values.items() if self.written.get(name) != text}


class Return(msgspec.Struct, frozen=True, omit_defaults=True):
    """When a value that is meant for a time ends, Unix ms of Redis, and what follows it; None: nothing is stored."""

    at: int
    former: str | None = None


@dataclass(frozen=True)
class Former:
    """What somebody had chosen before a change, None where nobody had; `returns` where that was meant for a time."""

    texts: Mapping[str, str | None]
    returns: Mapping[str, Return]


class Reader(msgspec.Struct, frozen=True):
    """What one daemon process says of the settings it runs with."""

    service: str
    name: str
    host: str
    pid: int
    revision: str
    refused: tuple[str, ...] = ()
    """Stored keys that it could not use."""
    metrics_host: str | None = None
    """The address its daemon's metrics are served on, empty for every one; None: an earlier release does not say."""
    metrics_port: int = 0
    """0: none are served."""
    secrets_read: int = 0
    """The last call to read secrets again that it followed (`call_for_secrets`)."""
    secrets_trouble: str = ""
    """Why it could not follow a later one: an error's code, or `no vault`."""
    secrets_failed: int = 0
    """The last call that it could not follow; the trouble is that one's and no other's."""
    moog_key: str = ""
    """The key that Moogsoft accepts from it, by name, of those it read then; empty while it has accepted none."""
    held: str = ""
    """The operation that switched it off, or HELD; empty while it works."""
    pod: str = ""
    """The name of its daemon; `name` is that of the process."""
    values: dict[str, str] = {}
    """What it runs with, by name in `mutt.env`, where that is not the default; see `told`."""

    def value(self, declaration: Declaration) -> str:
        """What it runs with of one setting, as `told` writes it."""
        return self.values.get(declaration.env, told(declaration, declaration.default))


def told(declaration: Declaration, value: Value) -> str:
    """A value as a process tells it: plain, but a digest where it is or may hold a secret."""
    text = to_text(value)
    if not (declaration.secret or declaration.may_hold_secret) or not text:
        return text
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def read(client: Client, keys: Keys, more: Iterable[str] = ()) -> Stored:
    """Every dynamic setting that is stored, and those of the names in `more` that nobody knows."""
    names = (*_NAMES, *(name for name in dict.fromkeys(more) if name not in BY_DYNAMIC))
    pipeline = client.pipeline(transaction=False)
    pipeline.mget([keys.config(name) for name in names])
    pipeline.hgetall(keys.config_defaults)
    pipeline.hgetall(keys.config_returns)
    pipeline.hmget(keys.secrets_asked, ["number", "at"])
    pipeline.time()
    with failures_named():
        texts, written, returns, call, time = pipeline.execute()
    found = {name: _text(text) for name, text in zip(names, texts, strict=True) if text is not None}
    left = {_text(name): _return_at(value) - _ms(time) for name, value in returns.items()}
    number, at = (int(one) if one and one.isdigit() else 0 for one in call)
    return Stored(found, {_text(name): _text(text) for name, text in written.items()}, left, (number, _ms(time) - at))


def change(
    client: Client,
    keys: Keys,
    changes: Mapping[str, str | None],
    *,
    for_ms: int = 0,
    returns: Mapping[str, Return] | None = None,
) -> Former:
    """Set (a text) or remove (None) each setting and announce it, in one step; for a time or (0) for good.

    `returns`: a value that was meant for a time gets its end back; one whose end has passed becomes what it was to go
    back to.
    """
    arguments = [keys.config_updates, str(for_ms)]
    for name, text in changes.items():
        again = (returns or {}).get(name)
        arguments += [name, "0" if text is None else "1", text or ""]
        arguments.append(msgspec.json.encode(again).decode() if again else "")
    names = [keys.config_defaults, keys.config_returns, *map(keys.config, changes)]
    said = scripts.call(client, "change_config", names, arguments)
    texts = {name: None if text is None else _text(text) for name, text in zip(changes, said[::2], strict=True)}
    pending = zip(changes, said[1::2], strict=True)
    return Former(texts, {name: msgspec.json.decode(text, type=Return) for name, text in pending if text is not None})


def go_back(client: Client, keys: Keys, name: str) -> bool:
    """Undo a change that was meant for a time, if that is over and nobody changed it since; whether we did."""
    names = [keys.config_returns, keys.config(name)]
    return bool(scripts.call(client, "return_config", names, [keys.config_updates, name]) == b"RETURNED")


def announce(client: Client, keys: Keys, names: Sequence[str]) -> None:
    """Tell every daemon to read these settings now."""
    pipeline = client.pipeline(transaction=False)
    for name in names:
        pipeline.publish(keys.config_updates, name)
    with failures_named():
        pipeline.execute()


def call_for_secrets(client: Client, keys: Keys) -> int:
    """Ask every daemon to read its secrets and its Vault credential again now; the number of this call."""
    with failures_named():
        time: Any = client.time()
        pipeline = client.pipeline(transaction=True)
        pipeline.hincrby(keys.secrets_asked, "number", 1)
        pipeline.hset(keys.secrets_asked, "at", str(_ms(time)))
        pipeline.publish(keys.config_updates, SECRETS)
        return int(pipeline.execute()[0])


def seed(client: Client, keys: Keys, values: Mapping[str, str], stored: Stored, *, renew: bool) -> None:
    """Write the values that are absent; with `renew` also replace those that some alerter wrote.

    What somebody sets meanwhile stays. `written` is noted first: a crash in between leaves no value that would look
    like a wish.
    """
    for name, text in values.items():
        now = stored.values.get(name)
        if now == text or (now is not None and not (renew and stored.written.get(name) == now)):
            continue
        with failures_named():
            if now is None:
                client.hset(keys.config_defaults, name, text)
                client.set(keys.config(name), text, nx=True)
            else:
                _replace(client, keys, name, now, text)


def _replace(client: Client, keys: Keys, name: str, now: str, text: str) -> None:
    key = keys.config(name)
    with client.pipeline() as pipeline, suppress(redis.exceptions.WatchError):
        pipeline.watch(key)  # type: ignore[no-untyped-call]
        if _text(cast("bytes", pipeline.get(key)) or b"") != now:
            return
        pipeline.multi()
        pipeline.set(key, text)
        pipeline.hset(keys.config_defaults, name, text)
        pipeline.execute()


def note_reader(client: Client, keys: Keys, reader: Reader) -> None:
    """Say what this process runs with."""
    value = msgspec.json.encode(reader)
    scripts.call(client, "note_reader", [keys.config_readers], [_field(reader), value])


def forget_reader(client: Client, keys: Keys, reader: Reader) -> None:
    """Say that the process ends."""
    with failures_named():
        client.hdel(keys.config_readers, _field(reader))


def readers(client: Client, keys: Keys, within_ms: int = GONE_MS) -> list[Reader]:
    """The processes that read the settings a moment ago, by service and name."""
    found = [(age, reader) for age, _, reader in _all_readers(client, keys) if reader is not None]
    return sorted((one for age, one in found if age < within_ms), key=lambda one: (one.service, one.name))


def forget_the_dead(client: Client, keys: Keys) -> None:
    """Remove what processes that ended long ago left behind."""
    old = [name for age, name, reader in _all_readers(client, keys) if reader is None or age > FORGOTTEN_MS]
    if old:
        with failures_named():
            client.hdel(keys.config_readers, *old)


def _all_readers(client: Client, keys: Keys) -> list[tuple[int, bytes, Reader | None]]:
    """Age in ms, field and content of every entry; None for one that cannot be read."""
    pipeline = client.pipeline(transaction=False)
    pipeline.hgetall(keys.config_readers)
    pipeline.time()
    with failures_named():
        entries, time = pipeline.execute()
    now = _ms(time)
    return [(now - at, name, reader) for name, value in entries.items() for at, reader in [_entry(value)]]


def _entry(value: bytes) -> tuple[int, Reader | None]:
    at, _, told = value.partition(b" ")
    try:
        return int(at), msgspec.json.decode(told, type=Reader)
    except (ValueError, msgspec.MsgspecError):
        return 0, None


def _return_at(value: bytes) -> int:
    try:
        return msgspec.json.decode(value, type=Return).at
    except (ValueError, msgspec.MsgspecError):
        return 1 << 62  # not ours: never due


def _ms(time: tuple[int, int]) -> int:
    return int(time[0]) * 1000 + int(time[1]) // 1000


def _field(reader: Reader) -> str:
    return f"{reader.service}:{reader.name}"


class Announcements:
    """A subscription to the announcements; a context manager. Raises RedisUnavailableError when it is broken."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._subscription = client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        self._channel = keys.config_updates

    def __enter__(self) -> Self:
        with failures_named():
            self._subscription.subscribe(self._channel)
        return self

    def __exit__(self, *_: object) -> None:
        self._subscription.close()

    def wait(self, seconds: float) -> list[str]:
        """The names announced since the last call; waits for the first of them at most so long."""
        names: list[str] = []
        with failures_named():
            message = self._subscription.get_message(timeout=seconds)
            while message is not None and len(names) < _MOST_ANNOUNCED:
                if isinstance(message.get("data"), bytes):
                    names.append(_text(message["data"])[:_LONGEST_NAME])
                message = self._subscription.get_message()
        return names


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
