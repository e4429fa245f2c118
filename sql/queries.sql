-- name: rules_load
-- Every rule (or one, by id) in the order the alerter uses; the rule's own team only stands in where no team id resolves.
SELECT r.id, r.version, r.rule_name, r.pattern, r.severity, r.priority, r.enabled, r.description, r.device_team_id,
       coalesce(t.team_assignment, r.team_assignment) AS team, r.dedupe_fold, r.match_type
FROM alert_rules r LEFT JOIN device_teams t ON t.id = r.device_team_id
WHERE %(id)s::bigint IS NULL OR r.id = %(id)s::bigint
ORDER BY r.priority DESC, r.id;

-- name: rule_delete
DELETE FROM alert_rules WHERE id = %(id)s AND version = coalesce(%(version)s::bigint, version);

-- name: dev_hosts_load
SELECT hostname FROM dev_hosts;

-- name: teams_load
SELECT hostname, team_assignment FROM device_teams WHERE team_assignment IS NOT NULL;

-- name: rules_revision
SELECT revision FROM rules_revision;

-- name: set_actor
-- Who acts, for the audit triggers; ends with the transaction.
SELECT set_config('mutt.actor', %(actor)s, true), set_config('mutt.reason', %(reason)s, true),
       set_config('mutt.correlation_id', %(correlation_id)s, true);

-- name: commit_durably
-- For a transaction whose commit makes us forget the only other copy: never asynchronous, whatever the server's default.
SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off';

-- name: audit_page
-- The newest changes first; a NULL asks for nothing. Columns are those of AuditRow.
SELECT id, (extract(epoch FROM "timestamp") * 1000)::bigint, changed_by, operation, table_name, record_id, old_values,
       new_values, reason, correlation_id
FROM audit_logs
WHERE (%(since)s::timestamptz IS NULL OR "timestamp" >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR "timestamp" <= %(until)s)
  AND (%(actor)s::text IS NULL OR changed_by ILIKE %(actor)s)
  AND (%(tables)s::text[] IS NULL OR table_name = ANY (%(tables)s::text[]))
  AND (%(record)s::text IS NULL OR record_id = %(record)s)
  AND (%(operation)s::text IS NULL OR operation = %(operation)s)
ORDER BY "timestamp" DESC, id DESC LIMIT %(limit)s OFFSET %(offset)s;

-- name: audit_count
SELECT count(*) FROM audit_logs
WHERE (%(since)s::timestamptz IS NULL OR "timestamp" >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR "timestamp" <= %(until)s)
  AND (%(actor)s::text IS NULL OR changed_by ILIKE %(actor)s)
  AND (%(tables)s::text[] IS NULL OR table_name = ANY (%(tables)s::text[]))
  AND (%(record)s::text IS NULL OR record_id = %(record)s)
  AND (%(operation)s::text IS NULL OR operation = %(operation)s);

-- name: journal_claim
-- Sorted, so that two historians that overlap for a moment wait for each other instead of deadlocking.
INSERT INTO journal_done (uid)
SELECT uid FROM unnest(%(uids)s::uuid[]) AS t (uid) ORDER BY uid
ON CONFLICT DO NOTHING
RETURNING uid::text;

-- name: history_reject
INSERT INTO event_history_rejects (journal_uid, event_id, record, error)
VALUES (%(uid)s, %(event_id)s, %(record)s, %(error)s);

-- name: history_find
-- By event id or by a pattern of correlation ids; the one that is not asked for is NULL. Columns: Step, then Record.
SELECT (extract(epoch FROM recorded_at) * 1000)::bigint, journal_uid::text, event_id::text, correlation_id, stage,
       outcome, reason, queue, pod, coalesce((extract(epoch FROM received_at) * 1000)::bigint, 0), source,
       coalesce((extract(epoch FROM started_at) * 1000)::bigint, 0), duration_us, attempt, hostname, sender, ingestor,
       severity, rule_id, rule_version, rule_name, response_code, operation_id, coalesce(parent_id::text, '')
FROM event_history
WHERE (event_id = %(event_id)s::uuid OR correlation_id LIKE %(pattern)s::text) AND recorded_at >= %(since)s
ORDER BY recorded_at, started_at LIMIT %(most)s;

-- name: history_payload
-- The event as it was received; the latest, if it was decided more than once.
SELECT payload FROM event_payloads
WHERE event_id = %(event_id)s::uuid AND recorded_at >= %(since)s
ORDER BY recorded_at DESC LIMIT 1;

-- name: history_contents
-- What each of these events was when it was received, the latest, and when that was recorded (Unix ms).
SELECT DISTINCT ON (event_id) event_id::text, payload, (extract(epoch FROM recorded_at) * 1000)::bigint
FROM event_payloads
WHERE event_id = ANY (%(ids)s::uuid[]) AND recorded_at >= %(since)s
ORDER BY event_id, recorded_at DESC;

-- name: history_last
-- The last record of each event. Within one millisecond the record that ends an event's way comes after the others.
SELECT DISTINCT ON (event_id) event_id::text, outcome, queue
FROM event_history
WHERE event_id = ANY (%(ids)s::uuid[]) AND recorded_at >= %(since)s
ORDER BY event_id, recorded_at DESC, (queue = '') DESC, attempt DESC;

-- name: history_open
-- Events whose last record since a moment does not end their way; ordered within a millisecond as in history_last.
SELECT event_id::text FROM (
    SELECT DISTINCT ON (event_id) event_id, outcome
    FROM event_history WHERE recorded_at >= %(since)s
    ORDER BY event_id, recorded_at DESC, (queue = '') DESC, attempt DESC
) AS newest
WHERE outcome <> ALL (%(ended)s::text[]) LIMIT %(most)s;

-- name: history_ended_twice
-- Events whose way ended more than once since a moment: a copy of them was made.
SELECT event_id::text FROM event_history
WHERE recorded_at >= %(since)s AND outcome = ANY (%(gone)s::text[])
GROUP BY event_id HAVING count(*) > 1 LIMIT %(most)s;

-- name: history_partitions
SELECT child.relname, pg_total_relation_size(child.oid)
FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
WHERE inhparent = ANY (ARRAY['event_history', 'event_payloads', 'journal_done']::regclass[])
ORDER BY child.relname;

-- name: history_rejected
-- Records of these events that no column would take, oldest first.
SELECT record FROM event_history_rejects WHERE event_id = ANY (%(ids)s) ORDER BY id LIMIT %(most)s;

-- name: history_rejects
SELECT count(*) FROM event_history_rejects;

-- name: database_facts
SELECT current_setting('server_version'), pg_database_size(current_database()),
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
       current_setting('max_connections')::int;

-- name: fold_note
INSERT INTO ledger_folds (lane, uid, minutes, sources, counters, amounts)
VALUES (%(lane)s, %(uid)s, %(minutes)s::timestamptz[], %(sources)s::text[], %(counters)s::text[], %(amounts)s::bigint[])
ON CONFLICT (uid) DO NOTHING
RETURNING seq;

-- name: fold_orphan
-- Take out what later folds than `base` (NULL: than none) have added: Redis does not know of them any more.
WITH gone AS (
    UPDATE ledger_folds SET orphaned_at = clock_timestamp()
    WHERE lane = %(lane)s AND uid <> %(uid)s AND orphaned_at IS NULL AND seq > coalesce(
        (SELECT seq FROM ledger_folds WHERE uid = %(base)s::uuid),
        (SELECT max(seq) FROM ledger_folds WHERE lane = %(lane)s AND uid < %(base)s::uuid), 0)
    RETURNING seq, minutes, sources, counters, amounts
), taken AS (
    SELECT minute, source, counter, sum(amount) AS amount
    FROM gone, unnest(gone.minutes, gone.sources, gone.counters, gone.amounts) AS t (minute, source, counter, amount)
    GROUP BY minute, source, counter
), done AS (
    UPDATE ledger_minutes AS kept SET value = kept.value - taken.amount FROM taken
    WHERE kept.lane = %(lane)s AND kept.minute = taken.minute AND kept.source = taken.source
      AND kept.counter = taken.counter
)
SELECT count(*) FROM gone;

-- name: fold_add
INSERT INTO ledger_minutes (lane, minute, source, counter, value)
SELECT %(lane)s, minute, source, counter, amount
FROM unnest(%(minutes)s::timestamptz[], %(sources)s::text[], %(counters)s::text[], %(amounts)s::bigint[])
     AS t (minute, source, counter, amount)
ON CONFLICT (lane, minute, source, counter) DO UPDATE SET value = ledger_minutes.value + excluded.value;

-- name: fold_forget
-- Old folds cannot be taken out any more; the newest stays, so that Redis' last one is known.
DELETE FROM ledger_folds
WHERE lane = %(lane)s AND folded_at < now() - interval '2 days'
  AND seq < (SELECT max(seq) FROM ledger_folds WHERE lane = %(lane)s);

-- name: fold_known
SELECT 1 FROM ledger_folds WHERE uid = %(uid)s::uuid;

-- name: ledger_folded
-- Counters of folded minutes without folds later than `base`, as in fold_orphan. Unless `whole`, only minutes that do
-- not close by themselves, and those that are asked for.
WITH counted AS (
    SELECT minute, source, counter, value FROM ledger_minutes
    WHERE lane = %(lane)s AND minute >= %(since)s::timestamptz
    UNION ALL
    SELECT t.minute, t.source, t.counter, -t.amount
    FROM ledger_folds AS f, unnest(f.minutes, f.sources, f.counters, f.amounts) AS t (minute, source, counter, amount)
    WHERE f.lane = %(lane)s AND f.orphaned_at IS NULL AND f.seq > coalesce(
        (SELECT seq FROM ledger_folds WHERE uid = %(base)s::uuid),
        (SELECT max(seq) FROM ledger_folds WHERE lane = %(lane)s AND uid < %(base)s::uuid), 0)
      AND t.minute >= %(since)s::timestamptz
), summed AS (
    SELECT minute, source, counter, sum(value)::bigint AS value,
           sum(sum(CASE WHEN counter = ANY (%(incoming)s::text[]) THEN value
                        WHEN counter = ANY (%(outgoing)s::text[]) THEN -value ELSE 0 END))
               OVER (PARTITION BY minute, source) AS remainder
    FROM counted GROUP BY minute, source, counter
)
SELECT to_char(minute AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI'), source, counter, value FROM summed
WHERE value <> 0 AND (%(whole)s OR remainder <> 0 OR minute = ANY (%(minutes)s::timestamptz[]));

-- name: history_accepted_in
-- Events that were accepted within these minutes, as far as a record tells.
SELECT DISTINCT event_id::text, to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI')
FROM event_history
WHERE recorded_at >= %(since)s AND date_trunc('minute', received_at, 'UTC') = ANY (%(minutes)s::timestamptz[])
  AND source <> ALL (%(others)s::text[])
LIMIT %(most)s;

-- name: operation_begin
INSERT INTO operations (id, started_at, actor, host, context, command, impact, argv, reason, plan, originals)
VALUES (%(id)s, %(started_at)s, %(actor)s, %(host)s, %(context)s, %(command)s, %(impact)s, %(argv)s, %(reason)s, %(plan)s,
        %(originals)s);

-- name: operation_end
-- Only by whoever holds it: one that was taken for dead does not write over what its successor has done.
-- What a restore noted within its transaction stays, also if whoever closes the record never heard of its end.
UPDATE operations
SET finished_at = clock_timestamp(), result = %(result)s, counts = %(counts)s,
    originals = %(originals)s::jsonb || CASE WHEN originals ? 'put_back' THEN '{"put_back": true}'::jsonb ELSE '{}' END,
    backup_path = %(backup_path)s, backup_sha256 = %(backup_sha256)s
WHERE id = %(id)s AND (held_at IS NULL OR holder ->> 'token' IS NOT DISTINCT FROM %(token)s);

-- name: operation_absorb
-- What a file of a host kept while this database was away.
INSERT INTO operations (id, started_at, actor, host, context, command, impact, argv, reason, plan, finished_at, counts,
                        originals, result, backup_path, backup_sha256)
VALUES (%(id)s, %(started_at)s, %(actor)s, %(host)s, %(context)s, %(command)s, %(impact)s, %(argv)s, %(reason)s,
        %(plan)s, %(finished_at)s, %(counts)s, %(originals)s, %(result)s, %(backup_path)s, %(backup_sha256)s)
ON CONFLICT (id) DO UPDATE
SET finished_at = EXCLUDED.finished_at, counts = EXCLUDED.counts,
    originals = coalesce(EXCLUDED.originals, '{}')
        || CASE WHEN operations.originals ? 'put_back' THEN '{"put_back": true}'::jsonb ELSE '{}' END,
    result = EXCLUDED.result, backup_path = EXCLUDED.backup_path, backup_sha256 = EXCLUDED.backup_sha256
WHERE operations.finished_at IS NULL AND EXCLUDED.result IS NOT NULL;

-- name: operation_find
SELECT id, started_at, finished_at, actor, host, context, command, impact, argv, coalesce(reason, ''), plan, counts,
       originals, backup_path, backup_sha256, result, undone_by
FROM operations WHERE upper(id) LIKE %(pattern)s ORDER BY started_at DESC LIMIT 20;

-- name: operation_page
SELECT id, started_at, finished_at, actor, host, context, command, impact, argv, coalesce(reason, ''), plan, counts,
       NULL, backup_path, backup_sha256, result, undone_by
FROM operations
WHERE started_at >= %(since)s AND started_at <= %(until)s
ORDER BY started_at DESC, id LIMIT %(most)s;

-- name: operation_last_of
-- The last operation of a person that could be taken back, of these commands.
SELECT id, started_at, finished_at, actor, host, context, command, impact, argv, coalesce(reason, ''), plan, counts,
       originals, backup_path, backup_sha256, result, undone_by
FROM operations
WHERE actor = %(actor)s AND command = ANY(%(commands)s::text[]) AND undone_by IS NULL
ORDER BY started_at DESC LIMIT 1;

-- name: operation_of_revision
-- Whether another operation says that it wrote this revision of the secret.
SELECT 1 FROM operations
WHERE started_at >= %(since)s AND id <> %(id)s AND originals ->> 'revision_after' = %(revision)s LIMIT 1;

-- name: operation_undos_of
-- Attempts to take one back, whatever became of them.
SELECT id, started_at, finished_at, actor, host, context, command, impact, argv, coalesce(reason, ''), plan, counts,
       originals, backup_path, backup_sha256, result, undone_by
FROM operations
WHERE started_at >= %(since)s AND plan ->> 'undoes' = %(id)s
ORDER BY started_at;

-- name: operation_undone
UPDATE operations SET undone_by = %(by)s
WHERE id = %(id)s AND undone_by IS NULL AND (held_at IS NULL OR holder ->> 'token' IS NOT DISTINCT FROM %(token)s);

-- name: operation_held
SELECT result, undone_by, holder, coalesce(extract(epoch FROM clock_timestamp() - held_at), 0)::float8
FROM operations WHERE id = %(id)s FOR UPDATE;

-- name: operation_lost
-- Whether it was ours, or anybody's, and is ours no more.
SELECT 1 FROM operations WHERE id = %(id)s AND held_at IS NOT NULL AND holder ->> 'token' IS DISTINCT FROM %(token)s;

-- name: operation_take
UPDATE operations SET holder = %(holder)s, held_at = clock_timestamp() WHERE id = %(id)s;

-- name: operation_beat
UPDATE operations SET held_at = clock_timestamp() WHERE id = %(id)s AND holder ->> 'token' = %(token)s;

-- name: operation_release
-- When it was held stays: from then on only who takes it anew may go on with it.
UPDATE operations SET holder = NULL WHERE id = %(id)s AND holder ->> 'token' = %(token)s;

-- name: operation_slice_put
-- Only by whoever holds the operation, and the one that it takes back: one that was taken for dead and wakes up does not
-- go on, also when its successor has come to the end and let go. An operation that nobody ever held is its beginner's.
INSERT INTO operation_slices (operation_id, number, source, moved, messages, originals)
SELECT %(operation_id)s, %(number)s, %(source)s, %(moved)s, %(messages)s, %(originals)s
WHERE NOT EXISTS (
    SELECT 1 FROM operations own LEFT JOIN operations undone ON undone.id = own.plan ->> 'undoes'
    WHERE own.id = %(operation_id)s
      AND (own.held_at IS NOT NULL AND own.holder ->> 'token' IS DISTINCT FROM %(token)s
           OR undone.held_at IS NOT NULL AND undone.holder ->> 'token' IS DISTINCT FROM %(token)s))
ON CONFLICT (operation_id, number) DO UPDATE
SET source = EXCLUDED.source, moved = EXCLUDED.moved, messages = EXCLUDED.messages, originals = EXCLUDED.originals,
    written_at = clock_timestamp();

-- name: operation_slice_void
-- It was written down, and nobody can carry it out any more.
DELETE FROM operation_slices WHERE operation_id = %(operation_id)s AND number = %(number)s;

-- name: operation_slices
SELECT number, source, moved, messages, originals FROM operation_slices
WHERE operation_id = %(operation_id)s AND number > %(after)s ORDER BY number LIMIT %(most)s;

-- name: audit_add
-- For what is changed outside this database; the tables of rules and inventory are audited by trigger.
INSERT INTO audit_logs (changed_by, operation, table_name, record_id, old_values, new_values, reason, correlation_id)
VALUES (%(actor)s, %(operation)s, %(table_name)s, %(record_id)s, %(old)s, %(new)s, %(reason)s, %(id)s);

-- name: db_server_id
SELECT system_identifier FROM pg_control_system();

-- name: audit_operation
-- An operation of which nothing is audited by its own rows, nor by the triggers of rules and inventory.
INSERT INTO audit_logs (changed_by, operation, table_name, record_id, new_values, reason, correlation_id)
SELECT o.actor, 'UPDATE', 'operations', o.id, %(told)s, o.reason, o.id FROM operations o
WHERE o.id = %(id)s
  AND NOT EXISTS (SELECT 1 FROM audit_logs a
                  WHERE a.timestamp >= o.started_at - interval '1 minute' AND a.correlation_id = o.id);

-- name: rule_images
-- Rules as they are changed and taken back: every column that may be set, in matching order. NULL = all of them.
SELECT to_jsonb(r) || jsonb_build_object('team', coalesce(t.team_assignment, r.team_assignment))
FROM alert_rules r LEFT JOIN device_teams t ON t.id = r.device_team_id
WHERE %(ids)s::bigint[] IS NULL OR r.id = ANY (%(ids)s::bigint[])
ORDER BY r.priority DESC, r.id;

-- name: rules_order
-- What it takes to put rules in matching order, to judge them and to find one by a word. Names are those of an image.
SELECT r.id, r.rule_name, r.pattern, r.match_type, r.severity, coalesce(t.team_assignment, r.team_assignment) AS team,
       r.enabled
FROM alert_rules r LEFT JOIN device_teams t ON t.id = r.device_team_id
ORDER BY r.priority DESC, r.id;

-- name: rules_insert
-- An id that is given is kept: a rule that comes back is the one that history refers to.
INSERT INTO alert_rules (id, rule_name, pattern, match_type, severity, priority, enabled, description, device_team_id,
                         team_assignment, dedupe_fold, trap_oid, syslog_severity, prod_handling, dev_handling)
SELECT coalesce(id, nextval(pg_get_serial_sequence('alert_rules', 'id'))), rule_name, pattern, match_type, severity,
       priority, enabled, description, device_team_id, team_assignment, dedupe_fold, trap_oid, syslog_severity,
       prod_handling, dev_handling
FROM jsonb_to_recordset(%(rows)s) AS t (
    place integer, id bigint, rule_name text, pattern text, match_type text, severity text, priority integer, enabled boolean,
    description text, device_team_id bigint, team_assignment text, dedupe_fold boolean, trap_oid text,
    syslog_severity integer, prod_handling text, dev_handling text)
ORDER BY place
RETURNING id;

-- name: rules_update
-- Each only while it is at the version that the plan was made from.
UPDATE alert_rules AS r
SET rule_name = t.rule_name, pattern = t.pattern, match_type = t.match_type, severity = t.severity,
    priority = t.priority, enabled = t.enabled, description = t.description, device_team_id = t.device_team_id,
    team_assignment = t.team_assignment, dedupe_fold = t.dedupe_fold, trap_oid = t.trap_oid,
    syslog_severity = t.syslog_severity, prod_handling = t.prod_handling, dev_handling = t.dev_handling
FROM jsonb_to_recordset(%(rows)s) AS t (
    id bigint, version bigint, rule_name text, pattern text, match_type text, severity text, priority integer,
    enabled boolean, description text, device_team_id bigint, team_assignment text, dedupe_fold boolean, trap_oid text,
    syslog_severity integer, prod_handling text, dev_handling text)
WHERE r.id = t.id AND r.version = t.version
RETURNING r.id;

-- name: rules_delete
DELETE FROM alert_rules AS r USING jsonb_to_recordset(%(rows)s) AS t (id bigint, version bigint)
WHERE r.id = t.id AND r.version = t.version
RETURNING r.id;

-- name: rules_named
-- Rules that have one of these names by now, without those that are changed in the same step.
SELECT id, rule_name FROM alert_rules WHERE rule_name = ANY (%(names)s::text[]) AND id <> ALL (%(ids)s::bigint[])
ORDER BY id;

-- name: inventory_lock
-- Readers go on; whoever writes, a person with psql too, comes before or after: what is read from here on stands.
LOCK TABLE alert_rules, device_teams, dev_hosts IN SHARE ROW EXCLUSIVE MODE;

-- name: hosts_images
-- Hosts that one of the two tables has. NULL = all of them.
SELECT coalesce(t.hostname, d.hostname), t.team_assignment, (d.hostname IS NOT NULL), t.id
FROM device_teams t FULL JOIN dev_hosts d ON d.hostname = t.hostname
WHERE %(names)s::text[] IS NULL OR coalesce(t.hostname, d.hostname) = ANY (%(names)s::text[])
ORDER BY 1;

-- name: teams_put
INSERT INTO device_teams (id, hostname, team_assignment)
SELECT coalesce(team_id, nextval(pg_get_serial_sequence('device_teams', 'id'))), host, team
FROM jsonb_to_recordset(%(rows)s) AS t (team_id bigint, host text, team text)
ON CONFLICT (hostname) DO UPDATE SET team_assignment = excluded.team_assignment;

-- name: teams_drop
DELETE FROM device_teams WHERE hostname = ANY (%(names)s::text[]);

-- name: dev_hosts_put
INSERT INTO dev_hosts (hostname) SELECT unnest(%(names)s::text[]) ON CONFLICT DO NOTHING;

-- name: dev_hosts_drop
DELETE FROM dev_hosts WHERE hostname = ANY (%(names)s::text[]);

-- name: matches_add
-- Times in ms. Sorted, as in journal_claim.
INSERT INTO rule_matches (rule_id, hour, matches, last_at)
SELECT rule_id, to_timestamp(hour / 1000.0), matches, to_timestamp(last_at / 1000.0)
FROM unnest(%(rules)s::bigint[], %(hours)s::bigint[], %(counts)s::bigint[], %(lasts)s::bigint[])
    AS t (rule_id, hour, matches, last_at) ORDER BY rule_id, hour
ON CONFLICT (rule_id, hour) DO UPDATE
SET matches = rule_matches.matches + excluded.matches, last_at = greatest(rule_matches.last_at, excluded.last_at);

-- name: matches_fold
-- Hours older than a week become one row of their rule.
WITH old AS (
    DELETE FROM rule_matches WHERE hour > '-infinity' AND hour < now() - interval '7 days' RETURNING *
)
INSERT INTO rule_matches (rule_id, hour, matches, last_at)
SELECT rule_id, '-infinity', sum(matches), max(last_at) FROM old GROUP BY rule_id ORDER BY rule_id
ON CONFLICT (rule_id, hour) DO UPDATE
SET matches = rule_matches.matches + excluded.matches, last_at = greatest(rule_matches.last_at, excluded.last_at);

-- name: matches_read
-- Since a moment and in all, and when last, of each rule that ever matched. NULL = all of them.
SELECT rule_id, coalesce(sum(matches) FILTER (WHERE hour >= %(since)s), 0)::bigint, sum(matches)::bigint,
       (extract(epoch FROM max(last_at)) * 1000)::bigint
FROM rule_matches WHERE %(ids)s::bigint[] IS NULL OR rule_id = ANY (%(ids)s::bigint[])
GROUP BY rule_id;

-- name: operation_actor
SELECT actor, reason FROM operations WHERE id = %(id)s;

-- name: rules_changed
-- Who made each rule what it is now, and when. NULL = all of them.
SELECT r.id, v.changed_by, r.updated_at FROM alert_rules r
LEFT JOIN rule_versions v ON v.rule_id = r.id AND v.version = r.version
WHERE %(ids)s::bigint[] IS NULL OR r.id = ANY (%(ids)s::bigint[]);

-- name: audit_search
-- The newest first; a NULL asks for nothing. `object` is a table, a record, or `table/record`.
SELECT id, (extract(epoch FROM "timestamp") * 1000)::bigint, changed_by, operation, table_name, record_id, old_values,
       new_values, reason, correlation_id
FROM audit_logs
WHERE "timestamp" >= %(since)s AND "timestamp" <= %(until)s
  AND (%(actor)s::text IS NULL OR changed_by ILIKE %(actor)s)
  AND (%(table)s::text IS NULL OR table_name = %(table)s)
  AND (%(record)s::text IS NULL OR record_id = %(record)s)
  AND (%(object)s::text IS NULL OR %(object)s IN (table_name, record_id, table_name || '/' || record_id)
       OR new_values ->> 'rule_name' = %(object)s OR old_values ->> 'rule_name' = %(object)s)
ORDER BY "timestamp" DESC, id DESC LIMIT %(most)s;

-- name: audit_one
SELECT id, (extract(epoch FROM "timestamp") * 1000)::bigint, changed_by, operation, table_name, record_id, old_values,
       new_values, reason, correlation_id
FROM audit_logs WHERE id = %(id)s;

-- name: history_search
-- The newest records that fit; a NULL asks for nothing. Columns as in history_find.
SELECT (extract(epoch FROM recorded_at) * 1000)::bigint, journal_uid::text, event_id::text, correlation_id, stage,
       outcome, reason, queue, pod, coalesce((extract(epoch FROM received_at) * 1000)::bigint, 0), source,
       coalesce((extract(epoch FROM started_at) * 1000)::bigint, 0), duration_us, attempt, hostname, sender, ingestor,
       severity, rule_id, rule_version, rule_name, response_code, operation_id, coalesce(parent_id::text, '')
FROM event_history
WHERE recorded_at >= %(since)s AND recorded_at <= %(until)s
  AND (%(hostname)s::text IS NULL OR hostname = %(hostname)s) AND (%(stage)s::text IS NULL OR stage = %(stage)s)
  AND (%(outcome)s::text IS NULL OR outcome = %(outcome)s) AND (%(reason)s::text IS NULL OR reason = %(reason)s)
  AND (%(rule_name)s::text IS NULL OR rule_name = %(rule_name)s)
  AND (%(severity)s::text IS NULL OR severity = %(severity)s) AND (%(source)s::text IS NULL OR source = %(source)s)
  AND (%(pod)s::text IS NULL OR pod = %(pod)s) AND (%(queue)s::text IS NULL OR queue = %(queue)s)
  AND (%(correlation_id)s::text IS NULL OR correlation_id = %(correlation_id)s)
ORDER BY recorded_at DESC, (queue = '') DESC, attempt DESC LIMIT %(most)s;

-- name: rules_then
-- Every rule as it was at a moment, disabled ones included: its newest version by then, unless it was deleted since.
-- The team of a team id is that of now: no version of a team is kept.
SELECT v.definition || jsonb_build_object(
           'team', coalesce(t.team_assignment, v.definition ->> 'team_assignment'),
           'since_ms', (extract(epoch FROM v.recorded_at) * 1000)::bigint)
FROM (SELECT DISTINCT ON (rule_id) rule_id, version, recorded_at, definition FROM rule_versions
      WHERE recorded_at <= %(at)s ORDER BY rule_id, version DESC) AS v
LEFT JOIN device_teams AS t ON t.id = (v.definition ->> 'device_team_id')::bigint
WHERE NOT EXISTS (SELECT FROM audit_logs AS a
                  WHERE a.table_name = 'alert_rules' AND a.record_id = v.rule_id::text AND a.operation = 'DELETE'
                    AND a."timestamp" > v.recorded_at AND a."timestamp" <= %(at)s)
  AND NOT EXISTS (SELECT FROM audit_logs AS a
                  WHERE a.table_name = 'alert_rules' AND a.record_id IS NULL AND a.operation = 'TRUNCATE'
                    AND a."timestamp" > v.recorded_at AND a."timestamp" <= %(at)s);

-- name: rule_version
-- One rule as one version of it was.
SELECT v.definition || jsonb_build_object(
           'team', coalesce(t.team_assignment, v.definition ->> 'team_assignment'),
           'since_ms', (extract(epoch FROM v.recorded_at) * 1000)::bigint)
FROM rule_versions AS v LEFT JOIN device_teams AS t ON t.id = (v.definition ->> 'device_team_id')::bigint
WHERE v.rule_id = %(id)s AND v.version = %(version)s;

-- name: host_then
-- What the inventory held about a host at a moment: what the next change since then replaced, else what is there now.
-- Columns: its team; whether it is a dev host; what the next change of each found (NULL: no change); whether a table
-- was emptied since, after which nobody knows.
SELECT (SELECT team_assignment FROM device_teams WHERE hostname = %(host)s),
       EXISTS (SELECT FROM dev_hosts WHERE hostname = %(host)s),
       (SELECT jsonb_build_object('old', old_values) FROM audit_logs
        WHERE table_name = 'device_teams' AND record_id = %(host)s AND "timestamp" > %(at)s
        ORDER BY "timestamp", id LIMIT 1),
       (SELECT jsonb_build_object('old', old_values) FROM audit_logs
        WHERE table_name = 'dev_hosts' AND record_id = %(host)s AND "timestamp" > %(at)s
        ORDER BY "timestamp", id LIMIT 1),
       EXISTS (SELECT FROM audit_logs WHERE table_name IN ('device_teams', 'dev_hosts') AND record_id IS NULL
               AND operation = 'TRUNCATE' AND "timestamp" > %(at)s);

-- name: history_of_host
-- Events that a host sent, accepted within a time: their ids tell it, and are indexed. A host is known by its name in
-- any case, by that name with a domain behind it, or by the address of the sender. The newest first.
SELECT DISTINCT event_id::text FROM event_history
WHERE event_id >= %(low)s::uuid AND event_id < %(high)s::uuid AND recorded_at >= %(since)s
  AND (lower(hostname) = ANY (%(names)s::text[]) OR lower(hostname) LIKE %(longer)s OR sender = %(sender)s)
ORDER BY 1 DESC LIMIT %(most)s;

-- name: history_payloads
-- What each of these events was when it was received, the latest, if it is kept.
SELECT DISTINCT ON (event_id) event_id::text, payload FROM event_payloads
WHERE event_id = ANY (%(ids)s::uuid[]) AND recorded_at >= %(since)s
ORDER BY event_id, recorded_at DESC;

-- name: history_stored
SELECT uid::text FROM journal_done WHERE uid = ANY (%(uids)s::uuid[]);

-- name: db_rights
-- What the role may see and do; pg_maintain exists since 17.
SELECT current_user, pg_has_role(current_user, 'pg_read_all_stats', 'USAGE'),
       pg_has_role(current_user, 'pg_signal_backend', 'USAGE'),
       (SELECT coalesce(bool_or(pg_has_role(current_user, oid, 'USAGE')), false) FROM pg_roles WHERE rolname = 'pg_maintain');

-- name: db_sessions
-- Every client of the server, as far as the role may see: state and ages of other roles' sessions may be NULL.
SELECT pid, backend_start, coalesce(application_name, ''), coalesce(usename::text, ''), coalesce(datname::text, ''),
       state, extract(epoch FROM clock_timestamp() - state_change)::float8,
       extract(epoch FROM clock_timestamp() - xact_start)::float8, pid = pg_backend_pid(),
       coalesce(datname = current_database(), false), coalesce(wait_event_type = 'Lock', false)
FROM pg_stat_activity
WHERE backend_type = 'client backend' OR (backend_type IS NULL AND datname IS NOT NULL)
ORDER BY pid;

-- name: db_end_session
-- Only if it is still the same session of this database, and idle for so long. No row: it is not any more.
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid = %(pid)s AND backend_start = %(started_at)s AND state = 'idle' AND datname = current_database()
  AND application_name = %(application)s AND pid <> pg_backend_pid()
  AND state_change < clock_timestamp() - make_interval(secs => %(idle_s)s);

-- name: history_end_stuck
-- What waits for its client, between two statements or for the rows of a COPY; one that works is left to its work.
-- Sessions of our own role in this database: those it may end without a right of its own.
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = %(application)s AND usename = current_user AND datname = current_database()
  AND pid <> pg_backend_pid() AND xact_start < clock_timestamp() - make_interval(secs => %(longer_than_s)s)
  AND (state <> 'active' OR wait_event_type = 'Client');

-- name: db_server
-- What a snapshot has of the server. A reading transaction says nothing of the session's default, so that is asked for.
SELECT current_setting('server_version'), clock_timestamp(),
       (SELECT count(*) FROM pg_stat_activity
        WHERE backend_type = 'client backend' OR (backend_type IS NULL AND datname IS NOT NULL)),
       current_setting('max_connections')::int,
       current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true), '0')::int,
       pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool;

-- name: db_limits
SELECT current_setting('max_connections')::int, current_setting('superuser_reserved_connections')::int,
       coalesce(current_setting('reserved_connections', true), '0')::int, current_database();

-- name: db_settings
SELECT name, setting, coalesce(unit, ''), context, pending_restart FROM pg_settings WHERE name = ANY (%(names)s::text[]);

-- name: db_replication
SELECT pg_is_in_recovery(), (SELECT count(*) FROM pg_stat_replication),
       CASE WHEN pg_is_in_recovery() THEN extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float8
            ELSE (SELECT max(extract(epoch FROM replay_lag))::float8 FROM pg_stat_replication) END;

-- name: db_tables
-- Rows and sizes of our tables; the days of a partitioned table together, under its name.
SELECT coalesce(parent.relname, s.relname)::text, count(*), sum(pg_total_relation_size(s.relid))::bigint,
       sum(s.n_live_tup)::bigint, sum(s.n_dead_tup)::bigint, max(greatest(s.last_vacuum, s.last_autovacuum)),
       max(greatest(s.last_analyze, s.last_autoanalyze))
FROM pg_stat_user_tables AS s
LEFT JOIN pg_inherits AS i ON i.inhrelid = s.relid
LEFT JOIN pg_class AS parent ON parent.oid = i.inhparent
WHERE s.schemaname = 'public'
GROUP BY 1 ORDER BY 3 DESC NULLS LAST;

-- name: db_statements_extension
SELECT n.nspname::text FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_stat_statements';

-- name: db_running
-- Statements of this database that have run for more than a second.
SELECT coalesce(application_name, ''), extract(epoch FROM clock_timestamp() - query_start)::float8, query
FROM pg_stat_activity
WHERE state = 'active' AND datname = current_database() AND pid <> pg_backend_pid()
  AND query_start < clock_timestamp() - interval '1 second'
ORDER BY query_start LIMIT 10;

-- name: migration_lock_holder
SELECT pid FROM pg_locks
WHERE locktype = 'advisory' AND granted AND classid = %(space)s::bigint::oid AND objid = 1 AND objsubid = 2
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid();

-- name: migration_waits_for
SELECT coalesce(nullif(a.application_name, ''), 'pid ' || a.pid),
       coalesce(extract(epoch FROM clock_timestamp() - a.xact_start)::float8, 0)
FROM pg_stat_activity AS a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND EXISTS (
    SELECT 1 FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
    WHERE l.pid = a.pid AND l.locktype = 'relation' AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p'))
ORDER BY a.xact_start NULLS LAST LIMIT 10;

-- name: db_partitions
-- The days of the history with DEFAULT, with sizes and about how many rows they have.
SELECT child.relname::text, parent.relname::text, pg_total_relation_size(child.oid), pg_stat_get_live_tuples(child.oid)
FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid JOIN pg_class AS parent ON parent.oid = inhparent
WHERE inhparent = ANY (ARRAY['event_history', 'event_payloads', 'journal_done']::regclass[])
ORDER BY child.relname;

-- name: db_indexes
-- Indexes of our tables; those of partitions are summed up under the one of the whole table.
SELECT c.relname::text, t.relname::text, t.relkind = 'p', i.indisvalid, i.indisunique OR i.indisprimary,
       pg_get_indexdef(i.indexrelid), pg_relation_size(c.oid) + coalesce(parts.size, 0)::bigint,
       coalesce(s.idx_scan, 0) + coalesce(parts.scans, 0)::bigint,
       (SELECT p.pid FROM pg_stat_progress_create_index AS p WHERE p.index_relid = c.oid LIMIT 1)
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_class AS t ON t.oid = i.indrelid
LEFT JOIN pg_stat_user_indexes AS s ON s.indexrelid = c.oid
LEFT JOIN LATERAL (
    SELECT sum(pg_relation_size(h.inhrelid)) AS size, sum(u.idx_scan) AS scans
    FROM pg_inherits AS h LEFT JOIN pg_stat_user_indexes AS u ON u.indexrelid = h.inhrelid WHERE h.inhparent = c.oid
) AS parts ON true
WHERE t.relnamespace = 'public'::regnamespace AND NOT t.relispartition
ORDER BY t.relname, c.relname;

-- name: db_partitions_without_index
-- Partitions of a table that have no part of an index of it.
SELECT child.relname::text FROM pg_inherits AS part JOIN pg_class AS child ON child.oid = part.inhrelid
WHERE part.inhparent = %(table)s::regclass AND NOT EXISTS (
    SELECT 1 FROM pg_inherits AS piece JOIN pg_index AS i ON i.indexrelid = piece.inhrelid
    WHERE piece.inhparent = %(index)s::regclass AND i.indrelid = child.oid)
ORDER BY child.relname;

-- name: db_index_is_valid
SELECT i.indisvalid FROM pg_index AS i WHERE i.indexrelid = to_regclass(%(index)s);
-- name: config_history
-- Changes of settings, the newest first; the id of the row is the version after that change.
SELECT id, "timestamp", changed_by, operation, table_name, record_id, old_values->>'value', new_values->>'value',
       coalesce(reason, ''), coalesce(correlation_id, '')
FROM audit_logs
WHERE table_name IN ('config', 'mutt.env') AND (%(name)s::text IS NULL OR record_id = ANY(%(names)s::text[]))
      AND "timestamp" >= %(since)s AND "timestamp" <= %(until)s
ORDER BY id DESC LIMIT %(most)s;

-- name: config_since
-- For each setting changed at run time after a version: what it was then.
SELECT DISTINCT ON (record_id) record_id, old_values->>'value'
FROM audit_logs WHERE table_name = 'config' AND id > %(version)s ORDER BY record_id, id;

-- name: config_version
SELECT EXISTS (SELECT FROM audit_logs WHERE table_name IN ('config', 'mutt.env') AND id = %(version)s);

-- name: backup_size
-- Bytes of the tables that a backup holds, those of their partitions included.
SELECT coalesce(sum(pg_table_size(c.oid)), 0)
FROM pg_class AS c LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid
WHERE c.relkind IN ('r', 'p') AND coalesce(i.inhparent, c.oid) = ANY(%(tables)s::text[]::regclass[]);

-- name: backup_identity
-- The data base, and the release of its server.
SELECT current_database(), current_setting('server_version');

-- name: restore_identities
-- Columns of these tables that number themselves.
SELECT c.relname, a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
WHERE a.attidentity <> '' AND a.attrelid = ANY(%(tables)s::text[]::regclass[]) ORDER BY c.relname;

-- name: restore_operations
-- What the backup knows of operations and this data base does not. The one that made the backup has ended since.
INSERT INTO operations (id, started_at, finished_at, actor, host, context, command, impact, argv, reason,
                        correlation_id, plan, counts, originals, backup_path, backup_sha256, result, undone_by)
SELECT id, started_at,
       CASE WHEN id = %(made_by)s THEN coalesce(finished_at, greatest(started_at, %(at)s::timestamptz)) ELSE finished_at END,
       actor, host, context, command, impact, argv, reason, correlation_id, plan, counts, originals, backup_path,
       backup_sha256,
       CASE WHEN id = %(made_by)s AND command = 'backup create' THEN coalesce(result, 'done') ELSE result END, undone_by
FROM restored_operations ON CONFLICT (id) DO NOTHING;

-- name: restore_slices
INSERT INTO operation_slices (operation_id, number, written_at, source, moved, messages, originals)
SELECT operation_id, number, written_at, source, moved, messages, originals
FROM restored_operation_slices ON CONFLICT (operation_id, number) DO NOTHING;

-- name: restore_audit
-- Rows of the audit that are not here. One whose number is another row's here gets a new number.
INSERT INTO audit_logs (id, "timestamp", changed_by, operation, table_name, record_id, old_values, new_values, reason,
                        correlation_id)
SELECT CASE WHEN EXISTS (SELECT FROM audit_logs AS taken WHERE taken.id = m.id)
            THEN nextval(pg_get_serial_sequence('audit_logs', 'id')) ELSE m.id END,
       m."timestamp", m.changed_by, m.operation, m.table_name, m.record_id, m.old_values, m.new_values, m.reason,
       m.correlation_id
FROM restored_audit_logs AS m
WHERE NOT EXISTS (
    SELECT FROM audit_logs AS a
    WHERE a."timestamp" = m."timestamp" AND a.changed_by = m.changed_by AND a.operation = m.operation
          AND (a.table_name, a.record_id, a.correlation_id) IS NOT DISTINCT FROM
              (m.table_name, m.record_id, m.correlation_id)
)
ORDER BY m.id;

-- name: restore_revision
-- Higher than any before: whoever holds rules reads them again.
UPDATE rules_revision SET revision = greatest(revision, %(revision)s::bigint) + 1, changed_at = clock_timestamp();

-- name: restore_marks
-- What changes as soon as anything is decided, folded or changed.
SELECT (SELECT max(revision) FROM rules_revision), (SELECT max(recorded_at) FROM event_history)::text,
       (SELECT max(seq) FROM ledger_folds);

-- name: restore_daemons
-- Sessions of daemons in this data base, by the name that each gives itself.
SELECT DISTINCT application_name FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'mutt-%%' AND pid <> pg_backend_pid()
ORDER BY application_name;

-- name: restore_noted
-- Within the transaction that replaces everything: it has come to its end.
UPDATE operations SET originals = coalesce(originals, '{}') || '{"put_back": true}' WHERE id = %(id)s;

-- name: restore_voids
-- What was done after the backup is as undone as if somebody had undone it. A file of a host stays as it is.
UPDATE operations SET undone_by = %(id)s
WHERE started_at >= %(since)s::timestamptz AND id <> %(id)s AND undone_by IS NULL AND command = ANY(%(commands)s)
      AND NOT coalesce(originals, '{}') ? 'file';

-- name: restore_unvoids
UPDATE operations SET undone_by = NULL WHERE undone_by = %(id)s;

-- name: restore_lanes
-- Other lanes that keep their ledger in this data base.
SELECT DISTINCT lane FROM ledger_folds WHERE lane <> %(lane)s ORDER BY lane;

-- name: restore_last
-- The last restore of Redis or the data base that stands: its id, when it ended, and what is kept of what was there.
SELECT id, finished_at, coalesce(backup_path, '') FROM operations
WHERE command = 'restore' AND result = 'done' AND undone_by IS NULL
      AND coalesce(plan ->> 'only', 'redis') IN ('redis', 'db')
ORDER BY started_at DESC LIMIT 1;

-- name: api_keys
-- Columns are those of ApiKey.
SELECT name, role, left(encode(key_hash, 'hex'), 12), created_at, created_by, expires_at, last_used_at
FROM api_keys WHERE name = coalesce(%(name)s::text, name) ORDER BY name;

-- name: api_key_add
INSERT INTO api_keys (name, role, key_hash, expires_at) VALUES (%(name)s, %(role)s, %(hash)s, %(expires_at)s);

-- name: api_key_remove
DELETE FROM api_keys WHERE name = %(name)s AND left(encode(key_hash, 'hex'), 12) = %(fingerprint)s;

-- name: api_key_owner
-- Whose key it is, and whether its use was noted within the last minute.
SELECT name, role, coalesce(last_used_at > clock_timestamp() - interval '1 minute', false)
FROM api_keys WHERE key_hash = %(hash)s AND (expires_at IS NULL OR expires_at > clock_timestamp());

-- name: api_key_used
-- Of several processes that note the same use one does.
UPDATE api_keys SET last_used_at = clock_timestamp()
WHERE name = (SELECT name FROM api_keys WHERE key_hash = %(hash)s FOR NO KEY UPDATE SKIP LOCKED);
