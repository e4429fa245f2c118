"""Syslog lines, as devices really send them, read into events.

Promise: total and deterministic. Any line gives an event and nothing raises; the message is always the end of the
line, word for word, so that a rule sees what the device wrote (mnemonic included); what stands before it becomes
fields. A line that is not understood is the message, whole. `now` and the default zone are arguments: the year
that a device leaves out is the one that puts the time nearest to `now`, never more than a day ahead.

Read are RFC 5424 (structured data kept as an object) and RFC 3164, both with or without PRI, and what Cisco IOS,
IOS-XR, NX-OS and ASA, Junos (plain and structured), Arista EOS, Fortinet (key=value), Huawei VRP and H3C make of
them, also behind a relay's header.
"""

from __future__ import annotations

import base64
from datetime import UTC
from typing import TYPE_CHECKING

import msgspec

from mutt_cli.core.syslog.body import Body, event_tag, read_body
from mutt_cli.core.syslog.clock import rfc3339
from mutt_cli.core.syslog.header import Header, StructuredData, read_header
from mutt_cli.core.syslog.priority import FACILITIES, WORDS, Priority, read_priority
from mutt_cli.core.syslog.structured import read_header5424

if TYPE_CHECKING:
    from datetime import datetime, tzinfo


class SyslogEvent(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One line as an event; what the line does not say is left out of the JSON object."""

    message: str
    """The text after the header, vendor mnemonic included. Never empty unless the line is."""
    hostname: str | None = None
    """The device's own name if it says one, else what a relay wrote."""
    timestamp: str | None = None
    """RFC 3339, UTC, `Z`. The device's time, or the relay's if the device's clock is not synchronised."""
    severity: str | None = None
    """critical, error, warning, notice, info or debug (`priority.WORDS`)."""
    syslog_severity: int | None = None
    """0 to 7: from Fortinet's level, else the PRI, else the mnemonic."""
    syslog_facility: str | None = None
    app: str | None = None
    procid: str | None = None
    msgid: str | None = None
    """RFC 5424 MSGID, or Fortinet's logid."""
    mnemonic: str | None = None
    """The vendor's name of the message: `LINK-3-UPDOWN`, `IFNET/4/LINK_STATE`, `RPD_OSPF_NBRDOWN`."""
    sequence: int | None = None
    clock_synced: bool | None = None
    """False after Cisco's `*` (time not authoritative) or `.` (NTP lost); RFC 5424's isSynced; else not said."""
    node: str | None = None
    """The part of the device that speaks: `RP/0/RSP0/CPU0` (IOS-XR), `VDC-1` (NX-OS)."""
    uptime: str | None = None
    """Time since the device or kernel started, as written."""
    time_zone: str | None = None
    """A zone name that is not known; the timestamp was read in the default zone."""
    structured_data: StructuredData | None = None
    raw_base64: str | None = None
    r"""The whole line, if it is not UTF-8; `message` then shows each foreign byte as `\xNN`."""


def parse(line: bytes | str, now: datetime, zone: tzinfo = UTC) -> SyslogEvent:
    """The event in one syslog line. `now` must be aware; `zone` is meant where a line names none."""
    text, raw = _decode(line)
    priority = read_priority(text)
    start = priority.end if priority else 0
    header = read_header5424(text, start, now, zone) or read_header(text, start, now, zone)
    return _event(text, priority, header, read_body(text, header.end, now, zone), raw)


def _event(text: str, priority: Priority | None, header: Header, body: Body, raw: str | None) -> SyslogEvent:
    severity = body.level if body.level is not None else priority.severity if priority else body.severity
    when = body.when or header.when
    return SyslogEvent(
        message=_message(text, body.end, priority),
        hostname=body.hostname or header.hostname or None,
        timestamp=rfc3339(when) if when else None,
        severity=None if severity is None else WORDS[severity],
        syslog_severity=severity,
        syslog_facility=FACILITIES[priority.facility] if priority else None,
        app=header.app or body.app or None,
        procid=header.procid or None,
        msgid=header.msgid or body.msgid or None,
        mnemonic=body.mnemonic or event_tag(header.msgid) or None,
        sequence=header.sequence if header.sequence is not None else body.sequence,
        clock_synced=header.clock_synced,
        node=header.node or None,
        uptime=header.uptime or None,
        time_zone=header.time_zone or None,
        structured_data=header.data or None,
        raw_base64=raw,
    )


def _message(text: str, pos: int, priority: Priority | None) -> str:
    """The text from `pos` on; where the header is all there is, the line without its PRI, else the line."""
    return text[pos:] or text[priority.end if priority else 0 :] or text


def _decode(line: bytes | str) -> tuple[str, str | None]:
    """The line as text without its end, and its bytes in base64 if they are not UTF-8."""
    data = line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
    data = data.rstrip(b"\r\n\0")
    try:
        return data.decode(), None
    except UnicodeDecodeError:
        return data.decode(errors="backslashreplace"), base64.b64encode(data).decode("ascii")
