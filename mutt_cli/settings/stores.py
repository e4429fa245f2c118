"""Settings of the three back ends MUTT keeps its state and secrets in: Redis, PostgreSQL and Vault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mutt_cli.settings.declaration import setting, tcp_port

_READERS: Final = ("alerter", "webui")
_SOCKET_PATH: Final = r"/.{1,106}"


@dataclass(frozen=True)
class Redis:
    """Where the queues live. A unix socket wins over host and port, Sentinel wins over both."""

    host: str = setting("REDIS_HOST", "localhost", meaning="Redis or Valkey address", source="TG:852")
    port: int = tcp_port("REDIS_PORT", 6379, meaning="Redis port", source="contract.md 3.3")
    db: int = setting("REDIS_DB", 0, meaning="Redis database number", minimum=0, source="contract.md 3.3")
    password: str = setting(
        "REDIS_PASSWORD", "", meaning="Redis password; the one in Vault (REDIS_PASS) is preferred", secret=True,
        source="contract.md 3.3",
    )  # fmt: skip
    socket: str = setting(
        "REDIS_SOCKET", "", meaning="Unix socket of Redis; if set, address and port are not used",
        pattern=_SOCKET_PATH, form="an absolute path of at most 107 characters", source="decisions.md D20",
    )  # fmt: skip
    pool_max: int = setting(
        "REDIS_POOL_MAX", 10, meaning="Most connections to Redis per process", unit="connections", minimum=1,
        maximum=10_000, aliases=("REDIS_MAX_CONNECTIONS",), source="SO:863",
    )  # fmt: skip
    socket_keepalive: bool = setting(
        "REDIS_SOCKET_KEEPALIVE", default=True, meaning="Keep idle Redis connections alive with TCP keepalive",
        source="SO:889",
    )  # fmt: skip
    health_check_interval: int = setting(
        "REDIS_HEALTH_CHECK_INTERVAL", 30, unit="s",
        meaning="Idle time after which a Redis connection is tested before use; 0 = never",
        minimum=0, maximum=3600, source="contract.md 3.3",
    )  # fmt: skip
    tls_enabled: bool = setting(
        "REDIS_TLS_ENABLED", default=False, meaning="Use TLS to Redis", source="contract.md 3.3"
    )
    tls_ca_cert: str = setting(
        "REDIS_TLS_CA_CERT", "", meaning="CA certificate that signed the Redis server; empty = the system's",
        aliases=("REDIS_CA_CERT_PATH",), source="contract.md 3.3",
    )  # fmt: skip
    tls_client_cert: str = setting(
        "REDIS_TLS_CLIENT_CERT", "", meaning="Client certificate for Redis", source="contract.md 3.3"
    )
    tls_client_key: str = setting(
        "REDIS_TLS_CLIENT_KEY", "", meaning="File with the key of the client certificate for Redis",
        source="contract.md 3.3",
    )  # fmt: skip
    sentinels: tuple[str, ...] = setting(
        "REDIS_SENTINELS", (), meaning="Redis Sentinels, host:port each; empty = a single Redis",
        pattern=r"[^\s,]+:[0-9]{1,5}", form="host:port, separated by commas", source="SO:1233, contradictions.md C-48",
    )  # fmt: skip
    sentinel_master: str = setting(
        "REDIS_SENTINEL_MASTER", "mutt-master", meaning="Name of the primary that the Sentinels watch",
        source="SO:1263",
    )  # fmt: skip
    key_tag: str = setting(
        "REDIS_KEY_TAG", "",
        meaning="Hash tag of this lane's keys in a Redis cluster; empty = the documented key names",
        pattern=r"[A-Za-z0-9._-]{1,32}", form="at most 32 letters, digits, dots, hyphens or underscores",
        source="decisions.md D26",
    )  # fmt: skip


@dataclass(frozen=True)
class Postgres:
    """Where rules, audit and history live. The password comes from Vault (DB_PASS) unless set here."""

    host: str = setting(
        "POSTGRES_HOST", "localhost", meaning="PostgreSQL address, or the folder of its unix socket",
        services=_READERS, aliases=("DB_HOST",), source="contract.md 3.3",
    )  # fmt: skip
    port: int = tcp_port(
        "POSTGRES_PORT", 5432, meaning="PostgreSQL port; 6432 behind PgBouncer", services=_READERS,
        aliases=("DB_PORT",), source="SO:1203, SO:1215",
    )  # fmt: skip
    db: str = setting(
        "POSTGRES_DB", "mutt", meaning="Database name", services=_READERS, aliases=("DB_NAME",),
        source="contract.md 3.3",
    )  # fmt: skip
    user: str = setting(
        "POSTGRES_USER", "mutt_user", meaning="Database role", services=_READERS, aliases=("DB_USER",),
        source="contract.md 3.3",
    )  # fmt: skip
    password: str = setting(
        "POSTGRES_PASSWORD", "", meaning="Database password; the one in Vault (DB_PASS) is preferred",
        services=_READERS, aliases=("DB_PASS",), secret=True, source="contract.md 3.3",
    )  # fmt: skip
    pool_min: int = setting(
        "POSTGRES_POOL_MIN", 2, meaning="Database connections kept open per process", unit="connections",
        services=_READERS, aliases=("DB_POOL_MIN_CONN",), minimum=0, maximum=1000, source="contract.md 3.3",
    )  # fmt: skip
    pool_max: int = setting(
        "POSTGRES_POOL_MAX", 10, meaning="Most database connections per process", unit="connections",
        services=_READERS, aliases=("DB_POOL_MAX_CONN",), minimum=1, maximum=1000, source="SO:906, TG:950",
    )  # fmt: skip
    tls_enabled: bool = setting(
        "POSTGRES_TLS_ENABLED", default=False, meaning="Use TLS to PostgreSQL", services=_READERS,
        aliases=("DB_TLS_ENABLED",), source="contract.md 3.3",
    )  # fmt: skip
    tls_ca_cert: str = setting(
        "POSTGRES_TLS_CA_CERT", "", meaning="CA certificate that signed the PostgreSQL server; empty = the system's",
        services=_READERS, aliases=("DB_TLS_CA_CERT_PATH",), source="contract.md 3.3",
    )  # fmt: skip
    tls_client_cert: str = setting(
        "POSTGRES_TLS_CLIENT_CERT", "", meaning="Client certificate for PostgreSQL", services=_READERS,
        source="contract.md 3.3",
    )  # fmt: skip
    tls_client_key: str = setting(
        "POSTGRES_TLS_CLIENT_KEY", "", meaning="File with the key of the client certificate for PostgreSQL",
        services=_READERS, source="contract.md 3.3",
    )  # fmt: skip
    read_host: str = setting(
        "POSTGRES_READ_HOST", "", services=("webui",),
        meaning="Read replica that the audit API and `mutt trace` ask; empty = the primary",
        source="SO:1185-1188, contradictions.md C-98",
    )  # fmt: skip


@dataclass(frozen=True)
class Vault:
    """Where the secrets live. With a role id the secret id file holds an AppRole secret id, else a token (C-28)."""

    addr: str = setting(
        "VAULT_ADDR", "", meaning="Vault address, https://host:port without a path",
        required_by=("ingestor", "alerter", "forwarder", "webui"), pattern=r"https?://[^\s/?#@]+/?",
        form="https://host:port, without a path", source="TG:250, TG:277-282",
    )  # fmt: skip
    token: str = setting(
        "VAULT_TOKEN", "", meaning="Temporary token instead of the file's; not for production", secret=True,
        source="TG:284-286",
    )  # fmt: skip
    role_id: str = setting(
        "VAULT_ROLE_ID", "",
        meaning="AppRole role id; if set, the file below holds its secret id, else it holds a token",
        source="contradictions.md C-28",
    )  # fmt: skip
    secret_id_file: str = setting(
        "VAULT_SECRET_ID_FILE", "/etc/mutt/vault_secret_id", meaning="File with the credential, mode 600",
        pattern=r"/.+", form="an absolute path", source="SO:1702, TG:1226",
    )  # fmt: skip
    mount_path: str = setting(
        "VAULT_MOUNT_PATH", "secret", meaning="Mount of the key-value engine (version 1 or 2)",
        aliases=("VAULT_SECRETS_PATH",), source="TG:262",
    )  # fmt: skip
    secret_path: str = setting(
        "VAULT_SECRET_PATH", "mutt/prod", meaning="Path of MUTT's secret below the mount",
        aliases=("VAULT_SECRETS_PATH",), source="TG:262",
    )  # fmt: skip
    tls_ca_cert: str = setting(
        "VAULT_TLS_CA_CERT", "/etc/mutt/certs/vault-ca.crt",
        meaning="CA certificate that signed the Vault server; the system's if there is no such file",
        source="TG:282",
    )  # fmt: skip
    tls_verify: bool = setting(
        "VAULT_TLS_VERIFY", default=True, meaning="Verify the Vault server's certificate", source="contract.md 3.3"
    )
    startup_timeout: int = setting(
        "VAULT_STARTUP_TIMEOUT", 30, meaning="How long a start waits for a Vault that is sealed or away", unit="s",
        minimum=0, maximum=3600, source="decisions.md D15",
    )  # fmt: skip
    renew_threshold: int = setting(
        "VAULT_TOKEN_RENEW_THRESHOLD", 86_400, unit="s",
        meaning="Renew the token when less than this is left (one that is no AppRole's: from 8 days on)",
        minimum=1, maximum=31_536_000, source="contract.md 3.3",
    )  # fmt: skip
    renew_check_interval: int = setting(
        "VAULT_RENEW_CHECK_INTERVAL", 300, meaning="How often the time left of the token is looked at", unit="s",
        minimum=1, maximum=86_400, source="contract.md 3.3",
    )  # fmt: skip
