"""What a setting is: one declaration beside the field that holds its value, and nothing anywhere else.

`setting(...)` is the default of a field in a frozen dataclass. The declaration travels in the field's metadata;
the type comes from the annotation. Reading, validation, `docs/configuration.md`, the shipped `mutt.env` and
`mutt config list` are all derived from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable

Value = str | int | float | bool | tuple[str, ...]
"""What a setting can hold; a tuple is written with commas."""

T = TypeVar("T", bound=Value)

SERVICES: Final = ("ingestor", "alerter", "forwarder", "remediation", "webui")
WORKERS: Final = ("alerter", "forwarder")

_METADATA_KEY: Final = "declaration"


@dataclass(frozen=True)
class Notice:
    """Something an operator should know about one setting. `text` never holds a secret and is printable."""

    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.name}: {self.text}" if self.name else self.text


@dataclass(frozen=True)
class Declaration:
    """Everything that is known about one setting before it has a value."""

    env: str
    """Canonical name in the environment and in `mutt.env`."""
    default: Value
    meaning: str
    unit: str = ""
    services: tuple[str, ...] = SERVICES
    """Who reads it; that service needs a restart (or a published change, if `dynamic`) to see a new value."""
    required_by: tuple[str, ...] = ()
    """Services that refuse to start while it is empty."""
    aliases: tuple[str, ...] = ()
    """Other accepted names (contract.md 3.3); the canonical name wins if both are set."""
    dynamic: str = ""
    """Key under `mutt:config:` that changes it without a restart, empty if there is none."""
    dynamic_aliases: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[Value, ...] = ()
    pattern: str = ""
    """Regular expression for a whole text value, or for each item of a tuple."""
    check: Callable[[str], bool] | None = None
    """Whether a text value, or an item of a tuple, is possible, where no pattern can tell."""
    form: str = ""
    """`pattern` or `check` in words."""
    secret: bool = False
    may_hold_secret: bool = False
    """An address that people put tokens into: kept out of repr()."""
    remark: str = ""
    """Trailing comment of the line in the shipped `mutt.env`."""
    inert: str = ""
    """Why the setting is accepted and has no effect; empty if it has one. A value other than the default is told."""
    source: str = ""
    """Where the fact comes from: SO:n and TG:n are lines of the two guides."""
    area: str = ""
    attribute: str = ""
    type: object = str


def setting(env: str, default: T, *, meaning: str, source: str, **known: Any) -> T:
    """The default of one field, carrying its declaration. `known` are further fields of `Declaration`."""
    declaration = Declaration(env=env, default=default, meaning=meaning, source=source, **known)
    # The type checker sees the default value here, which is what the field holds once dataclass() has run.
    shown = not (declaration.secret or declaration.may_hold_secret)
    return field(default=default, repr=shown, metadata={_METADATA_KEY: declaration})


def tcp_port(env: str, default: int, *, meaning: str, source: str, **known: Any) -> int:
    """A TCP port."""
    return setting(env, default, meaning=meaning, source=source, unit="TCP port", minimum=1, maximum=65535, **known)


def declarations_of(area: str, declaring: type) -> tuple[Declaration, ...]:
    """The declarations of one area's dataclass, in the order of its fields, complete with type and place."""
    hints = get_type_hints(declaring)
    return tuple(
        _placed(one.metadata[_METADATA_KEY], area, one.name, hints[one.name])
        for one in fields(declaring)
        if _METADATA_KEY in one.metadata
    )


def _placed(declaration: Declaration, area: str, attribute: str, kind: object) -> Declaration:
    return Declaration(**{**vars(declaration), "area": area, "attribute": attribute, "type": kind})
