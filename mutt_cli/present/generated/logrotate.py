"""Rotation of the services' log files, as the guides have it (SO:1448-1466).

The services open a file again when its name leads to another one, so nobody is told and nothing is reloaded after a
rotation (contradictions.md C-78). `su`: the folder belongs to the account, and root does not rename in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.present.generated.site import made

if TYPE_CHECKING:
    from mutt_cli.core.generated import GeneratedFile
    from mutt_cli.present.generated.site import Site

KEPT_DAYS: Final = 30
THEN: Final = ("logrotate -d /etc/logrotate.d/mutt",)


def notes(site: Site) -> tuple[str, ...]:
    """A file that names an account logrotate does not know is refused."""
    return site.notes(site.account)


def files(site: Site) -> tuple[GeneratedFile, ...]:
    """One file for the logs of all services."""
    body = f"""\
{site.log_dir}/*.log {{
    daily
    rotate {KEPT_DAYS}
    compress
    delaycompress
    missingok
    notifempty
    create 0640 {site.account} {site.account}
    su {site.account} {site.account}
    sharedscripts
}}
"""
    return (made("/etc/logrotate.d/mutt", "logrotate", body),)
