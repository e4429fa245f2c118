"""Errors of Moogsoft's webhook."""

from typing import Final

from mutt_cli.core.explained import told

CODES: Final = {
    "MUTT-M101": told(
        "The address of Moogsoft is no http or https address, or has a password in it.",
        "Alerts cannot be sent: they wait in the queue `alert`.",
        "mutt config get MOOG_WEBHOOK_URL", "mutt queue show alert",
    ),
    "MUTT-M102": told(
        "The key for Moogsoft cannot be an HTTP header: a line break or an odd character came along.",
        "Alerts cannot be sent: they wait in the queue `alert`.",
        "vault kv patch PATH MOOG_API_KEY=-", "mutt queue show alert",
    ),
}  # fmt: skip
