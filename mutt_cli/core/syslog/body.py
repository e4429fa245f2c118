"""What the beginning of a message says about itself: the vendor's mnemonic, or Fortinet's key=value pairs.

Promise: nothing is cut from the message but Fortinet's own date and time; what is found here only adds fields.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.core.syslog.clock import read_stamp
from mutt_cli.core.syslog.priority import LEVELS

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

# Cisco, Arista, Junos with explicit-priority: `%LINK-3-UPDOWN`, `%PKT_INFRA-LINK-3-UPDOWN`, `%ASA-6-302013`, `%PFE-3`.
_PERCENT: Final = re.compile(r"%([A-Za-z0-9_]+(?:-[A-Za-z0-9_]+){0,4}?-([0-7])(?:-\w+)?) ?:")
# Huawei VRP and H3C Comware: `%%01IFNET/4/LINK_STATE(l)[12]:`; the letter is the log type, the number a sequence.
_SLASHED: Final = re.compile(r"%%\d\d([A-Za-z0-9_]+/([0-7])/\w+)(?:\(\w\))?(?:\[(\d{1,10})\])?:")
# Junos event tag, as the text's first word or as an RFC 5424 MSGID.
_EVENT_TAG: Final = re.compile(r"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:: |$)")
_FORTINET: Final = re.compile(r"(?:logver=\S+ |timestamp=\d+ )*date=(\S{10}) time=(\S{8})(?: |$)|(?=devname=)")
_PAIR: Final = re.compile(r'(?<!\w)(\w+)=(?:"((?:[^"\\]|\\.)*+)"|([^\s"]*))')
_FORTINET_KEYS: Final = frozenset({"devname", "level", "type", "subtype", "logid", "tz"})


@dataclass(slots=True)
class Body:
    """Fields the message itself carries, and where it begins. Empty text and None mean "not said"."""

    end: int
    mnemonic: str = ""
    severity: int | None = None
    """The digit in the mnemonic: it counts only where there is no PRI."""
    level: int | None = None
    """Fortinet's level: it counts before the PRI, which a relay may have rewritten."""
    sequence: int | None = None
    hostname: str = ""
    app: str = ""
    msgid: str = ""
    when: datetime | None = None


def read_body(text: str, pos: int, now: datetime, default: tzinfo) -> Body:
    """What the message that begins at `pos` says about itself."""
    if text.startswith("%", pos):
        return _read_percent(text, pos)
    if (fortinet := _FORTINET.match(text, pos)) is not None:
        return _read_fortinet(text, fortinet, now, default)
    tag = _EVENT_TAG.match(text, pos)
    return Body(pos, mnemonic=tag[1] if tag else "")


def event_tag(word: str) -> str:
    """An RFC 5424 MSGID if it is a vendor's mnemonic (`RPD_OSPF_NBRDOWN`), "" if it is a plain label."""
    return word if _EVENT_TAG.fullmatch(word) else ""


def _read_percent(text: str, pos: int) -> Body:
    if found := _PERCENT.match(text, pos):
        return Body(pos, found[1], int(found[2]))
    if found := _SLASHED.match(text, pos):
        return Body(pos, found[1], int(found[2]), sequence=int(found[3]) if found[3] else None)
    return Body(pos)


def _read_fortinet(text: str, head: re.Match[str], now: datetime, default: tzinfo) -> Body:
    pairs = {name: quoted or plain for name, quoted, plain in _PAIR.findall(text, head.end()) if name in _FORTINET_KEYS}
    body = Body(head.start(), hostname=pairs.get("devname", ""), msgid=pairs.get("logid", ""))
    body.app = "/".join(pairs[key] for key in ("type", "subtype") if pairs.get(key))
    body.level = LEVELS.get(pairs.get("level", ""))
    if head[1]:
        stamp = read_stamp(f"{head[1]} {head[2]}{pairs.get('tz', '')}", 0, now, default)
        if stamp is not None and head.end() < len(text):
            body.when, body.end = stamp.when, head.end()
    return body
