"""What each metric means for events, and what to look at. What it counts: core/metrics."""

from typing import Final

METRICS: Final[dict[str, tuple[str, ...]]] = {
    "mutt_ingest_requests_total": (
        "fail: a sender was told no. queue_full and rate_limit pass by themselves, auth and validation do not.",
        "mutt queue show ingest", "mutt dlq list quarantine",
    ),
    "mutt_ingest_rate_limit_hits_total": (
        "Senders were told to wait and come again; nothing is lost while they do.", "mutt config get INGEST_MAX_RATE",
    ),
    "mutt_ingest_queue_depth": (
        "Deep and growing: alerters are slower than senders. At INGEST_QUEUE_CAP senders are told to wait.",
        "mutt queue show ingest", "mutt status alerter",
    ),
    "mutt_ingest_latency_seconds": (
        "Senders wait that long. A p95 above 0.1 s means a slow Redis or too few workers.", "mutt status ingestor",
        "mutt config get INGEST_WORKERS",
    ),
    "mutt_alerter_events_processed_total": (
        "unhandled: no rule matched, so no alert. error: could not be decided, and is among the dead letters.",
        "mutt event unhandled", "mutt dlq list dlq-alerter --by reason",
    ),
    "mutt_alerter_alerts_forwarded_total": (
        "What became alerts; deduplicated events are not in it.", "mutt queue show alert",
    ),
    "mutt_alerter_unhandled_meta_alerts_total": (
        "One alert stands for many events of one kind that no rule knows: a rule is missing.", "mutt event unhandled",
    ),
    "mutt_alerter_shed_events_total": (
        "dlq: set aside under load and brought back later. defer: alerters pause until the way is free.",
        "mutt queue show ingest", "mutt config get alerter_shed_mode",
    ),
    "mutt_alerter_processing_latency_seconds": (
        "How long a batch takes. Growing means slow rules or a slow Redis.", "mutt status alerter", "mutt rule list",
    ),
    "mutt_alerter_cache_reload_latency_seconds": (
        "While rules are read an alerter is slower.", "mutt rule list",
    ),
    "mutt_alerter_cache_reload_failures_total": (
        "Alerters decide with the last good rules: changes since then have no effect.", "mutt db status",
        "mutt rule list",
    ),
    "mutt_alerter_queue_depth": ("The same number as mutt_ingest_queue_depth.", "mutt queue show ingest"),
    "mutt_alerter_dlq_depth": (
        "Events that were shed or could not be decided; remediation brings them back.", "mutt dlq list dlq-alerter",
    ),
    "mutt_alerter_processing_list_depth": (
        "Work in hand. Not falling while nothing is decided: the worker hangs, and its lease will end.",
        "mutt status alerter", "mutt queue orphan list",
    ),
    "mutt_alerter_cache_rules": ("0 means that every event is unhandled.", "mutt rule list"),
    "mutt_alerter_cache_dev_hosts": (
        "Events of other hosts count as production.", "mutt host list --where env=dev",
    ),
    "mutt_alerter_cache_teams": ("Events of other hosts go to the rule's team.", "mutt team list"),
    "process_resident_memory_bytes": (
        "Beyond 2 GiB the kernel may kill it; another worker then takes over what it held.", "mutt status alerter",
    ),
    "mutt_moog_requests_total": (
        "fail: the alert is tried again, and after the last try set aside.", "mutt dlq list dlq-moog --by reason",
        "mutt status forwarder",
    ),
    "mutt_moog_request_latency_seconds": (
        "Slow answers of Moogsoft make the queue `alert` grow.", "mutt queue show alert",
        "mutt config get FORWARDER_CONCURRENCY",
    ),
    "mutt_moog_request_failures_total": (
        "Why alerts did not arrive, by reason. http_4xx will fail again unchanged; the others pass.",
        "mutt dlq list dlq-moog --by reason",
    ),
    "mutt_moog_alerts_processed_total": (
        "error is tried again, dlq was set aside; no alert is dropped.", "mutt dlq list dlq-moog",
    ),
    "mutt_moog_rate_limit_hits_total": (
        "Alerts wait because the limit is used up; nothing is lost.", "mutt config get MOOG_RATE_LIMIT",
        "mutt queue show alert",
    ),
    "mutt_moog_circuit_breaker_state": (
        "1: no alert is sent, they are set aside and return when it closes. 2: one alert is sent to try.",
        "mutt status", "mutt dlq list dlq-moog --by reason",
    ),
    "mutt_moog_circuit_breaker_failures": (
        "At CIRCUIT_BREAKER_THRESHOLD the breaker opens.", "mutt config get CIRCUIT_BREAKER_THRESHOLD",
    ),
    "mutt_moog_circuit_breaker_opened_total": ("Each time alerts were set aside for a while.", "mutt status"),
    "mutt_moog_dlq_depth": (
        "Alerts that did not arrive. They return while Moogsoft is healthy; what it refuses waits for a repair.",
        "mutt dlq list dlq-moog --by reason", "mutt dlq replay --fix --dry-run",
    ),
    "mutt_moog_retry_depth": ("Alerts between two tries; they count as in flight.", "mutt queue show retry"),
    "mutt_moog_processing_list_depth": (
        "Work in hand of this forwarder.", "mutt status forwarder", "mutt queue orphan list",
    ),
    "mutt_remediation_dlq_depth": (
        "Growing while Moogsoft is healthy: remediation is paused, stopped, or the letters are faulty.",
        "mutt dlq list", "mutt status remediation",
    ),
    "mutt_remediation_dead_depth": (
        "These alerts arrive only if a person repairs or replays them.", "mutt dlq list dead",
        "mutt dlq replay dead --fix --dry-run",
    ),
    "mutt_moog_health": ("0: nothing is brought back until it is 1.", "mutt status"),
    "mutt_remediation_moog_health": ("0: nothing is brought back until it is 1.", "mutt status"),
    "mutt_remediation_replay_success_total": ("Dead letters on their way again.", "mutt dlq list"),
    "mutt_remediation_replay_fail_total": (
        "health, breaker and room pass by themselves; failed_again means faulty messages.", "mutt dlq list --by reason",
    ),
    "mutt_remediation_poison_messages_total": (
        "Each was buried after it kept failing, and waits for a person.", "mutt dlq list dead --by reason",
    ),
    "mutt_remediation_loops_total": (
        "Standing still: remediation hangs or stands by for another one.", "mutt status remediation",
    ),
    "mutt_remediation_loop_duration_seconds": ("A long cycle brings letters back late.", "mutt status remediation"),
    "mutt_remediation_dlq_scan_duration_seconds": ("Grows with the depth of the queue.", "mutt dlq list"),
    "mutt_webui_api_requests_total": ("None: alerts do not pass through the web UI.", "mutt status webui"),
    "mutt_webui_api_latency_seconds": ("None: alerts do not pass through the web UI.", "mutt status webui"),
    "mutt_webui_db_pool_in_use": ("None. At its size, requests wait for a connection.", "mutt db status"),
    "mutt_webui_db_pool_size": ("None.", "mutt config get POSTGRES_POOL_MAX"),
    "mutt_webui_redis_pool_in_use": ("None.", "mutt config get REDIS_POOL_MAX"),
    "mutt_vault_token_ttl_seconds": (
        "At 0 running services go on with the secrets in memory, and none can start.",
        "mutt config list --where 'key~VAULT'", "vault token lookup",
    ),
}  # fmt: skip
"""By name: what it means for events, then what to type."""
