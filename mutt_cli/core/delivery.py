"""What one answer of the webhook means for the alert, for the breaker and for the counters.

Classes of contradictions.md C-55: 2xx is delivered; 400, 413, 422 and the like are the message's fault (dead-letter
queue, and proof that the endpoint works); 401, 403, 404 and redirects are the endpoint's fault (try again, counts
for the breaker, never poison); everything else is trouble that passes (try again). A redirect is never followed:
a 302 turned into a GET answers 200 and loses the alert (reliability.md 2.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.core.backoff import wait_s

if TYPE_CHECKING:
    from mutt_cli.core.backoff import Policy

Failure = Literal["timeout", "connection", "tls", "protocol"]
"""Why there is no status: no answer in time, no connection or a broken one, no trust, not HTTP."""
Breaker = Literal["success", "failure", "none"]

Kind = Literal["delivered", "retry", "rejected", "endpoint"]
Class = tuple[Kind, Breaker, str]
"""Kind of verdict, class for the breaker, label of the failure counter."""

_BY_HUNDREDS: Final[dict[int, Class]] = {
    2: ("delivered", "success", ""),
    3: ("endpoint", "failure", "http_3xx"),
    4: ("rejected", "success", "http_4xx"),
}
_OTHER: Final[Class] = ("retry", "failure", "http_5xx")
"""5xx, and numbers outside HTTP: nothing is known about the message."""
_SPECIAL: Final[dict[int, Class]] = {
    # The address, the method, the proxy or the key is wrong: no alert would pass, whatever it says.
    **dict.fromkeys((401, 403, 404, 405, 407, 410, 421), ("endpoint", "failure", "http_4xx")),
    # Too early or too slow: come again.
    **dict.fromkeys((408, 425), ("retry", "failure", "http_4xx")),
    # It works and says so: neither a reason to stop sending nor a proof that all is well.
    429: ("retry", "none", "rate_limit"),
}


@dataclass(frozen=True)
class Answer:
    """What came back from one request. Exactly one of `status` and `failure` is set."""

    status: int | None = None
    failure: Failure | None = None
    text: str = ""
    """One short clean line for logs and dead letters, such as `HTTP 401 Unauthorized`; never holds a secret."""
    retry_after_s: float | None = None
    elapsed_s: float = 0.0
    keys_refused: int = 0
    """Posts before this one, of the same alert, that were refused for their key (`_NEXT` is tried then, D15)."""


@dataclass(frozen=True)
class Verdict:
    """What an answer means. `reason` is one word for journal and `_delivery`, such as `http_503` or `timeout`."""

    kind: Kind
    reason: str
    breaker: Breaker
    metric_reason: str = ""
    """Label of `mutt_moog_request_failures_total` (contract.md 5.2, and `http_3xx`); empty if delivered."""
    status: int | None = None
    text: str = ""
    retry_after_s: float | None = None


@dataclass(frozen=True)
class Delivered:
    """The alert has reached Moogsoft."""


@dataclass(frozen=True)
class Retry:
    """The alert waits in the retry set."""

    at_ms: int
    """When it is due, Unix milliseconds."""
    attempt: int
    """Attempts made so far: the new value of the element's `attempt`."""


@dataclass(frozen=True)
class DeadLetter:
    """The alert goes to `mutt:dlq:moog`."""

    reason: str
    metric_reason: str
    """As in the verdict, or `retry_exhausted` if patience ended and not the message."""
    attempt: int


def judge(answer: Answer) -> Verdict:
    """The meaning of one answer."""
    if answer.status is None:
        failure = answer.failure or "connection"
        metric = "timeout" if failure == "timeout" else "connection"
        return Verdict("retry", failure, "failure", metric, None, answer.text)
    kind, breaker, metric = _classify(answer.status)
    reason = "redirect" if metric == "http_3xx" else f"http_{answer.status}"
    if kind == "delivered":
        reason = "delivered"
    return Verdict(kind, reason, breaker, metric, answer.status, answer.text, answer.retry_after_s)


def _classify(status: int) -> Class:
    return _SPECIAL.get(status) or _BY_HUNDREDS.get(status // 100, _OTHER)


def decide(
    verdict: Verdict, attempt: int, policy: Policy, jitter: float, now_ms: int
) -> Delivered | Retry | DeadLetter:
    """What happens to the alert. `attempt` counts the attempts before this one, `jitter` is random in [0, 1]."""
    if verdict.kind == "delivered":
        return Delivered()
    made = max(attempt, 0) + 1
    if verdict.kind == "rejected":
        return DeadLetter(verdict.reason, verdict.metric_reason, made)
    if made >= policy.max_attempts:
        return DeadLetter(verdict.reason, "retry_exhausted", made)
    asked = min(verdict.retry_after_s or 0.0, policy.retry_after_max_s)
    return Retry(now_ms + round(max(asked, wait_s(made, policy, jitter)) * 1000), made)


def is_message_problem(reason: str) -> bool:
    """Whether a dead letter's `reason` is the message's own fault, so that it counts as poison (architecture.md 3)."""
    if reason in {"error", "unreadable"}:
        return True
    code = reason.removeprefix("http_")
    return reason.startswith("http_") and code.isascii() and code.isdigit() and _classify(int(code))[0] == "rejected"


def health(answer: Answer) -> Literal["healthy", "unauthorised", "down"]:
    """What a probe's answer says (contradictions.md C-54): below 500 is reachable; a refused key is told apart."""
    if answer.status is None or answer.status >= 500:
        return "down"
    return "unauthorised" if answer.status in {401, 403} else "healthy"


def key_fate(answer: Answer) -> Literal["refused", "accepted", "unknown"]:
    """What an answer says of the key that was sent. Only a delivery proves it: other errors may come before the key."""
    if answer.status in {401, 403}:
        return "refused"
    return "accepted" if judge(answer).kind == "delivered" else "unknown"


def retry_after_s(value: str, now_ms: int) -> float | None:
    """Seconds that a `Retry-After` header asks for (RFC 9110 10.2.3: seconds or a date), None if it is neither."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, aware.timestamp() - now_ms / 1000)
