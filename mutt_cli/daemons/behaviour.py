"""How the Moogsoft simulator is told to fail, and what that means for one post: values in, a fate out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

Seconds = Annotated[float, msgspec.Meta(gt=0, le=3_600)]


class Flap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Healthy for `up_s` seconds, then failing for `down_s`, over and over, from the moment it is set."""

    up_s: Seconds
    down_s: Seconds


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How the simulator fails. The empty one is healthy."""

    status: Annotated[int, msgspec.Meta(ge=200, le=599)] | None = None
    """Answer this status. A post is accepted only under a 2xx."""
    delay_ms: Annotated[float, msgspec.Meta(ge=0, le=600_000)] = 0
    """Wait this long between recording a post and answering it."""
    drop: bool = False
    """Record the post, then close the connection without an answer."""
    flap: Flap | None = None
    """Fail only in the down phases; with neither `status` nor `drop` nor `reject_field` as 503."""
    reject_field: str | None = None
    """Answer 400 to a post that has this field (a dotted path), naming the field in the answer."""
    reject_value: str | None = None
    """Only if the field has this value, compared as text."""
    bearer: str | None = None
    """Answer 401 to a post that does not bring this key, as after a rotation. Whoever asks sees it: no secret."""
    retry_after: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """Seconds for the Retry-After header of answers that are no 2xx."""
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    """Chance that a post meets this behaviour at all."""


@dataclass(frozen=True)
class Fate:
    """What happens to one post."""

    status: int = 200
    detail: str = "ok"
    delay_s: float = 0.0
    drop: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the post counts as received: a lost answer does not undo it."""
        return 200 <= self.status < 300


def fate(behaviour: Behaviour, body: bytes, age_s: float, chance: float, authorization: str = "") -> Fate:
    """What happens to a post with this body `age_s` seconds after the behaviour was set; `chance` is in [0, 1)."""
    if chance >= behaviour.probability or _is_up(behaviour.flap, age_s):
        return Fate()
    delay_s = behaviour.delay_ms / 1000
    if behaviour.bearer is not None and authorization != f"Bearer {behaviour.bearer}":
        return Fate(401, "another key is wanted", delay_s)
    if behaviour.reject_field is not None and _has(body, behaviour.reject_field, behaviour.reject_value):
        return Fate(400, f"{behaviour.reject_field}: not acceptable", delay_s)
    if behaviour.status is not None:
        return Fate(behaviour.status, "as told", delay_s, behaviour.drop)
    if behaviour.flap is not None and not behaviour.drop and behaviour.reject_field is None:
        return Fate(503, "down", delay_s)
    return Fate(200, "ok", delay_s, behaviour.drop)


def _is_up(flap: Flap | None, age_s: float) -> bool:
    return flap is not None and age_s % (flap.up_s + flap.down_s) < flap.up_s


def _has(body: bytes, path: str, value: str | None) -> bool:
    try:
        found: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    for name in path.split("."):
        if not isinstance(found, dict) or name not in found:
            return False
        found = found[name]
    return value is None or value == (found if isinstance(found, str) else msgspec.json.encode(found).decode())
