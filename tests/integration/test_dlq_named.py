"""One dead letter by its name: those that lists show are met first, the others by looking through the queues."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.core.dead_letter import payload_hash
from mutt_cli.errors import MuttError
from mutt_cli.keys import Keys
from mutt_cli.ops import dlq_list

if TYPE_CHECKING:
    import redis

    from mutt_cli.ops.dlq_replay import Judged
    from tests.webui import Web

KEYS = Keys()


def letter(number: int, **more: Any) -> bytes:
    return json.dumps({"event_id": f"0199c0de-0000-7000-8000-{number:012d}", "message": "psu", **more}).encode()


@pytest.fixture
def queue(web: Web, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> Web:
    """Nine letters, of which the newest two are looked at first, one at a time."""
    monkeypatch.setattr(dlq_list, "_NEAR", 2)
    monkeypatch.setattr(dlq_list, "_PAGE", 1)
    redis_client.lpush(KEYS.dlq_moog, *(letter(number) for number in range(9)))
    return web


def called(web: Web, name: str) -> Judged:
    from mutt_cli.daemons.webui.lent import LentBackends

    with LentBackends(web.place.runtime, web.stores) as backends:
        return dlq_list.one(backends, name)


@pytest.mark.parametrize("number", [0, 4, 6, 7, 8])
def test_a_letter_is_found_wherever_it_lies(queue: Web, number: int) -> None:
    element = letter(number)
    for name in (payload_hash(element), payload_hash(element)[:12], f"0199C0DE-0000-7000-8000-{number:012d}"):
        assert called(queue, name).message.element == element


def test_of_letters_with_one_payload_any_is_shown(queue: Web, redis_client: redis.Redis) -> None:
    redis_client.lpush(KEYS.dlq_alerter, letter(4))
    assert called(queue, payload_hash(letter(4))).message.element == letter(4)


def test_an_id_of_several_letters_is_refused_also_if_one_of_them_is_new(queue: Web, redis_client: redis.Redis) -> None:
    redis_client.lpush(KEYS.dlq_moog, letter(1, message="fan"))
    with pytest.raises(MuttError, match="fits 2 letters"):
        called(queue, "0199c0de-0000-7000-8000-000000000001")


def test_what_is_not_there_is_not_found(queue: Web) -> None:
    for name in ("0" * 64, "0199c0de-0000-7000-8000-000000000099"):
        with pytest.raises(MuttError, match="no dead letter is called"):
            called(queue, name)
