"""Vault: one session that logs in, reads MUTT's secrets, and keeps its token alive in the background.

Login by C-28: with VAULT_ROLE_ID the credential file holds an AppRole secret id, else it holds a token;
VAULT_TOKEN overrides both. The engine's version (KV 1 or 2) is found out. A start waits up to
VAULT_STARTUP_TIMEOUT for a Vault that is sealed or away; a running service goes on with what it has (D15).
No secret and no token ever gets into a log line, an error or a text form.
"""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from mutt_cli.adapters import vault_trouble as trouble
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.core.lease import WARN_BELOW_S, Lease, Step, next_look_s, next_step
from mutt_cli.core.secrets import Secrets, from_stored
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import hvac

    from mutt_cli.settings import Vault

log = logging.getLogger("mutt.vault")

USUAL_FILES: Final = ("/etc/mutt/vault_secret_id", "/etc/mutt/secrets/vault_secret_id")
_CALL_TIMEOUT_S: Final = 2
_STARTUP_PAUSE_S: Final = 0.5
_HEALTH_INTERVAL_S: Final = 15.0
_DAY_S: Final = 86_400.0
_SERVING: Final = (200, 429, 473)
"""Answers of sys/health that mean: can be used. Active, standby, performance standby."""


@dataclass(frozen=True)
class Credential:
    """What to log in with. `where` names its place for people; the value is not in the text form."""

    kind: str
    """`token` or `secret id`."""
    where: str
    _value: str

    @property
    def value(self) -> str:
        """The token or secret id itself."""
        return self._value

    def __repr__(self) -> str:
        return f"Credential({self.kind} from {self.where})"


def find_credential(settings: Vault) -> Credential:
    """The credential to use now; the file is read anew each time, so that a new one counts without a restart.

    Raises ConfigError MUTT-V105 if there is none.
    """
    if settings.token and not settings.role_id:
        return Credential("token", "VAULT_TOKEN", settings.token)
    looked = tuple(dict.fromkeys((settings.secret_id_file, *USUAL_FILES)))
    for path in looked:
        try:
            content = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if content:
            return Credential("secret id" if settings.role_id else "token", path, content)
    raise trouble.no_credential(looked)


class VaultSession:
    """One login to Vault. Safe to use from several threads; each call to Vault is bounded by two seconds."""

    def __init__(self, settings: Vault) -> None:
        self._settings = settings
        self._address = settings.addr.rstrip("/")
        self._client: hvac.Client | None = None
        self._lease = Lease(0, 0, renewable=False)
        self._ends_at: float | None = None
        self._answers = False
        self._admitted = False
        self._warned_at: float | None = None
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"VaultSession({self._address}, {self.health})"

    @property
    def health(self) -> str:
        """The word for `/health`: `ok` if Vault could be used when last looked at, else `error` (SO:284)."""
        return "ok" if self._answers and self._admitted else "error"

    @property
    def token_ttl_s(self) -> float | None:
        """Seconds the token still lives; None if it never ends or nobody is logged in."""
        return None if self._ends_at is None else max(0.0, self._ends_at - boottime_s())

    @property
    def secret_name(self) -> str:
        """Where the secrets are, as the Vault CLI names it: `secret/mutt/prod`."""
        return f"{self._settings.mount_path.strip('/')}/{self._settings.secret_path.strip('/')}"

    def open(self, stop: threading.Event | None = None) -> None:
        """Log in; wait up to VAULT_STARTUP_TIMEOUT while Vault is sealed or away, or until `stop` is set.

        Raises UnreachableError MUTT-V101 (away), V102 (sealed), V103 (certificate), AuthError MUTT-V401 (credential
        refused), ConfigError MUTT-V105 (no credential).
        """
        self._wait_for(self.login, stop or threading.Event())

    def login(self) -> None:
        """Log in once, with the credential as it is now; also what SIGHUP does. Errors as `open`, without waiting."""
        with self._lock:
            self._admitted = False
            credential = find_credential(self._settings)
            client = self._connect()
            with self._translated(credential):
                self._authenticate(client, credential)
                # A token that is still the same keeps what is known about its renewals.
                known = self._client is not None and self._client.token == client.token
                self._look_up(client, new=not known)
            self._client, self._admitted = client, True
        if not known:
            left = self.token_ttl_s
            life = "without end" if left is None else f"valid for {left:.0f} s"
            log.info("Vault login with the %s from %s succeeded, token %s", credential.kind, credential.where, life)

    def read_secrets(self, required: Sequence[str], stop: threading.Event | None = None) -> Secrets:
        """Read MUTT's secrets, logging in first if need be; waits like `open`.

        Raises ConfigError MUTT-V106 naming all `required` ones that are missing, AuthError MUTT-V403 if the policy
        forbids the path, ConfigError MUTT-V404 if there is nothing, and what `open` raises.
        """
        stored = self._wait_for(self._read_once, stop or threading.Event())
        secrets = from_stored(stored)
        missing = secrets.missing(required)
        if missing:
            raise trouble.missing_secrets(missing, self.secret_name)
        return secrets

    def tend(self) -> Step:
        """Look at the token once and do what `core.lease` decides. Errors as `login`."""
        with self._lock:
            client = self._client
            if client is None:
                self.login()
                return Step.LOGIN
            try:
                with self._translated():
                    remaining = self._look_up(client)
                    step = next_step(self._lease, remaining, self._settings.renew_threshold)
                    if step is Step.RENEW:
                        self._renew(client)
            except MuttError as refused:
                if trouble.may_pass(refused):
                    raise
                step = Step.LOGIN  # the token has run out or was revoked
            if step is Step.LOGIN:
                self.login()
        self._warn_if_ending()
        return step

    def keep_alive(self, stop: threading.Event) -> None:
        """Tend the token until `stop` is set; for a thread of its own. Trouble is logged once, not raised."""
        told = ""
        due = boottime_s()
        while not stop.wait(max(0.05, min(_HEALTH_INTERVAL_S, due - boottime_s()))):
            try:
                self.check_health()
                if boottime_s() >= due:
                    self.tend()
            except MuttError as problem:
                if problem.message != told:
                    log.warning("Vault trouble %s: %s; going on with the secrets in memory", problem.code, problem)
                told = problem.message
                due = boottime_s() + min(_HEALTH_INTERVAL_S, self._settings.renew_check_interval)
                continue
            if told:
                log.info("Vault at %s can be used again", self._address)
            told = ""
            if boottime_s() >= due:
                due = boottime_s() + self.next_look_s()

    def next_look_s(self) -> float:
        """Seconds until the token should be looked at again."""
        left = self.token_ttl_s
        return next_look_s(self._lease, left if left is not None else 0.0, self._settings.renew_check_interval)

    def check_health(self) -> None:
        """Ask Vault whether it can be used; needs no token. Raises UnreachableError if not; sets `health`."""
        client = self._client or self._connect()
        with self._lock, self._translated():
            status = client.sys.read_health_status(method="HEAD").status_code
            if status in (501, 503):
                raise trouble.sealed(self._address)
            if status not in _SERVING:
                raise trouble.odd_answer(self._address, f"HTTP {status} on sys/health")

    def _connect(self) -> hvac.Client:
        import hvac  # noqa: PLC0415  0.14 s that only services which use Vault pay
        import requests  # noqa: PLC0415

        ca_file = self._settings.tls_ca_cert
        verify: bool | str = self._settings.tls_verify
        if verify and ca_file and Path(ca_file).exists():
            verify = ca_file
        # Only what is configured counts: no proxy, .netrc or CA from the environment; and an empty token, not None,
        # for which hvac would look in the environment and in ~/.vault-token.
        http = requests.Session()
        http.trust_env = False
        return hvac.Client(url=self._address, token="", verify=verify, timeout=_CALL_TIMEOUT_S, session=http)

    def _authenticate(self, client: hvac.Client, credential: Credential) -> None:
        if credential.kind == "token":
            client.token = credential.value
        else:
            client.auth.approle.login(role_id=self._settings.role_id, secret_id=credential.value)

    def _look_up(self, client: hvac.Client, *, new: bool = False) -> float:
        """Ask for the token's time left and remember it; of a new token also how long it was given for."""
        found = _mapping(client.auth.token.lookup_self(), "data")
        ttl, given = float(found.get("ttl") or 0), float(found.get("creation_ttl") or 0)
        if new:
            # Not `ttl`: a token that is part way through its life is not cut short.
            self._lease = Lease(given, given, renewable=bool(found.get("renewable")))
        self._ends_at = None if self._lease.endless else boottime_s() + ttl
        return ttl

    def _renew(self, client: hvac.Client) -> None:
        asked = self._lease.asked_s
        answer = _mapping(client.auth.token.renew_self(increment=f"{asked:.0f}s"), "auth")
        granted = float(answer.get("lease_duration") or 0)
        self._lease = Lease(granted, asked, renewable=bool(answer.get("renewable")))
        self._ends_at = boottime_s() + granted
        log.info("Vault token renewed for %.0f s%s", granted, ", which is its end" if self._lease.capped else "")

    def _warn_if_ending(self) -> None:
        """Once a day: only a person can replace a token that cannot be renewed and did not come from an AppRole."""
        left, now = self.token_ttl_s, boottime_s()
        final = (self._lease.capped or not self._lease.renewable) and not self._settings.role_id
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
                if refused.code != "MUTT-V403":
                    raise
            self._client = None  # the token may have run out; a new one that is refused too is the policy's doing
            return self._read(self._logged_in())

    def _logged_in(self) -> hvac.Client:
        if self._client is None:
            self.login()
        return cast("hvac.Client", self._client)

    def _read(self, client: hvac.Client) -> dict[str, Any]:
        with self._translated():
            for version in self._versions(client):
                found = self._read_version(client, version)
                if found is not None:
                    return found
        raise trouble.no_path(self._address, self.secret_name)

    def _versions(self, client: hvac.Client) -> tuple[int, ...]:
        """The version of the engine; both, newest first, where the server does not tell."""
        from hvac import exceptions  # noqa: PLC0415

        mount = self._settings.mount_path.strip("/")
        try:
            found = _mapping(client.adapter.get(f"/v1/sys/internal/ui/mounts/{mount}"), "data")
        except (exceptions.Forbidden, exceptions.InvalidPath):
            return (2, 1)
        options = found.get("options")
        return (2,) if isinstance(options, dict) and str(options.get("version")) == "2" else (1,)

    def _read_version(self, client: hvac.Client, version: int) -> dict[str, Any] | None:
        from hvac import exceptions  # noqa: PLC0415

        path, mount = self._settings.secret_path.strip("/"), self._settings.mount_path.strip("/")
        try:
            if version == 1:
                return _mapping(client.secrets.kv.v1.read_secret(path=path, mount_point=mount), "data")
            answer = client.secrets.kv.v2.read_secret_version(
                path=path, mount_point=mount, raise_on_deleted_version=True
            )
            return _mapping(_mapping(answer, "data"), "data")
        except exceptions.InvalidPath:
            return None

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

    @contextmanager
    def _translated(self, credential: Credential | None = None) -> Iterator[None]:
        """Errors of the client library as ours. While logging in (`credential`), a refusal is the credential's."""
        from hvac import exceptions  # noqa: PLC0415

        refusals = (exceptions.Forbidden, exceptions.Unauthorized, exceptions.InvalidRequest)
        try:
            yield
            self._answers = True
        except (*refusals, exceptions.InvalidPath):
            # `from None` everywhere here: the client's own errors may quote what was sent.
            self._answers = True
            if credential is not None:
                raise trouble.refused_login(self._address, credential.kind, credential.where) from None
            raise trouble.forbidden(self._address, self.secret_name) from None
        except (MuttError, OSError, exceptions.VaultError, ValueError, _NotVaultError) as problem:
            self._answers = False
            raise self._unusable(problem) from None

    def _unusable(self, problem: Exception) -> MuttError:
        """What it means that Vault, or what answers in its place, cannot be used now."""
        import requests  # noqa: PLC0415
        from hvac import exceptions  # noqa: PLC0415

        if isinstance(problem, MuttError):
            return problem
        if isinstance(problem, requests.exceptions.SSLError):
            if "CERTIFICATE_VERIFY_FAILED" in str(problem):
                return trouble.untrusted(self._address, self._settings.tls_ca_cert or "the system's authorities")
            return trouble.odd_answer(self._address, "the TLS handshake failed")
        if isinstance(problem, OSError):
            return trouble.no_answer(self._address, problem)
        if isinstance(problem, (exceptions.VaultDown, exceptions.VaultNotInitialized)):
            return trouble.sealed(self._address)
        return trouble.odd_answer(self._address, type(problem).__name__)


class _NotVaultError(Exception):
    """The answer has not the shape that the API promises."""


def _mapping(answer: Any, key: str) -> dict[str, Any]:
    found = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(found, dict):
        raise _NotVaultError
    return found
