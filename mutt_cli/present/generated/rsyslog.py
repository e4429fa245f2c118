"""rsyslog on both ends: on senders, so that syslog reaches the ingest API; beside MUTT, to hand its own logs on.

The sender's side needs nothing but a shell and curl, because rsyslog's HTTP module is not in every distribution.
rsyslog gives a batch to a program and keeps it until the program has confirmed it, on disk if it must: at least once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.logs import FILES
from mutt_cli.adapters.systemd import UNIT_OF
from mutt_cli.present.generated.poster import KEY_FILE, poster
from mutt_cli.present.generated.site import made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.generated import GeneratedFile
    from mutt_cli.present.generated.site import Site

SENDER: Final = "/etc/rsyslog.d/mutt-ingest.conf"
PROGRAM: Final = "/usr/local/lib/mutt/rsyslog-ingest"
FORWARD: Final = "/etc/rsyslog.d/mutt.conf"
CENTRAL: Final = "logs.example.com"
CENTRAL_PORT: Final = 6514
SENDER_THEN: Final = ("rsyslogd -N1", "systemctl restart rsyslog")
FORWARD_THEN: Final = ("rsyslogd -N1", "systemctl restart rsyslog")
_FIELDS: Final = (
    ("timestamp", 'name="timereported" dateFormat="rfc3339"'),
    ("hostname", 'name="hostname"'),
    ("relay", 'name="fromhost"'),
    ("program", 'name="programname"'),
    ("facility", 'name="syslogfacility-text"'),
    ("message", 'name="msg"'),
)  # fmt: skip
"""Field of the event, and rsyslog's property."""


def sender(site: Site) -> tuple[GeneratedFile, ...]:
    """For each host whose syslog MUTT is to get: the configuration, and the program that posts."""
    body = f"""\
# {PROGRAM} comes with this file. The key of the ingest API belongs into {KEY_FILE}, mode 0600.
# The line with the address is in that program: the load balancer, if there is one.
module(load="omprog")
module(load="mmutf8fix")

template(name="mutt_event" type="list") {{
{_template()}
}}

# MUTT's own lines are left out: each event would make a line that makes an event.
if not ($programname startswith "mutt") then {{
    # What is no UTF-8 would be refused by the ingestor.
    action(type="mmutf8fix")
    action(
        type="omprog"
        name="mutt_ingest"
        binary="{PROGRAM}"
        template="mutt_event"
        confirmMessages="on"
        useTransactions="on"
        # Longer than one try of the program may take, with its pause.
        confirmTimeout="90000"
        queue.type="LinkedList"
        queue.filename="mutt_ingest"
        queue.size="100000"
        queue.dequeueBatchSize="500"
        queue.maxDiskSpace="1g"
        queue.saveOnShutdown="on"
        action.resumeRetryCount="-1"
        action.resumeInterval="5"
    )
}}
"""
    address = f"http://{site.reached_at('INGESTOR_HOST', site.settings.ingest.host)}:{site.settings.ingest.port}/ingest"
    return (
        made(SENDER, "rsyslog", body),
        made(PROGRAM, "rsyslog", poster(address) + _TRANSACTIONS, mode=0o755),
    )


def _template() -> str:
    """One JSON object in pieces: constants with what stands before each value, and the values."""
    lines = []
    before = "{"
    for field, where in _FIELDS:
        lines += [f'    constant(value="{_escaped(before)}{_escaped(_quote(field))}:{_escaped(_QUOTE)}")']
        lines += [f'    property({where} format="json")']
        before = f"{_QUOTE},"
    lines += [f'    constant(value="{_escaped(before)}{_escaped(_quote("syslog_severity"))}:")']
    lines += ['    property(name="syslogseverity")', '    constant(value="}\\n")']
    return "\n".join(lines)


_QUOTE: Final = '"'


def _quote(text: str) -> str:
    return f"{_QUOTE}{text}{_QUOTE}"


def _escaped(text: str) -> str:
    return text.replace(_QUOTE, f"\\{_QUOTE}")


_TRANSACTIONS: Final = """\

# rsyslog's side: a batch begins and ends with a mark, and each line is answered. Only at the end something can go
# wrong: rsyslog then repeats the whole batch, at once, therefore the pause.
echo OK
while IFS= read -r line; do
    case $line in
    "BEGIN TRANSACTION")
        : >"$batch"
        echo OK
        ;;
    "COMMIT TRANSACTION")
        if post; then
            echo OK
        else
            sleep 5
            echo "not taken: ${status:-no answer}"
        fi
        ;;
    *)
        printf '%s\\n' "$line" >>"$batch"
        echo DEFER_COMMIT
        ;;
    esac
done
"""


def forward(site: Site) -> tuple[GeneratedFile, ...]:
    """Reads the log files of MUTT's services and nothing else; journald stays as it is (SO:1534-1557)."""
    body = "".join(f"{line}\n" for line in _forward(site))
    return (made(FORWARD, "rsyslog-forward", body),)


def _forward(site: Site) -> Iterator[str]:
    yield f"# To be set: the central server, {CENTRAL} here, and who signed its certificate. TLS is in rsyslog-gnutls."
    yield 'module(load="imfile")'
    yield ""
    for service, unit in UNIT_OF.items():
        yield "input("
        yield '    type="imfile"'
        yield f'    file="{site.log_dir}/{FILES.get(service, service)}.log"'
        yield f'    tag="{unit}:"'
        yield '    facility="local3"'
        yield '    ruleset="mutt_forward"'
        yield ")"
    yield ""
    yield 'ruleset(name="mutt_forward") {'
    yield "    action("
    yield '        type="omfwd"'
    yield f'        target="{CENTRAL}"'
    yield f'        port="{CENTRAL_PORT}"'
    yield '        protocol="tcp"'
    yield '        template="RSYSLOG_SyslogProtocol23Format"'
    yield '        tcp_framing="octet-counted"'
    yield '        streamDriver="gtls"'
    yield '        streamDriverMode="1"'
    yield '        streamDriverAuthMode="x509/name"'
    yield f'        streamDriverPermittedPeers="{CENTRAL}"'
    yield '        streamDriver.CAFile="/etc/ssl/certs/ca-certificates.crt"'
    yield '        queue.type="LinkedList"'
    yield '        queue.filename="mutt_forward"'
    yield '        queue.size="100000"'
    yield '        queue.maxDiskSpace="1g"'
    yield '        queue.saveOnShutdown="on"'
    yield '        action.resumeRetryCount="-1"'
    yield '        action.resumeInterval="30"'
    yield "    )"
    yield "}"
