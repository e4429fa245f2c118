"""Taking an operation back: what each kind of operation can restore, and what it cannot.

One module per kind exports `plan_undo(backends, recorded) -> Undo` and `carry_out(backends, recorded, undo, by) ->
Undone`. `plan_undo` raises RefusedError where somebody has changed the thing since.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Literal

from mutt_cli.adapters import operations
from mutt_cli.adapters.postgres import DatabaseError
from mutt_cli.core.generated import EVERY
from mutt_cli.errors import MuttError, RefusedError
from mutt_cli.ops.holding import held

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mutt_cli.adapters.operations import Audited
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends

INVENTORY: Final = (
    "rule add", "rule set", "rule edit", "rule enable", "rule disable", "rule delete", "rule import",
    "host add", "host set", "host delete", "host import", "team rename",
)  # fmt: skip
"""Commands that change rules, hosts or teams."""
UNDOERS: Final[Mapping[str, str]] = {
    **dict.fromkeys(INVENTORY, "mutt_cli.ops.inventory_undo"),
    "apikey add": "mutt_cli.ops.api_key_undo",
    "config set": "mutt_cli.ops.config_undo",
    "config unset": "mutt_cli.ops.config_undo",
    "context add": "mutt_cli.ops.context_change",
    "vault set": "mutt_cli.ops.vault_undo",
    "queue move": "mutt_cli.ops.bulk_undo",
    "queue import": "mutt_cli.ops.bulk_undo",
    "queue purge": "mutt_cli.ops.purge_undo",
    "dlq replay": "mutt_cli.ops.bulk_undo",
    "dlq import": "mutt_cli.ops.bulk_undo",
    "dlq pause": "mutt_cli.ops.hold_undo",
    "dlq resume": "mutt_cli.ops.hold_undo",
    "dlq purge": "mutt_cli.ops.purge_undo",
    "db index create": "mutt_cli.ops.index_undo",
    "db partition create": "mutt_cli.ops.partition_undo",
    "db partition drop": "mutt_cli.ops.partition_undo",
    "reconcile": "mutt_cli.ops.ledger_undo",
    "redis clean": "mutt_cli.ops.unhandled_undo",
    "restore": "mutt_cli.ops.restore_undo",
    **{f"generate {kind}": "mutt_cli.ops.generate_undo" for kind in EVERY},
    "config rollback": "mutt_cli.ops.config_undo",
    "config import": "mutt_cli.ops.config_undo",
    "ratelimit set": "mutt_cli.ops.config_undo",
    "breaker trip": "mutt_cli.ops.breaker_undo",
    "chaos": "mutt_cli.ops.chaos_undo",
    "ingest stop": "mutt_cli.ops.hold_undo",
    "ingest start": "mutt_cli.ops.hold_undo",
    "maintenance drain": "mutt_cli.ops.hold_undo",
    "maintenance resume": "mutt_cli.ops.hold_undo",
    "maintenance start": "mutt_cli.ops.maintenance",
    "maintenance end": "mutt_cli.ops.maintenance",
}
"""The module that takes back an operation of a command."""

NEVER: Final[Mapping[str, str]] = {
    "apikey revoke": "nobody knows the text of a key; mutt apikey add makes a new one",
    "context use": "mutt context use - goes back",
    "ingest send": "events that were accepted are on their way",
    "drill": "it takes its canary away by itself; what --send posted is in Moogsoft",
    "config init": "it only wrote what is configured, as nobody's wish",
    "config publish": "it changed nothing",
    "vault renew": "it only gave the token more time",
    "vault rotate stage": "mutt vault rotate abort goes back to the old value",
    "vault rotate promote": "mutt vault rotate abort goes back to the old value",
    "vault rotate finish": "the old value is gone",
    "vault rotate abort": "mutt vault rotate stage begins anew",
    "db connections kill": "sessions that were ended connect again by themselves",
    "db index analyze": "it made statistics anew and changed no row",
    "db partition archive": "it wrote files and changed nothing in the data base; remove them by hand",
    "db retention run": "what is not kept is gone; archived days come back by mutt undo of their drop",
    "backup create": "it wrote one file and changed nothing; remove it by hand",
    "breaker reset": "the breaker opens again by itself if Moogsoft fails; mutt breaker trip opens it",
    "cache reload": "alerters hold what the database has",
    "remediation run": "what it returned is on its way",
    "moog test": "the test alert is in Moogsoft",
    "db migrate": "a migration has no way back; restore a backup",
    "undo": "do again what was taken back",
    "queue orphan recover": "the messages are where they belong: their worker is gone",
    "op resume": "take back the operation that it went on with",
}
"""Why an operation of a command cannot be taken back."""


@dataclass(frozen=True)
class Undo:
    """What taking an operation back would do."""

    lines: Sequence[str]
    """For people: what is restored. Without any the operation is not taken back, and not noted as such."""
    cannot: Sequence[str] = ()
    """What stays as it is, and why."""
    impact: Literal["W", "B"] = "W"
    """B if many things change."""
    payload: Any = None
    """What `carry_out` of the same module needs."""
    actor: str = ""
    """Who takes it back."""


@dataclass
class Undone:
    """What was restored."""

    lines: Sequence[str]
    cannot: Sequence[str] = ()
    counts: dict[str, int] = field(default_factory=dict)
    originals: Mapping[str, Any] = field(default_factory=dict)
    audited: list[Audited] = field(default_factory=list)


def plan(backends: Backends, recorded: Recorded) -> Undo:
    """What taking it back would do. Raises RefusedError MUTT-G005 where it is impossible, or would restore nothing."""
    if recorded.undone_by:
        raise RefusedError(f"{recorded.id} was taken back already, by {recorded.undone_by}", code="MUTT-G005")
    if recorded.command not in UNDOERS:
        why = NEVER.get(recorded.command, "no command knows how")
        raise RefusedError(
            f"{recorded.id} ({recorded.command}) cannot be taken back: {why}",
            code="MUTT-G005", tries=(f"mutt op show {recorded.id}",),
        )  # fmt: skip
    undo: Undo = _module(recorded).plan_undo(backends, recorded)
    if not undo.lines:
        raise RefusedError(
            f"nothing of {recorded.id} ({recorded.command}) can be taken back", code="MUTT-G005",
            why="; ".join(undo.cannot) or "what it was to change is as it was before",
            tries=(f"mutt op show {recorded.id}",),
        )  # fmt: skip
    return undo


@contextmanager
def held_for_undo(backends: Backends, recorded: Recorded, actor: str) -> Iterator[None]:
    """Nobody else works on the operation meanwhile. Raises RefusedError MUTT-G019.

    While PostgreSQL is away what needs nothing of it can still be taken back, by whoever has the file of this host.
    """
    try:
        backends.postgres()
    except MuttError:
        yield
        return
    with held(backends, recorded, actor):
        yield


def advice(recorded: Recorded) -> str:
    """The command that takes it back, or why there is none."""
    if recorded.undone_by:
        return f"was taken back by {recorded.undone_by}"
    return f"mutt undo {recorded.id}" if recorded.command in UNDOERS else NEVER.get(recorded.command, "not possible")


def carry_out(backends: Backends, recorded: Recorded, undo: Undo, by: str) -> Undone:
    """Do what was planned; `by` is the id of the operation that does it, and is noted with the one it takes back."""
    undone: Undone = _module(recorded).carry_out(backends, recorded, undo, by)
    # While PostgreSQL is away both records are in the file of this host, and what is done stays done.
    with suppress(DatabaseError, MuttError):
        operations.mark_undone(backends.postgres(), recorded.id, by)
    return undone


def _module(recorded: Recorded) -> Any:
    return import_module(UNDOERS[recorded.command])
