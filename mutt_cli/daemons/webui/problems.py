"""What is answered when a request cannot be served: one JSON object with code, message and correlation id.

A failure of ours is told in general words; what exactly happened stands in the log under the same correlation id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import falcon

from mutt_cli.errors import MuttError, NotFoundError, RefusedError, UsageError
from mutt_cli.ops.rules import BadRuleError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STATUS: Final = {"MUTT-C101": 400, "MUTT-C105": 409}
_KINDS: Final = ((NotFoundError, 404), (UsageError, 400), (RefusedError, 409))
"""By kind of an error that the caller can mend; every other one is ours: 500 (C-04)."""
_AREAS: Final = {"P": "PostgreSQL cannot be used now", "R": "Redis cannot be used now"}


@dataclass(eq=False)
class RequestError(Exception):
    """A request that is refused, or that we failed to serve."""

    status: int
    code: str
    message: str
    fields: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with each field of the body, or each parameter, that is to blame."""
    why: str = ""
    tries: Sequence[str] = ()

    @property
    def away(self) -> bool:
        """Whether a store did not answer as it should: nobody asks it again only to tell of that."""
        return self.status >= 500 and self.code.removeprefix("MUTT-")[:1] in _AREAS

    def body(self, correlation_id: str) -> dict[str, Any]:
        """The JSON object to answer."""
        found = {"status": "error", "code": self.code, "message": self.message, "correlation_id": correlation_id}
        more = {"fields": dict(self.fields), "why": self.why, "try": list(self.tries)}
        return found | {name: value for name, value in more.items() if value}


def unauthorized() -> RequestError:
    """No key, or none of ours; which of both is not told."""
    return RequestError(401, "MUTT-W401", "the API key is missing or wrong: send it as X-API-Key")


def forbidden(needed: str) -> RequestError:
    """The key is known and its role is too low."""
    return RequestError(403, "MUTT-W403", f"this needs the role {needed}")


def bad_request(message: str, fields: Mapping[str, str] | None = None) -> RequestError:
    """The request's words make no sense."""
    return RequestError(400, "MUTT-W400", message, fields or {})


def of_error(error: Exception) -> RequestError:
    """What to answer when this was raised."""
    if isinstance(error, RequestError):
        return error
    if isinstance(error, MuttError):
        return _of_mutt_error(error)
    if isinstance(error, falcon.HTTPError):
        said = error.description or error.title or "refused"
        return RequestError(error.status_code, f"MUTT-W{error.status_code}", said)
    return RequestError(500, "MUTT-X001", f"an unexpected error ended this request; {_SEE_LOG}")


def _of_mutt_error(error: MuttError) -> RequestError:
    status = _STATUS.get(error.code) or next((status for kind, status in _KINDS if isinstance(error, kind)), 500)
    if status < 500:
        fields = error.fields if isinstance(error, BadRuleError) else {}
        return RequestError(status, error.code, error.message, fields, error.why, error.tries)
    what = _AREAS.get(error.code.removeprefix("MUTT-")[:1], "this cannot be done now")
    return RequestError(500, error.code, f"{what}; {_SEE_LOG}")


_SEE_LOG: Final = "the log of mutt-webui says more under this correlation id"
