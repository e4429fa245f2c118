"""What Prometheus needs: where the services serve their metrics, and when their numbers are trouble.

Ports are those of the settings, thresholds those of `core/alarms.py`. A job has the name of the unit it scrapes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.systemd import UNIT_OF
from mutt_cli.core.alarms import MINUTES, alarms
from mutt_cli.present.generated.site import made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.alarms import Alarm
    from mutt_cli.core.generated import GeneratedFile
    from mutt_cli.present.generated.site import Site

RULES: Final = "/etc/prometheus/mutt-rules.yml"
SCRAPE: Final = "/etc/prometheus/mutt-scrape.yml"
RULES_THEN: Final = (f"promtool check rules {RULES}",)
SCRAPE_THEN: Final = (f"promtool check config {SCRAPE}",)
SCRAPE_EVERY_S: Final = 15


@dataclass(frozen=True)
class _Rule:
    name: str
    expr: str
    lasting_s: int
    severity: str
    says: str
    command: str = "health -v"

    def lines(self) -> Iterator[str]:
        yield f"      - alert: {self.name}"
        yield f"        expr: {json.dumps(self.expr)}"
        if self.lasting_s:
            yield f"        for: {self.lasting_s}s"
        yield "        labels:"
        yield f"          severity: {self.severity}"
        yield "        annotations:"
        yield f"          summary: {json.dumps(self.says)}"
        yield f"          try: {json.dumps(f'muttctl {self.command}')}"


_HEALTH: Final = (
    _Rule("MuttHealthCritical", "mutt_health_status == 2", 120, "critical", "muttctl health finds something critical."),
    _Rule("MuttHealthUnknown", "mutt_health_status == 3", 600, "warning", "muttctl health cannot find out."),
    _Rule(
        "MuttHealthSilent", "time() - mutt_health_last_run_timestamp_seconds > 900", 0, "warning",
        "mutt-health.timer has not run for 15 minutes.",
    ),
    _Rule(
        "MuttTextfileBroken", "node_textfile_scrape_error == 1", 300, "warning",
        "The node exporter cannot read a file.",
    ),
)  # fmt: skip
"""ux.md 7.7: about the file that `mutt health --textfile` writes; silent where there is none."""


def rules(site: Site) -> tuple[GeneratedFile, ...]:
    """Alert rules in two groups: MUTT's own metrics, and what `mutt health` found."""
    lines = [
        f"# In prometheus.yml: rule_files: [{RULES}]",
        "groups:",
        "  - name: mutt",
        "    rules:",
        *(line for alarm in alarms(site.settings) for line in _rule(alarm)),
        "  - name: mutt-health",
        "    rules:",
        *(line for one in _HEALTH for line in one.lines()),
    ]
    return (made(RULES, "prometheus-rules", "".join(f"{line}\n" for line in lines)),)


def _rule(alarm: Alarm) -> Iterator[str]:
    yield f"      # {alarm.source}"
    yield from _Rule(alarm.name, expression(alarm), alarm.lasting_s, alarm.severity, alarm.says, alarm.command).lines()


def expression(alarm: Alarm) -> str:
    """The alarm in PromQL, all instances together."""
    job = (("job", UNIT_OF[alarm.service]),) if alarm.service else ()
    labels = ",".join(f'{name}="{value}"' for name, value in (*job, *alarm.labels))
    where = f"{{{labels}}}" if labels else ""
    read = {
        "most": f"max({alarm.metric}{where})",
        "least": f"min({alarm.metric}{where})",
        "per_minute": f"sum(rate({alarm.metric}{where}[{MINUTES}m])) * 60",
        "p95": f"histogram_quantile(0.95, sum by (le) (rate({alarm.metric}_bucket{where}[{MINUTES}m])))",
    }[alarm.reading]
    return f"{read} {alarm.sign} {alarm.threshold:.12g}"


def scrape(site: Site) -> tuple[GeneratedFile, ...]:
    """One job for each service, this host its first target."""
    lines = [
        f"# From Prometheus 2.43 on, in prometheus.yml: scrape_config_files: [{SCRAPE}]",
        "# With an older one copy the jobs below its own scrape_configs. Add the other hosts to each list of targets.",
        "scrape_configs:",
        *(line for service, (host, port) in endpoints(site).items() for line in _job(UNIT_OF[service], host, port)),
    ]
    return (made(SCRAPE, "prometheus-scrape", "".join(f"{line}\n" for line in lines)),)


def _job(name: str, host: str, port: int) -> Iterator[str]:
    yield f"  - job_name: {name}"
    yield f"    scrape_interval: {SCRAPE_EVERY_S}s"
    yield "    static_configs:"
    yield f'      - targets: ["{host}:{port}"]'


def endpoints(site: Site) -> dict[str, tuple[str, int]]:
    """Where each service of this host serves its metrics; the workers serve theirs on every address."""
    settings = site.settings
    here = site.reached_at("", "*")
    ingestor = site.reached_at("INGESTOR_HOST", settings.ingest.host)
    return {
        "ingestor": (ingestor, settings.ingest.metrics_port),
        "alerter": (here, settings.alerter.metrics_port),
        "forwarder": (here, settings.forwarder.metrics_port),
        "remediation": (here, settings.remediation.metrics_port),
        "webui": (site.reached_at("WEBUI_HOST", settings.webui.host), settings.webui.port),
    }
