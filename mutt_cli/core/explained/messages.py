"""Messages that the guides quote as exact errors (contract.md 8.3), and words that messages and reasons are made of."""

from typing import Final

from mutt_cli.core.explained import told

MESSAGES: Final = {
    "redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.": told(
        "Nothing listens at the address of Redis: it is stopped, or the address is wrong. localhost means that"
        " REDIS_HOST is not set.",
        "Senders get 503 and keep their events; workers go on by themselves when it is back.",
        "mutt status", "mutt config get REDIS_HOST", "systemctl status redis",
    ),
    "psycopg2.OperationalError: FATAL: sorry, too many clients already": told(
        "PostgreSQL has no connection left.",
        "Alerts go on with the rules that are cached; history waits in the journal.",
        "mutt explain MUTT-P103", "mutt config get POSTGRES_POOL_MAX",
    ),
    "hvac.exceptions.Forbidden: permission denied": told(
        "Vault does not accept the token, or its policy does not allow the path.",
        "Running services go on with the secrets in memory; none can start.",
        "mutt explain MUTT-V401", "vault token lookup",
    ),
    "ValueError: Required secret INGEST_API_KEY not found in Vault": told(
        "The secret in Vault lacks a key that the service needs.", "The service does not start.",
        "mutt config get VAULT_SECRET_PATH", "vault kv patch PATH INGEST_API_KEY=-",
    ),
    "Circuit breaker is OPEN, skipping forward": told(
        "Moogsoft failed so often in a row that it is left alone for a while.",
        "The alert is set aside in dlq-moog and returns by itself once the breaker closes. It counts no failed try.",
        "mutt status", "mutt dlq list dlq-moog --by reason", "mutt config get CIRCUIT_BREAKER_TIMEOUT",
    ),
    "Backpressure: Queue depth X exceeds shed threshold Y, shedding event": told(
        "The queue `ingest` is deeper than alerter_queue_shed_threshold, and alerter_shed_mode is dlq. This is no fault"
        " but what was asked for.",
        "The event is set aside in dlq-alerter and returns once the queue is below the warn threshold. None is lost.",
        "mutt queue show ingest", "mutt config get alerter_queue_shed_threshold", "mutt dlq list dlq-alerter",
    ),
    "OOM command not allowed": told(
        "Redis is at its maxmemory and refuses every write.",
        "Senders get 503 and keep their events; what is queued stays.",
        "redis-cli INFO memory", "mutt queue list", "mutt explain MUTT-R104",
    ),
    "circuit_open": told(
        "Set aside because the breaker was open, not because of the message.", "It returns when the breaker closes.",
        "mutt dlq list --where reason=circuit_open",
    ),
    "http_4xx": told(
        "Moogsoft refused what the alert says; sent again unchanged it will be refused again.",
        "It waits in dlq-moog until it is repaired, or in `dead` once it was refused too often.",
        "mutt dlq list --by error", "mutt dlq replay --fix --dry-run",
    ),
    "http_5xx": told(
        "Moogsoft, the way to it or the key failed, not the message.",
        "It is sent again by itself while Moogsoft is healthy.",
        "mutt moog status", "mutt dlq list --by error",
    ),
    "shed": told(
        "Set aside under load, not because of the message.", "It returns when the queue `ingest` is short again.",
        "mutt dlq list --where reason=shed", "mutt queue show ingest",
    ),
    "poison": told(
        "The message kept failing by its own fault.", "It waits for a person.", "mutt dlq list dead",
        "mutt dlq replay dead --fix --dry-run",
    ),
    "unreadable": told(
        "The element is no JSON object.", "It waits as it came; a repair makes an event of it.",
        "mutt dlq list --where reason=unreadable", "mutt dlq replay --fix --dry-run",
    ),
}  # fmt: skip
"""By the message with X and Y for numbers. What is looked up may be a part of it."""
