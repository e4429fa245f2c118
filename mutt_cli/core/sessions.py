"""Who may log in to the web UI from where, and whether a form comes from one of its own pages (D24).

A session lasts 12 hours at most and half an hour without use. Its cookie is a `__Host-` one wherever people come by
https; plain http logs in from this host alone, unless WEBUI_INSECURE_HTTP says otherwise.
"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.settings.addresses import web_origin

if TYPE_CHECKING:
    from collections.abc import Mapping

IDLE_S: Final = 30 * 60
LONGEST_S: Final = 12 * 3600
TRIES: Final = 5
"""Failed logins a minute, of one address or with one key's beginning; then the door is shut for the rest of it."""
TRIES_S: Final = 60
WRONG_KEYS: Final = 30
"""Wrong keys of one address at the API within TRIES_S; a right one is never kept out."""
BEGINNING: Final = 8
"""Characters by which tries with one key are counted together."""


@dataclass(frozen=True)
class Session:
    """One login: the digest of its key (hex), when it began (Unix ms), the token that its forms carry."""

    key: str
    began_ms: int
    token: str

    def left_s(self, now_ms: int) -> int:
        """Seconds until it ends if it is used all the time; not positive: it has ended."""
        return LONGEST_S - max(0, now_ms - self.began_ms) // 1000  # hosts disagree about the time by moments


@dataclass(frozen=True)
class Door:
    """How people reach the web UI: WEBUI_PUBLIC_URL and WEBUI_INSECURE_HTTP."""

    public_url: str = ""
    insecure: bool = False

    @property
    def public_origin(self) -> str:
        """The origin of WEBUI_PUBLIC_URL as browsers write it; empty if it is not set."""
        return web_origin(self.public_url) if self.public_url else ""

    @property
    def secure(self) -> bool:
        """Whether people come by https, also where a proxy ends it."""
        return self.public_origin.startswith("https://")

    @property
    def cookie(self) -> str:
        """The name of the session's cookie."""
        return "__Host-mutt_session" if self.secure else "mutt_session"

    def attributes(self, seconds: int) -> str:
        """What follows the cookie's value. Lax, so that a link from a pager message arrives logged in."""
        return f"Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{'; Secure' if self.secure else ''}"

    def refusal(self, address: str, *, forwarded: bool) -> str:
        """Why nobody logs in from there; empty if they may."""
        if self.secure or self.insecure or (_loopback(address) and not forwarded):
            return ""
        return "logging in needs https: set WEBUI_PUBLIC_URL to the https address that people use"

    def origins(self, host: str) -> tuple[str, ...]:
        """The origins of this web UI's own pages. `host` is the request's."""
        return (self.public_origin or f"http://{host}",)


def foreign(headers: Mapping[str, str], origins: tuple[str, ...]) -> str:
    """Why a form does not come from one of these; empty if it does. An old browser may send no header that tells.

    `headers` are those of the request with names in lower case: `sec-fetch-site` and `origin`.
    """
    site, origin = headers.get("sec-fetch-site", ""), headers.get("origin", "")
    if site and site != "same-origin":
        return "the form was sent from another site"
    if origin and origin not in origins:
        return f"the form was sent from {origin}, and this is {origins[0]}"
    return ""


def same(given: str, kept: str) -> bool:
    """Whether two tokens are the same, in a time that tells nothing."""
    return bool(kept) and hmac.compare_digest(given.encode("utf-8", "replace"), kept.encode())


def local_target(text: str) -> str:
    """Where to go after login: a path of ours, else the first page."""
    usable = text.startswith("/") and not text.startswith(("//", "/\\")) and "\\" not in text
    usable = usable and text.isascii() and text.isprintable()
    return text if usable else "/"


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
