"""Vault: one session that logs in, reads MUTT's secrets, and keeps its token alive in the background.

Login by C-28: with VAULT_ROLE_ID the credential file holds an AppRole secret id, else it holds a token;
VAULT_TOKEN overrides both. A start waits up to VAULT_STARTUP_TIMEOUT for a Vault that is sealed or away; a running
service goes on with what it has (D15). No secret and no token ever gets into a log line, an error or a text form.
"""

from __future__ import annotations

import logging
import math
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from mutt_cli.adapters import vault_kv
from mutt_cli.adapters import vault_trouble as trouble
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.vault_credential import Credential, find_credential
from mutt_cli.adapters.vault_door import VaultDoor, mapping, seconds, text
from mutt_cli.core.lease import WARN_BELOW_S, Lease, Step, next_look_s, next_step, renewal_threshold_s
from mutt_cli.core.secrets import Secrets, from_stored
from mutt_cli.errors import AuthError, MuttError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import hvac

    from mutt_cli.settings import Vault

log = logging.getLogger("mutt.vault")

_STARTUP_PAUSE_S: Final = 0.5
_HEALTH_INTERVAL_S: Final = 15.0
_DAY_S: Final = 86_400.0
_SERVING: Final = (200, 429, 473)
"""Answers of sys/health that mean: can be used. Active, standby, performance standby."""


class VaultSession:
    """One login to Vault. Safe to use from several threads; each call to Vault is bounded (`vault_door`)."""

    def __init__(self, settings: Vault) -> None:
        self._settings = settings
        self._door = VaultDoor(settings)
        self._client: hvac.Client | None = None
        self._lease = Lease(0, 0, renewable=False)
        self._ends_at: float | None = None
        self._admitted = False
        self._warned_at: float | None = None
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"VaultSession({self._door.address}, {self.health})"

    @property
    def health(self) -> str:
        """The word for `/health`: `ok` if Vault could be used when last looked at, else `error` (SO:284)."""
        return "ok" if self._door.answers and self._admitted else "error"

    @property
    def token_ttl_s(self) -> float | None:
        """Seconds the token still lives; None if it never ends or nobody is logged in."""
        return None if self._ends_at is None else max(0.0, self._ends_at - boottime_s())

    @property
    def token_left_s(self) -> float:
        """The same as a number for metrics: infinite if it never ends, 0 if Vault does not accept it (C-33)."""
        left = self.token_ttl_s
        return 0.0 if not self._admitted else math.inf if left is None else left

    def open(self, stop: threading.Event | None = None) -> None:
        """Log in; wait up to VAULT_STARTUP_TIMEOUT while Vault is sealed or away, or until `stop` is set.

        Raises UnreachableError MUTT-V101 (away), V102 (sealed), V103 (certificate), AuthError MUTT-V401 (credential
        refused), ConfigError MUTT-V105 (no credential), V107 (VAULT_TLS_CA_CERT is of no use).
        """
        self._wait_for(self.login, stop or threading.Event())

    def login(self) -> None:
        """Log in once, with the credential as it is now; also what SIGHUP does. Errors as `open`, without waiting."""
        with self._lock:
            try:
                known, credential = self._login()
            except MuttError as problem:
                # While Vault is away nothing is known of the token: it may be as good as before.
                self._admitted = self._admitted and trouble.may_pass(problem)
                raise
            self._admitted = True
        if not known:
            left = self.token_ttl_s
            life = "without end" if left is None else f"valid for {left:.0f} s"
            log.info("Vault login with the %s from %s succeeded, token %s", credential.kind, credential.where, life)

    def _login(self) -> tuple[bool, Credential]:
        """The credential that was accepted, and whether it stands for the very token we had."""
        credential = find_credential(self._settings)
        client = self._door.connect()
        with self._door.translated(credential):
            client.token = credential.value if credential.kind == "token" else self._by_role(client, credential)
            # A token that is still the same keeps what is known about its renewals.
            known = self._client is not None and self._client.token == client.token
            self._look_up(client, new=not known)
        self._client = client
        return known, credential

    def _by_role(self, client: hvac.Client, credential: Credential) -> str:
        role = client.auth.approle
        answer = role.login(role_id=self._settings.role_id, secret_id=credential.value, use_token=False)
        return text(mapping(answer, "auth"), "client_token")

    def read_secrets(self, required: Sequence[str], stop: threading.Event | None = None) -> Secrets:
        """Read MUTT's secrets, logging in first if need be; waits like `open`.

        Raises ConfigError MUTT-V106 naming all `required` ones that are missing, AuthError MUTT-V403 if the policy
        forbids the path, ConfigError MUTT-V404 if there is nothing, and what `open` raises.
        """
        return self._complete(self._wait_for(self._read_once, stop or threading.Event()), required)

    def read_again(self, required: Sequence[str]) -> Secrets:
        """As `read_secrets`, for a service that has secrets and goes on without: asks once and does not wait."""
        return self._complete(self._read_once(), required)

    def _complete(self, stored: dict[str, Any], required: Sequence[str]) -> Secrets:
        secrets = from_stored(stored)
        missing = secrets.missing(required)
        if missing:
            raise trouble.missing_secrets(missing, vault_kv.secret_name(self._settings))
        return secrets

    def tend(self) -> Step:
        """Look at the token once and do what `core.lease` decides. Errors as `login`."""
        with self._lock:
            client, step = self._client, Step.LOGIN
            if client is not None:
                step = self._due(client)
                if step is Step.RENEW:
                    step = self._renew(client)
            if step is Step.LOGIN:
                self.login()
        self._warn_if_ending()
        return step

    def _due(self, client: hvac.Client) -> Step:
        try:
            with self._door.translated():
                remaining = self._look_up(client)
        except AuthError:
            return Step.LOGIN  # it has run out or was revoked
        usual = self._settings.renew_threshold
        return next_step(self._lease, remaining, renewal_threshold_s(usual, by_hand=self._by_hand))

    @property
    def _by_hand(self) -> bool:
        """Whether only a person can replace the token, because no AppRole does."""
        return bool(self._settings.token or not self._settings.role_id)

    def keep_alive(self, stop: threading.Event, looked: Callable[[], None] = lambda: None) -> None:
        """Tend the token until `stop` is set; for a thread of its own. Calls `looked` after each look.

        Trouble is not raised, but logged: each kind once, until Vault can be used again.
        """
        told: set[str] = set()
        due = boottime_s()
        while not stop.wait(max(0.05, min(_HEALTH_INTERVAL_S, due - boottime_s()))):
            try:
                self.check_health()
                if told or boottime_s() >= due:  # a standby is well, and its leader may be away: the token tells
                    self.tend()
                    due = boottime_s() + self.next_look_s()
            except MuttError as problem:
                if problem.code not in told:
                    log.warning("Vault trouble %s: %s; going on with the secrets in memory", problem.code, problem)
                told.add(problem.code)
                due = boottime_s() + min(_HEALTH_INTERVAL_S, self._settings.renew_check_interval)
            else:
                if told:
                    log.info("Vault at %s can be used again", self._door.address)
                told.clear()
            looked()

    def next_look_s(self) -> float:
        """Seconds until the token should be looked at again."""
        left = self.token_ttl_s
        return next_look_s(self._lease, left if left is not None else 0.0, self._settings.renew_check_interval)

    def check_health(self) -> None:
        """Ask Vault whether it can be used; needs no token. Raises UnreachableError if not; sets `health`."""
        with self._lock:
            client = self._client or self._door.connect()
            with self._door.translated():
                status = client.sys.read_health_status(method="HEAD").status_code
                if status in (501, 503):
                    raise trouble.sealed(self._door.address)
                if status not in _SERVING:
                    raise trouble.odd_answer(self._door.address, f"HTTP {status} on sys/health")

    def _look_up(self, client: hvac.Client, *, new: bool = False) -> float:
        """Ask for the token's time left and remember it; of a new token also how long it was given for."""
        found = mapping(client.auth.token.lookup_self(), "data")
        ttl, given = seconds(found, "ttl"), seconds(found, "creation_ttl")
        if new:
            # Not `ttl`: a token that is part way through its life is not cut short.
            self._lease = Lease(given, given, renewable=bool(found.get("renewable")))
        self._ends_at = None if self._lease.endless else boottime_s() + ttl
        return ttl

    def _renew(self, client: hvac.Client) -> Step:
        """Renew; a token that may not renew itself is to be replaced."""
        asked = self._lease.asked_s
        try:
            with self._door.translated():
                answer = mapping(client.auth.token.renew_self(increment=f"{asked:.0f}s"), "auth")
                granted, renewable = seconds(answer, "lease_duration"), bool(answer.get("renewable"))
        except AuthError:
            self._lease = replace(self._lease, renewable=False)
            return Step.LOGIN
        self._lease = Lease(granted, asked, renewable=renewable)
        self._ends_at = boottime_s() + granted
        log.info("Vault token renewed for %.0f s%s", granted, ", which is its end" if self._lease.capped else "")
        return Step.RENEW

    def _warn_if_ending(self) -> None:
        """Once a day: only a person can replace a token that cannot be renewed and did not come from an AppRole."""
        left, now = self.token_ttl_s, boottime_s()
        final = (self._lease.capped or not self._lease.renewable) and self._by_hand
        if left is None or left >= WARN_BELOW_S or not final:
            return
        if self._warned_at is None or now - self._warned_at >= _DAY_S:
            self._warned_at = now
            log.warning("Vault token ends for good in %.1f days: write a new one to its file", left / _DAY_S)

    def _read_once(self) -> dict[str, Any]:
        with self._lock:
            try:
                return self._read(self._logged_in())
            except MuttError as refused:
                if refused.code != trouble.FORBIDDEN:
                    raise
            # The token may have run out; a new one that is refused too is the policy's doing.
            self._client, self._admitted = None, False
            return self._read(self._logged_in())

    def _logged_in(self) -> hvac.Client:
        if self._client is None:
            self.login()
        return cast("hvac.Client", self._client)

    def _read(self, client: hvac.Client) -> dict[str, Any]:
        with self._door.translated():
            found = vault_kv.read(client, self._settings)
        if found is None:
            raise trouble.no_path(self._door.address, vault_kv.secret_name(self._settings))
        return found

    def _wait_for(self, action: Callable[[], Any], stop: threading.Event) -> Any:
        """Repeat while Vault is sealed or away, up to VAULT_STARTUP_TIMEOUT."""
        deadline = boottime_s() + self._settings.startup_timeout
        waiting = False
        while True:
            try:
                return action()
            except MuttError as problem:
                if not trouble.may_pass(problem) or boottime_s() + _STARTUP_PAUSE_S > deadline:
                    raise
                if not waiting:
                    log.warning("%s; waiting up to %d s", problem, self._settings.startup_timeout)
                waiting = True
                if stop.wait(_STARTUP_PAUSE_S):
                    raise
