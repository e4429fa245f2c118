"""The header before a message in every dialect that is not RFC 5424, read from left to right.

Promise: the header ends where the message begins and only what was understood belongs to it. Two headers in a row
(a relay's and then the device's own) are both read: the device's name and time win, except that the time of a
device whose clock is not synchronised gives way to the relay's.

    <189>000045: core1: *Nov 23 10:00:00.123 CET: %LINK-3-UPDOWN: ...      IOS: sequence, origin, clock mark
    Nov 23 10:00:00 10.1.1.1 45: .Nov 23 09:59:59.870: %LINK-3-UPDOWN: ... the same through a relay
    <187>94: pe1 RP/0/RSP0/CPU0:Nov 23 10:00:00.834 : ifmgr[214]: %PKT...  IOS-XR: node, process
    <187>: 2026 Nov 23 10:00:00 CET: %ETHPORT-5-...                        NX-OS
    <165>Nov 23 10:00:00 leaf1 Bgp: 1234: %BGP-5-ADJCHANGE: ...            EOS
    Nov 23 10:00:00 web1 sshd[4242]: ...                                   RFC 3164
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.core.syslog.clock import read_stamp

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

_HOST: Final = r"[A-Za-z0-9_](?:[\w.\-@/]|:(?=[\w:])){0,254}"
_NODE: Final = r"(?:[A-Z]{1,4}/)?\d{1,3}(?:/[A-Z0-9]{1,8}){1,3}"
_UPTIME: Final = r"(?:\d{1,4}:\d\d:\d\d(?:\.\d{1,6})?|(?:\d{1,4}[ywdhms]){1,4})"
_MNEMONIC: Final = r"%[A-Z][A-Z0-9_]*-"

# What a device puts before its own time: sequence numbers (its own and the message counter), its name, its node.
_BEFORE_TIME: Final = re.compile(
    rf"(?:: *)?(?:(\d{{1,10}}): +)?(?:(\d{{1,10}}): +)?"
    rf"(?:(?!{_NODE}:)({_HOST})(?:: +| +(?={_NODE}:)))?(?:({_NODE}): ?)?([*.]?) ?"
)
# The same before a mnemonic when the device sends no time, or the time since it started.
_BEFORE_MNEMONIC: Final = re.compile(
    rf"(?:: *)?(?:(\d{{1,10}}): +)?(?:(\d{{1,10}}): +)?"
    rf"(?:(?!{_UPTIME}:)({_HOST}): +)?(?:({_UPTIME}): +)?(?={_MNEMONIC})"
)
# Behind a relay's header a name without a sequence number is a program (EOS: `leaf1 Ebra: %LINEPROTO-5-...`).
_RELAYED_MNEMONIC: Final = re.compile(
    rf"(\d{{1,10}}): +(?:(\d{{1,10}}): +)?(?:(?!{_UPTIME}:)({_HOST}): +)?(?:({_UPTIME}): +)?(?={_MNEMONIC})"
)
_SEQUENCE: Final = re.compile(r"(\d{1,10}): (?! )")
_COLON: Final = re.compile(r" ?:(?: +|(?=%))")
_HOST_WORD: Final = re.compile(rf" +({_HOST})(?: +: *| *: +(?=%)|: +(?=[*.]?[A-Z][a-z]{{2}} )| +|$)")
_HOST_AND_MNEMONIC: Final = re.compile(rf" +{_HOST} +%")
_TAG: Final = re.compile(r"([^\s:\[\]%<>\"=]{1,64})(?:\[([^\]\s]{1,64})\])?:(?: +|$)")
_TAG_WITH_PID: Final = re.compile(r"([^\s:\[\]%<>\"=]{1,64})\[(\d{1,10})\]: +")
_EVENT_TAG: Final = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+: ")
_VDC: Final = re.compile(r"%\$ (VDC-\d{1,3}) %\$ +")
_KERNEL_UPTIME: Final = re.compile(r"\[ *(\d{1,10}\.\d{1,9})\] ")


StructuredData = dict[str, dict[str, str | list[str]]]
"""SD-ID to its parameters; a parameter that repeats (RFC 5424 section 6.3.3 allows it) is a list."""


@dataclass(slots=True)
class Header:
    """What was read so far; `end` is where the rest begins. Empty text and None mean "not said"."""

    end: int
    hostname: str = ""
    when: datetime | None = None
    clock_synced: bool | None = None
    time_zone: str = ""
    sequence: int | None = None
    node: str = ""
    app: str = ""
    procid: str = ""
    uptime: str = ""
    msgid: str = ""
    data: StructuredData | None = None


def read_header(text: str, pos: int, now: datetime, default: tzinfo) -> Header:
    """The header that begins at `pos`, after any PRI. It is empty (`end` = `pos`) if there is none."""
    header = Header(pos)
    if _read_timed(text, header, now, default):
        _read_host_and_tag(text, header, now, default)
    elif not _read_untimed(text, header, _BEFORE_MNEMONIC, plain=pos > 0) and pos > 0:
        _read_tag(text, header, _TAG_WITH_PID)  # after a PRI a bare `su[12]: ` is a tag; in a file it may be anything
    return header


def _read_timed(text: str, header: Header, now: datetime, default: tzinfo) -> bool:
    """Read one time and what a device puts before it. A time of its own that ends with a colon ends the header."""
    before = _BEFORE_TIME.match(text, header.end)
    if before is None:
        return False
    first, second, origin, node, mark = before.groups()
    own = bool(first or origin or node or mark)
    stamp = read_stamp(text, before.end(), now, default, custom_zone=own)
    if stamp is None:
        return False
    _note_sequence(header, second or first)
    header.hostname = origin or header.hostname
    header.node = node or header.node
    header.when, header.time_zone = stamp.when, stamp.unknown_zone
    if mark:
        header.clock_synced = False
    header.end = stamp.end
    return True


def _read_host_and_tag(text: str, header: Header, now: datetime, default: tzinfo) -> None:
    if colon := _COLON.match(text, header.end):
        header.end = colon.end()
        _read_tag(text, header, _TAG_WITH_PID)
        return
    if host := _HOST_WORD.match(text, header.end):
        header.hostname = header.hostname or host[1]
        header.end = host.end()
        if _read_relayed(text, header, now, default):
            return
    else:  # a word that ends with a colon is a program (`sshd: `)
        header.end = _skip_spaces(text, header.end)
    _read_tag(text, header, _TAG)


def _read_relayed(text: str, header: Header, now: datetime, default: tzinfo) -> bool:
    """Read the device's own header behind a relay's, if there is one."""
    inner = Header(header.end)
    if _read_timed(text, inner, now, default):
        if not (inner.sequence is not None or inner.clock_synced is False or _ends_header(text, inner.end)):
            return False  # a time inside the message of an ordinary program
        if inner.clock_synced is not False:
            header.when, header.time_zone = inner.when, inner.time_zone
        host = _HOST_WORD.match(text, inner.end)
        if colon := _COLON.match(text, inner.end):
            inner.end = colon.end()
        elif host is not None and _HOST_AND_MNEMONIC.match(text, inner.end):
            inner.hostname, inner.end = host[1], host.end()
        _read_tag(text, inner, _TAG_WITH_PID)
    elif not _read_untimed(text, inner, _RELAYED_MNEMONIC, plain=True):
        return False
    header.end, header.app, header.procid, header.uptime = inner.end, inner.app, inner.procid, inner.uptime
    header.hostname, header.node = inner.hostname or header.hostname, inner.node
    header.sequence, header.clock_synced = inner.sequence, inner.clock_synced
    return True


def _ends_header(text: str, pos: int) -> bool:
    return (_COLON.match(text, pos) or _HOST_AND_MNEMONIC.match(text, pos)) is not None


def _read_untimed(text: str, header: Header, before: re.Pattern[str], *, plain: bool) -> bool:
    """Read sequence numbers, a name and an uptime before a mnemonic; with `plain` a number before any text too."""
    if found := before.match(text, header.end):
        first, second, origin, uptime = found.groups()
        _note_sequence(header, second or first)
        header.hostname = origin or header.hostname
        header.uptime = uptime or ""
    elif plain and (found := _SEQUENCE.match(text, header.end)):
        _note_sequence(header, found[1])
    else:
        return False
    header.end = found.end()
    return True


def _read_tag(text: str, header: Header, pattern: re.Pattern[str]) -> None:
    """Read the program and its process id; then what some programs put between it and the message."""
    if (vdc := _VDC.match(text, header.end)) is not None:
        header.node, header.end = vdc[1], vdc.end()
    tag = pattern.match(text, header.end)
    if tag is None or _EVENT_TAG.match(text, header.end):
        return  # `BGP_PREFIX_THRESH_EXCEEDED: ` names the message, not a program
    header.app, header.procid, header.end = tag[1], tag[2] or "", tag.end()
    if (number := _SEQUENCE.match(text, header.end)) and text.startswith("%", number.end()):
        _note_sequence(header, number[1])
        header.end = number.end()
    elif header.app in {"kernel", "/kernel"} and (uptime := _KERNEL_UPTIME.match(text, header.end)):
        header.uptime, header.end = uptime[1], uptime.end()


def _note_sequence(header: Header, digits: str | None) -> None:
    if digits:
        header.sequence = int(digits)


def _skip_spaces(text: str, pos: int) -> int:
    while text.startswith(" ", pos):
        pos += 1
    return pos
