"""Settings changed at run time: for dynamic keys the value in Redis wins over flag, environment and file."""

from __future__ import annotations

import difflib
import hashlib
from typing import TYPE_CHECKING, Final

from mutt_cli.settings.declaration import Declaration, Notice, Value
from mutt_cli.settings.relations import adjust
from mutt_cli.settings.root import BY_DYNAMIC, Settings, with_values
from mutt_cli.settings.values import Refused, clean, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

SEEDED: Final = ("alerter_queue_warn_threshold", "alerter_queue_shed_threshold", "alerter_shed_mode")
"""Keys that alerters write when they are absent: runbooks read them with `GET` (contradictions.md C-25)."""

OFF: Final = "off"
"""Revision of a process that does not obey dynamic settings (DYNAMIC_CONFIG_ENABLED=false)."""


def revision(stored: Mapping[str, str]) -> str:
    """Short name of a set of stored values, the same wherever the same texts were read; eight hex digits."""
    told = "".join(f"{key}={stored[key]}\n" for key in sorted(stored))
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:8]


def apply_dynamic(settings: Settings, stored: Mapping[str, str]) -> tuple[Settings, tuple[Notice, ...]]:
    """Lay the stored dynamic values over `settings`; what cannot be used is told and changes nothing.

    `stored` maps dynamic keys (without `mutt:config:`) to their text. A refused value leaves the setting as it
    was: a typing error in Redis must not stop a daemon. Nothing applies while DYNAMIC_CONFIG_ENABLED is false.
    """
    if not settings.worker.dynamic_config_enabled:
        return settings, ()
    chosen: dict[Declaration, Value] = {}
    problems = []
    # Aliases first, so that the key itself wins when both are set.
    for key in sorted(stored, key=lambda key: (key in BY_DYNAMIC and BY_DYNAMIC[key].dynamic == key, key)):
        found = read_dynamic(key, stored[key])
        if isinstance(found, Notice):
            problems.append(found)
        else:
            chosen[found[0]] = found[1]
    changed, raised = adjust(with_values(settings, chosen.items()))
    return changed, (*problems, *raised)


def read_dynamic(key: str, text: str) -> tuple[Declaration, Value] | Notice:
    """What one stored pair means; a notice if it cannot be used."""
    declaration = BY_DYNAMIC.get(key)
    if declaration is None:
        return Notice(_printable(key), "there is no such dynamic setting" + _nearest(key))
    cleaned = clean(text).text
    if not cleaned:
        return Notice(key, "is empty: ignored")
    value = parse(declaration, cleaned)
    return Notice(key, value.text) if isinstance(value, Refused) else (declaration, value)


def _nearest(key: str) -> str:
    near = difflib.get_close_matches(key, BY_DYNAMIC, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _printable(key: str) -> str:
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in key)[:80]
