"""Makes each fault and heals it. What heals is known before: an `Image`, from which any process can put things right.

Healing needs no back end where a process stands still, and whatever was broken, healing twice does no harm: a process
is known by its number and when it began, a hold by its operation, a rule by its name.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import breaker, simulator_client
from mutt_cli.adapters.clock import new_token
from mutt_cli.adapters.engines import processes
from mutt_cli.adapters.engines.openbao import is_sealed, seal
from mutt_cli.adapters.rule_store import Actor
from mutt_cli.core.chaos import BY_NAME, Image
from mutt_cli.core.hold import Hold
from mutt_cli.core.rule_change import RuleChange, added
from mutt_cli.core.switches import INTAKE
from mutt_cli.errors import MuttError, RefusedError
from mutt_cli.ops import hold, inventory
from mutt_cli.ops.platform.plan import VAULT_PORT

if TYPE_CHECKING:
    from mutt_cli.core.chaos import Fault
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.chaos.stage import Stage

COMMAND: Final = "chaos"
_PATTERN: Final = "(unclosed"
_CLOSED: Final = "CLOSED"


@dataclass(frozen=True)
class Doer:
    """Who does it, in which operation."""

    operation: str
    actor: str
    reason: str = ""


def aimed(stage: Stage, backends: Backends, fault: Fault) -> Image:
    """What will heal it. Nothing is changed.

    Raises RefusedError MUTT-G058 where the thing is not as it should be already, and what a back end raises.
    """
    if fault.kind in {"stop", "kill", "seal"}:
        pid = stage.process_of(fault.target)
        return Image(fault.name, pid, processes.started_at(pid), stage.record.ports.get(VAULT_PORT, 0))
    if fault.kind == "moogsoft":
        port = stage.record.ports["SIMULATOR_PORT"]
        former = simulator_client.behaviour(port)
        if former is None:
            raise _already("the simulator of Moogsoft does not answer")
        state = breaker.read(backends.redis(), backends.keys).state
        return Image(fault.name, port=port, former=former, breaker=state)
    if fault.kind == "hold":
        held, _ = hold.standing(backends, [INTAKE])
        if standing := held[INTAKE]:
            raise _already(f"the intake is switched off {standing.phrase}")
        return Image(fault.name)
    return Image(fault.name, rule=f"chaos-{new_token()[:8]}")


def make(stage: Stage, backends: Backends, image: Image, seconds: float, by: Doer) -> None:
    """Break it. Raises RefusedError MUTT-G058 if it has changed since it was aimed at; then nothing was done."""
    fault = BY_NAME[image.fault]
    if fault.kind in {"stop", "kill", "seal"} and not _is_same(image):
        raise _already(f"process {image.pid} of {fault.target} has ended in this moment")
    if fault.kind == "stop":
        processes.freeze(image.pid)
    elif fault.kind == "kill":
        _kill(image.pid)
    elif fault.kind == "seal":
        seal(_vault(image), stage.root / "etc")
    elif fault.kind == "moogsoft":
        if not simulator_client.behave(image.port, fault.behaviour):
            raise _already("the simulator of Moogsoft does not obey")
    elif fault.kind == "hold":
        wish = {INTAKE: Hold(by.actor, by.reason, by.operation, COMMAND)}
        hold.change(backends, wish, for_s=seconds, expected={INTAKE: None})
    else:
        columns = {"rule_name": image.rule, "pattern": _PATTERN, "severity": "minor", "priority": 1}
        _change_rules(backends, added(columns), by)


def heal(backends: Backends, image: Image, by: Doer) -> None:
    """Put it right, as far as it is still broken. Raises what a back end raises; it can be called again."""
    kind = BY_NAME[image.fault].kind
    if kind == "stop" and _is_same(image):
        processes.wake(image.pid)
    elif kind == "seal" and _is_same(image) and is_sealed(_vault(image)):
        processes.send(image.pid, signal.SIGTERM)
    elif kind == "moogsoft":
        _heal_moogsoft(backends, image)
    elif kind == "hold":
        held, _ = hold.standing(backends, [INTAKE])
        if (now := held[INTAKE]) is not None and now.operation == by.operation:
            hold.change(backends, {INTAKE: None}, expected={INTAKE: now})
    elif kind == "rule" and (rule := _rule(backends, image)) is not None:
        _change_rules(backends, RuleChange(rule, None), by)


def standing(backends: Backends, image: Image, operation: str) -> str:
    """What is still broken, in words; empty if nothing is. Raises what a back end raises that has to be asked."""
    fault = BY_NAME.get(image.fault)  # None: of another release, which had it
    if fault is None or fault.kind == "kill":
        return ""
    if fault.kind in {"stop", "seal"}:
        return _standing_process(fault, image) if _is_same(image) else ""
    if fault.kind == "moogsoft":
        told = simulator_client.behaviour(image.port)
        return f"the simulator of Moogsoft is told to fail: {told}" if told and told == _told(fault) else ""
    if fault.kind == "hold":
        held, _ = hold.standing(backends, [INTAKE])
        now = held[INTAKE]
        return f"the intake is switched off {now.phrase}" if now is not None and now.operation == operation else ""
    return f"rule {image.rule} cannot be used" if _rule(backends, image) is not None else ""


def _standing_process(fault: Fault, image: Image) -> str:
    if fault.kind == "seal":
        return f"OpenBao is sealed (process {image.pid})" if is_sealed(_vault(image)) else ""
    still = any(processes.stands_still(pid) for pid in processes.family(image.pid))
    return f"{fault.target} stands still (process {image.pid})" if still else ""


def ended_by_itself(stage: Stage, image: Image) -> bool:
    """Whether what was killed has been started again."""
    if BY_NAME[image.fault].kind != "kill":
        return False
    with suppress(MuttError):
        pid = stage.process_of(BY_NAME[image.fault].target)
        return (pid, processes.started_at(pid)) != (image.pid, image.started)
    return False


def _is_same(image: Image) -> bool:
    return processes.alive(image.pid) and processes.started_at(image.pid) == image.started


def _kill(pid: int) -> None:
    """With the processes of its group: it was started as the leader of one."""
    with suppress(ProcessLookupError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)


def _heal_moogsoft(backends: Backends, image: Image) -> None:
    """Also close the breaker that its failures opened: it would try again only minutes later."""
    told = simulator_client.behaviour(image.port)
    if told is not None and told == _told(BY_NAME[image.fault]):
        simulator_client.behave(image.port, image.former)
    found = breaker.read(backends.redis(), backends.keys)
    if image.breaker == _CLOSED and found.state != _CLOSED and found.trip is None:
        breaker.reset(backends.redis(), backends.keys)


def _told(fault: Fault) -> dict[str, object]:
    """As the simulator tells it again."""
    return {name: value for name, value in fault.behaviour.items() if value}


def _vault(image: Image) -> str:
    return f"http://127.0.0.1:{image.port}"


def _rule(backends: Backends, image: Image) -> dict[str, object] | None:
    return next((one for one in inventory.current(backends).rules if one["rule_name"] == image.rule), None)


def _change_rules(backends: Backends, change: RuleChange, by: Doer) -> None:
    """Past the judgement of `mutt rule add`, which would refuse such a rule."""
    inventory.carry_out(backends, inventory.Proposal((change,)), Actor(by.actor, by.reason, by.operation))


def _already(told: str) -> RefusedError:
    return RefusedError(
        told, code="MUTT-G058", why="what is broken already cannot be told from what would be broken; nothing was done",
        tries=("mutt doctor", "mutt status"),
    )  # fmt: skip
