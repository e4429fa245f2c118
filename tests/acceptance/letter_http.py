"""Rows of contract.md 6: who answers what, with which status and body; and the rows whose turn has not come."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx

from tests import plain_http
from tests.stack import API_KEY, SECRETS

if TYPE_CHECKING:
    from collections.abc import Mapping

WEB_KEY: Final = SECRETS["WEBUI_API_KEY"]
RULE: Final = {"rule_name": "http_row", "pattern": ".*http.*row.*", "severity": "info", "priority": 1, "enabled": True}
"""SO:792-801."""
GUIDE_EVENT: Final = {
    "source": "test", "severity": "info", "message": "Test event", "timestamp": "2026-11-10T12:00:00Z",
}  # fmt: skip
"""SO:465-470."""
UNTIL_S: Final = 15.0
PLAIN: Final = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class Http:
    """One request and its answer. `body` is the whole text if `exact`, else a regular expression for some of it."""

    port: str
    method: str
    path: str
    status: int
    body: str = ""
    key: str = ""
    json: Any = None
    content: bytes | None = None
    kind: str = ""
    """Beginning of the content type."""
    exact: bool = False
    header: str = "X-API-Key"
    also: str = ""
    """A header that the answer must have."""
    source: str = ""

    @property
    def name(self) -> str:
        how = "with" if self.key else "without"
        given = "" if self.json is None and self.content is None else f" {str(self.json or self.content)[:40]}"
        return f"{self.port} {self.method} {self.path}{given} {how} key is {self.status}"

    def asked(self, ports: Mapping[str, int]) -> str:
        """What is wrong with the answer; empty if nothing is."""
        url = f"http://127.0.0.1:{ports[self.port]}{self.path}"
        headers = {self.header: self.key} if self.key else {}
        more: dict[str, Any] = {"content": self.content} if self.content is not None else {"json": self.json}
        try:
            answer = plain_http.request(
                self.method, url, headers=headers, timeout=15, **(more if any(more.values()) else {})
            )
        except httpx.HTTPError as error:
            return f"no answer: {error}"
        if answer.status_code != self.status:
            return f"{answer.status_code}: {answer.text[:500]}"
        if not answer.headers.get("content-type", "").startswith(self.kind):
            return f"content type {answer.headers.get('content-type')}"
        if self.also and not answer.headers.get(self.also):
            return f"no {self.also}"
        fits = answer.text == self.body if self.exact else re.search(self.body, answer.text, re.DOTALL)
        return "" if fits else answer.text[:2000]


def health(port: str, status: int, body: str, source: str) -> Http:
    return Http(port, "GET", "/health", status, body, exact=True, kind="application/json", source=source)


def _ingest(path: str) -> Http:
    body = r'"status":"queued".*"correlation_id":"[^"]+".*"queue_depth":\d+'
    return Http("INGESTOR_PORT", "POST", path, 200, body, API_KEY, json=GUIDE_EVENT, source="SO:462, C-06")


def _rules(version: str) -> tuple[Http, ...]:
    path = f"/api/{version}/rules"
    audit = f"/api/{version}/audit-logs?limit=50&offset=0"
    pages = r'^\{"logs":\[.*"pagination":\{"page":1,"limit":50,.*"total":\d+,"pages":\d+'
    return (
        Http("WEBUI_PORT", "GET", path, 200, r'^\{"rules":\[.*\]\}$', WEB_KEY, source="SO:789"),
        Http("WEBUI_PORT", "GET", path, 401, source="SO:836"),
        Http(
            "WEBUI_PORT", "POST", path, 201, r'^\{"id":\d+,"message":"Rule created successfully"', WEB_KEY,
            json={**RULE, "rule_name": f"http_{version}"}, source="SO:792-801",
        ),
        Http("WEBUI_PORT", "POST", path, 400, r'"fields":\{', WEB_KEY, json={"pattern": "("}, source="contract.md 6"),
        Http("WEBUI_PORT", "POST", path, 401, json=RULE, source="SO:836"),
        Http("WEBUI_PORT", "GET", f"{path}/1", 200, r'"rule_name":', WEB_KEY, source="SO:768"),
        Http("WEBUI_PORT", "GET", f"{path}/999999", 404, "", WEB_KEY, source="SO:768"),
        Http("WEBUI_PORT", "PUT", f"{path}/999999", 404, "", WEB_KEY, json={"enabled": False}, source="SO:768"),
        Http("WEBUI_PORT", "DELETE", f"{path}/999999", 404, "", WEB_KEY, source="SO:768"),
        Http("WEBUI_PORT", "GET", audit, 200, pages, WEB_KEY, source="SO:811"),
        Http("WEBUI_PORT", "GET", audit, 401, source="SO:836"),
        Http("WEBUI_PORT", "GET", f"{path}?api_key={WEB_KEY}", 401, source="contract.md 6: off by default"),
    )  # fmt: skip


def _others(version: str) -> tuple[Http, ...]:
    """What else contract.md 6 has of the web UI's API."""
    bodies = {
        "teams": '"teams":', "dev-hosts": '"hosts":', "config": '"config":', "config/history": '"history":',
        "config-audit": '"changes":.*"pagination":', "audit": '"changes":.*"pagination":',
        "metrics": '"summary":.*"current_rate_1m":.*"avg_rate_15m":.*"avg_rate_1h":.*"chart_24h":.*"labels":.*"data":',
        "slo": '"items":', "version": '"version":', "events": '"items":',
    }  # fmt: skip
    return tuple(
        Http("WEBUI_PORT", "GET", f"/api/{version}/{name}", 200, body, WEB_KEY, source="contract.md 6")
        for name, body in bodies.items()
    )


def _metrics(port: str, text: str, source: str) -> Http:
    return Http(port, "GET", "/metrics", 200, text, kind=PLAIN, source=source)


HEALTHY: Final = '{"status": "healthy"}'
UNHEALTHY: Final = '{"status": "unhealthy"}'

WELL: Final = (
    health("INGESTOR_PORT", 200, '{"status": "healthy", "redis": "ok", "vault": "ok"}', "SO:284"),
    health("ALERTER_HEALTH_PORT", 200, HEALTHY, "SO:285"),
    health("MOOG_FORWARDER_HEALTH_PORT", 200, HEALTHY, "SO:286"),
    health("HEALTH_PORT_REMEDIATION", 200, HEALTHY, "SO:287"),
    health("WEBUI_PORT", 200, '{"status": "healthy", "redis": "ok", "postgres": "ok"}', "SO:288"),
    _ingest("/ingest"), _ingest("/api/v1/ingest"), _ingest("/api/v2/ingest"),
    Http("INGESTOR_PORT", "POST", "/ingest", 200, "queued", API_KEY, json={"test": "event"}, source="TG:247"),
    Http(
        "INGESTOR_PORT", "POST", "/ingest", 200, '"correlation_id":"trace-me"', API_KEY,
        json={"correlation_id": "trace-me", "message": "m"}, header="x-api-key", source="TG:1496",
    ),
    Http("INGESTOR_PORT", "POST", "/ingest", 401, '"reason":"auth"', json=GUIDE_EVENT, source="SO:489"),
    Http("INGESTOR_PORT", "POST", "/ingest", 401, '"reason":"auth"', "wrong", json=GUIDE_EVENT, source="SO:489"),
    Http("INGESTOR_PORT", "POST", "/ingest", 400, '"reason":"json"', API_KEY, content=b"{", source="contract.md 6"),
    Http("INGESTOR_PORT", "GET", "/ingest", 405, source="contract.md 6"),
    Http("INGESTOR_PORT", "GET", "/", 404, source="contract.md 6: optional, never without a key"),
    Http("INGESTOR_PORT", "GET", "/admin/config", 404, source="contract.md 6: optional, never without a key"),
    _metrics("INGESTOR_PORT", "mutt_ingest_requests_total", "SO:63-67"),
    _metrics("METRICS_PORT", "mutt_ingest_requests_total", "SO:362"),
    _metrics("ALERTER_METRICS_PORT", "mutt_alerter_events_processed_total", "SO:365"),
    _metrics("MOOG_FORWARDER_METRICS_PORT", "mutt_moog_requests_total", "SO:368"),
    _metrics("METRICS_PORT_REMEDIATION", "mutt_remediation_loops_total", "SO:371"),
    _metrics("WEBUI_PORT", "(?i)pool", "SO:374, TG:908"),
    *(
        Http("WEBUI_PORT", method, path, 200, "", kind="text/html", source="SO:780, SO:1567, SO:807")
        for path in ("/", "/rules", "/audit-logs")
        for method in ("GET", "HEAD")
    ),
    *_rules("v1"), *_rules("v2"), *_others("v1"), *_others("v2"),
)  # fmt: skip
"""While all is well.

Rows of others' endpoints are tested where the client is: Moogsoft in tests/integration/test_moogsoft.py, Vault in
tests/integration/test_vault.py.
"""

REDIS_AWAY: Final = (
    health("INGESTOR_PORT", 503, '{"status": "unhealthy", "redis": "error", "vault": "error"}', "C-03"),
    health("ALERTER_HEALTH_PORT", 503, UNHEALTHY, "C-03"),
    health("HEALTH_PORT_REMEDIATION", 503, UNHEALTHY, "C-03"),
    health("WEBUI_PORT", 503, '{"status": "unhealthy", "redis": "error", "postgres": "ok"}', "C-03"),
    Http(
        "INGESTOR_PORT", "POST", "/ingest", 503, '"reason":"redis"', API_KEY, json=GUIDE_EVENT, also="Retry-After",
        source="TG:167-172",
    ),
    Http("WEBUI_PORT", "GET", "/", 500, "", kind="text/html", source="SO:188, TG:819"),
    Http("WEBUI_PORT", "GET", "/api/v1/audit-logs?limit=1", 200, "", WEB_KEY, source="SO:188"),
)  # fmt: skip
"""After Vault and Redis have gone."""
