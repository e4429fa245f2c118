"""The first line of every screen: which deployment, how bad it is, how old this is, and whether keys may change it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mutt_cli.present import times
from mutt_cli.present.top.line import Line, Span, cell, line, rule, shown, spread, wide

if TYPE_CHECKING:
    from mutt_cli.present.top.view import View


def head(view: View) -> Line:
    """The first line, as wide as the screen."""
    right = [("  ", ""), *_age(view), ("  ", ""), *_lock(view), ("  ", ""), (_clock(view), ""), (" ", "")]
    sign: list[Span] = [(" ", ""), ("[PROD]", "alarm")] if view.protected else []
    left: list[Span] = [(" MUTT  ", "key"), (shown(view.context), "bold"), *sign, ("  ", "")]
    counts = _counts(view)
    room = view.size.width - sum(wide(text) for text, _ in (*left, *counts, *right)) - 2
    if view.path and room > 3:
        path = shown(view.path)
        left += [(cell(path, min(room, wide(path)), ascii_only=view.ascii_only), "bold"), ("  ", "")]
    return spread([*left, *counts], right, view.size.width)


def below(view: View) -> Line:
    """The second line: a rule, or where in time this is: `HISTORY 03:09:54Z (-2m12s)  03:00 ━━━━●──── 03:20`."""
    if view.mode not in {"history", "replay"} or view.frame is None or view.span is None:
        return rule(view.size.width, ascii_only=view.ascii_only)
    first, last = view.span
    ago = times.span(round((last - view.frame.at_ms) / 1000))
    left = f" {_short(view.frame.at_ms)} (-{ago})  {_short(first)} "
    play = f"p {'pause' if view.playing else 'play'} x{view.speed}" if view.mode == "replay" else "p live"
    keys = f" {_short(last)}  {play}"
    room = max(4, view.size.width - wide(left) - wide(keys) - 1)
    at = round((room - 1) * (view.frame.at_ms - first) / max(1, last - first))
    done, here, ahead = ("=", "o", "-") if view.ascii_only else ("━", "●", "─")
    return line(left, (done * at + here, "key"), (ahead * (room - at - 1), "dim"), keys)


def _counts(view: View) -> list[Span]:
    """How many checks are bad; that all is well is a word, never an empty place."""
    if not view.checks:
        return [("no picture yet" if view.frame is None else "", "unkn")]
    crit, warn, unknown = (view.count(one) for one in ("critical", "warning", "unknown"))
    if not crit + warn + unknown:
        return [("OK", "ok")]
    found: list[Span] = [(f"{crit} CRIT", "crit" if crit else ""), ("  ", ""), (f"{warn} WARN", "warn" if warn else "")]
    return [*found, ("  ", ""), (f"{unknown} UNKN", "unkn")] if unknown else found


def _age(view: View) -> list[Span]:
    if view.mode in {"history", "replay"}:
        return [(view.mode.upper(), "warn")]
    if view.mode == "paused":
        return [("PAUSED", "warn")]
    if view.frame is not None and view.stale:
        return [(f"STALE {times.span(round(view.age_s))}", "crit")]
    return [(f"live {view.interval_s:g}s", "")]


def _lock(view: View) -> list[Span]:
    if view.lock.left_s is not None:
        minutes = int(view.lock.left_s // 60) + 1
        return [(f"UNLOCKED {minutes}m", "warn")]
    return [("READ-ONLY", "" if view.lock.for_ever else "dim")]


def _short(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, tz=UTC):%H:%M:%SZ}"


def _clock(view: View) -> str:
    at_ms = view.frame.at_ms if view.frame is not None and view.mode != "live" else view.now_ms
    at = datetime.fromtimestamp(at_ms / 1000, tz=UTC)
    return f"{at:%Y-%m-%d %H:%M:%SZ}" if view.size.wide else f"{at:%H:%M:%SZ}"
