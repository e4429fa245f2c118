"""One operation of the web API, declared once: its path, who may call it, what it takes and answers, what it does.

Routes, policy, the OpenAPI document and the tests of all three come from these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.core.access import Caller, Needed
    from mutt_cli.core.rule_fields import Trouble
    from mutt_cli.daemons.runtime import Runtime
    from mutt_cli.daemons.webui.lent import LentBackends
    from mutt_cli.ops.snapshot.local import Folders
    from mutt_cli.present.schema import Schema

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
LARGEST_ID: Final = (1 << 63) - 1


@dataclass(frozen=True)
class Parameter:
    """A parameter of the query. `read` gives the value that a text means; it raises ValueError with the reason."""

    name: str
    about: str
    schema: Schema
    read: Callable[[str], Any]
    otherwise: Any = None
    """The value if it is not given."""
    several: bool = False
    """Whether it may be given more than once; the value is a tuple then."""


@dataclass(frozen=True)
class Body:
    """What is sent: how its bytes are read, and what they look like."""

    read: Callable[[bytes], Any | Trouble]
    schema: Schema


@dataclass(frozen=True)
class Place:
    """What an operation works with, of one worker process."""

    runtime: Runtime
    configuration: Configuration
    folders: Folders


@dataclass(frozen=True)
class Call:
    """One request that is allowed and well formed."""

    place: Place
    backends: LentBackends
    caller: Caller
    correlation_id: str
    path: Mapping[str, Any]
    """The variable parts of the address."""
    query: Mapping[str, Any]
    """Every parameter of the endpoint, with its default if it was not given."""
    body: Any = None
    expected: int | None = None
    """The version that If-Match demands; None if it demands nothing."""
    address: str = ""
    """The path of the request."""


@dataclass(frozen=True)
class Reply:
    """What is answered: JSON, the version of the thing if it has one, where it is if it is new."""

    body: Mapping[str, Any]
    version: int | None = None
    location: str = ""


@dataclass(frozen=True)
class Endpoint:
    """One method of one path below /api/v1 and /api/v2."""

    method: Method
    path: str
    """`/rules/{rule_id}`; what stands in braces is one of PATH."""
    role: Needed
    name: str
    """Its operation id: `list_rules`."""
    act: Callable[[Call], Reply]
    """What it does; its docstring says so."""
    answer: Schema
    """Of the body, if all went well."""
    label: str
    """In metrics: one for all methods of a path."""
    query: tuple[Parameter, ...] = ()
    body: Body | None = None
    status: int = 200
    errors: tuple[int, ...] = ()
    """Answers beside those that every endpoint may give: 404, 409, 412."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Operations that take the `id` of this answer, by the name of their parameter."""

    @property
    def about(self) -> str:
        """What it does, in a sentence or two."""
        return " ".join((self.act.__doc__ or self.name).split())


PATH: Final[Mapping[str, Schema]] = {
    "rule_id": {"type": "integer", "minimum": 1, "maximum": LARGEST_ID},
    "hostname": {"type": "string", "minLength": 1, "maxLength": 255},
    "key": {"type": "string", "minLength": 1, "maxLength": 100},
    "queue": {"type": "string", "minLength": 1, "maxLength": 200},
    "event": {"type": "string", "minLength": 1, "maxLength": 200},
    "letter": {"type": "string", "minLength": 1, "maxLength": 200},
    "operation": {"type": "string", "minLength": 1, "maxLength": 40},
    "entry": {"type": "integer", "minimum": 1, "maximum": LARGEST_ID},
}
"""Variable parts of addresses."""
