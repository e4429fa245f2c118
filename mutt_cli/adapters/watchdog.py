"""Calling a watchdog outside, which raises its own alarm when nobody calls any more (the dead man's switch)."""

from __future__ import annotations

from urllib.parse import urlsplit


def ping(url: str, seconds: float) -> str:
    """One GET; returns what went wrong, empty if the watchdog answered 2xx. The URL is never shown: it is its key."""
    import httpx  # noqa: PLC0415  0.1 s that only who calls a watchdog pays

    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "the URL of the watchdog is no http or https address"
    try:
        status = httpx.get(url, timeout=seconds, follow_redirects=False).status_code
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return f"the watchdog at {parts.hostname} was not reached: {type(error).__name__}"
    return "" if 200 <= status < 300 else f"the watchdog at {parts.hostname} answered {status}"
