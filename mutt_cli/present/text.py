r"""Text from outside becomes printable here: what could move a cursor, hide or reorder text is made visible.

Queue contents, rule patterns, host names and error texts are written by devices and strangers. `safe` keeps every
printable character as it is (a pattern `[a-z]+` stays one) and spells the rest as `\x1b`.
"""

from __future__ import annotations

import re
from typing import Final

_LINE: Final = "\x00-\x1f"
_INVISIBLE: Final = (
    "\x7f-\x9f\xad"  # DEL, C1 (0x9b starts an escape sequence on some terminals), soft hyphen
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction of writing
    "\u200b\u2028\u2029\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"  # zero width, separators, annotations
    "\ud800-\udfff"  # lone surrogates: no terminal, no UTF-8 encoder takes them
    "\U000e0000-\U000e007f"  # tags, which carry text that nobody sees
)
_UNSAFE: Final = re.compile(f"[{_LINE}{_INVISIBLE}]")
_UNSAFE_IN_JSON: Final = re.compile(f"[{_INVISIBLE}]")
_SHORT: Final = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def safe(text: str) -> str:
    """One line of text that is harmless on a terminal: C0, C1, ESC, bidi controls and lone surrogates are spelled."""
    return _UNSAFE.sub(_spelled, text)


def safe_json(text: str) -> str:
    r"""JSON text in which invisible characters are `\u` escapes; the value it stands for stays the same."""
    return _UNSAFE_IN_JSON.sub(_json_escape, text)


def safe_yaml(text: str) -> str:
    """The same for a double-quoted YAML scalar, where a character beyond the first plane is one escape, not two."""
    return _UNSAFE_IN_JSON.sub(lambda found: f"\\U{ord(found.group()):08x}", text)


def _spelled(found: re.Match[str]) -> str:
    one = found.group()
    code = ord(one)
    if one in _SHORT:
        return _SHORT[one]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
