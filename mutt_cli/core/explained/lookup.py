"""Finding what a word or a quoted message means: code, queue, metric, setting, key, message, in this order."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.core import pipeline
from mutt_cli.core.delivery import is_message_problem
from mutt_cli.core.diagnosis import BY_ID as CAUSES
from mutt_cli.core.diagnosis.cause import filled
from mutt_cli.core.explained import Explanation, codes, every_code
from mutt_cli.core.explained.keys import KEYS, QUEUES
from mutt_cli.core.explained.messages import MESSAGES
from mutt_cli.core.explained.metrics import METRICS as METRIC_ADVICE
from mutt_cli.core.health.catalogue import BY_ID as CHECKS
from mutt_cli.core.metrics import METRICS
from mutt_cli.keys import Keys
from mutt_cli.settings import BY_DYNAMIC, DECLARATIONS
from mutt_cli.settings.values import expected, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mutt_cli.settings import Declaration

Sort = Literal["code", "queue", "metric", "setting", "key", "cause", "check", "message"]

_CODE: Final = re.compile(r"(?:MUTT-)?([A-Z])(\d{3})", re.IGNORECASE)
_STATUS: Final = re.compile(r"http_\d{3}")
_SERIES: Final = re.compile(r"(_bucket|_sum|_count)?(\{.*\})?$")
_BLANK: Final = re.compile(r"\{\w+\}")
_MOST_CAUSES: Final = 8
_LEAST_PART: Final = 6
"""Characters that a part of a message needs to be taken for it."""


@dataclass(frozen=True)
class Found:
    """What was asked for, by its proper name."""

    name: str
    sort: Sort
    explanation: Explanation


def look_up(text: str) -> Found | None:
    """What this word or message means; None if nothing is known of it."""
    word = text.strip()
    ways: tuple[Callable[[str], Found | None], ...] = (
        _code, _queue, _metric, _setting, _key, _cause, _check, _status, _message,
    )  # fmt: skip
    return next((found for way in ways if (found := way(word)) is not None), None)


def near(text: str, most: int = 3) -> list[str]:
    """Names that look like it, or have it in them."""
    word = text.strip().lower()
    known = {name.lower(): name for name in names()}
    close = get_close_matches(word, known, n=most, cutoff=0.7)
    holding = [name for name in known if len(word) > 2 and word in name]
    return [known[name] for name in dict.fromkeys((*close, *holding))][:most]


def names() -> Iterator[str]:
    """Everything that can be looked up, but keys and messages."""
    yield from every_code()
    yield from QUEUES
    yield from METRIC_ADVICE
    yield from (one.env for one in DECLARATIONS)
    yield from BY_DYNAMIC
    yield from CAUSES
    yield from CHECKS


def _code(word: str) -> Found | None:
    found = _CODE.fullmatch(word)
    if found is None:
        return None
    code = f"MUTT-{found[1].upper()}{found[2]}"
    explanation = codes(found[1].upper()).get(code)
    return Found(code, "code", explanation) if explanation else None


def _queue(word: str) -> Found | None:
    for queue in pipeline.QUEUES:
        if word in {queue.name, queue.key(Keys())}:
            events, *tries = QUEUES[queue.name]
            facts = {"key": queue.key(Keys()), "drained by": ", ".join(pipeline.drainers(queue.name)) or "-"}
            means = f"A queue: {queue.meaning}."
            return Found(queue.name, "queue", Explanation(means, events, tuple(tries), facts))
    if (worker := pipeline.worker_of(word)) is not None:
        means = f"What the worker {worker[1]} has in hand."
        events, *tries = KEYS["processing"]
        return Found(word, "queue", Explanation(means, events, tuple(tries), {"key": Keys().processing(*worker)}))
    return None


def _metric(word: str) -> Found | None:
    for name in (word, _SERIES.sub("", word)):
        found = [one for one in METRICS if one.name == name]
        if found:
            events, *tries = METRIC_ADVICE[name]
            facts = {"type": found[0].kind, "of": ", ".join(one.service for one in found)}
            if found[0].labels:
                values = "; ".join(", ".join(filter(None, one)) for one in found[0].series)
                facts[", ".join(found[0].labels)] = values
            return Found(name, "metric", Explanation(found[0].help, events, tuple(tries), facts))
    return None


def _setting(word: str) -> Found | None:
    wanted = word.upper()
    named = [one for one in DECLARATIONS if wanted in {one.env, *one.aliases}] or (
        [BY_DYNAMIC[word.lower()]] if word.lower() in BY_DYNAMIC else []
    )
    return Found(named[0].env, "setting", _of_setting(named[0])) if named else None


def _of_setting(one: Declaration) -> Explanation:
    facts = {
        "default": "(empty)" if one.default in {"", ()} else to_text(one.default),
        "allowed": expected(one),
        "read by": ", ".join(one.services) or "commands",
    }
    if one.aliases:
        facts["also called"] = ", ".join(one.aliases)
    if one.dynamic:
        events = "Services take a change at once, without a restart."
        tries = (f"mutt config get {one.env}", f"mutt config set {one.dynamic} VALUE --dry-run")
        return Explanation(one.meaning, events, tries, {"dynamic": one.dynamic, **facts})
    events = one.inert or "It is read when a service starts: a change needs a restart of those that read it."
    return Explanation(one.meaning, events, (f"mutt config get {one.env}",), facts)


def _key(word: str) -> Found | None:
    for attribute, (events, *tries) in KEYS.items():
        pattern, example = _shape(attribute)
        if pattern.fullmatch(word):
            means = inspect.getdoc(getattr(Keys, attribute)) or ""
            return Found(example, "key", Explanation(means, events, tuple(tries)))
    return None


def _shape(attribute: str) -> tuple[re.Pattern[str], str]:
    """A pattern for the keys of this attribute, whatever the tag, and how one looks."""
    declared = getattr(Keys, attribute)
    if isinstance(declared, property):
        name = str(getattr(Keys(), attribute))
        blanks: list[str] = []
    else:
        blanks = [f"<{one}>" for one in list(inspect.signature(declared).parameters)[1:]]
        name = getattr(Keys(), attribute)(*blanks)
    rest = re.escape(name.removeprefix("mutt:"))
    for blank in blanks:
        rest = rest.replace(re.escape(blank), r"\S+")
    return re.compile(r"mutt:(?:\{[^}]*\}:)?" + rest), name


def _cause(word: str) -> Found | None:
    """A cause that `mutt doctor` names, with or without what it is about."""
    name = word.partition(":")[0]
    cause = CAUSES.get(name)
    if cause is None:
        return None
    about = word.partition(":")[2]
    values = {"about": about} if about else {}
    tries = tuple(filled(step.line, values) for step in cause.steps)
    title, means = filled(cause.title, values), filled(cause.means, values)
    facts = {"area": cause.area, "owner": cause.owner}
    return Found(name, "cause", Explanation(f"{title[:1].upper()}{title[1:]}.", means, tries, facts))


def _check(word: str) -> Found | None:
    """A check of `mutt health`."""
    check = CHECKS.get(word)
    if check is None:
        return None
    facts = {f"{word} if": bound.words for word, bound in (("warning", check.warn), ("critical", check.crit)) if bound}
    causes = _causes_of(check.id)
    left = len(causes) - _MOST_CAUSES
    told = ", ".join(causes[:_MOST_CAUSES]) + (f" and {left} more" if left > 0 else "")
    events = f"Why it may be bad, as mutt doctor calls it: {told}." if causes else "mutt doctor says why it is bad."
    tries = ("mutt doctor", f"mutt health --only {check.id} -v", *(f"mutt explain {one}" for one in causes[:1]))
    return Found(check.id, "check", Explanation(f"A check of mutt health: {check.meaning}.", events, tries, facts))


def _causes_of(check: str) -> list[str]:
    """Causes that may make a check bad: those of few checks before those of many."""
    found = [one for one in CAUSES.values() if _explains(one.explains, check)]
    return [one.id for one in sorted(found, key=lambda one: sum(_explains(one.explains, name) for name in CHECKS))]


def _explains(patterns: Sequence[str], check: str) -> bool:
    return any(fnmatchcase(check, _BLANK.sub("*", one)) for one in patterns)


def _status(word: str) -> Found | None:
    """The reason of a dead letter that is a status of HTTP: the message's fault, or not."""
    if not _STATUS.fullmatch(word):
        return None
    return Found(word, "message", MESSAGES["http_4xx" if is_message_problem(word) else "http_5xx"])


def _message(word: str) -> Found | None:
    said = _plain(word)
    for message, explanation in MESSAGES.items():
        known = _plain(message)
        if said == known or (len(said) >= _LEAST_PART and said in known) or (" " in known and known in said):
            return Found(message, "message", explanation)
    return None


def _plain(text: str) -> str:
    """A message without its numbers, quotes and case, so that two cases of it are the same."""
    cleaned = re.sub(r"\b(?:\d+|x|y)\b", "#", text.casefold())
    return " ".join(re.sub(r"[^\w#: .]", " ", cleaned).strip(" .:").split())
