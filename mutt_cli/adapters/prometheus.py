"""Prometheus, asked for the sum of one expression at one moment."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from mutt_cli.errors import UnreachableError

if TYPE_CHECKING:
    import httpx

TIMEOUT_S: Final = 2.0


def now(url: str) -> float:
    """The moment that it is for Prometheus, Unix seconds: what is compared has to be asked of one moment.

    Raises UnreachableError MUTT-D430 if there is no answer or it is none of Prometheus.
    """
    return _asked(url, {"query": "vector(time())"})


def total(url: str, expression: str, at_s: float) -> float:
    """The value of an instant query that gives one number, 0 if it gives none. Raises as `now`."""
    return _asked(url, {"query": expression, "time": f"{at_s:.3f}"})


def _asked(url: str, params: dict[str, str]) -> float:
    import httpx  # noqa: PLC0415  only commands that ask Prometheus pay for it

    where = url.rstrip("/")
    try:
        answer = httpx.get(f"{where}/api/v1/query", params=params, timeout=TIMEOUT_S, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _trouble(where, type(error).__name__) from error
    return _number(where, answer)


def _number(where: str, answer: httpx.Response) -> float:
    try:
        told = answer.json()
        if answer.status_code != 200 or told["status"] != "success":
            raise _trouble(where, f"HTTP {answer.status_code}")
        found = [float(one["value"][1]) for one in told["data"]["result"]]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise _trouble(where, f"HTTP {answer.status_code}, but not in Prometheus' words") from error
    return sum(one for one in found if math.isfinite(one))


def _trouble(where: str, what: str) -> UnreachableError:
    return UnreachableError(
        f"Prometheus at {where} did not answer: {what}",
        code="MUTT-D430",
        tries=(f"curl -s {where}/-/ready", "mutt config get PROMETHEUS_URL"),
    )
