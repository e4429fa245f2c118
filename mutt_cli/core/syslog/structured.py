"""RFC 5424: the header of seven words and the structured data behind it.

Promise: a line is read as RFC 5424 only if its version, time and header are; structured data that breaks the
grammar stays part of the message, so that nothing of it is lost.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mutt_cli.core.syslog.clock import read_stamp
from mutt_cli.core.syslog.header import Header, StructuredData

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

_VERSION: Final = re.compile(r"[1-9]\d{0,2} +")
_WORDS: Final = re.compile(r" +(\S{1,255}) +(\S{1,128}) +(\S{1,128}) +(\S{1,128})(?: +|$)")
_ELEMENT: Final = re.compile(r'\[([^\s="\]]{1,128})((?: +[^\s="\]]{1,128}="(?:[^"\\\]]|\\.)*+")*+) *\]', re.DOTALL)
_PARAM: Final = re.compile(r'([^\s="\]]+)="((?:[^"\\\]]|\\.)*+)"', re.DOTALL)
_ESCAPED: Final = re.compile(r'\\(["\\\]])')


def read_header5424(text: str, pos: int, now: datetime, default: tzinfo) -> Header | None:
    """The RFC 5424 header that begins with its version at `pos`, or None."""
    version = _VERSION.match(text, pos)
    if version is None:
        return None
    header = Header(version.end())
    if text.startswith("- ", header.end):
        header.end += 1
    else:
        stamp = read_stamp(text, header.end, now, default)
        if stamp is None:
            return None
        header.when, header.end, header.time_zone = stamp
    words = _WORDS.match(text, header.end)
    if words is None:
        return None
    header.hostname, header.app, header.procid, header.msgid = ("" if word == "-" else word for word in words.groups())
    header.data, header.end = _read_data(text, words.end())
    header.clock_synced = _clock_synced(header.data)
    if not text[header.end :].strip():
        header.end = words.start(4)  # no message: MSGID and data, which say what happened, stand for it
    return header


def _clock_synced(data: StructuredData) -> bool | None:
    """What the sender says of its clock (`timeQuality isSynced`, RFC 5424 section 7.1.2), None if it says nothing."""
    said = data.get("timeQuality", {}).get("isSynced")
    return None if said is None else said == "1"


def _read_data(text: str, pos: int) -> tuple[StructuredData, int]:
    data: StructuredData = {}
    end = pos
    if text.startswith("-", pos) and text[pos + 1 : pos + 2] in {" ", ""}:
        end = pos + 1
    while element := _ELEMENT.match(text, end):
        _add_params(data.setdefault(element[1], {}), element[2])
        end = element.end()
    if end > pos and text[end : end + 1] not in {" ", ""}:
        return {}, pos  # something is glued to it: not structured data after all
    end += text.startswith(" ", end)
    return data, end + text.startswith("\ufeff", end)


def _add_params(params: dict[str, str | list[str]], text: str) -> None:
    for name, raw in _PARAM.findall(text):
        value = _ESCAPED.sub(r"\1", raw) if "\\" in raw else raw
        known = params.get(name)
        if known is None:
            params[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            params[name] = [known, value]
