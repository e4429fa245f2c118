"""What a historian says that it keeps, as whoever deletes by hand reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import kept_history
from mutt_cli.adapters.kept_history import Kept
from mutt_cli.keys import Keys

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client

KEYS = Keys()


def test_it_is_told_for_a_time(redis_client: Client) -> None:
    assert kept_history.told(redis_client, KEYS) is None
    said = Kept("pod-1", "host-1", 30, 3, 5_000_000_000)
    kept_history.tell(redis_client, KEYS, said)
    assert kept_history.told(redis_client, KEYS) == said
    assert 0 < redis_client.ttl(KEYS.historian_policy) <= kept_history.TOLD_S


@pytest.mark.parametrize("text", ["", "30", "{}", '{"pod":"p","host":"h","days":0,"raw_days":3,"max_bytes":0}'])
def test_what_is_no_policy_is_not_deleted_by(redis_client: Client, text: str) -> None:
    redis_client.set(KEYS.historian_policy, text)
    assert kept_history.told(redis_client, KEYS) is None
