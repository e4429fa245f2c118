"""The web UI's app in this process, on real servers: requests without sockets, for tests of what is answered."""

from __future__ import annotations

import logging
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from falcon import testing

from mutt_cli.adapters import api_key_store, configuration
from mutt_cli.adapters.clock import new_api_key
from mutt_cli.adapters.metrics import page
from mutt_cli.adapters.rule_store import Actor
from mutt_cli.adapters.vault import VaultSession
from mutt_cli.core.api_keys import digest
from mutt_cli.core.secrets import Secrets
from mutt_cli.daemons.runtime import Runtime
from mutt_cli.daemons.webui.api.endpoint import Place
from mutt_cli.daemons.webui.app import create_app
from mutt_cli.daemons.webui.meters import WebMeters
from mutt_cli.daemons.webui.stores import Stores
from mutt_cli.daemons.webui.vitals import Vitals
from mutt_cli.keys import Keys
from mutt_cli.ops.snapshot.local import Folders
from mutt_cli.settings import Postgres, Redis, Settings
from tests.stack import SECRETS, WEB_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.core.access import Role
    from tests.servers import PostgresServer

NEXT_KEY = "web-key-next"
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Host": "localhost:8090"}


class Web(testing.TestClient):
    """Sends requests with the admin's key, unless the test says otherwise."""

    stores: Stores
    place: Place

    def ask(self, method: str, path: str, *, key: str | None = WEB_KEY, **more: Any) -> testing.Result:
        """One request; `key=None` sends none."""
        headers = {**({} if key is None else {"X-API-Key": key}), **more.pop("headers", {})}
        return self.simulate_request(method, path, headers=headers, **more)

    def made_key(self, role: Role, name: str = "somebody", expires_at: datetime | None = None) -> str:
        """A key as `mutt apikey add` makes it."""
        key = new_api_key()
        with self.stores.database() as conn:
            by = Actor("root@lab", "a test")
            api_key_store.add(conn, name, role, digest(key), expires_at=expires_at, by=by)
        return key


class Browser:
    """Somebody who looks at pages and sends their forms, from an address."""

    def __init__(self, web: Web, address: str = "127.0.0.1", **headers: str) -> None:
        self.web, self.address, self.headers, self.cookies = web, address, headers, dict[str, str]()

    def get(self, path: str, **headers: str) -> Any:
        return self._ask("GET", path, {**self.headers, **headers})

    def post(self, path: str, /, fields: dict[str, str], **headers: str) -> Any:
        return self._ask("POST", path, {**FORM, **self.headers, **headers}, urlencode(fields))

    def log_in(self, key: str = WEB_KEY, target: str = "/", **headers: str) -> Any:
        return self.post("/login", {"key": key, "target": target}, **headers)

    @property
    def token(self) -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.get("/help").text)
        return found[1] if found else ""

    def _ask(self, method: str, path: str, headers: dict[str, str], body: str = "") -> Any:
        sent = headers | ({"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {})
        answer = self.web.ask(method, path, key=None, headers=sent, body=body, remote_addr=self.address)
        for name, cookie in answer.cookies.items():
            self.cookies[name] = cookie.value
            if cookie.max_age == 0:
                del self.cookies[name]
        return answer


@contextmanager
def web_app(postgres: PostgresServer, database: str, valkey: Valkey, *, read_host: str = "") -> Iterator[Web]:
    """The app on this database, which may be migrated or not."""
    settings = Settings(
        redis=Redis(socket=str(valkey.socket)),
        postgres=Postgres(host=str(postgres.engine.sockets), db=database, read_host=read_host),
    )
    runtime = Runtime(
        "webui", "web-1", settings, Secrets({**SECRETS, "WEBUI_API_KEY_NEXT": NEXT_KEY}), VaultSession(settings.vault),
        logging.getLogger("mutt.webui"), Keys(), started_at="",
    )  # fmt: skip
    meters = WebMeters()
    stores = Stores(runtime, meters)
    folder = Path(tempfile.mkdtemp(prefix="mt-web-"))
    environ = {
        "REDIS_SOCKET": str(valkey.socket), "POSTGRES_HOST": str(postgres.engine.sockets), "POSTGRES_DB": database,
        "VAULT_ADDR": "", "HOME": str(folder),
    }  # fmt: skip
    place = Place(runtime, configuration.load(environ), Folders(folder, folder / "backups", None, folder / "witness"))
    web = Web(create_app(place, stores, Vitals(stores), meters, lambda: page("webui", meters.metrics.samples(), {})))
    web.stores, web.place = stores, place
    try:
        yield web
    finally:
        stores.close()
        shutil.rmtree(folder, ignore_errors=True)
