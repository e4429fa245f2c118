"""Which key the forwarder sends with while a key is rotated."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.vault import VaultSession
from mutt_cli.core.secrets import Secrets
from mutt_cli.daemons.behaviour import Behaviour
from mutt_cli.daemons.moogsoft_sender import MoogsoftSender, require_usable
from mutt_cli.daemons.runtime import Runtime
from mutt_cli.daemons.simulator import Simulator
from mutt_cli.errors import ConfigError
from mutt_cli.keys import Keys
from mutt_cli.settings import Moog, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.delivery import Answer

BOTH = {"MOOG_API_KEY": "key-of-today", "MOOG_API_KEY_NEXT": "key-of-tomorrow"}
DEADLINE_S = 5.0


@pytest.fixture
def moogsoft() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


def made(moogsoft: Simulator, **secrets: str) -> tuple[Runtime, MoogsoftSender]:
    settings = Settings(moog=Moog(webhook_url=moogsoft.url))
    vault, log = VaultSession(settings.vault), logging.getLogger("mutt.forwarder")
    runtime = Runtime("forwarder", "pod-1", settings, Secrets(secrets), vault, log, Keys(), "")
    return runtime, MoogsoftSender(runtime, settings.moog)


def posted(sender: MoogsoftSender, key: str) -> Answer:
    return sender.post(b"{}", key, boottime_s() + DEADLINE_S)


def refused(moogsoft: Simulator) -> int:
    return int(moogsoft.mailbox.counts()["refused"])


def test_the_next_key_is_tried_before_a_refusal_counts_and_is_kept(
    moogsoft: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    _, sender = made(moogsoft, **BOTH)
    moogsoft.behave(Behaviour(bearer="key-of-tomorrow"))
    answer = posted(sender, "a")
    assert (answer.status, answer.keys_refused) == (200, 1)
    again = posted(sender, "b")
    assert (again.status, again.keys_refused) == (200, 0)
    assert refused(moogsoft) == 1
    assert caplog.messages == ["MOOG_API_KEY was refused, MOOG_API_KEY_NEXT works: it is used from now on"]


def test_a_rotation_that_is_taken_back_is_followed_back(moogsoft: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    _, sender = made(moogsoft, **BOTH)
    for wanted in ("key-of-tomorrow", "key-of-today"):
        moogsoft.behave(Behaviour(bearer=wanted))
        moogsoft_key = [posted(sender, wanted).status for _ in range(2)]
        assert moogsoft_key[-1] == 200
    assert "MOOG_API_KEY_NEXT was refused, MOOG_API_KEY works" in caplog.text
    assert not any(value in caplog.text for value in BOTH.values())


def test_a_promoted_key_is_used_at_once_or_when_it_is_made_known_and_secrets_are_read_again(
    moogsoft: Simulator,
) -> None:
    runtime, sender = made(moogsoft, MOOG_API_KEY="old")
    assert runtime.moog_key.working() == ""
    posted(sender, "a")
    assert runtime.moog_key.working() == "MOOG_API_KEY"

    promoted = {"MOOG_API_KEY": "new", "MOOG_API_KEY_NEXT": "old"}
    runtime.secrets = Secrets(promoted)
    moogsoft.behave(Behaviour(bearer="old"))
    answers = [posted(sender, str(n)) for n in range(3)]
    assert [(one.status, one.keys_refused) for one in answers] == [(200, 1), (200, 0), (200, 0)]
    assert runtime.moog_key.working() == "MOOG_API_KEY_NEXT"

    moogsoft.behave(Behaviour())  # accepts both
    posted(sender, "b")
    assert runtime.moog_key.working() == "MOOG_API_KEY_NEXT"
    runtime.secrets = Secrets(promoted)
    assert posted(sender, "c").keys_refused == 0
    assert runtime.moog_key.working() == "MOOG_API_KEY"


def test_two_refused_keys_are_one_failure_and_do_not_double_the_posts_that_follow(moogsoft: Simulator) -> None:
    _, sender = made(moogsoft, **BOTH)
    moogsoft.behave(Behaviour(bearer="another"))
    answers = [posted(sender, str(n)) for n in range(5)]
    assert [answer.status for answer in answers] == [401] * 5
    assert [answer.keys_refused for answer in answers] == [1, 0, 0, 0, 0]
    assert refused(moogsoft) == 6


def test_senders_that_meet_the_refusal_at_once_all_deliver(moogsoft: Simulator) -> None:
    _, sender = made(moogsoft, **BOTH)
    moogsoft.behave(Behaviour(bearer="key-of-tomorrow", delay_ms=50))
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: posted(sender, str(n)), range(64)))
    assert {answer.status for answer in answers} == {200}


def test_trouble_that_is_not_the_keys_changes_nothing(moogsoft: Simulator) -> None:
    _, sender = made(moogsoft, **BOTH)
    moogsoft.behave(Behaviour(status=503))
    assert posted(sender, "a").status == 503
    assert refused(moogsoft) == 1


def test_a_key_that_vault_gives_anew_is_used_from_the_next_post_on(moogsoft: Simulator) -> None:
    runtime, sender = made(moogsoft, MOOG_API_KEY="old")
    moogsoft.behave(Behaviour(bearer="new"))
    assert posted(sender, "a").status == 401
    runtime.secrets = Secrets({"MOOG_API_KEY": "new"})
    assert posted(sender, "b").status == 200


def test_a_key_that_no_header_can_carry_is_refused_before_anything_is_sent(moogsoft: Simulator) -> None:
    with pytest.raises(ConfigError) as raised:
        made(moogsoft, MOOG_API_KEY="good", MOOG_API_KEY_NEXT="two\nlines")
    assert raised.value.code == "MUTT-M102"
    require_usable(Secrets(BOTH))


def test_no_post_begins_when_its_time_is_over(moogsoft: Simulator) -> None:
    _, sender = made(moogsoft, **BOTH)
    assert sender.post(b"{}", "a", boottime_s() - 0.1).failure == "timeout"
    assert moogsoft.mailbox.counts()["posts"] == 0
