"""The way to Vault: a client that obeys the settings alone, and its errors in the words of an operator.

One call waits at most two seconds for an answer to begin, and for each further part of it. Certificates are checked
against VAULT_TLS_CA_CERT alone, or against the system's authorities if there is no such file; a refused certificate
is never got around.
"""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from mutt_cli.adapters import vault_trouble as trouble
from mutt_cli.errors import MuttError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import hvac

    from mutt_cli.adapters.vault_credential import Credential
    from mutt_cli.settings import Vault

CALL_TIMEOUT_S: Final = 2
_PLAIN_TO_TLS: Final = "HTTP request to an HTTPS server"
"""What a Go server answers, with status 400, to somebody who speaks to its TLS port without TLS."""


class NotVaultError(Exception):
    """The answer has not the shape that the API promises."""


class VaultDoor:
    """Makes clients for one Vault and translates what they raise. Not for several threads at a time."""

    def __init__(self, settings: Vault) -> None:
        self._settings = settings
        self.address = settings.addr.rstrip("/")
        self.answers = False
        """Whether Vault could be used at the last call."""
        self._status = 0

    def connect(self) -> hvac.Client:
        """A client without a token. Raises ConfigError MUTT-V107 if VAULT_TLS_CA_CERT holds no certificate."""
        import hvac  # noqa: PLC0415  0.14 s that only services which use Vault pay
        import requests  # noqa: PLC0415

        # Only what is configured counts: no proxy, .netrc or CA from the environment; and an empty token, not None,
        # for which hvac would look in the environment and in ~/.vault-token.
        http = requests.Session()
        http.trust_env = False
        http.hooks["response"].append(self._note)
        http.verify = self._authorities()  # here as well: hvac takes a session's own word before its argument
        return hvac.Client(url=self.address, token="", verify=http.verify, timeout=CALL_TIMEOUT_S, session=http)

    def _note(self, response: Any, **_: object) -> None:
        self._status = response.status_code

    @property
    def _ca_file(self) -> str:
        """VAULT_TLS_CA_CERT, if there is such a file."""
        path = self._settings.tls_ca_cert
        return path if path and Path(path).exists() else ""

    def _authorities(self) -> bool | str:
        """Whom to trust, as the client wants it: a file, a folder, or False for everybody."""
        if not self.address.startswith("https:"):
            return True
        if not self._settings.tls_verify:
            import urllib3  # noqa: PLC0415

            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # the settings' notice says it once
            return False
        if self._ca_file:
            _require_certificates(self._ca_file)
            return self._ca_file
        # Not True, which means a list that the client library ships.
        usual = ssl.get_default_verify_paths()
        return usual.cafile or usual.capath or True

    @contextmanager
    def translated(self, credential: Credential | None = None) -> Iterator[None]:
        """Errors of the client library as ours. A refusal is the credential's while logging in, else the token's."""
        from hvac import exceptions  # noqa: PLC0415

        refusals = (exceptions.Forbidden, exceptions.Unauthorized, exceptions.InvalidRequest, exceptions.InvalidPath)
        self._status = 0  # of an answer to this call
        try:
            yield
            self.answers = True
        except refusals as refusal:
            # `from None` everywhere here: the client's own errors may quote what was sent.
            self.answers = _PLAIN_TO_TLS not in str(refusal.text)
            if not self.answers:
                raise trouble.wants_tls(self.address) from None
            if credential is not None:
                raise trouble.refused_login(self.address, credential.kind, credential.where) from None
            if isinstance(refusal, exceptions.InvalidRequest):
                self.answers = False  # an engine that is being made ready says so like this
                raise trouble.odd_answer(self.address, f"HTTP {self._status}") from None
            raise trouble.refused_token(self.address) from None
        except MuttError as problem:
            self.answers = not isinstance(problem, UnreachableError)
            raise
        except (OSError, exceptions.VaultError, ValueError, NotVaultError) as problem:
            self.answers = False
            raise self._unusable(problem) from None

    def _unusable(self, problem: Exception) -> MuttError:
        """What it means that Vault, or what answers in its place, cannot be used now."""
        import requests  # noqa: PLC0415
        from hvac import exceptions  # noqa: PLC0415

        if isinstance(problem, requests.exceptions.SSLError):
            return self._insecure(problem)
        if isinstance(problem, requests.exceptions.ChunkedEncodingError):
            return trouble.odd_answer(self.address, "the answer broke off")
        if isinstance(problem, OSError):
            return trouble.no_answer(self.address, problem, self._sent_to(problem))
        if isinstance(problem, (exceptions.VaultDown, exceptions.VaultNotInitialized)):
            return trouble.sealed(self.address)
        said = f"HTTP {self._status}" if isinstance(problem, exceptions.VaultError) else "not what its API promises"
        return trouble.odd_answer(self.address, said)

    def _insecure(self, problem: Exception) -> MuttError:
        refused = certificate_refusal(problem)
        if refused is None:
            return trouble.odd_answer(self.address, "the TLS handshake failed; does it serve TLS at all?")
        whose = self._sent_to(problem) or self.address
        return trouble.untrusted(whose, refused, self._settings.tls_ca_cert, found=bool(self._ca_file))

    def _sent_to(self, problem: Exception) -> str:
        """The address of the active server, if a standby sent us there; empty if it did not."""
        request = getattr(problem, "request", None)
        url = str(getattr(request, "url", None) or self.address)
        there = urlsplit(url)
        return "" if url.startswith(self.address) else f"{there.scheme}://{there.netloc}"


def certificate_refusal(problem: BaseException) -> ssl.SSLCertVerificationError | None:
    """Why a certificate was refused, out of the errors that two libraries have wrapped around it."""
    inside: list[object] = [problem]
    while inside:
        one = inside.pop()
        if isinstance(one, ssl.SSLCertVerificationError):
            return one
        if isinstance(one, BaseException):
            inside += [*one.args, getattr(one, "reason", None)]
    return None


def _require_certificates(path: str) -> None:
    try:
        folder = Path(path).is_dir()
        ssl.create_default_context(cafile=None if folder else path, capath=path if folder else None)
    except OSError as error:  # ssl.SSLError is one
        raise trouble.no_certificates(path, error) from error


def mapping(answer: Any, key: str) -> dict[str, Any]:
    """The JSON object under `key` of an answer. Raises NotVaultError."""
    found = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(found, dict):
        raise NotVaultError
    return found


def text(answer: dict[str, Any], key: str) -> str:
    """Text that must be there. Raises NotVaultError."""
    found = answer.get(key)
    if not isinstance(found, str) or not found:
        raise NotVaultError
    return found


def seconds(answer: dict[str, Any], key: str) -> float:
    """A number of seconds, 0 if there is none. Raises NotVaultError."""
    found = answer.get(key)
    if found is None:
        return 0.0
    if not isinstance(found, (int, float)):
        raise NotVaultError
    return float(found)
