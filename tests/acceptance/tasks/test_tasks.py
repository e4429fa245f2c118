"""Ten tasks of an operator, each done at a terminal exactly as docs/tasks.md shows it, and judged by other programs.

Here is what happened before, what happens meanwhile, and what is true afterwards; what is typed and shown is on the
page alone. `mutt` is never asked whether `mutt` did it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from mutt_cli.daemons.behaviour import Behaviour
from tests.stack import SECRETS, eventually, received_ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.tasks.conftest import Night

NEW_KEY = "a-new-key-of-many-letters"
INGEST, ALERT, ASIDE, DEAD_LETTERS = "mutt:ingest_queue", "mutt:alert_queue", "mutt:dlq:old_events", "mutt:dlq:moog"


def test_drain_for_maintenance(begin: Callable[..., Night]) -> None:
    night = begin("Drain for maintenance")
    ids = night.together(*(f"drain-sw{number}" for number in range(3)))
    night.goes_on()
    night.arrives(*ids)
    assert [night.redis_cli("LLEN", key) for key in (INGEST, ALERT)] == ["0", "0"]
    assert night.redis_cli("HLEN", "mutt:config_readers") == "0"
    assert not any(one.alive for one in night.stack.daemons.values())
    assert '"reason":"CHG-88: new power supply"' in night.redis_cli("HGET", "mutt:holds", "ingestor")
    night.goes_on()
    assert night.redis_cli("EXISTS", "mutt:holds") == "0"
    night.arrives(night.accepted("drain-sw9"))


def test_find_why_dead_letters_grow(begin: Callable[..., Night]) -> None:
    night = begin("Find why dead letters grow")
    night.refuses_critical()
    for number in range(2):
        night.accepted(f"poison-sw{number}")
        night.waits_in(DEAD_LETTERS, number + 1)
    night.goes_on()
    first = json.loads(night.redis_cli("LINDEX", DEAD_LETTERS, "-1"))
    assert (first["hostname"], first["_delivery"]["reason"]) == ("poison-sw0", "http_400")
    assert night.redis_cli("LLEN", DEAD_LETTERS) == "2"


def test_fix_and_replay_a_poison_message(begin: Callable[..., Night]) -> None:
    night = begin("Fix and replay a poison message")
    night.refuses_critical()
    poison = night.accepted("poison-sw7")
    night.waits_in(DEAD_LETTERS, 1)
    night.goes_on()
    night.arrives(poison)
    assert night.redis_cli("LLEN", DEAD_LETTERS) == "0"
    told = night.psql("SELECT actor, reason, result FROM operations WHERE command = 'dlq replay'")
    assert told == "anna|INC-1182|done"


def test_raise_a_threshold_for_two_hours(begin: Callable[..., Night]) -> None:
    night = begin("Raise a threshold for two hours")
    name = "alerter_queue_shed_threshold"
    night.goes_on()
    assert night.redis_cli("GET", f"mutt:config:{name}") == "5000"
    returns = json.loads(night.redis_cli("HGET", "mutt:config_returns", name))
    earlier = returns | {"at": returns["at"] - 7_200_000}  # two hours go by
    night.redis_cli("HSET", "mutt:config_returns", name, json.dumps(earlier))
    eventually(lambda: night.redis_cli("GET", f"mutt:config:{name}") == "2000", "the old value is back")
    eventually(lambda: "from '5000' to '2000'" in night.stack.log("alerter"), "the alerter runs with it")
    night.goes_on()


def test_rotate_the_ingest_key(begin: Callable[..., Night]) -> None:
    night = begin("Rotate the ingest key", unseen=NEW_KEY)
    old = night.key()
    night.goes_on()
    assert [night.status(key) for key in (old, NEW_KEY)] == ["200", "200"]  # the senders change, one after the other
    night.goes_on()
    assert night.key() == NEW_KEY
    assert night.status(old) == "200"
    night.goes_on()
    with night.long_ago("api_old"):  # a quarter of an hour goes by
        night.goes_on()
    assert [night.status(key) for key in (old, NEW_KEY)] == ["401", "200"]


def test_recover_what_killed_workers_held(begin: Callable[..., Night]) -> None:
    night = begin("Recover what killed workers held")
    night.stack.simulator.behave(Behaviour(delay_ms=60_000))
    held = "mutt:processing:moog:pod-1"
    ids = night.together("held-sw0", "held-sw1")
    eventually(lambda: night.stack.redis.llen(held) == 2, "a forwarder has both in hand")
    night.stack.daemons["forwarder"].kill()  # before it gives up waiting for an answer
    night.stack.daemons["alerter"].kill()
    night.stack.simulator.behave(Behaviour())
    leases = ("mutt:heartbeat:moog:pod-1", "mutt:heartbeat:alerter:pod-1")
    eventually(lambda: night.redis_cli("EXISTS", *leases) == "0", "their leases end")
    assert night.redis_cli("LLEN", held) == "2"
    night.goes_on()
    assert night.redis_cli("EXISTS", held) == "0"
    night.arrives(*ids)


def test_back_up_and_restore(begin: Callable[..., Night]) -> None:
    night = begin("Back up and restore")
    night.refuses_critical()
    ids = []
    for number in range(2):
        ids.append(night.accepted(f"kept-sw{number}"))
        night.waits_in(DEAD_LETTERS, number + 1)
    night.goes_on()
    night.redis_cli("DEL", DEAD_LETTERS)
    night.psql("DELETE FROM alert_rules WHERE rule_name = 'psu'")
    night.stack.simulator.behave(Behaviour())
    night.goes_on()
    assert night.psql("SELECT count(*) FROM alert_rules WHERE rule_name = 'psu'") == "1"
    assert night.psql("SELECT reason, result FROM operations WHERE command = 'restore'") == "INC-1203|done"
    night.arrives(*ids)  # remediation finds the letters that are back


def test_move_old_events_aside(begin: Callable[..., Night]) -> None:
    night = begin("Move old events aside")
    night.systemctl("stop", "mutt-alerter")
    ids = night.together(*(f"old-sw{number}" for number in range(5)))
    for place in (-1, -2, -3):
        night.ages(INGEST, place, hours=3)
    night.goes_on()
    assert [night.redis_cli("LLEN", key) for key in (INGEST, ASIDE)] == ["0", "3"]
    night.arrives(*ids[3:])
    assert not set(ids[:3]) & set(received_ids(night.stack))
    night.goes_on()
    night.arrives(*ids)
    assert night.redis_cli("EXISTS", ASIDE) == "0"


def test_find_a_lost_event(begin: Callable[..., Night]) -> None:
    night = begin("Find a lost event")
    night.systemctl("stop", "mutt-moog-forwarder")
    lost = night.accepted("lost-sw1")
    night.waits_in(ALERT, 1)
    night.redis_cli("RPOP", ALERT)
    night.systemctl("start", "mutt-moog-forwarder")
    outcomes = f"SELECT outcome FROM event_history WHERE event_id = '{lost}' ORDER BY 1"  # noqa: S608
    eventually(lambda: night.psql(outcomes) == "alerted", "the history has it")
    night.goes_on()
    night.goes_on()
    night.arrives(lost)
    assert night.psql("SELECT reason, result FROM operations WHERE command = 'reconcile'") == (
        "INC-1207: taken out by hand|done"
    )


def test_fill_in_an_escalation(begin: Callable[..., Night]) -> None:
    night = begin("Fill in an escalation")
    night.stack.simulator.behave(Behaviour(status=503))
    night.together(*(f"down-sw{number}" for number in range(4)))
    night.waits_in(DEAD_LETTERS, 1)
    night.goes_on()
    (form,) = night.home.glob("*/escalation.md")
    text = form.read_text()
    told = re.search(r"- dead letters in dlq-moog: (\d+) because of circuit_open", text)
    assert told is not None, text
    assert 1 <= int(told[1]) <= int(night.redis_cli("LLEN", DEAD_LETTERS))  # more may have come since
    assert night.psql("SHOW server_version").split()[0] in text
    secrets = (SECRETS["MOOG_API_KEY"], night.key(), "Interface GigabitEthernet0/1")
    assert not [one for one in secrets if one in "".join(path.read_text() for path in form.parent.iterdir())]
