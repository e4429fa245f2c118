"""What operators may do by sudo, who are members of the services' group: control units, and run `muttctl` as a service.

Every line names one whole command: a pattern such as `mutt-*` would match more than units, and what shows its output
in a pager (`status`, `journalctl`) would open a shell of root.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.systemd import UNITS
from mutt_cli.present.generated.site import made, plain

if TYPE_CHECKING:
    from mutt_cli.core.generated import GeneratedFile
    from mutt_cli.present.generated.site import Site

THEN: Final = ("visudo -c",)
_SYSTEMCTL: Final = "/usr/bin/systemctl"
_VERBS: Final = ("start", "stop", "restart", "reload", "reset-failed")


def notes(site: Site) -> tuple[str, ...]:
    """What the lines are about."""
    return site.notes(site.program, site.account)


def files(site: Site) -> tuple[GeneratedFile, ...]:
    """One file below /etc/sudoers.d, which is read-only as sudo wants it."""
    names = (*UNITS, "mutt.target")
    commands = [f"{_SYSTEMCTL} {verb} {name}" for name in names for verb in _VERBS]
    lines = [*commands, f"{_SYSTEMCTL} daemon-reload"]
    listed = ", \\\n    ".join(lines)
    body = f"""\
# Who may: members of the group {site.account}. As {site.account} they read the secrets that its services read.
Cmnd_Alias MUTT_UNITS = \\
    {listed}

%{site.account} ALL=(root) NOPASSWD: MUTT_UNITS
%{site.account} ALL=({site.account}) NOPASSWD: {plain("the path of muttctl", site.program)}
"""
    return (made("/etc/sudoers.d/mutt", "sudoers", body, mode=0o440),)
