"""Requests of tests, each on a connection of its own, all with one TLS context.

httpx makes a context for each request that it is not given one for, of plain HTTP too, which costs 20 ms of processor
time: of a test that asks again and again whether something is there yet, most of what it does.
"""

from __future__ import annotations

from functools import partial
from typing import Final

import httpx

_CONTEXT: Final = httpx.create_ssl_context()

get: Final = partial(httpx.get, verify=_CONTEXT)
post: Final = partial(httpx.post, verify=_CONTEXT)
request: Final = partial(httpx.request, verify=_CONTEXT)
