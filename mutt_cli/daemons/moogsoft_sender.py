"""Posting with the key that Moogsoft accepts: MOOG_API_KEY, or MOOG_API_KEY_NEXT when that one is refused (D15)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.moogsoft import MoogsoftClient, header_key
from mutt_cli.core.delivery import key_fate
from mutt_cli.daemons.runtime import MOOG_KEY

if TYPE_CHECKING:
    from mutt_cli.core.delivery import Answer
    from mutt_cli.core.secrets import Secrets
    from mutt_cli.daemons.runtime import Runtime
    from mutt_cli.settings import Moog


def require_usable(secrets: Secrets) -> None:
    """Raises ConfigError MUTT-M102 if no header can carry a key that may be sent."""
    for key in secrets.accepted(MOOG_KEY):
        header_key(key)


class MoogsoftSender:
    """The way out of one forwarder. Any of its senders may post; one thread calls `use`."""

    def __init__(self, runtime: Runtime, moog: Moog) -> None:
        """Raises ConfigError if the address or a key cannot be used."""
        require_usable(runtime.secrets)
        self._runtime, self._key = runtime, runtime.moog_key
        self._moog = moog
        self._client = MoogsoftClient(moog.webhook_url, "", moog.timeout)

    def use(self, moog: Moog) -> None:
        """Send to the address of these settings from now on; posts under way end by the old ones."""
        if (moog.webhook_url, moog.timeout) != (self._moog.webhook_url, self._moog.timeout):
            self._client = MoogsoftClient(moog.webhook_url, "", moog.timeout)
        self._moog = moog

    def post(self, payload: bytes, idempotency_key: str, ends_at: float) -> Answer:
        """Post one JSON payload; once more with the other key if Moogsoft refuses the first. The last answer counts.

        All of it is over at `ends_at`, seconds of the boot clock; after that no post begins.
        """
        client, began = self._client, boottime_s()
        self._key.read_from(self._runtime.secrets)
        key, tried = self._key.first(), set[str]()
        while True:
            tried.add(key)
            answer = client.post(payload, idempotency_key, ends_at - boottime_s(), api_key=key)
            fate = key_fate(answer)
            other = self._key.refused(key) if fate == "refused" else None
            if other is None or other in tried or boottime_s() >= ends_at:
                break
            key = other
        if fate == "accepted":
            self._key.accepted(key)
        return replace(answer, elapsed_s=boottime_s() - began, keys_refused=len(tried) - 1)
