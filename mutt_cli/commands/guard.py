"""The one gate before anything is changed: plan, banner, reason, confirmation (ux.md section 3.3).

Three words for three things: `--yes` (do not ask), `--confirm NAME` (this target is meant), `--force CHECK` (override
one safety check). `--yes` alone never destroys anything, and never changes many things where it is protected.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.commands.bound import unhurried
from mutt_cli.commands.context import write
from mutt_cli.errors import MuttError, RefusedError, UsageError
from mutt_cli.present.text import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.commands.context import Run
    from mutt_cli.commands.options import Impact

_ENDPOINTS: Final = (
    "REDIS_HOST", "REDIS_PORT", "REDIS_SOCKET", "REDIS_DB", "REDIS_SENTINELS", "REDIS_KEY_TAG", "POSTGRES_HOST",
    "POSTGRES_PORT", "POSTGRES_DB", "POSTGRES_USER", "VAULT_ADDR", "VAULT_MOUNT_PATH", "VAULT_SECRET_PATH",
    "MOOG_WEBHOOK_URL",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What is about to happen, in words that an operator can check: counts, ages, where the backup goes."""

    title: str
    """One line: `PURGE ingest: 1,204,332 messages, oldest 03:01:07Z`."""
    target: str = ""
    """What class D asks to be typed, and what `--confirm` names: `ingest`."""
    lines: Sequence[str] = ()
    impact: Impact | None = None
    """The class of this call, if it is not the command's (W for a few messages, B for many)."""
    needs_reason: bool = False
    """Whether a protected deployment wants a --reason for it (D36)."""


def approved(run: Run, plan: Plan) -> bool:
    """Whether to go on; False for --dry-run, after showing the plan.

    Raises RefusedError where nothing may be changed, UsageError where an answer is needed and nobody can be asked,
    and MuttError (exit 1) if the answer was no.
    """
    impact = plan.impact or run.spec.impact
    if run.flags.dry_run:
        _show(plan, "dry run, nothing is changed: ")
        return False
    if run.context.read_only:
        raise _read_only(run)
    _warn_of_overrides(run, impact)
    _banner(run, impact)
    _require_reason(run, plan)
    _require_meant(run, plan, impact)
    if impact in {"B", "D"}:
        _confirm(run, plan, impact)
    return True


def _read_only(run: Run) -> RefusedError:
    if run.environ.get("MUTT_READ_ONLY"):
        told, tries = "MUTT_READ_ONLY is set: nothing may be changed from here", "unset MUTT_READ_ONLY"
    else:
        told, tries = f"context {run.context.name} is read-only: nothing may be changed from here", "mutt context list"
    return RefusedError(told, tries=(tries, "add --dry-run"))


def agreed(run: Run, statement: str) -> bool:
    """Ask whether this is what was meant; False without a terminal, or without a yes."""
    if run.flags.yes:
        return True
    if not run.can_ask:
        return False
    write(sys.stderr, safe(statement) + "\n")
    return _ask("Is it meant? [y/N] ").lower() in {"y", "yes"}


def _show(plan: Plan, lead: str = "") -> None:
    """On stderr, with --quiet too: nobody may be asked about something they do not see."""
    for line in (lead + plan.title, *(f"  {line}" for line in plan.lines)):
        write(sys.stderr, safe(line) + "\n")


def _banner(run: Run, impact: Impact) -> None:
    if not run.context.protected and impact not in {"B", "D"}:
        return
    from mutt_cli.adapters.redis_client import address

    redis = run.settings.redis
    name = f"PROD {run.context.name}" if run.context.protected else run.context.name
    line = f"[{name}] redis {address(redis)} db{redis.db}   actor {run.actor}"
    red = run.context.protected and run.color(sys.stderr)
    write(sys.stderr, f"\x1b[41;97m{safe(line)}\x1b[0m\n" if red else f"{safe(line)}\n")


def _require_reason(run: Run, plan: Plan) -> None:
    wanted = (plan.needs_reason and run.context.protected) or run.context.require_reason
    if not wanted or run.reason:
        return
    if run.can_ask:
        answer = _ask("Reason: ")
        if answer:
            run.reason = answer
            return
    raise UsageError(
        f"{run.context.name} wants a reason for mutt {run.spec.path}",
        code="MUTT-U006",
        tries=('add --reason "INC-1182 ..."',),
    )


def _require_meant(run: Run, plan: Plan, impact: Impact) -> None:
    """Whoever names something with --confirm means that, and nothing else is touched."""
    meant = (_wanted(run, plan, impact) if impact in {"B", "D"} else None) or run.context.name
    if run.flags.confirm not in {None, meant}:
        raise UsageError(f"--confirm {run.flags.confirm} does not name what is meant: {meant}", code="MUTT-U007")


def _confirm(run: Run, plan: Plan, impact: Impact) -> None:
    wanted = _wanted(run, plan, impact)
    if wanted is None:  # one `y` is enough
        if run.flags.yes or run.flags.confirm is not None:
            return
        _need_terminal(run, "--yes")
        _show(plan)
        if _ask("Go on? [y/N] ").lower() not in {"y", "yes"}:
            raise _declined()
        return
    if run.flags.confirm is not None:
        return
    _need_terminal(run, f"--confirm {wanted}")
    _show(plan)
    if _ask(f"Type {wanted} to go on, or Ctrl-C: ") != wanted:
        raise _declined()


def _wanted(run: Run, plan: Plan, impact: Impact) -> str | None:
    """What has to be typed: the context, the target, or both; None if a plain yes will do."""
    if impact == "B":
        return run.context.name if run.context.protected else None
    return f"{run.context.name}/{plan.target}" if run.context.protected else plan.target


def _need_terminal(run: Run, flag: str) -> None:
    if not run.can_ask:
        raise UsageError(
            f"mutt {run.spec.path} asks before it acts, and nobody can be asked here",
            code="MUTT-U007",
            tries=(f"look first: mutt {run.spec.path} ... --dry-run", f"add {flag}"),
        )


def _warn_of_overrides(run: Run, impact: Impact) -> None:
    """An address in the environment that beats the deployment's file may point elsewhere than the operator thinks."""
    names = _overrides(run)
    if not names or "env-override" in run.flags.force:
        return
    told = f"the environment overrides {', '.join(names)} of context {run.context.name}"
    if impact in {"B", "D"}:
        raise RefusedError(
            told, code="MUTT-G002", why="this may not be the deployment you mean",
            tries=(f"unset {' '.join(names)}", "add --force env-override"),
        )  # fmt: skip
    run.say(f"warning: {told}")


def _overrides(run: Run) -> list[str]:
    """Settings of where things are that would be others without this shell's environment.

    Where it is protected all of them count, elsewhere those that the file or the context name: a deployment may be
    described by the environment alone.
    """
    from mutt_cli.adapters.configuration import load, parse_env_text
    from mutt_cli.adapters.contexts import own_only
    from mutt_cli.settings import BY_ENV, value_of

    set_here = [one for one in map(BY_ENV.get, _ENDPOINTS) if one and _is_set(run, one.env, *one.aliases)]
    file = run.configuration.env_file
    if not set_here or not (file or run.context.settings):
        return []
    texts = parse_env_text(file.read_text(errors="replace"))[0] if file else {}
    named = {*texts, *run.context.settings}
    there = load(own_only(run.environ), file, context=run.context.settings).settings
    return [
        one.env
        for one in set_here
        if (run.context.protected or named & {one.env, *one.aliases})
        and value_of(there, one) != value_of(run.settings, one)
    ]


def _is_set(run: Run, *names: str) -> bool:
    return any(run.environ.get(name) for name in names)


def _ask(question: str) -> str:
    write(sys.stderr, safe(question))
    with unhurried():
        line = sys.stdin.readline()
    if not line:
        raise _declined()
    return line.strip()


def _declined() -> MuttError:
    return MuttError("not confirmed: nothing was changed", code="MUTT-U009")
