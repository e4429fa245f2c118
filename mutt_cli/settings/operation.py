"""Settings of the Web UI, logs, history and the host the services run on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mutt_cli.settings.addresses import is_network, is_origin
from mutt_cli.settings.declaration import setting, tcp_port
from mutt_cli.settings.pipeline import MIB

_WEBUI: Final = ("webui",)
_ALERTER: Final = ("alerter",)


@dataclass(frozen=True)
class WebUi:
    """The dashboard and its API."""

    host: str = setting(
        "WEBUI_HOST", "0.0.0.0", meaning="Address the Web UI listens on", services=_WEBUI,  # noqa: S104  C-12: health is checked from other hosts
        source="contract.md 3.3",
    )  # fmt: skip
    port: int = tcp_port(
        "WEBUI_PORT", 8090, meaning="Port of the Web UI, its health page and its metrics", services=_WEBUI,
        aliases=("SERVER_PORT_WEBUI",), source="SO:132, SO:771, contradictions.md C-01",
    )  # fmt: skip
    workers: int = setting(
        "WEBUI_WORKERS", 2, meaning="Web UI processes", unit="processes", services=_WEBUI, minimum=1, maximum=64,
        source="SO:772",
    )  # fmt: skip
    metrics_cache_ttl: int = setting(
        "METRICS_CACHE_TTL", 5, meaning="Dashboard figures are kept this long", unit="s", services=_WEBUI,
        dynamic="metrics_cache_ttl", minimum=0, maximum=3600, source="SO:773, TG:905",
    )  # fmt: skip
    public_url: str = setting(
        "WEBUI_PUBLIC_URL", "", meaning="Address people use behind a proxy; https here makes cookies https only",
        services=_WEBUI, check=is_origin, form="an http or https address without a path", source="decisions.md D24",
    )  # fmt: skip
    trusted_proxies: tuple[str, ...] = setting(
        "WEBUI_TRUSTED_PROXIES", (), meaning="Proxies whose X-Forwarded-For says whose wrong keys are counted together",
        services=_WEBUI, check=is_network, form="IP addresses and networks with commas", source="decisions.md D24",
    )  # fmt: skip
    insecure_http: bool = setting(
        "WEBUI_INSECURE_HTTP", default=False, meaning="Allow login over plain http from other hosts", services=_WEBUI,
        source="decisions.md D24",
    )  # fmt: skip
    protected: str = setting(
        "WEBUI_PROTECTED", "", meaning="Name of a deployment to be careful with: a red head, a reason for every change",
        services=_WEBUI, pattern=r"[\w.-]{1,40}", form="at most 40 letters, digits, dots and dashes",
        source="ux.md 6.3",
    )  # fmt: skip
    read_only: bool = setting(
        "WEBUI_READ_ONLY", default=False, meaning="Pages and API only look: every change is refused", services=_WEBUI,
        aliases=("MUTT_WEBUI_READ_ONLY",), source="ux.md 6.3",
    )  # fmt: skip
    audit_page_size: int = setting(
        "AUDIT_LOG_PAGE_SIZE", 50, meaning="Rows on one page of the audit log", unit="rows", services=_WEBUI,
        minimum=1, maximum=1000, source="contract.md 3.3",
    )  # fmt: skip


@dataclass(frozen=True)
class Log:
    """What is written down, where, and how much of it."""

    level: str = setting(
        "LOG_LEVEL", "INFO", meaning="Least level that is logged", source="TG:1739, TG:1749",
        choices=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
    )  # fmt: skip
    format: str = setting(
        "LOG_FORMAT", "json", meaning="json = one object per line, text = for people", choices=("json", "text"),
        aliases=("LOG_JSON_ENABLED",), source="SO:1442-1446, TG:1679",
    )  # fmt: skip
    directory: str = setting(
        "LOG_DIR", "", meaning="Folder of log files beside the journal; empty = that of the systemd unit, if any",
        pattern=r"/.*", form="an absolute path", source="SO:1442-1446",
    )  # fmt: skip
    event_rate: int = setting(
        "LOG_EVENT_RATE", 500, meaning="Lines about single events per second and process; beyond it one in N, with N",
        unit="lines/s", services=("ingestor", "alerter", "forwarder"), minimum=1, maximum=1_000_000,
        source="decisions.md D29",
    )  # fmt: skip


@dataclass(frozen=True)
class History:
    """How long the record of every event is kept, and what gives way when space runs out."""

    days: int = setting(
        "HISTORY_DAYS", 30, meaning="Decisions about events are kept this long", unit="days", services=_ALERTER,
        minimum=1, maximum=3650, source="decisions.md D17",
    )  # fmt: skip
    raw_days: int = setting(
        "HISTORY_RAW_DAYS", 3, meaning="Events as received are kept this long", unit="days", services=_ALERTER,
        minimum=0, maximum=3650, source="decisions.md D17",
    )  # fmt: skip
    max_bytes: int = setting(
        "HISTORY_MAX_BYTES", 0, meaning="Most disk space for the history; 0 = a fifth of the free space", unit="bytes",
        services=_ALERTER, minimum=0, source="decisions.md D17",
    )  # fmt: skip
    journal_max_bytes: int = setting(
        "JOURNAL_MAX_BYTES", 256 * MIB, meaning="Records that may wait in Redis while PostgreSQL is away", unit="bytes",
        services=("alerter", "forwarder", "remediation"), minimum=MIB, source="decisions.md D14, D28",
    )  # fmt: skip
    journal_full_action: str = setting(
        "JOURNAL_FULL_ACTION", "shed",
        meaning="When that is full: shed = keep less history, stop = take no more events",
        services=("alerter", "forwarder", "remediation"), choices=("shed", "stop"), source="decisions.md D14",
    )  # fmt: skip


@dataclass(frozen=True)
class Drills:
    """How often somebody proves that an event still comes through."""

    interval: int = setting(
        "DRILL_INTERVAL", 0, meaning="cron or a timer runs `muttctl drill -q` this often; 0 = none is scheduled",
        unit="s", services=(), minimum=0, maximum=604_800, source="ux.md 7.3",
    )  # fmt: skip


@dataclass(frozen=True)
class ServiceLevels:
    """What share of the events must be taken in and forwarded; `mutt slo show` judges by it."""

    ingest_target: float = setting(
        "SLO_INGEST_SUCCESS_TARGET", 0.995, meaning="Share of the events offered that must be taken in", services=(),
        dynamic="slo_ingest_success_target", minimum=0.5, maximum=0.99999, source="contract.md 3.3",
    )  # fmt: skip
    forward_target: float = setting(
        "SLO_FORWARD_SUCCESS_TARGET", 0.99, meaning="Share of the alerts that must reach Moogsoft", services=(),
        dynamic="slo_forward_success_target", minimum=0.5, maximum=0.99999, source="contract.md 3.3",
    )  # fmt: skip
    window_hours: int = setting(
        "SLO_WINDOW_HOURS", 24, meaning="The share is that of so many hours", unit="h", services=(),
        dynamic="slo_window_hours", minimum=1, maximum=2160, source="contract.md 3.3",
    )  # fmt: skip
    burn_rate_critical: float = setting(
        "SLO_BURN_RATE_CRITICAL", 14.4, meaning="So many times the failures that the target allows are critical",
        services=(), dynamic="slo_burn_rate_critical", minimum=1, maximum=1000, source="contract.md 3.3",
    )  # fmt: skip
    burn_rate_warning: float = setting(
        "SLO_BURN_RATE_WARNING", 6.0, meaning="So many times the failures that the target allows are a warning",
        services=(), dynamic="slo_burn_rate_warning", minimum=1, maximum=1000, source="contract.md 3.3",
    )  # fmt: skip


@dataclass(frozen=True)
class Platform:
    """The host: state, account, and what stands beside the five services."""

    state_dir: str = setting(
        "MUTT_STATE_DIR", "",
        meaning="Folder of local state; empty = that of the systemd unit, /var/lib/mutt as root, else the user's",
        pattern=r"/.*", form="an absolute path", source="decisions.md D20",
    )  # fmt: skip
    backup_dir: str = setting(
        "MUTT_BACKUP_DIR", "",
        meaning="Folder of backups, also of what a purge removes; empty = `backups` in the state folder",
        pattern=r"/.*", form="an absolute path", services=(), source="ux.md 3.3",
    )  # fmt: skip
    run_user: str = setting(
        "MUTT_RUN_USER", "", meaning="Account that servers started by root run as; empty = chosen by MUTT",
        pattern=r"[a-z_][a-z0-9_-]{0,31}\$?", form="the name of an account", services=(), source="decisions.md D20",
    )  # fmt: skip
    simulator_port: int = tcp_port(
        "SIMULATOR_PORT", 8099, meaning="Port of the Moogsoft simulator of `mutt up`", services=(),
        source="decisions.md D20",
    )  # fmt: skip
    frame_interval: int = setting(
        "FRAME_INTERVAL", 10, meaning="How often a web UI keeps a look at everything for `mutt top`; 0 = never",
        unit="s", services=_WEBUI, minimum=0, maximum=300, source="ux.md 5.5",
    )  # fmt: skip
    prometheus_enabled: bool = setting(
        "PROMETHEUS_ENABLED", default=True, meaning="Serve metrics on the metrics ports", source="contract.md 3.3"
    )
    prometheus_url: str = setting(
        "PROMETHEUS_URL", "http://localhost:9090", meaning="Prometheus asked for trends and service levels",
        services=_WEBUI, pattern=r"https?://[^\s/]\S*", form="an http or https address", source="contract.md 3.3",
    )  # fmt: skip
