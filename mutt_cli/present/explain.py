"""One setting from every side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.present.output import Document
from mutt_cli.present.times import span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.ops.explain import Explained


def explained_document(kind: str, found: Explained, *, layers: bool) -> Document:
    """`mutt config show KEY`; `layers`: for people too, JSON always has them."""
    one = found.declaration
    fields = {
        "key": one.env,
        "value": found.value,
        "source": found.source,
        "dynamic": one.dynamic,
        "unit": one.unit,
        "meaning": one.meaning,
        "services": list(one.services),
        "returns_in_seconds": found.returns_s,
        "layers": [
            {"layer": each.name, "place": each.place, "value": each.text, "wins": each.wins} for each in found.layers
        ],
        "daemons": [
            {
                "service": each.reader.service, "name": each.reader.name, "host": each.reader.host,
                "pid": each.reader.pid, "value": each.text, "state": each.state.replace(" ", "_"),
            }
            for each in found.daemons
        ],
    }  # fmt: skip
    return Document(kind, fields, text=list(_lines(found, layers=layers)), warnings=found.warnings, name=one.env)


def _lines(found: Explained, *, layers: bool) -> Iterator[str]:
    one = found.declaration
    unit = f" {one.unit}" if one.unit else ""
    yield f"{one.env} = {found.value}{unit}   ({found.source})"
    yield f"  {one.meaning}"
    how = f"changes at run time as {one.dynamic}" if one.dynamic else "needs a restart"
    yield f"  {how}; used by {', '.join(one.services) or 'mutt up'}"
    if found.returns_s is not None:
        yield f"  goes back by itself in {span(found.returns_s)}"
    if not layers:
        return
    for layer in found.layers:
        mark = "->" if layer.wins else "  "
        yield f"{mark} {layer.name:<12}{layer.text if layer.text is not None else '-':<24}{layer.place}"
    for each in found.daemons:
        reader = each.reader
        who = f"{reader.service} {reader.name} on {reader.host} (pid {reader.pid})"
        yield f"   {who} runs with {each.text}  {each.state}"
    if not found.daemons:
        yield "   no daemon that uses it is alive"
