"""JSON of `mutt vault`."""

from typing import Final

from mutt_cli.present.schema import (
    CHANGE,
    COUNT,
    FLAG,
    TEXT,
    document,
    many,
    maybe,
    record,
    words,
)  # fmt: skip

_STATE: Final = words("ok", "warn", "crit", "unkn")
_STEP: Final = words("none", "staged", "promoted")
_DAEMONS: Final = many(
    record(
        service=TEXT, name=TEXT, host=TEXT, pid=COUNT, state=words("has_read", "not_yet", "no_vault", "trouble"),
        trouble=maybe(TEXT),
    )
)  # fmt: skip
_STEPPED: Final = document(
    **CHANGE, secret=TEXT, step_before=_STEP, step=_STEP, place=TEXT, revision=maybe(COUNT), done=many(TEXT),
    daemons=maybe(_DAEMONS),
)  # fmt: skip

SCHEMAS: Final = {
    "mutt.vault.status": document(
        state=_STATE,
        address=TEXT,
        initialised=FLAG,
        sealed=FLAG,
        unseal=record(needed=COUNT, shares=COUNT, given=COUNT),
        server_version=TEXT,
        standby=FLAG,
        path=TEXT,
        engine=maybe(COUNT),
        revision=maybe(COUNT),
        keys=maybe(many(TEXT)),
        missing=many(record(key=TEXT, services=many(TEXT))),
        rotations=many(record(secret=TEXT, step=_STEP)),
    ),
    "mutt.vault.token": document(
        state=_STATE,
        address=TEXT,
        credential=words("token", "secret_id"),
        where=TEXT,
        policies=many(TEXT),
        ttl_seconds=maybe(COUNT),
        creation_ttl_seconds=COUNT,
        renewable=FLAG,
        orphan=FLAG,
        accessor=TEXT,
        path=TEXT,
        capabilities=many(TEXT),
        reads=FLAG,
    ),
    "mutt.vault.renew": document(**CHANGE, where=TEXT, ttl_seconds_before=maybe(COUNT), ttl_seconds=maybe(COUNT)),
    "mutt.vault.set": document(
        **CHANGE,
        key=TEXT,
        path=TEXT,
        existed=FLAG,
        others=many(TEXT),
        engine=COUNT,
        revision_before=maybe(COUNT),
        revision=maybe(COUNT),
        daemons=maybe(_DAEMONS),
        undo=many(TEXT),
    ),
    "mutt.vault.rotate.plan": document(
        secret=TEXT,
        meaning=TEXT,
        step=_STEP,
        next=many(TEXT),
        place=TEXT,
        overlap=TEXT,
        elsewhere=TEXT,
        server=maybe(words("postgresql", "redis", "vault")),
        steps=many(record(step=TEXT, does=TEXT)),
        notes=many(TEXT),
    ),
    **{f"mutt.vault.rotate.{verb}": _STEPPED for verb in ("stage", "promote", "finish", "abort")},
}
