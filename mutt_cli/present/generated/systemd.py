"""systemd units: the five services, `mutt.target` that holds them together, and timers of health check and drill.

The services read `mutt.env` themselves: systemd would keep a trailing comment as part of the value, and what
`EnvironmentFile=` sets beats `Environment=` of an operator's own drop-in (contradictions.md C-18, C-20). Units that
start each other are ordered by `After=` alone; `Also=` makes `enable mutt.target` enable all five, and each can still
be enabled and disabled by itself. `Type=exec`: a service counts as started when its process runs. The daemons do not
tell systemd when they are ready, and `After=` would otherwise keep a forwarder waiting for the alerter's database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.configuration import ENV_FILE_VARIABLE
from mutt_cli.adapters.systemd import UNIT_OF, UNITS
from mutt_cli.errors import EX_CONFIG
from mutt_cli.present.generated.site import LOG_DIR, STATE_DIR, made, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.generated import GeneratedFile
    from mutt_cli.present.generated.site import Site
    from mutt_cli.settings import Settings

FOLDER: Final = "/etc/systemd/system"
TEXTFILE: Final = "/var/lib/node_exporter/textfile/mutt.prom"
"""Where a node exporter finds what `mutt health` writes (ux.md 7.7)."""
THEN: Final = ("systemctl daemon-reload", "systemctl enable --now mutt.target")
_PROCESS_MIB: Final = 512
"""For each process of a service. An alerter of one worker has four: together the 2 GB of SO:934."""
_MEANINGS: Final = {
    "ingestor": "takes events in over HTTP", "alerter": "matches events with rules",
    "forwarder": "delivers alerts to Moogsoft", "remediation": "brings back what was set aside",
    "webui": "dashboard and API",
}  # fmt: skip
_BACK_ENDS: Final = (
    "redis.service", "redis-server.service", "valkey.service", "valkey-server.service", "postgresql.service",
    "pgbouncer.service", "vault.service", "openbao.service",
)  # fmt: skip
"""Names that distributions give them; one that does not exist orders nothing."""
_STOP_S: Final = 45
"""contradictions.md C-88: the services finish within 40 s."""


def files(site: Site) -> tuple[GeneratedFile, ...]:
    """The target, the services in the order in which they start, the health check, and a drill if one is scheduled."""
    units = [made(f"{FOLDER}/mutt.target", "systemd", _target())]
    for number, (service, unit) in enumerate(UNIT_OF.items()):
        body = "".join(f"{line}\n" for line in _service(site, service, UNITS[:number]))
        units.append(made(f"{FOLDER}/{unit}.service", "systemd", body))
    units.append(made(f"{FOLDER}/mutt-health.service", "systemd", _health(site)))
    units.append(made(f"{FOLDER}/mutt-health.timer", "systemd", _TIMER))
    if (every := site.settings.drills.interval) > 0:
        units.append(made(f"{FOLDER}/mutt-drill.service", "systemd", _drill(site)))
        units.append(made(f"{FOLDER}/mutt-drill.timer", "systemd", _drill_timer(every)))
    return tuple(units)


def notes(site: Site) -> tuple[str, ...]:
    """What the units need on this host."""
    return site.notes(site.program, site.account)


def _target() -> str:
    return f"""\
# After a change: systemctl daemon-reload. All of it: systemctl enable --now mutt.target
[Unit]
Description=MUTT, the Multi-Use Telemetry Tool
After=network-online.target

[Install]
WantedBy=multi-user.target
Also={" ".join(f"{unit}.service" for unit in UNITS)}
"""


def _service(site: Site, service: str, before: tuple[str, ...]) -> Iterator[str]:
    after = ("network-online.target", *_BACK_ENDS, *(f"{unit}.service" for unit in before))
    yield "[Unit]"
    yield f"Description=MUTT {service}: {_MEANINGS[service]}"
    yield "PartOf=mutt.target"
    yield "Wants=network-online.target"
    yield f"After={' '.join(after)}"
    yield "# A back end that is away at start is tried again for as long as it takes."
    yield "StartLimitIntervalSec=0"
    yield from ("", "[Service]")
    yield "Type=exec"
    yield f"ExecStart={plain('the path of muttctl', site.program)} daemon {service}"
    yield "ExecReload=/bin/kill -HUP $MAINPID"
    yield f"User={site.account}"
    yield from _places(site)
    yield f"SyslogIdentifier={UNIT_OF[service]}"
    yield "Restart=on-failure"
    yield "RestartSec=5"
    yield "# A wrong setting does not become right by starting again."
    yield f"RestartPreventExitStatus={EX_CONFIG}"
    yield "# Only the main process is told to stop; it asks the others, and gives back what they had in hand."
    yield "KillMode=mixed"
    yield f"TimeoutStopSec={_stop_s(site.settings, service)}"
    count = processes(site.settings, service)
    yield f"# {_PROCESS_MIB} MiB for each process, of which it has {count}: a leak ends in one restart."
    yield f"MemoryMax={_PROCESS_MIB * count}M"
    yield "LimitNOFILE=65536"
    yield from _CONFINEMENT
    yield f"ProtectHome={'read-only' if site.program.startswith(('/home/', '/root/')) else 'yes'}"
    yield f"PrivateTmp={'no' if _in_tmp(site.settings) else 'yes'}"
    yield from ("", "[Install]", "WantedBy=mutt.target multi-user.target")


def _places(site: Site) -> Iterator[str]:
    """Folders of our own; other ones than the usual must be there already, and may be written to."""
    yield "StateDirectory=mutt"
    yield "StateDirectoryMode=0750"
    yield "LogsDirectory=mutt"
    yield "LogsDirectoryMode=0750"
    others = [folder for folder in (site.state_dir, site.log_dir) if folder not in {STATE_DIR, LOG_DIR}]
    if others:
        yield f"ReadWritePaths={' '.join(others)}"
    if site.env_file:
        yield f"Environment={ENV_FILE_VARIABLE}={plain(ENV_FILE_VARIABLE, site.env_file)}"


def processes(settings: Settings, service: str) -> int:
    """How many processes a service has: its workers, their parent, and what works beside them."""
    return {
        "ingestor": settings.ingest.workers + 2,
        "alerter": settings.alerter.workers + 3,
        "forwarder": settings.forwarder.workers + 2,
        "remediation": 1,
        "webui": settings.webui.workers + 1,
    }[service]


def _stop_s(settings: Settings, service: str) -> int:
    return max(_STOP_S, settings.ingest.stop_timeout + 15) if service == "ingestor" else _STOP_S


def _in_tmp(settings: Settings) -> bool:
    return settings.redis.socket.startswith("/tmp/") or settings.postgres.host.startswith("/tmp")  # noqa: S108


_CONFINEMENT: Final = (
    "UMask=0027",
    "CapabilityBoundingSet=",
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectKernelTunables=yes",
    "ProtectKernelModules=yes",
    "ProtectControlGroups=yes",
    "PrivateDevices=yes",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
)


def _health(site: Site) -> str:
    folder = TEXTFILE.rpartition("/")[0]
    env = _where(site)
    return f"""\
# Prints and fails only if something is wrong; what it found is in {TEXTFILE},
# a folder that {site.account} must be able to write to.
[Unit]
Description=MUTT health check
After=network-online.target

[Service]
Type=oneshot
ExecStart={plain("the path of muttctl", site.program)} health -q --textfile {TEXTFILE}
User={site.account}
{env}# 1 is WARNING; CRITICAL and UNKNOWN show in systemctl --failed.
SuccessExitStatus=1
TimeoutStartSec=60
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=-{folder}
StateDirectory=mutt
"""


def _where(site: Site) -> str:
    """Where a command that a timer starts finds its settings and keeps its state."""
    env = f"Environment=MUTT_STATE_DIR={site.state_dir}\n"
    return env + (
        f"Environment={ENV_FILE_VARIABLE}={plain(ENV_FILE_VARIABLE, site.env_file)}\n" if site.env_file else ""
    )


def _drill(site: Site) -> str:
    return f"""\
# One canary through the whole pipeline; it fails if that does not come through, and says at which stage it stands.
[Unit]
Description=MUTT drill
After=network-online.target

[Service]
Type=oneshot
ExecStart={plain("the path of muttctl", site.program)} drill -q
User={site.account}
{_where(site)}TimeoutStartSec=120
NoNewPrivileges=yes
ProtectSystem=strict
StateDirectory=mutt
"""


def _drill_timer(every: int) -> str:
    return f"""\
# systemctl enable --now mutt-drill.timer, on one host. DRILL_INTERVAL says how often; after a change of it: once more
# muttctl generate systemd --write, systemctl daemon-reload and systemctl restart mutt-drill.timer.
[Unit]
Description=MUTT drill, every {every} seconds

[Timer]
OnActiveSec=60
OnUnitActiveSec={every}
AccuracySec=1s

[Install]
WantedBy=timers.target
"""


_TIMER: Final = """\
# systemctl enable --now mutt-health.timer
[Unit]
Description=MUTT health check, every five minutes

[Timer]
OnCalendar=*:0/5
AccuracySec=1s

[Install]
WantedBy=timers.target
"""
