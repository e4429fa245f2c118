# Completion of mutt and muttctl. Made by `muttctl generate completions`.
# Ids and names are those that your commands printed in the last 24 hours; nothing is connected to.

__mutt_words() {
    case "$1" in
        '') REPLY='status health top doctor runbook trace logs metric slo queue dlq reconcile config breaker cache ratelimit moog remediation maintenance forecast drill chaos ingest event audit handoff undo op rule host team redis db vault apikey bundle daemon up down backup restore context help explain schema generate version' ;;
        'runbook') REPLY='list show run' ;;
        'metric') REPLY='list show' ;;
        'slo') REPLY='show' ;;
        'queue') REPLY='list depth show peek wait export import purge move orphan' ;;
        'queue orphan') REPLY='list recover' ;;
        'dlq') REPLY='list show pause resume export import purge replay fix' ;;
        'config') REPLY='history rollback init watch show validate diff export import list get set unset publish' ;;
        'breaker') REPLY='show trip reset' ;;
        'cache') REPLY='show reload' ;;
        'ratelimit') REPLY='show set' ;;
        'moog') REPLY='status test' ;;
        'remediation'|'db retention') REPLY='show run' ;;
        'maintenance') REPLY='start end list show drain resume' ;;
        'ingest') REPLY='send test stop start' ;;
        'event') REPLY='search show tail unhandled' ;;
        'audit') REPLY='list show report' ;;
        'op') REPLY='list show resume' ;;
        'rule') REPLY='list show history add set edit enable disable delete export import diff' ;;
        'host') REPLY='list show add set delete export import' ;;
        'team') REPLY='list show rename' ;;
        'redis') REPLY='info memory clients latency slowlog bigkeys nottl clean' ;;
        'db') REPLY='status migrate partition index connections retention' ;;
        'db partition') REPLY='list create archive drop' ;;
        'db index') REPLY='list create analyze' ;;
        'db connections') REPLY='kill' ;;
        'vault') REPLY='status token renew set rotate' ;;
        'vault rotate') REPLY='plan stage promote finish abort' ;;
        'apikey') REPLY='list add revoke' ;;
        'backup') REPLY='create list verify' ;;
        'context') REPLY='list show add use check prompt' ;;
        'generate') REPLY='systemd logrotate sudoers rsyslog rsyslog-forward filebeat snmptrapd prometheus-rules prometheus-scrape haproxy pgbouncer sentinel completions man' ;;
        *) REPLY="" ;;
    esac
}

__mutt_other() {
    case "$1" in
        ' runbooks') REPLY='runbook' ;;
        ' log') REPLY='logs' ;;
        ' metrics') REPLY='metric' ;;
        ' slos') REPLY='slo' ;;
        ' queues') REPLY='queue' ;;
        ' dlqs') REPLY='dlq' ;;
        ' events') REPLY='event' ;;
        ' ops') REPLY='op' ;;
        ' rules') REPLY='rule' ;;
        ' hosts') REPLY='host' ;;
        ' teams') REPLY='team' ;;
        ' apikeys') REPLY='apikey' ;;
        ' support-bundle') REPLY='bundle' ;;
        ' backups') REPLY='backup' ;;
        ' contexts'|' ctx') REPLY='context' ;;
        'runbook ls'|'metric ls'|'queue ls'|'queue orphan ls'|'queue orphans list'|'dlq ls'|'dlq inspect'|'config ls'|'maintenance ls'|'audit ls'|'op ls'|'rule ls'|'host ls'|'team ls'|'db partition ls'|'db partitions list'|'db index ls'|'db indexes list'|'apikey ls'|'backup ls'|'context ls') REPLY='list' ;;
        'queue watch') REPLY='show' ;;
        'queue drain') REPLY='wait' ;;
        'queue orphans') REPLY='orphan' ;;
        'queue orphans recover') REPLY='recover' ;;
        'dlq requeue') REPLY='replay' ;;
        'rule rm'|'host rm') REPLY='delete' ;;
        'redis big-keys') REPLY='bigkeys' ;;
        'db partitions') REPLY='partition' ;;
        'db partitions create'|'db indexes create') REPLY='create' ;;
        'db partitions archive') REPLY='archive' ;;
        'db partitions drop') REPLY='drop' ;;
        'db indexes') REPLY='index' ;;
        'db indexes analyze') REPLY='analyze' ;;
        *) REPLY="${1##* }" ;;
    esac
}

__mutt_flags() {
    case "$1" in
        '') REPLY='--help --version' ;;
        'status') REPLY='--services --context --output --json --output-version --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'health') REPLY='--output --only --skip --group --threshold --textfile --exit-ok --no-maintenance --ping-url --context --json --output-version --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'top') REPLY='--write --once --plain --record --headless --replay --context --output --json --output-version --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'doctor') REPLY='--only --fix --context --output --json --output-version --watch --exit-when --dry-run --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'runbook list'|'metric list'|'queue list'|'queue orphan list'|'config validate'|'config list'|'cache show'|'ratelimit show'|'maintenance list'|'rule list'|'rule diff'|'host list'|'team list'|'db partition list'|'db index list'|'apikey list'|'backup list'|'context list') REPLY='--context --output --json --output-version --columns --sort --limit --where --after --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'runbook show'|'runbook run'|'metric show'|'slo show'|'queue depth'|'queue show'|'dlq show'|'config watch'|'config get'|'breaker show'|'moog status'|'remediation show'|'maintenance show'|'event show'|'audit show'|'op show'|'rule show'|'host show'|'team show'|'redis info'|'redis memory'|'redis clients'|'redis latency'|'redis slowlog'|'db status'|'db retention show'|'vault status'|'vault token'|'vault rotate plan'|'backup verify'|'context show'|'context check'|'context prompt'|'help'|'explain'|'schema'|'version') REPLY='--context --output --json --output-version --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'trace') REPLY='--follow --since --until --why-not --around --context --output --json --output-version --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'logs') REPLY='--since --until --follow --level --cid --grep --by --context --output --json --output-version --columns --sort --limit --where --after --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'queue peek') REPLY='--oldest --newest --context --output --json --output-version --columns --sort --limit --where --after --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'queue wait') REPLY='--below --context --output --json --output-version --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'queue export'|'dlq export'|'config export'|'rule export'|'host export') REPLY='--out --context --output --json --output-version --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'queue import'|'queue orphan recover'|'dlq import'|'config import'|'breaker reset'|'undo'|'op resume'|'rule import'|'host import'|'team rename'|'db partition archive') REPLY='--context --output --json --output-version --dry-run --yes --confirm --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'queue purge'|'dlq purge') REPLY='--older-than --where --context --output --json --output-version --dry-run --confirm --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'queue move') REPLY='--to --limit --all --where --context --output --json --output-version --dry-run --yes --confirm --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'dlq list') REPLY='--by --context --output --json --output-version --columns --sort --limit --where --after --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'dlq pause'|'breaker trip'|'ratelimit set') REPLY='--for --context --output --json --output-version --dry-run --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'dlq resume'|'config init'|'config unset'|'config publish'|'cache reload'|'remediation run'|'maintenance end'|'maintenance resume'|'ingest start'|'rule edit'|'rule enable'|'rule disable'|'host delete'|'db index create'|'db index analyze'|'vault renew'|'vault rotate promote'|'vault rotate abort'|'backup create'|'context use') REPLY='--context --output --json --output-version --dry-run --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'dlq replay') REPLY='--where --all --limit --rate --canary --to --fix --set --unset --patch --edit --context --output --json --output-version --dry-run --yes --confirm --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'dlq fix') REPLY='--set --unset --patch --edit --context --output --json --output-version --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'reconcile') REPLY='--since --until --by --accept --repair --context --output --json --output-version --watch --exit-when --dry-run --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'config history'|'event search'|'event unhandled'|'op list'|'rule history') REPLY='--since --until --context --output --json --output-version --columns --sort --limit --where --after --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'config rollback') REPLY='--to --context --output --json --output-version --dry-run --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'config show') REPLY='--explain --context --output --json --output-version --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'config diff') REPLY='--exit-code --context --output --json --output-version --columns --sort --limit --where --after --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'config set') REPLY='--for --confirm-within --publish --context --output --json --output-version --dry-run --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'moog test') REPLY='--send --url --context --output --json --output-version --dry-run --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'maintenance start') REPLY='--for --scope --context --output --json --output-version --dry-run --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'maintenance drain') REPLY='--scope --context --output --json --output-version --dry-run --yes --confirm --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'forecast') REPLY='--rate --context --output --json --output-version --columns --sort --limit --where --after --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'drill') REPLY='--send --context --output --json --output-version --dry-run --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'chaos'|'ingest stop') REPLY='--for --context --output --json --output-version --dry-run --yes --confirm --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'ingest send') REPLY='--file --format --count --host --message --url --api-key-file --context --output --json --output-version --dry-run --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'ingest test') REPLY='--file --format --context --output --json --output-version --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'event tail') REPLY='--follow --context --output --json --output-version --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'audit list') REPLY='--since --until --actor --object --context --output --json --output-version --columns --sort --limit --where --after --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'audit report'|'handoff') REPLY='--since --until --context --output --json --output-version --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'rule add') REPLY='--file --pattern --severity --priority --team --description --disabled --context --output --json --output-version --dry-run --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'rule set') REPLY='--pattern --severity --priority --team --description --disabled --context --output --json --output-version --dry-run --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'rule delete'|'db partition drop'|'db retention run'|'vault rotate finish'|'apikey revoke') REPLY='--context --output --json --output-version --dry-run --confirm --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'host add'|'host set') REPLY='--team --env --context --output --json --output-version --dry-run --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'redis bigkeys'|'redis nottl') REPLY='--budget --context --output --json --output-version --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'redis clean') REPLY='--older-than --context --output --json --output-version --dry-run --yes --confirm --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'db migrate') REPLY='--to --context --output --json --output-version --dry-run --yes --confirm --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'db partition create') REPLY='--months --context --output --json --output-version --dry-run --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'db connections') REPLY='--idle-over --context --output --json --output-version --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'db connections kill') REPLY='--idle-over --context --output --json --output-version --dry-run --confirm --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'vault set'|'vault rotate stage') REPLY='--file --context --output --json --output-version --dry-run --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'apikey add') REPLY='--role --expires --out --context --output --json --output-version --dry-run --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'bundle') REPLY='--since --until --incident --out --context --output --json --output-version --watch --exit-when --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'daemon') REPLY='--workers --context --output --json --output-version --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'up') REPLY='--ports --tcp --demo --detach --servers --context --output --json --output-version --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'down') REPLY='--context --output --json --output-version --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'restore') REPLY='--only --context --output --json --output-version --dry-run --confirm --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'context add') REPLY='--set --context --output --json --output-version --dry-run --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        'generate systemd'|'generate logrotate'|'generate sudoers'|'generate rsyslog'|'generate rsyslog-forward'|'generate filebeat'|'generate snmptrapd'|'generate prometheus-rules'|'generate prometheus-scrape'|'generate haproxy'|'generate pgbouncer'|'generate sentinel'|'generate completions'|'generate man') REPLY='--write --root --context --output --json --output-version --dry-run --force --reason --wait --no-wait --timeout --no-input --quiet --verbose --debug --color --no-color --ascii --pager --local --help' ;;
        *) REPLY="" ;;
    esac
}

__mutt_values() {
    case "$1" in
        '-c'|'--context') REPLY='context' ;;
        '-o'|'--output') REPLY='--output' ;;
        '--output-version'|'--watch-every'|'--exit-when'|'--timeout'|'--skip'|'--threshold'|'--textfile'|'--ping-url'|'--record'|'--replay'|'--force'|'--reason'|'--columns'|'--sort'|'-n'|'--limit'|'--where'|'--after'|'--since'|'--until'|'--why-not'|'--around'|'--level'|'--grep'|'--below'|'--confirm'|'--older-than'|'--for'|'--rate'|'--canary'|'--set'|'--unset'|'--confirm-within'|'--url'|'--count'|'--message'|'--actor'|'--object'|'--pattern'|'--severity'|'--priority'|'--description'|'--budget'|'--months'|'--idle-over'|'--expires'|'--incident'|'--workers') REPLY='' ;;
        '--color') REPLY='--color' ;;
        '--only') REPLY='--only' ;;
        '--group') REPLY='--group' ;;
        '--cid') REPLY='event' ;;
        '--by') REPLY='--by' ;;
        '--out'|'--patch'|'--file'|'--api-key-file'|'--root') REPLY='file' ;;
        '--to') REPLY='queue' ;;
        '--scope') REPLY='--scope' ;;
        '--format') REPLY='--form' ;;
        '--host') REPLY='host' ;;
        '--team') REPLY='team' ;;
        '--env') REPLY='--env' ;;
        '--role') REPLY='--role' ;;
        '--ports') REPLY='--ports' ;;
        *) REPLY=""; return 1 ;;
    esac
}

__mutt_fixed() {
    case "$1" in
        'queue') REPLY='ingest alert retry dlq-alerter dlq-moog dlq-old-events dead quarantine' ;;
        'dlq') REPLY='dlq-alerter dlq-moog dlq-old-events dead quarantine' ;;
        'service') REPLY='ingestor alerter forwarder remediation webui' ;;
        'metric') REPLY='mutt_alerter_alerts_forwarded_total mutt_alerter_cache_dev_hosts mutt_alerter_cache_reload_failures_total mutt_alerter_cache_reload_latency_seconds mutt_alerter_cache_rules mutt_alerter_cache_teams mutt_alerter_dlq_depth mutt_alerter_events_processed_total mutt_alerter_processing_latency_seconds mutt_alerter_processing_list_depth mutt_alerter_queue_depth mutt_alerter_shed_events_total mutt_alerter_unhandled_meta_alerts_total mutt_ingest_latency_seconds mutt_ingest_queue_depth mutt_ingest_rate_limit_hits_total mutt_ingest_requests_total mutt_moog_alerts_processed_total mutt_moog_circuit_breaker_failures mutt_moog_circuit_breaker_opened_total mutt_moog_circuit_breaker_state mutt_moog_dlq_depth mutt_moog_health mutt_moog_processing_list_depth mutt_moog_rate_limit_hits_total mutt_moog_request_failures_total mutt_moog_request_latency_seconds mutt_moog_requests_total mutt_moog_retry_depth mutt_remediation_dead_depth mutt_remediation_dlq_depth mutt_remediation_dlq_scan_duration_seconds mutt_remediation_loop_duration_seconds mutt_remediation_loops_total mutt_remediation_moog_health mutt_remediation_poison_messages_total mutt_remediation_replay_fail_total mutt_remediation_replay_success_total mutt_vault_token_ttl_seconds mutt_webui_api_latency_seconds mutt_webui_api_requests_total mutt_webui_db_pool_in_use mutt_webui_db_pool_size mutt_webui_redis_pool_in_use process_resident_memory_bytes' ;;
        'setting') REPLY='max_ingest_queue_size ingest_max_rate ingest_rate_window brpoplpush_timeout cache_reload_interval rule_cache_ttl alerter_queue_warn_threshold alerter_queue_shed_threshold alerter_shed_mode alerter_defer_sleep_ms unhandled_threshold unhandled_expiry_seconds moog_webhook_url moog_timeout moog_rate_limit moog_rate_period retry_max_attempts retry_initial_delay retry_max_delay retry_backoff_multiplier circuit_breaker_threshold circuit_breaker_timeout moog_health_check_enabled remediation_enabled remediation_interval remediation_batch_size max_poison_retries metrics_cache_ttl slo_ingest_success_target slo_forward_success_target slo_window_hours slo_burn_rate_critical slo_burn_rate_warning REDIS_HOST REDIS_PORT REDIS_DB REDIS_PASSWORD REDIS_SOCKET REDIS_POOL_MAX REDIS_SOCKET_KEEPALIVE REDIS_HEALTH_CHECK_INTERVAL REDIS_TLS_ENABLED REDIS_TLS_CA_CERT REDIS_TLS_CLIENT_CERT REDIS_TLS_CLIENT_KEY REDIS_SENTINELS REDIS_SENTINEL_MASTER REDIS_KEY_TAG POSTGRES_HOST POSTGRES_PORT POSTGRES_DB POSTGRES_USER POSTGRES_PASSWORD POSTGRES_POOL_MIN POSTGRES_POOL_MAX POSTGRES_TLS_ENABLED POSTGRES_TLS_CA_CERT POSTGRES_TLS_CLIENT_CERT POSTGRES_TLS_CLIENT_KEY POSTGRES_READ_HOST VAULT_ADDR VAULT_TOKEN VAULT_ROLE_ID VAULT_SECRET_ID_FILE VAULT_MOUNT_PATH VAULT_SECRET_PATH VAULT_TLS_CA_CERT VAULT_TLS_VERIFY VAULT_STARTUP_TIMEOUT VAULT_TOKEN_RENEW_THRESHOLD VAULT_RENEW_CHECK_INTERVAL INGESTOR_HOST INGESTOR_PORT INGESTOR_WORKERS METRICS_PORT INGEST_QUEUE_CAP INGEST_MAX_RATE INGEST_RATE_WINDOW INGEST_RATE_LIMIT_STATUS INGEST_MAX_EVENT_BYTES INGEST_MAX_BODY_BYTES INGEST_MAX_BATCH INGEST_MAX_DEPTH REQUIRED_MESSAGE_FIELDS INGEST_THREADS INGESTOR_PIN_WORKERS INGEST_QUARANTINE_CAP INGEST_WITNESS_MAX_BYTES INGEST_STOP_TIMEOUT INGEST_IDEMPOTENCY_TTL POD_NAME ALERTER_INSTANCE MOOG_FORWARDER_INSTANCE HEARTBEAT_INTERVAL HEARTBEAT_EXPIRY JANITOR_INTERVAL BRPOPLPUSH_TIMEOUT DYNAMIC_CONFIG_ENABLED ALERTER_WORKERS ALERTER_BATCH_SIZE ALERTER_HEALTH_PORT ALERTER_METRICS_PORT RULE_CACHE_TTL ALERTER_QUEUE_WARN_THRESHOLD ALERTER_QUEUE_SHED_THRESHOLD ALERTER_SHED_MODE ALERTER_DEFER_SLEEP_MS ALERTER_MAX_RETRIES UNHANDLED_THRESHOLD UNHANDLED_EXPIRY_SECONDS UNHANDLED_DEFAULT_TEAM UNHANDLED_MAX_KEYS DEDUPE_WINDOW MOOG_FORWARDER_WORKERS MOOG_FORWARDER_HEALTH_PORT MOOG_FORWARDER_METRICS_PORT FORWARDER_CONCURRENCY MOOG_WEBHOOK_URL MOOG_TIMEOUT RATE_LIMIT_MAX_REQUESTS RATE_LIMIT_WINDOW_SECONDS RATE_LIMIT_ENABLED RETRY_MAX_ATTEMPTS RETRY_INITIAL_DELAY RETRY_MAX_DELAY RETRY_BACKOFF_MULTIPLIER CIRCUIT_BREAKER_ENABLED CIRCUIT_BREAKER_THRESHOLD CIRCUIT_BREAKER_TIMEOUT CIRCUIT_BREAKER_OPEN_ACTION MOOG_HEALTH_CHECK_ENABLED MOOG_HEALTH_URL MOOG_HEALTH_TIMEOUT REMEDIATION_ENABLED REMEDIATION_INTERVAL REMEDIATION_BATCH_SIZE MAX_POISON_RETRIES HEALTH_PORT_REMEDIATION METRICS_PORT_REMEDIATION WEBUI_HOST WEBUI_PORT WEBUI_WORKERS METRICS_CACHE_TTL WEBUI_PUBLIC_URL WEBUI_TRUSTED_PROXIES WEBUI_INSECURE_HTTP WEBUI_PROTECTED WEBUI_READ_ONLY AUDIT_LOG_PAGE_SIZE LOG_LEVEL LOG_FORMAT LOG_DIR LOG_EVENT_RATE HISTORY_DAYS HISTORY_RAW_DAYS HISTORY_MAX_BYTES JOURNAL_MAX_BYTES JOURNAL_FULL_ACTION SLO_INGEST_SUCCESS_TARGET SLO_FORWARD_SUCCESS_TARGET SLO_WINDOW_HOURS SLO_BURN_RATE_CRITICAL SLO_BURN_RATE_WARNING DRILL_INTERVAL MUTT_STATE_DIR MUTT_BACKUP_DIR MUTT_RUN_USER SIMULATOR_PORT FRAME_INTERVAL PROMETHEUS_ENABLED PROMETHEUS_URL' ;;
        'code') REPLY='MUTT-C100 MUTT-C101 MUTT-C102 MUTT-C103 MUTT-C104 MUTT-C105 MUTT-C106 MUTT-C107 MUTT-C108 MUTT-C120 MUTT-D101 MUTT-D103 MUTT-D110 MUTT-D111 MUTT-D120 MUTT-D121 MUTT-D140 MUTT-D150 MUTT-D151 MUTT-D401 MUTT-D402 MUTT-D410 MUTT-D411 MUTT-D420 MUTT-D430 MUTT-E101 MUTT-E102 MUTT-E103 MUTT-E104 MUTT-E105 MUTT-E106 MUTT-E110 MUTT-E111 MUTT-E112 MUTT-E113 MUTT-E114 MUTT-E115 MUTT-G001 MUTT-G002 MUTT-G003 MUTT-G005 MUTT-G006 MUTT-G007 MUTT-G008 MUTT-G009 MUTT-G010 MUTT-G011 MUTT-G012 MUTT-G013 MUTT-G018 MUTT-G019 MUTT-G020 MUTT-G021 MUTT-G030 MUTT-G031 MUTT-G032 MUTT-G033 MUTT-G034 MUTT-G035 MUTT-G036 MUTT-G037 MUTT-G040 MUTT-G041 MUTT-G042 MUTT-G043 MUTT-G044 MUTT-G045 MUTT-G046 MUTT-G047 MUTT-G048 MUTT-G049 MUTT-G050 MUTT-G051 MUTT-G052 MUTT-G053 MUTT-G054 MUTT-G055 MUTT-G056 MUTT-G057 MUTT-G058 MUTT-G059 MUTT-M101 MUTT-M102 MUTT-P101 MUTT-P102 MUTT-P103 MUTT-P104 MUTT-P105 MUTT-P106 MUTT-P201 MUTT-P202 MUTT-P203 MUTT-P210 MUTT-P211 MUTT-P212 MUTT-P213 MUTT-P214 MUTT-P220 MUTT-P221 MUTT-P301 MUTT-P302 MUTT-P303 MUTT-P304 MUTT-P305 MUTT-P306 MUTT-P307 MUTT-P311 MUTT-P312 MUTT-P313 MUTT-P321 MUTT-P331 MUTT-P332 MUTT-P333 MUTT-R101 MUTT-R102 MUTT-R103 MUTT-R104 MUTT-R105 MUTT-U001 MUTT-U003 MUTT-U005 MUTT-U006 MUTT-U007 MUTT-U008 MUTT-U009 MUTT-U010 MUTT-U011 MUTT-U012 MUTT-U013 MUTT-U014 MUTT-U015 MUTT-U016 MUTT-U017 MUTT-U020 MUTT-U021 MUTT-U024 MUTT-U025 MUTT-U026 MUTT-U040 MUTT-U041 MUTT-U042 MUTT-U050 MUTT-U051 MUTT-U052 MUTT-U060 MUTT-U130 MUTT-U401 MUTT-U402 MUTT-U410 MUTT-U420 MUTT-U430 MUTT-U431 MUTT-U432 MUTT-U433 MUTT-V101 MUTT-V102 MUTT-V103 MUTT-V104 MUTT-V105 MUTT-V106 MUTT-V107 MUTT-V401 MUTT-V403 MUTT-V404 MUTT-V405 MUTT-V409 MUTT-V411 MUTT-V413 MUTT-V415 MUTT-W400 MUTT-W401 MUTT-W403 MUTT-W409 MUTT-W415 MUTT-W429 MUTT-X001' ;;
        'cause') REPLY='alerter-absent alerter-gone alerter-ill alerter-stopped backup-old bodies-refused breaker-open breaker-tripped certificate-ends clock-skew db-away db-connections db-judged db-login db-read-only db-schema disk-full dlq-paused events-pile-up events-shed firewall-closed forwarder-absent forwarder-gone forwarder-ill forwarder-stopped index-missing ingest-backlog ingest-full ingestor-absent ingestor-gone ingestor-ill ingestor-stopped inodes-used journal-full killed-for-memory ledger-extra ledger-missing letters-pile-up limiter-full load-high logs-grow memory-low moogsoft-certificate moogsoft-ill moogsoft-key moogsoft-limits moogsoft-name moogsoft-slow moogsoft-unreachable name-unresolved no-drainer orphans other-mutt partition-missing place-unusable platform-stopped poison port-taken quarantine redis-away redis-cluster redis-disk redis-evicts redis-forgets redis-full redis-login redis-replica redis-slow remediation-absent remediation-gone remediation-ill remediation-off remediation-stopped restart-loop restart-pending rule-greedy rule-unusable rules-stale selinux-denies senders-json senders-key senders-rate setting-refused settings-behind switched-off unit-changed vault-away vault-key-missing vault-policy vault-refuses vault-sealed vault-token-ends version-skew webui-absent webui-gone webui-ill webui-stopped' ;;
        'check') REPLY='backup.age breaker.moog cache.rules clock.skew config config.sync db.connections db.partition db.ping db.schema disk.spool dlq.alerter.depth dlq.dead.depth dlq.moog.depth dlq.quarantine.depth drill journal ledger queue.alert.age queue.alert.depth queue.ingest.age queue.ingest.depth queue.orphans redis.memory redis.ping redis.safety slo.forward slo.ingest svc.alerter svc.forwarder svc.ingestor svc.remediation svc.version svc.webui vault.token' ;;
        'runbook') REPLY='first-look no-alerts ingest-503 ingest-401 ingest-slow ingest-stuck alerter-slow alerter-cpu alerter-memory unhandled-silent moog-dlq-growing moog-down moog-slow dlq-not-draining web-500 web-slow web-401 bottleneck redis-down redis-memory db-down db-connections vault-down emergency-stop rolling-update rollback known-issues escalation' ;;
        'fault') REPLY='any ingestor-stopped alerter-stopped forwarder-stopped remediation-stopped webui-stopped alerter-killed redis-stopped db-stopped db-killed vault-stopped vault-sealed moogsoft-503 moogsoft-slow intake-stopped rule-unusable' ;;
        'topic') REPLY='tasks environment exit-codes output filters contexts queues backup errors runbooks' ;;
        'noun') REPLY='status health top doctor runbook trace logs metric slo queue dlq reconcile config breaker cache ratelimit moog remediation maintenance forecast drill chaos ingest event audit handoff undo op rule host team redis db vault apikey bundle daemon up down backup restore context help explain schema generate version' ;;
        'limiter') REPLY='ingest moog' ;;
        'cleaned'|'redis') REPLY='unhandled' ;;
        'shell'|'generate') REPLY='bash zsh fish' ;;
        '--output') REPLY='table wide json jsonl yaml csv name' ;;
        '--color') REPLY='auto always never' ;;
        '--group') REPLY='local backends flow all' ;;
        '--by') REPLY='minute source' ;;
        '--scope') REPLY='all moog' ;;
        '--form') REPLY='auto json ndjson syslog' ;;
        '--env') REPLY='dev prod' ;;
        '--role') REPLY='viewer operator admin' ;;
        'daemon') REPLY='ingestor alerter forwarder moog-forwarder remediation webui simulator' ;;
        '--ports') REPLY='fixed auto' ;;
        '--only') REPLY='config rules redis db' ;;
        *) REPLY="" ;;
    esac
}

__mutt_arguments() {
    case "$1 $2" in
        'status '*) REPLY='service instance' ;;
        'runbook show 0'|'runbook run 0') REPLY='runbook' ;;
        'trace 0'|'event show 0') REPLY='event' ;;
        'logs '*) REPLY='service' ;;
        'metric show 0') REPLY='metric' ;;
        'queue depth 0'|'queue show 0'|'queue peek 0'|'queue wait 0'|'queue export 0'|'queue import 0'|'queue purge 0'|'queue move 0'|'forecast '*) REPLY='queue' ;;
        'queue import 1'|'dlq import 1'|'config validate 0'|'config import 0'|'rule import 0'|'rule diff 0'|'host import 0'|'backup verify 0'|'restore 0') REPLY='file' ;;
        'queue orphan recover 0') REPLY='pod' ;;
        'dlq list 0'|'dlq pause 0'|'dlq resume 0'|'dlq export 0'|'dlq import 0'|'dlq purge 0') REPLY='dlq' ;;
        'dlq show 0'|'dlq fix '*) REPLY='letter' ;;
        'dlq replay '*) REPLY='dlq letter' ;;
        'config history 0'|'config rollback 0'|'config watch 0'|'config show 0'|'config get 0'|'config set '*|'config unset 0'|'config publish 0') REPLY='setting' ;;
        'config diff 0') REPLY='context file' ;;
        'ratelimit set 0') REPLY='limiter' ;;
        'ratelimit set 1'|'rule add 0'|'team rename 1'|'vault set 0'|'vault rotate plan 0'|'vault rotate stage 0'|'vault rotate promote 0'|'vault rotate finish 0'|'vault rotate abort 0'|'apikey add 0') REPLY='' ;;
        'maintenance end 0'|'maintenance show 0') REPLY='window' ;;
        'chaos '*) REPLY='fault' ;;
        'ingest stop '*|'ingest start '*) REPLY='instance' ;;
        'audit show 0') REPLY='change' ;;
        'undo 0'|'op show 0'|'op resume 0') REPLY='operation' ;;
        'rule show 0'|'rule history 0'|'rule set 0'|'rule edit 0'|'rule enable '*|'rule disable '*|'rule delete 0') REPLY='rule' ;;
        'host show 0'|'host add 0'|'host set 0'|'host delete 0') REPLY='host' ;;
        'team show 0'|'team rename 0') REPLY='team' ;;
        'redis clean 0') REPLY='cleaned' ;;
        'db partition archive '*|'db partition drop '*|'db index create '*) REPLY='partition index' ;;
        'apikey revoke 0') REPLY='key' ;;
        'daemon 0') REPLY='daemon' ;;
        'context show 0'|'context add 0'|'context use 0'|'context check 0') REPLY='context' ;;
        'help '*) REPLY='topic noun' ;;
        'explain '*) REPLY='code queue metric setting cause check' ;;
        'schema '*) REPLY='noun' ;;
        'generate completions 0') REPLY='shell' ;;
        *) REPLY="" ;;
    esac
}

__mutt_asked() {
    [[ ' change context event host index instance key letter operation partition pod queue rule team window ' == *" $1 "* ]]
}

__mutt_add() {
    local word
    for word in "$@"; do
        [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
    done
}

__mutt_offer() {
    local kind word about ask=() REPLY
    for kind in $1; do
        if [[ $kind == file ]]; then
            compopt -o filenames 2>/dev/null
            while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
            continue
        fi
        __mutt_fixed "$kind"
        __mutt_add $REPLY
        __mutt_asked "$kind" && ask+=("$kind")
    done
    ((${#ask[@]})) || return
    while IFS=$'\t' read -r word about; do
        __mutt_add "$word"
    done < <(timeout "${MUTT_COMPLETION_SECONDS:-0.3}" muttctl --complete "${ask[@]}" ${context:+--context "$context"} 2>/dev/null)
}

_mutt() {
    local IFS=$' \t\n' cur=${COMP_WORDS[COMP_CWORD]} path='' words place=1 count=0 flag='' context='' word REPLY kinds
    COMPREPLY=()
    while ((place < COMP_CWORD)); do
        word=${COMP_WORDS[place]}
        if [[ $word == -* ]]; then
            if __mutt_values "$word"; then
                ((place++))
                [[ ${COMP_WORDS[place]} == '=' && $place -lt $COMP_CWORD ]] && ((place++))
                if ((place >= COMP_CWORD)); then
                    flag=$word
                    break
                fi
                [[ $word == -c || $word == --context ]] && context=${COMP_WORDS[place]}
            fi
        else
            __mutt_other "$path $word"
            word=$REPLY
            __mutt_words "$path"
            if ((count == 0)) && [[ " $REPLY " == *" $word "* ]]; then
                path="${path:+$path }$word"
            else
                ((count++))
            fi
        fi
        ((place++))
    done
    [[ $cur == '=' ]] && cur=''
    if [[ $flag ]]; then
        __mutt_values "$flag"
        __mutt_offer "$REPLY"
        return
    fi
    if [[ $cur == -* ]]; then
        __mutt_flags "$path"
        __mutt_add $REPLY
        return
    fi
    if ((count == 0)); then
        __mutt_words "$path"
        __mutt_add $REPLY
    fi
    __mutt_arguments "$path" "$count"
    __mutt_offer "$REPLY"
}

complete -F _mutt mutt muttctl
# sha256 of the lines above: f5529a2097ddb2d3c9e8e33bd533ec680b533c71e63824850945edb0e13b0e53
