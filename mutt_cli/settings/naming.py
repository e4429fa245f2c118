"""Finding a setting by what people call it: the name in `mutt.env`, an earlier name, or its dynamic key."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from mutt_cli.errors import NotFoundError
from mutt_cli.settings.root import BY_DYNAMIC, DECLARATIONS

if TYPE_CHECKING:
    from mutt_cli.settings.declaration import Declaration


def declaration_named(name: str, *, command: str = "mutt config get {}") -> Declaration:
    """The setting of that name, in any case of letters.

    Raises NotFoundError MUTT-C104 that puts the nearest name into `command`, in the spelling that was meant.
    """
    wanted = name.strip()
    names = {known.upper(): one for one in DECLARATIONS for known in (*one.aliases, one.env)}
    found = names.get(wanted.upper()) or BY_DYNAMIC.get(wanted.lower())
    if found:
        return found
    spelled = {**{known.upper(): known for known in BY_DYNAMIC}, **{known: names[known].env for known in names}}
    near = get_close_matches(wanted.upper(), spelled, n=1, cutoff=0.7)
    meant = near[0].lower() if near and wanted.islower() and near[0].lower() in BY_DYNAMIC else ""
    tries = (command.format(meant or spelled[near[0]]),) if near else ("mutt config list",)
    raise NotFoundError(f"there is no setting {wanted}", code="MUTT-C104", tries=tries)
