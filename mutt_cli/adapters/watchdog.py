"""Calling a watchdog outside, which raises its own alarm when nobody calls any more (the dead man's switch)."""

from __future__ import annotations

import threading
from urllib.parse import urlsplit


def ping(url: str, seconds: float) -> str:
    """One GET, over after so many seconds; returns what went wrong, empty if the watchdog answered 2xx.

    The URL is never shown: it is its key. A name server that hangs, or an answer that drips, leaves a thread behind.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        host, parts = "", None
    if parts is None or parts.scheme not in {"http", "https"} or not host:
        return "the URL of the watchdog is no http or https address"
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.append(_asked(url, host, seconds)), daemon=True)
    asking.start()
    asking.join(seconds)
    return answers[0] if answers else f"the watchdog at {host} did not answer in time"


def _asked(url: str, host: str, seconds: float) -> str:
    import httpx  # noqa: PLC0415  0.1 s that only who calls a watchdog pays

    try:
        status = httpx.get(url, timeout=seconds, follow_redirects=False).status_code
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return f"the watchdog at {host} was not reached: {type(error).__name__}"
    return "" if 200 <= status < 300 else f"the watchdog at {host} answered {status}"
