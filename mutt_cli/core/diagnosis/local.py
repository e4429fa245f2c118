"""Causes on this host: disk, memory, clock, ports, names, rights, and the other program called mutt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core.diagnosis.cause import Case, Cause, Proof, graded, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.diagnosis.evidence import Evidence

_MEMORY_LOW: Final = 0.10
"""Share of the memory that is available; the guides scale up beyond 80 % in use (SO:1005)."""
_LOAD_HIGH: Final = 2.0
"""Runnable processes for each core: twice as much work as it can do."""
_INODES_LOW: Final = 0.95
_LOG_LARGE: Final = 1 << 30
"""Bytes of one log file; what rotates daily stays far below (SO:1448-1466)."""
_STORES: Final = {"REDIS_HOST": "redis", "POSTGRES_HOST": "db", "VAULT_ADDR": "vault"}
"""Who is away where this setting names nobody."""


def _disk(evidence: Evidence) -> Iterator[Proof]:
    check, host = evidence.bad("disk.spool"), evidence.snapshot.host.value
    if check is not None and check.state != "unknown" and host is not None and host.disks:
        fullest = max(host.disks, key=lambda one: one.used)
        yield Proof((check.message,), {"about": fullest.purpose, "folder": fullest.folder}, graded(check))


def _inodes(evidence: Evidence) -> Iterator[Proof]:
    for folder, share in evidence.host.inodes_used.items():
        if share > _INODES_LOW:
            yield Proof((f"{share:.0%} of the inodes used at {folder}",), {"about": folder, "folder": folder})


def _memory(evidence: Evidence) -> Iterator[Proof]:
    available = evidence.host.memory_available
    if available is not None and available < _MEMORY_LOW:
        yield Proof((f"{available:.0%} of the memory is available",))


def _load(evidence: Evidence) -> Iterator[Proof]:
    """A busy host is no trouble as long as nothing waits for it."""
    load = evidence.host.load_per_core
    late = any(evidence.bad(name) for name in ("queue.ingest.age", "queue.alert.age", "redis.ping", "db.ping"))
    if load is not None and load > _LOAD_HIGH and late:
        yield Proof((f"load {load:.1f} for each core over five minutes",))


def _clock(evidence: Evidence) -> Iterator[Proof]:
    check = evidence.bad("clock.skew")
    if check is not None and check.state != "unknown":
        yield Proof((check.message,), severity=graded(check))


def _ports(evidence: Evidence) -> Iterator[Proof]:
    for one in evidence.host.stolen_ports:
        values = {"about": one.service, "number": str(one.number), "setting": one.setting}
        yield Proof((f"somebody listens on {one.number} ({one.setting}) who is not the {one.service}",), values)


def _places(evidence: Evidence) -> Iterator[Proof]:
    for one in evidence.host.places:
        yield Proof((f"{one.path}: {one.problem}",), {"about": one.path, "setting": one.setting})


def _names(evidence: Evidence) -> Iterator[Proof]:
    for name, setting in evidence.host.unresolved.items():
        values = {"about": name, "setting": setting, "store": _STORES.get(setting, setting)}
        yield Proof((f"{name} ({setting}) has no address here",), values)


def _other(evidence: Evidence) -> Iterator[Proof]:
    if evidence.host.other_mutt:
        yield Proof((f"mutt in this PATH is {evidence.host.other_mutt}",))


def _selinux(evidence: Evidence) -> Iterator[Proof]:
    if evidence.host.selinux_denials:
        yield Proof((f"{evidence.host.selinux_denials:,} denials that name MUTT in the audit log",))


def _logs(evidence: Evidence) -> Iterator[Proof]:
    large = [one for one in evidence.host.logs if one.size_bytes > _LOG_LARGE]
    if large:
        lines = tuple(f"{one.path} has {one.size_bytes / (1 << 30):.1f} GiB" for one in large)
        yield Proof(lines, {"folder": large[0].path.rpartition("/")[0]})


def _backup(evidence: Evidence) -> Iterator[Proof]:
    check = evidence.bad("backup.age")
    if check is not None and check.state != "unknown":
        yield Proof((check.message,))


CASES: Final = (
    Case(
        Cause(
            "disk-full",
            "disk",
            "the disk of {about} is nearly full",
            "Backups, logs and notes of accepted ids cannot be written.",
            steps("df -h {folder}", "mutt backup list", "du -sh {folder}"),
            "critical",
            "infrastructure",
            ("disk.spool",),
            source="TG:93-94",
        ),
        _disk,
    ),
    Case(
        Cause(
            "inodes-used",
            "disk",
            "the file system of {about} has hardly an inode left",
            "No file can be made there.",
            steps("df -i {folder}"),
            "critical",
            "infrastructure",
        ),
        _inodes,
    ),
    Case(
        Cause(
            "port-taken",
            "net",
            "the port of the {about} is taken by another process",
            "It cannot start.",
            steps("ss -ltnp 'sport = :{number}'", "set another {setting} in mutt.env"),
            "critical",
            "operations",
            ("svc.{about}",),
            ("{about}-gone", "{about}-absent", "{about}-ill", "{about}-stopped"),
            "TG:1294-1295",
        ),
        _ports,
    ),
    Case(
        Cause(
            "place-unusable",
            "perms",
            "{about} cannot be used",
            "Who needs it does not start, or cannot write.",
            steps("ls -ld {about}", "mutt config get {setting}"),
            "critical",
            "infrastructure",
            source="TG:1505-1530",
        ),
        _places,
    ),
    Case(
        Cause(
            "name-unresolved",
            "dns",
            "{about} does not resolve on this host",
            "What is at that name is not reached.",
            steps("getent ahosts {about}", "mutt config get {setting}"),
            "critical",
            "infrastructure",
            hides=("{store}-away",),
            source="TG:1361-1388",
        ),
        _names,
    ),
    Case(
        Cause(
            "memory-low",
            "host",
            "this host has hardly any memory left",
            "The kernel will end processes.",
            steps("ps aux --sort=-rss | head", "mutt status --services"),
            "warning",
            "infrastructure",
            source="TG:90-91",
        ),
        _memory,
    ),
    Case(
        Cause(
            "load-high",
            "host",
            "this host has more work than its cores can do",
            "Every step takes longer.",
            steps("ps aux --sort=-%cpu | head", "mutt forecast"),
            "warning",
            "infrastructure",
            source="SO:994-1011",
        ),
        _load,
    ),
    Case(
        Cause(
            "clock-skew",
            "clock",
            "clocks disagree",
            "Ages and windows are wrong by as much; nothing is lost.",
            steps("timedatectl status", "systemctl restart chronyd   # or systemd-timesyncd"),
            "warning",
            "infrastructure",
            ("clock.skew",),
        ),
        _clock,
    ),
    Case(
        Cause(
            "other-mutt",
            "versions",
            "the mail client mutt(1) comes first in PATH",
            "A line that begins with mutt may send a mail; a check may be green because the wrong program ran.",
            steps("use muttctl, or an absolute path"),
            "warning",
            "operations",
            source="ux.md 1",
        ),
        _other,
    ),
    Case(
        Cause(
            "selinux-denies",
            "selinux",
            "SELinux denies MUTT something",
            "What was denied fails.",
            steps("ausearch -m avc -ts today -c mutt", "restorecon -Rv /opt/mutt /var/lib/mutt /var/log/mutt"),
            "warning",
            "security",
            source="TG:1317-1353",
        ),
        _selinux,
    ),
    Case(
        Cause(
            "logs-grow",
            "logs",
            "log files are not rotated",
            "They fill the disk that logs, backups or Redis may share.",
            steps(
                "du -sh {folder}",
                "mutt generate logrotate",
                "logrotate -d /etc/logrotate.d/mutt",
                "logrotate -f /etc/logrotate.d/mutt",
            ),
            "warning",
            "operations",
            source="SO:1448-1474",
        ),
        _logs,
    ),
    Case(
        Cause(
            "backup-old",
            "disk",
            "the newest backup is old",
            "What came since is not in it.",
            steps("mutt backup list", safe=("mutt backup create",)),
            "warning",
            "operations",
            ("backup.age",),
        ),
        _backup,
    ),
)
