"""The way of every event in one line (three in the wide layout): is it flowing, and where does it stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core.pipeline import ALERT, INGEST
from mutt_cli.core.top.rates import outlooks, pace
from mutt_cli.present import times
from mutt_cli.present.top import numbers
from mutt_cli.present.top.line import Line, Span, Style, wide
from mutt_cli.present.top.services import STATES, state_of

if TYPE_CHECKING:
    from mutt_cli.present.top.view import View

_STOPPED: Final = ("down", "unwell", "held")


def flow_line(view: View) -> Line:
    """` ingestor 1,204/s ──▶ alerter 1,190/s ──▶ forwarder 0/s ──✖ Moogsoft (open)`."""
    spans: list[Span] = [(" ", "")]
    for service, following in (("ingestor", "alerter"), ("alerter", "forwarder"), ("forwarder", "")):
        spans += [(f"{service} ", _style(view, service)), (_speed(view, service), ""), _arrow(view, service, following)]
    return (*spans, _end(view))


def flow_lines(view: View) -> list[Line]:
    """The same with what waits between the services, and how long each of them takes."""
    paces = {one: pace(view.samples, one, view.moment_ms) for one in ("ingestor", "alerter", "forwarder")}
    ahead = outlooks(view.samples, view.moment_ms)
    alerts = ahead[ALERT].in_per_s if ALERT in ahead else None
    above = _placed(
        (11, _speed(view, "ingestor")), (36, _waiting(view, INGEST)), (52, _speed(view, "alerter")),
        (77, _waiting(view, ALERT)), (95, _speed(view, "forwarder")),
    )  # fmt: skip
    middle: list[Span] = [
        (" senders ", ""), (_bar(view, 10), "dim"), ("ingestor", _style(view, "ingestor")), (" ", ""),
        (_bar(view, 4), "dim"), ("[ingest] ", "bold"), _wide_arrow(view, "alerter", 10),
        ("alerter", _style(view, "alerter")), (" ", ""), (_labelled(view, numbers.rate(alerts)), "dim"),
        ("[alert] ", "bold"), _wide_arrow(view, "forwarder", 10), ("forwarder", _style(view, "forwarder")),
        _arrow(view, "forwarder", ""), ("Moogsoft", _style(view, "forwarder")),
    ]  # fmt: skip
    below = _placed(
        (1, _refused(view)), (21, f"p95 {numbers.latency(paces['ingestor'].p95_s)}"), (36, _oldest(view, INGEST)),
        (57, f"p95 {numbers.latency(paces['alerter'].p95_s)}"), (77, _oldest(view, ALERT)), (102, _breaker(view)),
    )  # fmt: skip
    return [((above, ""),), tuple(middle), ((below, ""),)]


def _speed(view: View, service: str) -> str:
    per_s = pace(view.samples, service, view.moment_ms).per_s
    return "?/s" if per_s is None else f"{numbers.rate(per_s)}/s"


def _style(view: View, service: str) -> Style:
    style = STATES[state_of(view, service)]
    return "" if style == "ok" else style


def _arrow(view: View, service: str, following: str) -> Span:
    """What leads on from a service: broken where the next one takes nothing."""
    state = state_of(view, following or service)
    stops = state in (_STOPPED if following else (*_STOPPED, "blocked"))
    tip, style = _tip(view, state, stops=stops)
    return f" {('-' if view.ascii_only else '─') * 2}{tip} ", style


def _wide_arrow(view: View, service: str, length: int) -> Span:
    state = state_of(view, service)
    tip, style = _tip(view, state, stops=state in _STOPPED)
    return f"{('-' if view.ascii_only else '─') * length}{tip} ", style


def _tip(view: View, state: str, *, stops: bool) -> Span:
    """Whether it leads on, is broken, or nobody knows."""
    if state == "?":
        return "?", "unkn"
    if stops:
        return ("x" if view.ascii_only else "✖"), "crit"
    return (">" if view.ascii_only else "▶"), "dim"


def _bar(view: View, length: int) -> str:
    return f"{'-' * length}> " if view.ascii_only else f"{'─' * length}▶ "


def _labelled(view: View, text: str) -> str:
    line, ends = ("-", ">") if view.ascii_only else ("─", "▶")
    return f"{line * 2} {text}/s {line}{ends} "


def _end(view: View) -> Span:
    state = state_of(view, "forwarder")
    flow = view.frame.snapshot.pipeline.value if view.frame else None
    if flow is None:
        return "Moogsoft (?)", "unkn"
    if flow.breaker.state == "CLOSED":
        return ("Moogsoft", "") if state == "ok" else ("Moogsoft", "dim")
    return f"Moogsoft ({flow.breaker.state.lower().replace('_', '-')})", "crit"


def _waiting(view: View, name: str) -> str:
    flow = view.frame.snapshot.pipeline.value if view.frame else None
    queue = flow.queue(name) if flow else None
    return f"{queue.depth:,} waiting" if queue else "? waiting"


def _oldest(view: View, name: str) -> str:
    flow = view.frame.snapshot.pipeline.value if view.frame else None
    queue = flow.queue(name) if flow else None
    return f"oldest {times.span(queue.age_s)}" if queue and queue.age_s is not None else "oldest -"


def _refused(view: View) -> str:
    errors = pace(view.samples, "ingestor", view.moment_ms).errors
    return f"refused {numbers.share(errors)} %" if errors is not None else "refused -"


def _breaker(view: View) -> str:
    flow = view.frame.snapshot.pipeline.value if view.frame else None
    if flow is None:
        return "breaker ?"
    if flow.breaker.state == "CLOSED":
        return "breaker closed"
    return f"BREAKER {flow.breaker.state.replace('_', '-')} {times.span(flow.breaker.open_s)}"


def _placed(*parts: tuple[int, str]) -> str:
    """Texts at their columns; one that is too long moves the next."""
    found = ""
    for column, text in parts:
        found += " " * max(1 if found else 0, column - wide(found)) + text
    return found
