"""Redis, PostgreSQL and Vault of a platform: embedded ones are started, configured ones are only named."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mutt_cli.adapters import configuration
from mutt_cli.adapters.engines.openbao import OpenBao
from mutt_cli.adapters.engines.postgres import Postgres
from mutt_cli.adapters.engines.valkey import Valkey
from mutt_cli.adapters.engines.vault_setup import VaultSetup
from mutt_cli.adapters.files import write_whole
from mutt_cli.ops import database
from mutt_cli.ops.platform import env_file, sample_rules
from mutt_cli.ops.platform.plan import VAULT_PORT
from mutt_cli.ops.platform.progress import step
from mutt_cli.ops.platform.services import daemon_environ

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from mutt_cli.adapters.engines.engine import Engine
    from mutt_cli.ops.platform.plan import Plan
    from mutt_cli.ops.platform.progress import Report


@dataclass
class Stores:
    """The embedded servers of one platform, in starting order, and what the daemons are told about all three."""

    plan: Plan
    ports: Mapping[str, int]
    engines: list[Engine] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    """The daemons' environment; complete after `start`."""
    _valkey: Valkey | None = None
    _postgres: Postgres | None = None
    _vault: OpenBao | None = None

    def __post_init__(self) -> None:
        made = embedded(self.plan, self.ports)
        self._valkey, self._postgres, self._vault = made
        self.engines = [one for one in made if one is not None]

    def start(self, report: Report, stopped: Callable[[], bool]) -> None:
        """Start what is embedded, make secrets, write the settings; leave off once `stopped`. Raises EngineError."""
        for engine in self.engines:
            if stopped():
                return
            with step(report, engine.name, "embedded"):
                engine.start()
        for name, chosen in self._configured().items():
            with step(report, name, f"configured: {chosen}"):
                pass
        role_id = self._make_secrets(report)
        env_file.write(self.plan, env_file.values(self.plan, self.ports, role_id))
        self.environ = daemon_environ(self.plan.layout, self.plan.caller, self.plan.secrets())

    def prepare_database(self, report: Report, today: date) -> None:
        """Bring the schema up to date; put sample rules into an embedded database that never had a rule."""
        settings = configuration.load(self.environ).settings
        with database.opened(settings, "mutt up") as conn:
            with step(report, "schema") as current:
                done = database.migrate(conn, today)
                current.detail = f"version {done.version}, {len(done.applied)} migrations applied"
            if self._postgres is not None:
                with step(report, "rules") as current:
                    current.detail = f"{sample_rules.add(conn)} sample rules added"

    def _make_secrets(self, report: Report) -> str:
        if self._vault is None:
            return ""
        vault, where = self.plan.loaded.settings.vault, self.plan.layout.secret_id_file
        with (
            step(report, "secrets") as current,
            VaultSetup(self._vault.address, self._vault.root_token, vault.mount_path, vault.secret_path) as setup,
        ):
            role_id = setup.ensure_role()
            known = setup.ensure_secrets()
            secret_id = where.read_text().strip() if where.exists() else ""
            if not (secret_id and setup.accepts(role_id, secret_id)):
                write_whole(where, setup.new_secret_id() + "\n", 0o600, owner=self.plan.layout.identity)
            if self._postgres is not None and self._postgres.tcp:
                self._postgres.set_password(known["DB_PASS"])
            current.detail = f"{len(known)} secrets in {vault.mount_path}/{vault.secret_path}"
        return role_id

    def _configured(self) -> dict[str, str]:
        settings = self.plan.loaded.settings
        redis = settings.redis.socket or ",".join(settings.redis.sentinels) or settings.redis.host
        named = {
            "redis": (self._valkey, redis),
            "db": (self._postgres, settings.postgres.host),
            "vault": (self._vault, settings.vault.addr),
        }
        return {name: chosen for name, (engine, chosen) in named.items() if engine is None}


def embedded(plan: Plan, ports: Mapping[str, int]) -> tuple[Valkey | None, Postgres | None, OpenBao | None]:
    """The servers that this plan embeds, not started."""
    layout = plan.layout
    account, sockets, root = layout.identity, layout.sockets, layout.root
    valkey = Valkey(root / "valkey", sockets / "redis.sock", layout.log("valkey"), account, ports.get("REDIS_PORT", 0))
    postgres = Postgres(
        root / "postgres",
        sockets,
        layout.log("postgres"),
        account,
        tcp="POSTGRES_PORT" in ports,
        port=ports.get("POSTGRES_PORT", 5432),
        access=layout.etc,
        durable=plan.options.durable,
    )
    vault = OpenBao(root / "openbao", layout.etc, ports.get(VAULT_PORT, 0), layout.log("openbao"), account)
    return (
        valkey if plan.embeds_redis else None,
        postgres if plan.embeds_database else None,
        vault if plan.embeds_vault else None,
    )
