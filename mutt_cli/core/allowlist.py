"""What may leave this deployment in a support bundle: named fields, each of a kind that is checked (ASVS 14.2.4).

A field that is not on the list is dropped, whatever it holds. Of a text that anybody could have written (a log message,
an error of a server, a reason) only words that MUTT's own program text has are kept, with numbers and ids; what stands
between is `<4>`, four characters that nobody may read. So a secret needs no pattern to be recognised: it is not on the
list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Kind = Literal["number", "time", "name", "words", "value", "system"]
"""`number`: numbers and flags. `time`: RFC 3339. `name`: what a machine, a user, a key or an id is called, as it is.
`words`: text from anywhere, of which our own words are left. `value`: a name, or else words. `system`: what the kernel
and the distribution call themselves."""
NUMBER: Final[Kind] = "number"
TIME: Final[Kind] = "time"
NAME: Final[Kind] = "name"
WORDS: Final[Kind] = "words"
VALUE: Final[Kind] = "value"
SYSTEM: Final[Kind] = "system"


@dataclass(frozen=True)
class Many:
    """A list of these."""

    of: Spec


@dataclass(frozen=True)
class Each:
    """An object whose names are names, and whose values are these."""

    of: Spec


Spec = Kind | Many | Each | Mapping[str, "Spec"]

MASK: Final = "***"
_SHORTEST: Final = 4
"""Characters of a secret that is looked for: a shorter one would blank out half of every text."""
_LONGEST: Final = 4000
_NAME: Final = re.compile(r"[\w.:/@+*\[\]-]{1,200}", re.ASCII)
_SYSTEM: Final = re.compile(r"[\w .:/()+#~-]{1,200}", re.ASCII)
_IN_ADDRESS: Final = re.compile(r"(?<=://)[^/?#\s]*@")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?")
_ID: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|op-[0-9A-Z]{6}|MUTT-[A-Z]\d{3}", re.IGNORECASE
)
_PART: Final = re.compile(rf"(?:{_ID.pattern})(?![^\W_])|[^\W_]+", re.IGNORECASE)
_FIGURE: Final = re.compile(r"\d{1,7}(ms|s|m|h|d|kb|mb|gb|b)?", re.IGNORECASE)
_LETTERS: Final = frozenset("abdhims")
_OTHER: Final = re.compile(r"[^\w\s.,:;()/=%'\"+*_-]")


@dataclass
class Sieve:
    """Lets through what the list names. `secrets` are values that are known, and masked wherever they stand."""

    vocabulary: frozenset[str]
    """Small letters."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    dropped: int = 0
    """Fields, words and values that were left out so far."""

    def __post_init__(self) -> None:
        known = {one for one in self.secrets if len(one) >= _SHORTEST}
        self.secrets = tuple(sorted(known, key=len, reverse=True))

    def only(self, value: Any, spec: Spec) -> Any:
        """The value with nothing in it but what the list names; None where it is of another kind."""
        if value is None:
            return None
        if isinstance(spec, str):
            return self._scalar(value, spec)
        if isinstance(spec, Many):
            return [self.only(one, spec.of) for one in value] if isinstance(value, list | tuple) else self._nothing()
        if not isinstance(value, Mapping):
            return self._nothing()
        if isinstance(spec, Each):
            return {self.name(str(name)): self.only(one, spec.of) for name, one in value.items()}
        self.dropped += len(value.keys() - spec.keys())
        return {name: self.only(value[name], one) for name, one in spec.items() if name in value}

    def name(self, text: str) -> str:
        """The text if it is a name; else its words."""
        plain = _IN_ADDRESS.sub(MASK + "@", self._known(text))
        return plain if _NAME.fullmatch(plain) else self.words(plain)

    def words(self, text: str) -> str:
        """Words of ours, figures, moments and ids; what else stood there as its length."""
        plain = _IN_ADDRESS.sub(MASK + "@", self._known(text))[:_LONGEST]
        return _PART.sub(self._word, _OTHER.sub("?", " ".join(plain.split())))

    def holds_secret(self, text: str) -> bool:
        """Whether a known secret stands in a finished text."""
        return any(one in text for one in self.secrets)

    def _scalar(self, value: Any, kind: Kind) -> Any:
        if kind == NUMBER:
            return value if isinstance(value, bool | int | float) else self._nothing()
        if isinstance(value, bool | int | float):
            return value if kind == VALUE else self._nothing()
        if not isinstance(value, str):
            return self._nothing()
        if kind == TIME:
            return value if _TIME.fullmatch(value) else self._nothing()
        if kind == SYSTEM and _SYSTEM.fullmatch(value):
            return self._known(value)
        return self.words(value) if kind == WORDS else self.name(value)

    def _known(self, text: str) -> str:
        for one in self.secrets:
            text = text.replace(one, MASK)
        return text

    def _word(self, found: re.Match[str]) -> str:
        text = found.group()
        if text.lower() in self.vocabulary or _FIGURE.fullmatch(text) or _ID.fullmatch(text):
            return text
        self.dropped += 1
        return f"<{len(text)}>"

    def _nothing(self) -> None:
        self.dropped += 1


def vocabulary(texts: list[str]) -> frozenset[str]:
    """The words of these program texts, in small letters: two letters at least, but for units and `a`."""
    return _LETTERS | {one for text in texts for one in re.findall(r"[a-z]{2,}", text.lower())}
