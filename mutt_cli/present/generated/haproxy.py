"""HAProxy in front of ingestors and web UIs: TLS, and a host that is not healthy gets nothing (SO:1084-1100).

A POST is never sent to a second ingestor once it may have reached the first; senders repeat by themselves. The checker
asks `/health`, which says 503 while the intake is stopped. Metrics are for the inside and are not passed on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.present.generated.site import CERTIFICATE, made

if TYPE_CHECKING:
    from mutt_cli.core.generated import GeneratedFile
    from mutt_cli.present.generated.site import Site

PATH: Final = "/etc/haproxy/haproxy.cfg"
INGEST_TLS_PORT: Final = 8443
WEB_TLS_PORT: Final = 443
THEN: Final = (f"haproxy -c -f {PATH}", "systemctl reload haproxy")


def files(site: Site) -> tuple[GeneratedFile, ...]:
    """The whole configuration; where there is one already, ours is written beside it to be taken over by hand."""
    ingest, web = site.settings.ingest, site.settings.webui
    ingestor = f"{site.reached_at('INGESTOR_HOST', ingest.host)}:{ingest.port}"
    webui = f"{site.reached_at('WEBUI_HOST', web.host)}:{web.port}"
    return (made(PATH, "haproxy", _body(site, ingestor, webui)),)


def notes(site: Site) -> tuple[str, ...]:
    """Without the certificate the file is valid, and refuses every TLS connection."""
    return site.notes(CERTIFICATE)


def _body(site: Site, ingestor: str, webui: str) -> str:
    answering_s = max(60, site.settings.ingest.stop_timeout)
    # HAProxy does not start with a certificate that is not there; run again, the command puts it in.
    tls = "ssl strict-sni" if CERTIFICATE in site.absent else f"ssl crt {CERTIFICATE}"
    return _global() + _ingest(tls, ingestor, site.settings.ingest.port, answering_s) + _web(tls, webui)


def _global() -> str:
    return f"""\
# {CERTIFICATE}: certificate, chain and key in one file, mode 0600. If it came after this file,
# make this file again.
global
    log /dev/log local0
    ssl-default-bind-options ssl-min-ver TLSv1.2

defaults
    mode http
    log global
    option httplog
    option dontlognull
    timeout connect 5s
    timeout client 60s
    timeout http-request 30s
    timeout http-keep-alive 30s

"""


def _ingest(tls: str, server: str, port: int, answering_s: int) -> str:
    return f"""\
frontend mutt_ingest
    bind :{INGEST_TLS_PORT} {tls} alpn http/1.1
    # On a host without an ingestor, for senders that cannot speak TLS. Their key is then readable on the way:
    # bind :{port}
    http-request deny deny_status 404 if {{ path /metrics }}
    default_backend mutt_ingestors

backend mutt_ingestors
    balance roundrobin
    option httpchk
    http-check send meth GET uri /health
    http-check expect status 200
    option forwardfor
    # A connection that was refused may be tried at another ingestor; a request that was sent may not.
    option redispatch
    retries 2
    retry-on conn-failure
    timeout server {answering_s}s
    default-server inter 2s fall 3 rise 2 init-addr last,libc,none
    # One line for each ingestor.
    server ingestor1 {server} check

"""


def _web(tls: str, server: str) -> str:
    return f"""\
frontend mutt_web
    bind :{WEB_TLS_PORT} {tls} alpn http/1.1
    http-request deny deny_status 404 if {{ path /metrics }}
    http-request set-header X-Forwarded-Proto https
    default_backend mutt_webuis

backend mutt_webuis
    # Set WEBUI_PUBLIC_URL=https://NAME in mutt.env, so that cookies are kept to TLS.
    balance roundrobin
    option httpchk
    http-check send meth GET uri /health
    http-check expect status 200
    option forwardfor
    timeout server 60s
    default-server inter 5s fall 3 rise 2 init-addr last,libc,none
    # One line for each web UI.
    server webui1 {server} check
"""
