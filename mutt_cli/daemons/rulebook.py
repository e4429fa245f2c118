"""The rules an alerter decides with: loaded aside, compiled aside, swapped as a whole.

A load that fails, or that finds no enabled rule where there were some, leaves the last good set in place (C-74).
Before the first load an alerter decides nothing: no rules would mean that every event is unhandled.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

from mutt_cli.adapters import host, rule_announcement, rule_caches, rule_store
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.postgres import DatabaseError, connect_rotating
from mutt_cli.adapters.redis_client import REDIS_TROUBLE
from mutt_cli.adapters.rule_caches import Cache
from mutt_cli.adapters.rule_store import usable
from mutt_cli.core.enrich import Inventory
from mutt_cli.core.matcher import RuleSet, compile_rules
from mutt_cli.core.rules import MATCH_TYPES
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.rule_store import RuleTable
    from mutt_cli.daemons.meters import AlerterMeters
    from mutt_cli.daemons.runtime import Runtime

POLL_S = 5.0
"""How soon a change of rules is noticed without an announcement (reliability.md 2.2)."""


@dataclass(frozen=True)
class Book:
    """Rules and inventory of one revision."""

    rules: RuleSet
    inventory: Inventory


class Rulebook:
    """Keeps `book` current in a thread of its own; readers take the reference once per batch."""

    def __init__(self, runtime: Runtime, meters: AlerterMeters) -> None:
        self._runtime, self._meters = runtime, meters
        self._client = runtime.redis()
        self._conn: Connection | None = None
        self._loaded_at = 0.0
        self.book: Book | None = None
        self.loaded = Event()
        self.database_ok = False
        self.swapped: Callable[[], None] = _nobody
        """Called when other rules are in use."""

    def run(self) -> None:
        """Until the daemon stops: reload on SIGHUP or an announcement, when the revision moved, and in old age."""
        self._runtime.spawn("rule announcements", self._listen)
        while not self._runtime.stop.is_set():
            asked = self._runtime.reload.is_set()
            self._runtime.reload.clear()
            try:
                self._refresh(asked=asked)
                self.database_ok = True
            except (MuttError, DatabaseError) as error:
                self.database_ok = False
                self._meters.reload_failed()
                self._forget_connection()
                self._runtime.log.warning("rules cannot be read, the last good ones stay: %s", error)
            self._runtime.reload.wait(POLL_S if self.book else 0.5)

    def _listen(self) -> None:
        announced = self._runtime.reload.set
        rule_announcement.listen(self._runtime.redis(), self._runtime.keys, self._runtime.stop, announced)

    def _refresh(self, *, asked: bool) -> None:
        if self._conn is None:
            service = f"mutt-{self._runtime.service}"
            self._conn = connect_rotating(self._runtime.settings.postgres, self._runtime.db_password, service)
        aged = boottime_s() - self._loaded_at > self._runtime.settings.alerter.rule_cache_ttl
        moved = self.book is None or rule_store.revision(self._conn) != self.book.rules.revision
        if asked or aged or moved:
            started = boottime_s()
            fresh = self._reload(rule_store.load(self._conn))
            if fresh:
                self._meters.reloaded(boottime_s() - started)
            self._note(boottime_s() - started, kept=not fresh)

    def _note(self, seconds: float, *, kept: bool) -> None:
        """Say what is held from now on, for `mutt cache`; a Redis that cannot write that down changes nothing else."""
        if self.book is None:
            return
        rules, inventory = self.book.rules, self.book.inventory
        cache = Cache(
            self._runtime.pod, host.hostname(), os.getpid(), rules.revision, len(rules.rules), len(rules.refused),
            len(inventory.dev_hosts), len(inventory.teams), round(seconds, 3), host.rss_bytes(), kept,
        )  # fmt: skip
        try:
            rule_caches.note(self._client, self._runtime.keys, cache)
        except REDIS_TROUBLE as error:
            self._runtime.log.debug("rules: cannot say which are held: %s", error)

    def _reload(self, table: RuleTable) -> bool:
        """Compile and swap; False if the last good rules stay."""
        log = self._runtime.log
        rules = usable(table)
        for row in table.rules:
            if row.enabled and row.match_type not in MATCH_TYPES:
                log.error(
                    "rule %d (%s) is left out: match type %s is not supported", row.id, row.rule_name, row.match_type
                )
        if not rules and self.book is not None and self.book.rules.rules:
            log.error("Reloading rule cache: no enabled rule found; the last good rules stay")
            self._meters.reload_failed()
            self._loaded_at = boottime_s()
            return False
        compiled = compile_rules(table.revision, rules)
        default_team = self._runtime.settings.alerter.unhandled_default_team
        self.book = Book(compiled, Inventory(table.dev_hosts, table.teams, default_team))
        self._loaded_at = boottime_s()
        self.loaded.set()
        log.info("Reloading rule cache: %d rules, revision %d", len(compiled.rules), compiled.revision)
        self.swapped()
        for bad in compiled.refused:
            log.error("rule %d (%s) is left out: %s", bad.rule.id, bad.rule.name, bad.why)
        return True

    def _forget_connection(self) -> None:
        if self._conn is not None:
            self._conn.close()
        self._conn = None


def _nobody() -> None:
    """Nobody waits to be told."""
