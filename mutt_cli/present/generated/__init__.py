"""Configuration files for the programs around MUTT, made from its settings; one module for each kind.

Pure: a `Site` in, `GeneratedFile`s out. `THEN` of a module is what to type after the files are in their place, `notes`
what they need there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.present.generated import (
    filebeat,
    haproxy,
    logrotate,
    pgbouncer,
    prometheus,
    rsyslog,
    sentinel,
    snmptrapd,
    sudoers,
    systemd,
)
from mutt_cli.present.generated.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.core.generated import GeneratedFile

    Maker = Callable[[Site], tuple[GeneratedFile, ...]]


@dataclass(frozen=True)
class Kind:
    """How the files of one kind are made, and what to type once they are in their place."""

    files: Maker
    then: tuple[str, ...]
    notes: Callable[[Site], tuple[str, ...]] = lambda _: ()
    """What the files need and this host does not have."""


KINDS: Final = {
    "systemd": Kind(systemd.files, systemd.THEN, systemd.notes),
    "logrotate": Kind(logrotate.files, logrotate.THEN, logrotate.notes),
    "sudoers": Kind(sudoers.files, sudoers.THEN, sudoers.notes),
    "rsyslog": Kind(rsyslog.sender, rsyslog.SENDER_THEN),
    "rsyslog-forward": Kind(rsyslog.forward, rsyslog.FORWARD_THEN),
    "filebeat": Kind(filebeat.files, filebeat.THEN),
    "snmptrapd": Kind(snmptrapd.files, snmptrapd.THEN),
    "prometheus-rules": Kind(prometheus.rules, prometheus.RULES_THEN),
    "prometheus-scrape": Kind(prometheus.scrape, prometheus.SCRAPE_THEN),
    "haproxy": Kind(haproxy.files, haproxy.THEN, haproxy.notes),
    "pgbouncer": Kind(pgbouncer.files, pgbouncer.THEN),
    "sentinel": Kind(sentinel.files, sentinel.THEN),
}

__all__ = ["KINDS", "Kind", "Site"]
