"""An alert that did not come: which event is meant, though nobody knows its id, and what it means if there is none.

`Description` is what a person knows: a host, some words of the message, and about when. It rules out by bytes first,
for it is asked about every element of every queue.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from mutt_cli.core import event as events
from mutt_cli.core.ids import uuid7_ms
from mutt_cli.core.pipeline import QUARANTINE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.core.journal import Record
    from mutt_cli.core.sighting import Sighting

AROUND_MS: Final = 600_000
"""How far before and after the time given an event may have been accepted."""
_PLAIN: Final = re.compile(r"[a-z0-9._:-]+")
"""Characters that no encoder writes as an escape, and that have one case in bytes and in text."""


@dataclass(frozen=True)
class Description:
    """What is looked for; `text` stands somewhere in the message, in whatever case. Unix ms, both included."""

    host: str
    text: str
    first_ms: int
    last_ms: int

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The host's name in lower case, and without its domain. An address is no name with a domain."""
        name = self.host.lower()
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return tuple(dict.fromkeys((name, name.partition(".")[0])))
        return (name,)

    @cached_property
    def _needles(self) -> tuple[bytes, bytes]:
        short = self.names[-1]
        return (_longest_plain(self.text.lower()), _longest_plain(short))

    def may_fit(self, element: bytes) -> bool:
        """False only for bytes that cannot be the event."""
        low = element.lower()
        if b'"raw_base64"' in low:
            return True
        text, host = self._needles
        return text in low and host in low

    def fits(self, one: Sighting) -> bool:
        """Whether this element of a queue is meant; one that tells no time may be."""
        at_ms = accepted_ms(one)
        if at_ms and not self._is_time(at_ms):
            return False
        # What was refused for being no event has no fields: its host is whatever its text says.
        nameless = one.queue == QUARANTINE and not one.hostname and self.names[-1] in one.message.lower()
        return (nameless or self.is_host(one.hostname, one.sender)) and self.is_text(one.message)

    def is_of_host(self, record: Record) -> bool:
        """Whether this record is of an event of that host and time, whatever it said."""
        at_ms = record.received_ms or uuid7_ms(record.event_id) or record.started_ms
        return self._is_time(at_ms) and self.is_host(record.hostname, record.sender)

    def is_payload(self, payload: bytes) -> bool:
        """Whether an event says the words."""
        return self.is_text(events.parse(payload).message)

    def is_host(self, hostname: str, sender: str) -> bool:
        """Whether this is the host: its name with or without a domain, or the address it sent from."""
        name = hostname.lower()
        return name in self.names or name.startswith(f"{self.names[0]}.") or (bool(sender) and sender == self.host)

    def is_text(self, message: str) -> bool:
        """Whether the words stand in the message."""
        return self.text.lower() in message.lower()

    def _is_time(self, at_ms: int) -> bool:
        return self.first_ms <= at_ms <= self.last_ms


def accepted_ms(one: Sighting) -> int:
    """When it was accepted or refused; 0 if it does not say. What was refused says itself whatever it likes."""
    failed = one.delivery.first_failed_ms if one.delivery is not None else None
    return (failed if one.queue == QUARANTINE else one.received_ms or failed) or 0


@dataclass(frozen=True)
class Around:
    """What else is known of that time, for an event that is nowhere."""

    others: int = 0
    """Events of the same host that came then and say something else."""
    unread: int = 0
    """Events of the same host of which only the decision is kept, not what they said."""
    refused: Mapping[str, int] | None = None
    """Items and requests that were refused then, of whatever host, by source; None if it could not be read."""
    intake: str = ""
    """That the intake is stopped now, in words; empty if it is not."""
    whole: bool = True
    """Whether everything that should have been looked at was."""
    forgotten: bool = False
    """Whether the time is older than the history reaches."""


def absence(sought: Description, around: Around) -> tuple[str, ...]:
    """What it means that no event was found, the most important sentence first."""
    if around.forgotten:
        told = ["nothing is kept of that time any more (HISTORY_DAYS): whether it came cannot be told."]
    elif around.unread:
        told = [f"{around.unread:,} events of {sought.host} came then, and what they said is not kept any more."]
    elif not around.whole:
        told = ["it was not found, and not everything could be looked at: whether it came cannot be told."]
    elif around.refused:
        told = [f"it was never accepted: nothing with these words came in from {sought.host}, nor into quarantine."]
    else:
        told = [f"it never came: nothing with these words was accepted from {sought.host}, or kept in quarantine."]
    if around.others:
        told.append(f"{around.others:,} other events of {sought.host} came in that time.")
    elif not around.unread and around.whole and not around.forgotten:
        told.append(f"no event of {sought.host} at all was decided in that time: look at the sender and the network.")
    if around.refused:
        by = ", ".join(f"{source} {number:,}" for source, number in sorted(around.refused.items()))
        told.append(
            f"refused in that time, from whatever host, by key: {by}. What is refused whole is only in the log."
        )
    elif around.refused is not None and around.whole and not around.forgotten:
        told.append("the ingestor refused nothing in that time.")
    return (*told, *((f"now: {around.intake}",) if around.intake else ()))


def _longest_plain(text: str) -> bytes:
    return max(_PLAIN.findall(text), key=len, default="").encode()
