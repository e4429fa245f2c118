"""Vault in words and rows: names, times and states, never a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.core.rotation import next_of
from mutt_cli.ops.rotation import AFTER
from mutt_cli.present.output import Document
from mutt_cli.present.times import span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.vault_desk import Token
    from mutt_cli.core.rotation import Step
    from mutt_cli.ops.operation import Operation
    from mutt_cli.ops.rotation import Rotation, Stepped
    from mutt_cli.ops.secret_readers import Answers
    from mutt_cli.ops.vault import FieldPlan, TokenStatus, VaultStatus


def status_document(found: VaultStatus) -> Document:
    """`mutt vault status`."""
    seal = found.seal
    fields = {
        "state": found.state,
        "address": found.address,
        "initialised": seal.initialised,
        "sealed": seal.sealed,
        "unseal": {"needed": seal.needed, "shares": seal.shares, "given": seal.given},
        "server_version": seal.version,
        "standby": seal.standby,
        "path": found.path,
        "engine": found.engine,
        "revision": found.revision,
        "keys": None if found.names is None else list(found.names),
        "missing": [{"key": name, "services": list(services)} for name, services in found.missing.items()],
        "rotations": [{"secret": name, "step": step} for name, step in found.rotations.items()],
    }
    warnings = [found.trouble] if found.trouble else []
    return Document("mutt.vault.status", fields, text=list(_status_lines(found)), warnings=warnings, name=found.state)


def _status_lines(found: VaultStatus) -> Iterator[str]:
    seal = found.seal
    word = "SEALED" if seal.sealed else "unsealed" if seal.initialised else "NOT INITIALISED"
    yield f"{found.address}  {word}{'  standby' if seal.standby else ''}  {seal.version}"
    if seal.sealed:
        yield f"key shares given: {seal.given} of {seal.needed} (there are {seal.shares})"
        yield "each holder of a share runs:  vault operator unseal   (it asks for the share: do not type it here)"
        yield "running daemons go on with the secrets in memory; none can start"
    if found.names is not None:
        kind = "unknown" if found.engine is None else f"version {found.engine}"
        at = f", revision {found.revision}" if found.revision is not None else ""
        yield f"{found.path}  (key-value engine {kind}{at})"
        yield f"present  {', '.join(found.names) or 'nothing'}"
    for name, services in found.missing.items():
        yield f"missing  {name}: {' and '.join(services)} will not start   mutt vault set {name} --file -"
    for name, step in found.rotations.items():
        yield f"rotating {name}: {step}   next: {' or '.join(f'mutt vault rotate {one} {name}' for one in AFTER[step])}"


def token_document(found: TokenStatus) -> Document:
    """`mutt vault token`."""
    token = found.token
    fields = {"state": found.state, "address": found.address, **_token_fields(token), **_reach_fields(found)}
    left = "never ends" if token.ttl_s is None else f"{span(token.ttl_s)} left of {span(token.created_ttl_s)}"
    text = [
        f"{token.kind} from {token.where}: {found.state}",
        f"policies      {', '.join(token.policies) or 'none'}",
        f"life          {left}, {_ending(token)}",
        f"may           {', '.join(found.reach.capabilities)} on {found.reach.path}",
        f"accessor      {token.accessor or '-'}",
    ]
    if not found.reach.reads:
        text.append(f"daemons cannot read their secrets: the policy needs read on {found.reach.path}")
    if token.kind == "secret id":
        text.append("each daemon makes tokens of its own from the secret id; this is one that was made to be looked at")
    return Document("mutt.vault.token", fields, text=text, name=found.state)


def _ending(token: Token) -> str:
    parent = "" if token.orphan else "; ends with the token that made it"
    return f"{'can' if token.renewable else 'can NOT'} be renewed{parent}"


def _token_fields(token: Token) -> dict[str, Any]:
    return {
        "credential": token.kind.replace(" ", "_"),
        "where": token.where,
        "policies": list(token.policies),
        "ttl_seconds": None if token.ttl_s is None else int(token.ttl_s),
        "creation_ttl_seconds": int(token.created_ttl_s),
        "renewable": token.renewable,
        "orphan": token.orphan,
        "accessor": token.accessor,
    }


def _reach_fields(found: TokenStatus) -> dict[str, Any]:
    return {"path": found.reach.path, "capabilities": list(found.reach.capabilities), "reads": found.reach.reads}


def renewed_document(token: Token, granted_s: float | None, operation: Operation | None) -> Document:
    """`mutt vault renew`."""
    before = None if token.ttl_s is None else int(token.ttl_s)
    fields = {
        "dry_run": operation is None, "operation": operation.id if operation else None, "where": token.where,
        "ttl_seconds_before": before, "ttl_seconds": None if granted_s is None else int(granted_s),
    }  # fmt: skip
    text = [f"the token from {token.where} has {span(before or 0)} left"]
    if granted_s is not None:
        text = [f"the token from {token.where} is renewed: {span(granted_s)} left instead of {span(before or 0)}"]
    return Document(
        "mutt.vault.renew", fields, text=text, warnings=tuple(operation.warnings) if operation else (),
        name=operation.id if operation else "",
    )  # fmt: skip


def field_lines(plan: FieldPlan) -> tuple[str, ...]:
    """What setting a field does."""
    return (f"other keys stay: {', '.join(plan.others) or 'there are none'}", *plan.warnings)


def field_document(
    plan: FieldPlan, operation: Operation | None, revision: int | None, answers: Answers | None
) -> Document:
    """`mutt vault set`."""
    undo = [f"mutt undo {operation.id}"] if operation and revision else []
    fields = {
        "dry_run": operation is None, "operation": operation.id if operation else None, "key": plan.key,
        "path": plan.path, "existed": plan.exists, "others": list(plan.others), "engine": plan.before.version,
        "revision_before": plan.before.revision or None, "revision": revision or None,
        "daemons": reader_rows(answers), "undo": undo,
    }  # fmt: skip
    if operation is None:
        text = [f"{plan.path} {plan.key}: {'has this value already' if plan.same else 'would be set'}"]
    else:
        text = [f"{plan.path} {plan.key}: {'replaced' if plan.exists else 'added'}"]
    text += [
        f"other keys: {', '.join(plan.others) or 'none'}",
        *_answer_lines(answers),
        *(f"undo:  {one}" for one in undo),
    ]
    warnings = (*plan.warnings, *(operation.warnings if operation else ()))
    return Document("mutt.vault.set", fields, text=text, warnings=warnings, name=operation.id if operation else "")


def plan_document(found: Rotation) -> Document:
    """`mutt vault rotate plan`."""
    what, following = found.what, list(AFTER[found.step])
    steps = [{"step": name, "does": does} for name, does in _steps(found)]
    fields = {
        "secret": what.name, "meaning": what.meaning, "step": found.step, "next": following, "place": found.place,
        "overlap": what.overlap, "elsewhere": what.elsewhere, "server": what.server or None, "steps": steps,
        "notes": list(found.notes),
    }  # fmt: skip
    text = [
        f"{what.name}: {what.meaning}; in {found.place}; now at: {found.step}",
        f"overlap    {what.overlap}",
        f"elsewhere  {what.elsewhere}",
        *(f"{name:<10} {does}" for name, does in _steps(found)),
        *(f"note       {one}" for one in found.notes),
        *(f"next:  mutt vault rotate {one} {what.name}{' --file -' if one == 'stage' else ''}" for one in following),
    ]
    return Document("mutt.vault.rotate.plan", fields, text=text, name=found.step)


def _steps(found: Rotation) -> tuple[tuple[str, str], ...]:
    name = found.what.name
    if found.file is not None:
        path = found.file.path
        return (
            ("stage", f"try the new credential in Vault, then write it to {found.file.next}"),
            ("promote", f"try it again, make it {path}, and wait until every daemon has logged in anew"),
            ("finish", f"remove {found.file.old}"),
            ("abort", f"put the old credential back to {path}"),
        )
    server = {
        "postgresql": " after it was made the password of the role",
        "redis": " and makes sure that Redis lets it in",
    }.get(found.what.server, "")
    beside = ", and let Redis accept both" if found.what.server == "redis" else ""
    return (
        ("stage", f"write {next_of(name)} beside {name}{beside}; wait until every daemon knows both"),
        ("promote", f"exchange them, so that the new value comes first{server}; wait for every daemon"),
        ("finish", "remove the old value for good; wait for every daemon"),
        ("abort", "go back to the old value alone"),
    )


def stepped_document(
    kind: str, found: Rotation, verb: str, done: Stepped | None, operation: Operation | None
) -> Document:
    """A step of a rotation; `done` is None for a dry run."""
    step: Step = "staged" if verb == "stage" else "promoted" if verb == "promote" else "none"
    fields = {
        "dry_run": done is None, "operation": operation.id if operation else None, "secret": found.what.name,
        "step_before": found.step, "step": step if done else found.step, "place": found.place,
        "revision": (done.revision or None) if done else None, "done": list(done.lines) if done else [],
        "daemons": reader_rows(done.answers) if done else None,
    }  # fmt: skip
    text = list(done.lines) if done else [dict(_steps(found))[verb]]
    text += _answer_lines(done.answers) if done else []
    following = AFTER[step] if done and verb not in {"finish", "abort"} else ()
    text += [f"next:  mutt vault rotate {one} {found.what.name}" for one in following]
    text += [f"first: {found.what.elsewhere}"] if done and verb == "stage" else []
    text += [f"first: {found.what.patience}"] if done and verb == "promote" and found.what.patience else []
    notes = found.notes if found.file is None else ()  # how to make a new credential is the plan's to say
    warnings = (*notes, *(done.warnings if done else ()), *(operation.warnings if operation else ()))
    return Document(kind, fields, text=text, warnings=warnings, name=operation.id if operation else "")


def reader_rows(answers: Answers | None) -> list[dict[str, Any]] | None:
    """Every daemon process and whether it has read the secrets; None if none was called."""
    if answers is None or answers.trouble:
        return None
    return [
        {
            "service": one.service, "name": one.name, "host": one.host, "pid": one.pid,
            "state": answers.state(one).replace(" ", "_"), "trouble": answers.trouble_of(one) or None,
        }
        for one in answers.readers
    ]  # fmt: skip


def _answer_lines(answers: Answers | None) -> list[str]:
    if answers is None:
        return []
    if answers.trouble:
        return [f"daemons could not be told: {answers.trouble}", "tell them with: systemctl kill -s HUP 'mutt-*'"]
    if not answers.readers:
        return ["no daemon runs; each reads this when it starts"]
    good = len(answers.readers) - len(answers.behind)
    lines = [f"read by {good}/{len(answers.readers)} daemons in {answers.waited_s:.1f} s"]
    for one in answers.behind:
        trouble = answers.trouble_of(one)
        why = f"could not: {trouble}" if trouble else "has not read it yet"
        lines.append(f"  {one.service} {one.name} on {one.host} (pid {one.pid}) {why}")
    return lines
