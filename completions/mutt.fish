# Completion of mutt and muttctl. Made by `muttctl generate completions`.
# Ids and names are those that your commands printed in the last 24 hours; nothing is connected to.

function __mutt_words
    switch $argv[1]
        case ''
            printf '%s\t%s\n' 'status' 'One screen: flow, services, queues, alerts.' 'health' 'The verdict for machines: exit 0, 1, 2 or 3.' 'trace' 'One event through every stage.' 'logs' 'What the daemons said, merged in order of time.' 'metric' 'Metrics of all daemons.' 'slo' 'Service levels: availability, burn rate, budget left.' 'queue' 'Queues: depth, age, messages.' 'dlq' 'Dead letters: why they failed, sending them round again.' 'reconcile' 'The ledger: everything accepted is accounted for.' 'config' 'Settings: what they are, where they come from.' 'breaker' 'The circuit breaker before Moogsoft.' 'cache' 'The rules that alerters hold.' 'ratelimit' 'The two rate limits: of the intake, and of the posts to Moogsoft.' 'moog' 'Moogsoft: as the daemons see it, and tested from here.' 'remediation' 'What brings dead letters back: its cycles.' 'maintenance' 'Windows of planned work, draining, resuming.' 'forecast' 'When a queue is full, or empty, and what another rate would give.' 'drill' 'A labelled canary through the whole pipeline, timed per stage.' 'ingest' 'The intake: send events, stop it, open it again.' 'event' 'Recorded events: search, follow, and what no rule matched.' 'audit' 'Who changed what, and why.' 'handoff' 'What the next person on call should know.' 'undo' 'Take an operation back.' 'op' 'What people did: the operations journal.' 'rule' 'Rules: what becomes an alert.' 'host' 'Hosts: their team and environment.' 'team' 'Teams, as rules and hosts name them.' 'redis' 'Redis: memory, clients, latency, large keys.' 'db' 'PostgreSQL: schema, state, connections, history.' 'vault' 'Vault: seal, token, secrets and their rotation.' 'bundle' 'Everything a helper will ask for, without secrets.' 'daemon' 'Run one service in the foreground.' 'up' 'Run the whole platform on this machine.' 'down' 'Stop what `mutt up` started.' 'backup' 'The whole deployment in one file: made, listed, proved whole.' 'restore' 'Put a backup back.' 'context' 'Which deployment commands go to.' 'help' 'Where to begin, or one topic.' 'explain' 'What a code, metric, key, queue, setting or message means.' 'schema' 'What a command\'s JSON looks like.' 'generate' 'Files for systemd, rsyslog, Prometheus and others; TAB and man pages.' 'version' 'Versions of this command and of what it talks to.'
        case 'metric'
            printf '%s\t%s\n' 'list' 'Every series of every daemon: its value now, of all instances together.' 'show' 'One metric, of each instance and of all: a counter with its rate, a histogram with p50, p95 and p99.'
        case 'slo'
            printf '%s\t%s\n' 'show' 'Availability, burn rate of the last hour, and what is left of the error budget, of intake and forwarding.'
        case 'queue'
            printf '%s\t%s\n' 'list' 'Depth, oldest message, live consumers and drainer of every queue.' 'depth' 'One bare number for scripts; without NAME `name<TAB>depth` of every queue.' 'show' 'One queue: depth and its trend, age of its messages, size, cap and threshold, who drains it, its key.' 'peek' 'Messages of a queue, without taking them: ten of those that leave next, or with --where those that fit.' 'wait' 'Block until a queue is empty, or below N messages; `alert` counts the alerts that wait for their next try.' 'export' 'Write the messages of a queue to a file: JSON lines, gzip, checksummed, read back. Nothing is taken.' 'import' 'Put the messages of an export into a queue, behind those that are there. They count as put in by hand.' 'purge' 'Remove messages for good, after a backup that was read back. `mutt undo` puts them back from it.' 'move' 'Move messages to another queue, unchanged, the oldest first, each slice in one atomic step.' 'orphan' ''
        case 'queue orphan'
            printf '%s\t%s\n' 'list' 'Lists of messages without a live worker. Within seconds any live worker of the same kind gives them back.' 'recover' 'Give back what workers that are gone held, as any live worker of the same kind does by itself.'
        case 'dlq'
            printf '%s\t%s\n' 'list' 'Dead letters, the newest first, and who drains each queue; with --by how many have what in common.' 'show' 'One dead letter: what it says, how it failed, what a replay would do, and the repair that is proposed.' 'pause' 'Stop automatic remediation: nothing leaves the queue and nothing is buried, until `resume` or for --for.' 'resume' 'Let automatic remediation go on.' 'export' 'Write the messages of a queue to a file: JSON lines, gzip, checksummed, read back. Nothing is taken.' 'import' 'Put the messages of an export into a queue, behind those that are there. They count as put in by hand.' 'purge' 'Remove messages for good, after a backup that was read back. `mutt undo` puts them back from it.' 'replay' 'Send dead letters round again: each to the queue where it failed, its attempts counted anew.' 'fix' 'What is wrong with these letters and the repair that is proposed, as a diff; nothing is sent.'
        case 'config'
            printf '%s\t%s\n' 'history' 'Who changed which setting, when and why, the newest first; without --since the last 30 days.' 'rollback' 'Go back: one setting to what it was before its last change, or, with --to, as it was after a change.' 'init' 'Write what is configured wherever nothing is stored at run time, so that `redis-cli GET` answers.' 'watch' 'Changes as they are published, with the value that is then in effect, until Ctrl-C or --timeout.' 'show' 'One setting: value, where it comes from, who uses it; with --explain each layer and each daemon\'s own value.' 'validate' 'Judge a settings file: types, ranges, unknown names, ports, settings that contradict each other, reachability.' 'diff' 'Settings that differ from the defaults, another context, a settings file, or an earlier version (a number).' 'export' 'Settings that are not the default, as NAME=value lines: what is in effect, without secrets.' 'import' 'Set at run time what a file says and what can change at run time; what needs a restart is named, not written.' 'list' 'All settings with value, source, default and meaning; of dynamic ones, how many daemons run with the value.' 'get' 'The bare value of one setting; nothing is printed for an empty one.' 'set' 'Change settings without a restart: validate, store, announce, and wait until every daemon runs with them.' 'unset' 'Back to what environment, file or default say.' 'publish' 'Announce what is stored once more, and tell which daemons run with it. Nothing changes.'
        case 'breaker'
            printf '%s\t%s\n' 'show' 'State, failures, the last error, when the next alert is tried, and who tripped it, if somebody did.' 'trip' 'Stop sending to Moogsoft, at once and in every forwarder; with --for it ends by itself.' 'reset' 'Close the breaker: alerts go to Moogsoft at once, and what was set aside for it comes back.'
        case 'cache'
            printf '%s\t%s\n' 'show' 'Revision, age and size of each alerter\'s rules, and how long it took to read them.' 'reload' 'Let every alerter on every host read the rules now, and wait until each has.'
        case 'ratelimit'
            printf '%s\t%s\n' 'show' 'Both limiters: limit, what the window holds now, headroom, and how often they bit on this host.' 'set' 'Change one limiter in every process, without a restart; with --for the old limit comes back by itself.'
        case 'moog'
            printf '%s\t%s\n' 'status' 'What remediation\'s last probe said, the breaker, the last error, and the forwarders.' 'test' 'Ask the webhook, with name, connection, TLS, and answer timed apart; whether it takes the key.'
        case 'remediation'
            printf '%s\t%s\n' 'show' 'Whether it is at work, what waits for it, what the last cycle did, when the next one is due.' 'run' 'Run one cycle now, under all its rules (Moogsoft healthy, breaker closed, batch size), and tell what it did.'
        case 'maintenance'
            printf '%s\t%s\n' 'start' 'Open a window with an end (one hour without --for): who works here, why, until when. It switches nothing off.' 'end' 'End a window before its time. Ending one that is over says so and changes nothing.' 'list' 'Windows, open ones and those of the last month, the newest first.' 'show' 'One window.' 'drain' 'Empty the pipeline, step by step: pause remediation, stop the intake, wait until nothing waits any more.' 'resume' 'The way back after a drain: each daemon in its order, verified, and the intake last.'
        case 'ingest'
            printf '%s\t%s\n' 'send' 'Send real events through the API and print their correlation ids.' 'test' 'What would become of events: whether the ingestor takes them, and which rule matches. Nothing is sent.' 'stop' 'Answer every request 503 with Retry-After, and /health too, so that a balancer takes the ingestor out.' 'start' 'Accept events again: everywhere, or on these ingestors.'
        case 'event'
            printf '%s\t%s\n' 'search' 'Events by time and by what is recorded of them, the newest first; without --since those of the last hour.' 'show' 'All that is recorded of one event, and the event as it was received, while that is kept.' 'tail' 'What happens to events now: sampled, and told how much was left out. With -f until Ctrl-C, else for a second.' 'unhandled' 'Kinds of events that no rule matched, the most frequent first: what a new rule should be for.'
        case 'audit'
            printf '%s\t%s\n' 'list' 'Changes of rules, hosts, teams and settings, the newest first; without --since the last seven days.' 'show' 'One change: who, why, by which operation, and each field before and after.' 'report' 'The weekly report: how many changes by whom, of what, which were made by hand, which have no reason.'
        case 'op'
            printf '%s\t%s\n' 'list' 'What was done with `mutt`, the newest first; without --since the last seven days.' 'show' 'One operation: its plan, counts, result, backup, and what it replaced.' 'resume' 'Go on with bulk work that was interrupted or killed. What was moved before is not moved again.'
        case 'rule'
            printf '%s\t%s\n' 'list' 'All rules in the order in which alerters try them: the first that matches wins. With matches in 24 h.' 'show' 'One rule: its fields, what it matches, who changed it, and why it may never win.' 'history' 'Who changed a rule, when, why, and what; the newest first. A deleted rule\'s by its id.' 'add' 'Add a rule, from flags or from a file with one (YAML or JSON; flags win). It is validated before it is stored.' 'set' 'Change the fields that are named; the others stay. Refused if somebody changes the rule at the same time.' 'edit' 'Change a rule in $EDITOR. What cannot be stored stays in a file, and the error names it.' 'enable' 'Switch rules on.' 'disable' 'Switch rules off and keep their record: the 3 am way to silence one.' 'delete' 'Delete a rule that never matched. One that has is refused (exit 7): switch it off, its record stays.' 'export' 'All rules as YAML, or JSON with -o json or a file that ends so. `mutt rule import` reads it.' 'import' 'Make the live rules those of a file: the plan first, then one transaction.' 'diff' 'What `mutt rule import` of a file would change. Nothing is changed.'
        case 'host'
            printf '%s\t%s\n' 'list' 'All hosts with team and environment. A host that is not listed is production and the default team\'s.' 'show' 'One host, and the rules that take their team from it.' 'add' 'Add a host. Alerters decide with it when the command returns.' 'set' 'Change the fields that are named.' 'delete' 'Remove a host\'s record: its events get the default team and count as production.' 'export' 'All hosts as YAML, JSON or CSV (-o, or the ending of --out). `mutt host import` reads it.' 'import' 'Make the live hosts those of a file: the plan first, then one transaction.'
        case 'team'
            printf '%s\t%s\n' 'list' 'All teams with the number of their rules and hosts.' 'show' 'The rules and hosts of one team.' 'rename' 'Rename a team in all rules and hosts, in one transaction.'
        case 'redis'
            printf '%s\t%s\n' 'info' 'Version, role, work and CPU of the server, also a remote one; MUTT\'s keys apart from others\'.' 'memory' 'Memory against its limit and its host\'s, policy, append-only file, fragmentation; what to type where it fails.' 'clients' 'Connections by name, MUTT\'s apart from others, against maxclients.' 'latency' 'A hundred round trips measured from this host; above 10 ms is high.' 'slowlog' 'The newest slow commands and who sent them. Arguments are counted and never shown: they may be payload.' 'bigkeys' 'The largest keys by bytes, anybody\'s. Walks by SCAN for --budget (5s), half of the time at most; never KEYS.' 'nottl' 'MUTT\'s keys that should end by themselves and do not; queues and settings live for ever and are left out.' 'clean' 'Remove counts of events without a rule that were last seen longer ago than --older-than (7d).'
        case 'db'
            printf '%s\t%s\n' 'status' 'Server, size, schema against this release, history, connections, dead rows, slow statements, settings: judged.' 'migrate' 'Bring the schema to this release: all missing migrations in one transaction. --dry-run prints the SQL.' 'partition' '' 'index' '' 'connections' 'Sessions of the whole server by application and state, against max_connections and what is reserved of it.' 'retention' ''
        case 'db partition'
            printf '%s\t%s\n' 'list' 'Each day of the history with its size, about how many rows it has, and whether it is archived on this host.' 'create' 'Make the days ahead, so that nothing goes to DEFAULT while no historian runs. Undo removes those still empty.' 'archive' 'Write days that have ended to compressed files with checksums, each read again after writing.' 'drop' 'Drop days whose verified archive is on this host; the space is free at once, and undo makes them again from it.'
        case 'db index'
            printf '%s\t%s\n' 'list' 'Missing, broken, different and unused indexes first; and the plan by which the rules are read, without a run.' 'create' 'Build what is missing or broken with CREATE INDEX CONCURRENTLY: readers and writers go on meanwhile.' 'analyze' 'ANALYZE: fresh statistics, so that PostgreSQL chooses good plans. Exit 6 if some tables may not be analysed.'
        case 'db connections'
            printf '%s\t%s\n' 'kill' 'End idle sessions of MUTT in its own data base: by their application names, never others\', never this one.'
        case 'db retention'
            printf '%s\t%s\n' 'show' 'What HISTORY_DAYS, HISTORY_RAW_DAYS and HISTORY_MAX_BYTES do not keep; historians delete it once an hour.' 'run' 'Delete it now: a day or 10,000 rows in each transaction. Interrupted, the same command goes on with the rest.'
        case 'vault'
            printf '%s\t%s\n' 'status' 'Seal state and unseal progress, names of the keys present and missing, rotations under way. Never a value.' 'token' 'MUTT\'s own token: policies, time left, and what it may do on the path that is really used.' 'renew' 'Renew MUTT\'s own token, not the caller\'s. Daemons do this by themselves.' 'set' 'Add or replace one field of the secret by read, merge and check-and-set; every other key stays.' 'rotate' ''
        case 'vault rotate'
            printf '%s\t%s\n' 'plan' 'What the rotation of this secret does, who else has to change, whether both values overlap, what is next.' 'stage' 'Store the new value beside the old one, and wait until every daemon knows both. Nothing uses it yet.' 'promote' 'Make the new value the first; the old one stays beside it. Refused until every daemon knows both.' 'finish' 'Remove the old value, for good. Refused while a daemon does not know the new one, or someone uses the old one.' 'abort' 'Back to the old value, after stage or promote.'
        case 'backup'
            printf '%s\t%s\n' 'create' 'Write rules, settings, queues, dead letters and every table into one file, read it back, and give it its name.' 'list' 'The files in the backup folder of this host, those of purges too: age, size, and which command reads each.' 'verify' 'Read all of a backup and prove it whole: checksums, counts, every row. No server is asked.'
        case 'context'
            printf '%s\t%s\n' 'list' 'The deployments that can be chosen: the host\'s own, that of `mutt up`, and those that were added.' 'show' 'One deployment: where it is and what protects it. Secrets are never in a context.' 'add' 'Write a deployment down in contexts.toml of this user.' 'use' 'Choose a deployment for the commands that follow; a protected one for this terminal and eight hours.' 'check' 'Connect to everything that a deployment names. Exit 5 if something does not answer.' 'prompt' 'A short tag for PS1: `PS1=\'$(mutt context prompt) $ \'`. Empty on any trouble: a prompt must not fail.'
        case 'generate'
            printf '%s\t%s\n' 'systemd' 'Units of the five services, mutt.target that holds them, and the timer of the health check.' 'logrotate' 'Rotation of the services\' log files.' 'sudoers' 'What operators in the services\' group may do by sudo.' 'rsyslog' 'The sender\'s side: syslog of a host goes to the ingest API, kept on disk until it is taken.' 'rsyslog-forward' 'MUTT\'s own logs to a central syslog server, over TLS.' 'filebeat' 'MUTT\'s own logs to Elasticsearch.' 'snmptrapd' 'Each SNMP trap becomes an event.' 'prometheus-rules' 'Alert rules, with the thresholds of the guides.' 'prometheus-scrape' 'Where the services serve their metrics.' 'haproxy' 'TLS front ends for ingest and web UI; only healthy hosts get requests.' 'pgbouncer' 'Transaction pooling before PostgreSQL.' 'sentinel' 'Redis Sentinel, watching the primary.' 'completions' 'Completion for bash, zsh or fish: commands, flags, and the ids and names that your commands printed.' 'man' 'Manual pages: mutt(1), one for each noun, mutt.env(5), mutt-errors(7). `mutt help` has the same text.'
    end
end

function __mutt_other
    switch $argv[1]
        case ' log'
            printf '%s\n' 'logs'
        case ' metrics'
            printf '%s\n' 'metric'
        case ' slos'
            printf '%s\n' 'slo'
        case ' queues'
            printf '%s\n' 'queue'
        case ' dlqs'
            printf '%s\n' 'dlq'
        case ' events'
            printf '%s\n' 'event'
        case ' ops'
            printf '%s\n' 'op'
        case ' rules'
            printf '%s\n' 'rule'
        case ' hosts'
            printf '%s\n' 'host'
        case ' teams'
            printf '%s\n' 'team'
        case ' support-bundle'
            printf '%s\n' 'bundle'
        case ' backups'
            printf '%s\n' 'backup'
        case ' contexts' ' ctx'
            printf '%s\n' 'context'
        case 'metric ls' 'queue ls' 'queue orphan ls' 'queue orphans list' 'dlq ls' 'dlq inspect' 'config ls' 'maintenance ls' 'audit ls' 'op ls' 'rule ls' 'host ls' 'team ls' 'db partition ls' 'db partitions list' 'db index ls' 'db indexes list' 'backup ls' 'context ls'
            printf '%s\n' 'list'
        case 'queue watch'
            printf '%s\n' 'show'
        case 'queue drain'
            printf '%s\n' 'wait'
        case 'queue orphans'
            printf '%s\n' 'orphan'
        case 'queue orphans recover'
            printf '%s\n' 'recover'
        case 'dlq requeue'
            printf '%s\n' 'replay'
        case 'rule rm' 'host rm'
            printf '%s\n' 'delete'
        case 'redis big-keys'
            printf '%s\n' 'bigkeys'
        case 'db partitions'
            printf '%s\n' 'partition'
        case 'db partitions create' 'db indexes create'
            printf '%s\n' 'create'
        case 'db partitions archive'
            printf '%s\n' 'archive'
        case 'db partitions drop'
            printf '%s\n' 'drop'
        case 'db indexes'
            printf '%s\n' 'index'
        case 'db indexes analyze'
            printf '%s\n' 'analyze'
        case '*'
            string replace -r '.* ' '' -- $argv[1]
    end
end

function __mutt_flags
    switch $argv[1]
        case ''
            printf '%s\t%s\n' '--help' 'Show this help.' '--version' 'Print the version and stop.'
        case 'status'
            printf '%s\t%s\n' '--services' 'One line per instance of every service.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'health'
            printf '%s\t%s\n' '--output' 'text, nagios (text with perfdata), json, or prometheus.' '--only' 'Only these checks; * stands for any text.' '--skip' 'Not these.' '--group' 'This host, back ends, or the flow.' '--threshold' 'Other ranges, as monitoring plugins write them.' '--textfile' 'Also write metrics for node_exporter to this .prom.' '--exit-ok' 'Exit 0 whatever was found, if anything was.' '--no-maintenance' 'Judge as if no window were open.' '--ping-url' 'Call this unless it is critical or unknown: a dead man\'s switch.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'trace'
            printf '%s\t%s\n' '--follow' 'Go on as more comes, until Ctrl-C.' '--since' 'From: a duration ago, RFC 3339, or HH:MM.' '--until' 'To: a duration ago, RFC 3339, or HH:MM.' '--why-not' 'Instead of an id: whose event it was, and some of its words.' '--around' 'When, about: a duration ago, RFC 3339, or HH:MM.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'logs'
            printf '%s\t%s\n' '--since' 'From: a duration ago, RFC 3339, or HH:MM.' '--until' 'To: a duration ago, RFC 3339, or HH:MM.' '--follow' 'Go on as more comes, until Ctrl-C.' '--level' 'This level or worse: debug info warn err crit.' '--cid' 'Lines about one event, by an id of it.' '--grep' 'Lines with this text somewhere, in whatever case.' '--by' 'Counts per group.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--columns' 'These columns, in this order.' '--sort' 'Order by this column.' '--limit' 'At most N rows, 0 = all.' '--where' 'Only rows like host~core or age>5m; may be repeated.' '--after' 'Only what comes after this row.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'metric list' 'queue list' 'queue orphan list' 'config validate' 'config list' 'cache show' 'ratelimit show' 'maintenance list' 'rule list' 'rule diff' 'host list' 'team list' 'db partition list' 'db index list' 'backup list' 'context list'
            printf '%s\t%s\n' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--columns' 'These columns, in this order.' '--sort' 'Order by this column.' '--limit' 'At most N rows, 0 = all.' '--where' 'Only rows like host~core or age>5m; may be repeated.' '--after' 'Only what comes after this row.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'metric show' 'slo show' 'queue depth' 'queue show' 'dlq show' 'config watch' 'config get' 'breaker show' 'moog status' 'remediation show' 'maintenance show' 'event show' 'audit show' 'op show' 'rule show' 'host show' 'team show' 'redis info' 'redis memory' 'redis clients' 'redis latency' 'redis slowlog' 'db status' 'db retention show' 'vault status' 'vault token' 'vault rotate plan' 'backup verify' 'context show' 'context check' 'context prompt' 'help' 'explain' 'schema' 'version'
            printf '%s\t%s\n' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'queue peek'
            printf '%s\t%s\n' '--oldest' 'Those that leave next (default).' '--newest' 'Those that came last.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--columns' 'These columns, in this order.' '--sort' 'Order by this column.' '--limit' 'At most N rows, 0 = all.' '--where' 'Only rows like host~core or age>5m; may be repeated.' '--after' 'Only what comes after this row.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'queue wait'
            printf '%s\t%s\n' '--below' 'Until fewer than N messages wait.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'queue export' 'dlq export'
            printf '%s\t%s\n' '--out' 'The file to write; it must not exist yet.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'queue import' 'queue orphan recover' 'dlq import' 'config import' 'breaker reset' 'undo' 'op resume' 'rule import' 'host import' 'team rename' 'db partition archive'
            printf '%s\t%s\n' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--yes' 'Do not ask; not enough where it is protected.' '--confirm' 'The name the prompt would ask for.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'queue purge' 'dlq purge'
            printf '%s\t%s\n' '--older-than' 'Only messages accepted longer ago.' '--where' 'Only messages like host~core or reason=http_400; may be repeated.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--confirm' 'The name the prompt would ask for.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'queue move'
            printf '%s\t%s\n' '--to' 'Where they go.' '--limit' 'At most N, the oldest first.' '--all' 'Every message.' '--where' 'Only messages like host~core or reason=http_400; may be repeated.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--yes' 'Do not ask; not enough where it is protected.' '--confirm' 'The name the prompt would ask for.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'dlq list'
            printf '%s\t%s\n' '--by' 'Counts per group.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--columns' 'These columns, in this order.' '--sort' 'Order by this column.' '--limit' 'At most N rows, 0 = all.' '--where' 'Only rows like host~core or age>5m; may be repeated.' '--after' 'Only what comes after this row.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'dlq pause' 'breaker trip' 'ratelimit set'
            printf '%s\t%s\n' '--for' 'For how long.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'dlq resume' 'config init' 'config unset' 'config publish' 'cache reload' 'remediation run' 'maintenance end' 'maintenance resume' 'ingest start' 'rule edit' 'rule enable' 'rule disable' 'host delete' 'db index create' 'db index analyze' 'vault renew' 'vault rotate promote' 'vault rotate abort' 'backup create' 'context use'
            printf '%s\t%s\n' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'dlq replay'
            printf '%s\t%s\n' '--where' 'Only messages like host~core or reason=http_400; may be repeated.' '--all' 'Every message.' '--limit' 'At most N, the oldest first.' '--rate' 'At most R letters a second.' '--canary' 'Send N first; the rest only if they end well.' '--to' 'ingest or alert; without it where each came from.' '--fix' 'Find what is wrong, propose the repair, send it repaired.' '--set' 'Give a field this value.' '--unset' 'Remove a field.' '--patch' 'Change it by a JSON Patch (RFC 6902).' '--edit' 'Change one letter in $EDITOR.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--yes' 'Do not ask; not enough where it is protected.' '--confirm' 'The name the prompt would ask for.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'dlq fix'
            printf '%s\t%s\n' '--set' 'Give a field this value.' '--unset' 'Remove a field.' '--patch' 'Change it by a JSON Patch (RFC 6902).' '--edit' 'Change one letter in $EDITOR.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'reconcile'
            printf '%s\t%s\n' '--since' 'From: a duration ago, RFC 3339, or HH:MM.' '--until' 'To: a duration ago, RFC 3339, or HH:MM.' '--by' 'One row per accepted minute or source.' '--accept' 'Close the remainder that is named (class W).' '--repair' 'Send again what is lost, take out copies, count known ends (class W).' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--dry-run' 'Print the plan, change nothing.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'config history' 'event search' 'event unhandled' 'op list' 'rule history'
            printf '%s\t%s\n' '--since' 'From: a duration ago, RFC 3339, or HH:MM.' '--until' 'To: a duration ago, RFC 3339, or HH:MM.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--columns' 'These columns, in this order.' '--sort' 'Order by this column.' '--limit' 'At most N rows, 0 = all.' '--where' 'Only rows like host~core or age>5m; may be repeated.' '--after' 'Only what comes after this row.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'config rollback'
            printf '%s\t%s\n' '--to' 'As after this change of the history.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'config show'
            printf '%s\t%s\n' '--explain' 'Every layer, and what each daemon runs.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'config diff'
            printf '%s\t%s\n' '--exit-code' 'Exit 1 if anything differs.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--columns' 'These columns, in this order.' '--sort' 'Order by this column.' '--limit' 'At most N rows, 0 = all.' '--where' 'Only rows like host~core or age>5m; may be repeated.' '--after' 'Only what comes after this row.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'config export' 'rule export' 'host export'
            printf '%s\t%s\n' '--out' 'Write to a file, or - for stdout.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'config set'
            printf '%s\t%s\n' '--for' 'For how long.' '--confirm-within' 'Go back unless set again in time.' '--publish' 'Accepted and needless: a change is always announced.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'moog test'
            printf '%s\t%s\n' '--send' 'Post one alert that is labelled TEST.' '--url' 'Another webhook; the key goes there only with --send.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'maintenance start'
            printf '%s\t%s\n' '--for' 'For how long.' '--scope' 'A service or back end: moog, db, redis.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'maintenance drain'
            printf '%s\t%s\n' '--scope' 'moog: keep the intake open, hold alerter and forwarder.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--yes' 'Do not ask; not enough where it is protected.' '--confirm' 'The name the prompt would ask for.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'forecast'
            printf '%s\t%s\n' '--rate' 'As if so many left: 50 (each second), 600/1m.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--columns' 'These columns, in this order.' '--sort' 'Order by this column.' '--limit' 'At most N rows, 0 = all.' '--where' 'Only rows like host~core or age>5m; may be repeated.' '--after' 'Only what comes after this row.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'drill'
            printf '%s\t%s\n' '--send' 'Post it: one alert titled TEST goes to Moogsoft.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'ingest send'
            printf '%s\t%s\n' '--file' 'Read from a file, or - for stdin.' '--format' 'What the input is; auto looks at its first line.' '--count' 'Send --message this often.' '--host' 'Host of --message, and of lines that name none.' '--message' 'Send this text instead of a file.' '--url' 'Another ingestor than this deployment\'s.' '--api-key-file' 'Its API key, instead of INGEST_API_KEY in Vault.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'ingest test'
            printf '%s\t%s\n' '--file' 'Read from a file, or - for stdin.' '--format' 'What the input is; auto looks at its first line.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'ingest stop'
            printf '%s\t%s\n' '--for' 'For how long.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--yes' 'Do not ask; not enough where it is protected.' '--confirm' 'The name the prompt would ask for.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'event tail'
            printf '%s\t%s\n' '--follow' 'Go on as more comes, until Ctrl-C.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'audit list'
            printf '%s\t%s\n' '--since' 'From: a duration ago, RFC 3339, or HH:MM.' '--until' 'To: a duration ago, RFC 3339, or HH:MM.' '--actor' 'Changes by whoever\'s name holds this.' '--object' 'A rule\'s id or name, a host, a setting, a table, or TABLE/ID.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--columns' 'These columns, in this order.' '--sort' 'Order by this column.' '--limit' 'At most N rows, 0 = all.' '--where' 'Only rows like host~core or age>5m; may be repeated.' '--after' 'Only what comes after this row.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'audit report' 'handoff'
            printf '%s\t%s\n' '--since' 'From: a duration ago, RFC 3339, or HH:MM.' '--until' 'To: a duration ago, RFC 3339, or HH:MM.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'rule add'
            printf '%s\t%s\n' '--file' 'Read from a file, or - for stdin.' '--pattern' 'Searched in the message, any case.' '--severity' 'Of the alert; \'\' leaves it to the event.' '--priority' 'The highest that matches wins.' '--team' 'Who gets the alert; \'\' leaves it to the host.' '--description' 'What it is for.' '--disabled' 'Switched off.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'rule set'
            printf '%s\t%s\n' '--pattern' 'Searched in the message, any case.' '--severity' 'Of the alert; \'\' leaves it to the event.' '--priority' 'The highest that matches wins.' '--team' 'Who gets the alert; \'\' leaves it to the host.' '--description' 'What it is for.' '--disabled' 'Switched off.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'rule delete' 'db partition drop' 'db retention run' 'vault rotate finish'
            printf '%s\t%s\n' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--confirm' 'The name the prompt would ask for.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'host add' 'host set'
            printf '%s\t%s\n' '--team' 'Gets its alerts; \'\' for the default team.' '--env' 'Environment; prod if nothing is said.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'redis bigkeys' 'redis nottl'
            printf '%s\t%s\n' '--budget' 'How long keys are looked at.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'redis clean'
            printf '%s\t%s\n' '--older-than' 'Last seen longer ago than this (7d).' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--yes' 'Do not ask; not enough where it is protected.' '--confirm' 'The name the prompt would ask for.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'db migrate'
            printf '%s\t%s\n' '--to' 'Only up to this schema version.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--yes' 'Do not ask; not enough where it is protected.' '--confirm' 'The name the prompt would ask for.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'db partition create'
            printf '%s\t%s\n' '--months' 'How far ahead (1).' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'db connections'
            printf '%s\t%s\n' '--idle-over' 'Only sessions idle for longer.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'db connections kill'
            printf '%s\t%s\n' '--idle-over' 'Only those idle for longer (10m).' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--confirm' 'The name the prompt would ask for.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'vault set' 'vault rotate stage'
            printf '%s\t%s\n' '--file' 'Read from a file, or - for stdin.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'bundle'
            printf '%s\t%s\n' '--since' 'From: a duration ago, RFC 3339, or HH:MM.' '--until' 'To: a duration ago, RFC 3339, or HH:MM.' '--incident' 'Of which incident: INC-1182.' '--out' 'The file to write, or a folder for it.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--watch' 'Repeat, --watch=5 every 5 s.' '--exit-when' 'Repeat until a condition holds: state=ok, depth<100.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'daemon'
            printf '%s\t%s\n' '--workers' 'Processes, instead of the service\'s setting (INGESTOR_WORKERS and so on).' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'up'
            printf '%s\t%s\n' '--ports' 'auto picks free service ports and prints them.' '--tcp' 'Also open Redis (without a password) and PostgreSQL on 127.0.0.1: all accounts.' '--demo' 'Also send sample events, and show what arrives at Moogsoft.' '--detach' 'Return once everything is up; `mutt down` stops it.' '--servers' 'Only the servers, no service: what mutt restore wants.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'down'
            printf '%s\t%s\n' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'restore'
            printf '%s\t%s\n' '--only' 'One part. Settings and rules are put back while everything runs.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--confirm' 'The name the prompt would ask for.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'context add'
            printf '%s\t%s\n' '--set' 'environment, protected, REDIS_HOST ...; may be repeated.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
        case 'generate systemd' 'generate logrotate' 'generate sudoers' 'generate rsyslog' 'generate rsyslog-forward' 'generate filebeat' 'generate snmptrapd' 'generate prometheus-rules' 'generate prometheus-scrape' 'generate haproxy' 'generate pgbouncer' 'generate sentinel' 'generate completions' 'generate man'
            printf '%s\t%s\n' '--write' 'Put the files in their places, after showing what changes.' '--root' 'Below this folder instead of /.' '--context' 'Which deployment [env MUTT_CONTEXT].' '--output' 'Format [env MUTT_OUTPUT].' '--json' 'Same as -o json.' '--output-version' 'An older version of the JSON.' '--dry-run' 'Print the plan, change nothing.' '--force' 'Override one named safety check.' '--reason' 'Why; kept [env MUTT_REASON].' '--wait' 'Wait until every daemon has it (default).' '--no-wait' 'Wait until every daemon has it (default).' '--timeout' 'Total time this may take.' '--no-input' 'Never ask.' '--quiet' 'Nothing but errors.' '--verbose' 'Say more; -vv each call.' '--debug' 'Show a traceback with an error.' '--color' 'When to use colour [env MUTT_COLOR].' '--no-color' 'Same as --color never.' '--ascii' 'No characters beyond ASCII of our own.' '--pager' 'Show it page by page [env MUTT_PAGER].' '--local' 'Times in this machine\'s zone.' '--help' 'Show this help.'
    end
end

function __mutt_values
    switch $argv[1]
        case '-c' '--context'
            printf '%s\n' 'context'
        case '-o' '--output'
            printf '%s\n' '--output'
        case '--color'
            printf '%s\n' '--color'
        case '--only'
            printf '%s\n' '--only'
        case '--group'
            printf '%s\n' '--group'
        case '--cid'
            printf '%s\n' 'event'
        case '--by'
            printf '%s\n' '--by'
        case '--out' '--patch' '--file' '--api-key-file' '--root'
            printf '%s\n' 'file'
        case '--to'
            printf '%s\n' 'queue'
        case '--scope'
            printf '%s\n' '--scope'
        case '--format'
            printf '%s\n' '--form'
        case '--host'
            printf '%s\n' 'host'
        case '--team'
            printf '%s\n' 'team'
        case '--env'
            printf '%s\n' '--env'
        case '--ports'
            printf '%s\n' '--ports'
    end
end

function __mutt_fixed
    switch $argv[1]
        case 'queue'
            printf '%s\n' 'ingest' 'alert' 'retry' 'dlq-alerter' 'dlq-moog' 'dlq-old-events' 'dead' 'quarantine'
        case 'dlq'
            printf '%s\n' 'dlq-alerter' 'dlq-moog' 'dlq-old-events' 'dead' 'quarantine'
        case 'service'
            printf '%s\n' 'ingestor' 'alerter' 'forwarder' 'remediation' 'webui'
        case 'metric'
            printf '%s\n' 'mutt_alerter_alerts_forwarded_total' 'mutt_alerter_cache_dev_hosts' 'mutt_alerter_cache_reload_failures_total' 'mutt_alerter_cache_reload_latency_seconds' 'mutt_alerter_cache_rules' 'mutt_alerter_cache_teams' 'mutt_alerter_dlq_depth' 'mutt_alerter_events_processed_total' 'mutt_alerter_processing_latency_seconds' 'mutt_alerter_processing_list_depth' 'mutt_alerter_queue_depth' 'mutt_alerter_shed_events_total' 'mutt_alerter_unhandled_meta_alerts_total' 'mutt_ingest_latency_seconds' 'mutt_ingest_queue_depth' 'mutt_ingest_rate_limit_hits_total' 'mutt_ingest_requests_total' 'mutt_moog_alerts_processed_total' 'mutt_moog_circuit_breaker_failures' 'mutt_moog_circuit_breaker_opened_total' 'mutt_moog_circuit_breaker_state' 'mutt_moog_dlq_depth' 'mutt_moog_health' 'mutt_moog_processing_list_depth' 'mutt_moog_rate_limit_hits_total' 'mutt_moog_request_failures_total' 'mutt_moog_request_latency_seconds' 'mutt_moog_requests_total' 'mutt_moog_retry_depth' 'mutt_remediation_dead_depth' 'mutt_remediation_dlq_depth' 'mutt_remediation_dlq_scan_duration_seconds' 'mutt_remediation_loop_duration_seconds' 'mutt_remediation_loops_total' 'mutt_remediation_moog_health' 'mutt_remediation_poison_messages_total' 'mutt_remediation_replay_fail_total' 'mutt_remediation_replay_success_total' 'mutt_vault_token_ttl_seconds' 'mutt_webui_api_latency_seconds' 'mutt_webui_api_requests_total' 'mutt_webui_db_pool_in_use' 'mutt_webui_db_pool_size' 'mutt_webui_redis_pool_in_use' 'process_resident_memory_bytes'
        case 'setting'
            printf '%s\n' 'max_ingest_queue_size' 'ingest_max_rate' 'ingest_rate_window' 'brpoplpush_timeout' 'cache_reload_interval' 'rule_cache_ttl' 'alerter_queue_warn_threshold' 'alerter_queue_shed_threshold' 'alerter_shed_mode' 'alerter_defer_sleep_ms' 'unhandled_threshold' 'unhandled_expiry_seconds' 'moog_webhook_url' 'moog_timeout' 'moog_rate_limit' 'moog_rate_period' 'retry_max_attempts' 'retry_initial_delay' 'retry_max_delay' 'retry_backoff_multiplier' 'circuit_breaker_threshold' 'circuit_breaker_timeout' 'moog_health_check_enabled' 'remediation_enabled' 'remediation_interval' 'remediation_batch_size' 'max_poison_retries' 'metrics_cache_ttl' 'slo_ingest_success_target' 'slo_forward_success_target' 'slo_window_hours' 'slo_burn_rate_critical' 'slo_burn_rate_warning' 'REDIS_HOST' 'REDIS_PORT' 'REDIS_DB' 'REDIS_PASSWORD' 'REDIS_SOCKET' 'REDIS_POOL_MAX' 'REDIS_SOCKET_KEEPALIVE' 'REDIS_HEALTH_CHECK_INTERVAL' 'REDIS_TLS_ENABLED' 'REDIS_TLS_CA_CERT' 'REDIS_TLS_CLIENT_CERT' 'REDIS_TLS_CLIENT_KEY' 'REDIS_SENTINELS' 'REDIS_SENTINEL_MASTER' 'REDIS_KEY_TAG' 'POSTGRES_HOST' 'POSTGRES_PORT' 'POSTGRES_DB' 'POSTGRES_USER' 'POSTGRES_PASSWORD' 'POSTGRES_POOL_MIN' 'POSTGRES_POOL_MAX' 'POSTGRES_TLS_ENABLED' 'POSTGRES_TLS_CA_CERT' 'POSTGRES_TLS_CLIENT_CERT' 'POSTGRES_TLS_CLIENT_KEY' 'POSTGRES_READ_HOST' 'VAULT_ADDR' 'VAULT_TOKEN' 'VAULT_ROLE_ID' 'VAULT_SECRET_ID_FILE' 'VAULT_MOUNT_PATH' 'VAULT_SECRET_PATH' 'VAULT_TLS_CA_CERT' 'VAULT_TLS_VERIFY' 'VAULT_STARTUP_TIMEOUT' 'VAULT_TOKEN_RENEW_THRESHOLD' 'VAULT_RENEW_CHECK_INTERVAL' 'INGESTOR_HOST' 'INGESTOR_PORT' 'INGESTOR_WORKERS' 'METRICS_PORT' 'INGEST_QUEUE_CAP' 'INGEST_MAX_RATE' 'INGEST_RATE_WINDOW' 'INGEST_RATE_LIMIT_STATUS' 'INGEST_MAX_EVENT_BYTES' 'INGEST_MAX_BODY_BYTES' 'INGEST_MAX_BATCH' 'INGEST_MAX_DEPTH' 'REQUIRED_MESSAGE_FIELDS' 'INGEST_THREADS' 'INGESTOR_PIN_WORKERS' 'INGEST_QUARANTINE_CAP' 'INGEST_WITNESS_MAX_BYTES' 'INGEST_STOP_TIMEOUT' 'INGEST_IDEMPOTENCY_TTL' 'POD_NAME' 'ALERTER_INSTANCE' 'MOOG_FORWARDER_INSTANCE' 'HEARTBEAT_INTERVAL' 'HEARTBEAT_EXPIRY' 'JANITOR_INTERVAL' 'BRPOPLPUSH_TIMEOUT' 'DYNAMIC_CONFIG_ENABLED' 'ALERTER_WORKERS' 'ALERTER_BATCH_SIZE' 'ALERTER_HEALTH_PORT' 'ALERTER_METRICS_PORT' 'RULE_CACHE_TTL' 'ALERTER_QUEUE_WARN_THRESHOLD' 'ALERTER_QUEUE_SHED_THRESHOLD' 'ALERTER_SHED_MODE' 'ALERTER_DEFER_SLEEP_MS' 'ALERTER_MAX_RETRIES' 'UNHANDLED_THRESHOLD' 'UNHANDLED_EXPIRY_SECONDS' 'UNHANDLED_DEFAULT_TEAM' 'UNHANDLED_MAX_KEYS' 'DEDUPE_WINDOW' 'MOOG_FORWARDER_WORKERS' 'MOOG_FORWARDER_HEALTH_PORT' 'MOOG_FORWARDER_METRICS_PORT' 'FORWARDER_CONCURRENCY' 'MOOG_WEBHOOK_URL' 'MOOG_TIMEOUT' 'RATE_LIMIT_MAX_REQUESTS' 'RATE_LIMIT_WINDOW_SECONDS' 'RATE_LIMIT_ENABLED' 'RETRY_MAX_ATTEMPTS' 'RETRY_INITIAL_DELAY' 'RETRY_MAX_DELAY' 'RETRY_BACKOFF_MULTIPLIER' 'CIRCUIT_BREAKER_ENABLED' 'CIRCUIT_BREAKER_THRESHOLD' 'CIRCUIT_BREAKER_TIMEOUT' 'CIRCUIT_BREAKER_OPEN_ACTION' 'MOOG_HEALTH_CHECK_ENABLED' 'MOOG_HEALTH_URL' 'MOOG_HEALTH_TIMEOUT' 'REMEDIATION_ENABLED' 'REMEDIATION_INTERVAL' 'REMEDIATION_BATCH_SIZE' 'MAX_POISON_RETRIES' 'HEALTH_PORT_REMEDIATION' 'METRICS_PORT_REMEDIATION' 'WEBUI_HOST' 'WEBUI_PORT' 'WEBUI_WORKERS' 'METRICS_CACHE_TTL' 'WEBUI_PUBLIC_URL' 'WEBUI_INSECURE_HTTP' 'AUDIT_LOG_PAGE_SIZE' 'LOG_LEVEL' 'LOG_FORMAT' 'LOG_DIR' 'LOG_EVENT_RATE' 'HISTORY_DAYS' 'HISTORY_RAW_DAYS' 'HISTORY_MAX_BYTES' 'JOURNAL_MAX_BYTES' 'JOURNAL_FULL_ACTION' 'SLO_INGEST_SUCCESS_TARGET' 'SLO_FORWARD_SUCCESS_TARGET' 'SLO_WINDOW_HOURS' 'SLO_BURN_RATE_CRITICAL' 'SLO_BURN_RATE_WARNING' 'DRILL_INTERVAL' 'MUTT_STATE_DIR' 'MUTT_BACKUP_DIR' 'MUTT_RUN_USER' 'SIMULATOR_PORT' 'PROMETHEUS_ENABLED' 'PROMETHEUS_URL'
        case 'code'
            printf '%s\n' 'MUTT-C100' 'MUTT-C101' 'MUTT-C102' 'MUTT-C103' 'MUTT-C104' 'MUTT-C105' 'MUTT-C106' 'MUTT-C107' 'MUTT-C108' 'MUTT-C120' 'MUTT-D101' 'MUTT-D103' 'MUTT-D110' 'MUTT-D111' 'MUTT-D120' 'MUTT-D121' 'MUTT-D140' 'MUTT-D401' 'MUTT-D402' 'MUTT-D410' 'MUTT-D411' 'MUTT-D420' 'MUTT-D430' 'MUTT-E101' 'MUTT-E102' 'MUTT-E103' 'MUTT-E104' 'MUTT-E105' 'MUTT-E106' 'MUTT-E110' 'MUTT-E111' 'MUTT-E112' 'MUTT-E113' 'MUTT-E114' 'MUTT-E115' 'MUTT-G001' 'MUTT-G002' 'MUTT-G003' 'MUTT-G005' 'MUTT-G006' 'MUTT-G007' 'MUTT-G008' 'MUTT-G009' 'MUTT-G010' 'MUTT-G011' 'MUTT-G012' 'MUTT-G013' 'MUTT-G018' 'MUTT-G019' 'MUTT-G020' 'MUTT-G021' 'MUTT-G030' 'MUTT-G031' 'MUTT-G032' 'MUTT-G033' 'MUTT-G034' 'MUTT-G035' 'MUTT-G036' 'MUTT-G037' 'MUTT-G040' 'MUTT-G041' 'MUTT-G042' 'MUTT-G043' 'MUTT-G044' 'MUTT-G045' 'MUTT-G046' 'MUTT-G047' 'MUTT-G048' 'MUTT-G049' 'MUTT-G050' 'MUTT-G051' 'MUTT-G052' 'MUTT-G053' 'MUTT-G054' 'MUTT-G055' 'MUTT-M101' 'MUTT-M102' 'MUTT-P101' 'MUTT-P102' 'MUTT-P103' 'MUTT-P104' 'MUTT-P105' 'MUTT-P106' 'MUTT-P201' 'MUTT-P202' 'MUTT-P203' 'MUTT-P210' 'MUTT-P211' 'MUTT-P212' 'MUTT-P213' 'MUTT-P214' 'MUTT-P220' 'MUTT-P221' 'MUTT-P301' 'MUTT-P302' 'MUTT-P303' 'MUTT-P304' 'MUTT-P305' 'MUTT-P306' 'MUTT-P307' 'MUTT-P311' 'MUTT-P312' 'MUTT-P313' 'MUTT-P321' 'MUTT-R101' 'MUTT-R102' 'MUTT-R103' 'MUTT-R104' 'MUTT-R105' 'MUTT-U001' 'MUTT-U003' 'MUTT-U005' 'MUTT-U006' 'MUTT-U007' 'MUTT-U008' 'MUTT-U009' 'MUTT-U010' 'MUTT-U011' 'MUTT-U012' 'MUTT-U013' 'MUTT-U014' 'MUTT-U015' 'MUTT-U016' 'MUTT-U017' 'MUTT-U020' 'MUTT-U021' 'MUTT-U024' 'MUTT-U025' 'MUTT-U026' 'MUTT-U040' 'MUTT-U041' 'MUTT-U042' 'MUTT-U050' 'MUTT-U051' 'MUTT-U052' 'MUTT-U130' 'MUTT-U401' 'MUTT-U402' 'MUTT-U410' 'MUTT-U420' 'MUTT-U430' 'MUTT-U431' 'MUTT-U432' 'MUTT-U433' 'MUTT-V101' 'MUTT-V102' 'MUTT-V103' 'MUTT-V104' 'MUTT-V105' 'MUTT-V106' 'MUTT-V107' 'MUTT-V401' 'MUTT-V403' 'MUTT-V404' 'MUTT-V405' 'MUTT-V409' 'MUTT-V411' 'MUTT-V413' 'MUTT-V415' 'MUTT-W400' 'MUTT-W401' 'MUTT-W403' 'MUTT-W415' 'MUTT-X001'
        case 'topic'
            printf '%s\n' 'tasks' 'environment' 'exit-codes' 'output' 'filters' 'contexts' 'queues' 'backup' 'errors'
        case 'noun'
            printf '%s\n' 'status' 'health' 'trace' 'logs' 'metric' 'slo' 'queue' 'dlq' 'reconcile' 'config' 'breaker' 'cache' 'ratelimit' 'moog' 'remediation' 'maintenance' 'forecast' 'drill' 'ingest' 'event' 'audit' 'handoff' 'undo' 'op' 'rule' 'host' 'team' 'redis' 'db' 'vault' 'bundle' 'daemon' 'up' 'down' 'backup' 'restore' 'context' 'help' 'explain' 'schema' 'generate' 'version'
        case 'limiter'
            printf '%s\n' 'ingest' 'moog'
        case 'cleaned' 'redis'
            printf '%s\n' 'unhandled'
        case 'shell' 'generate'
            printf '%s\n' 'bash' 'zsh' 'fish'
        case '--output'
            printf '%s\n' 'table' 'wide' 'json' 'jsonl' 'yaml' 'csv' 'name'
        case '--color'
            printf '%s\n' 'auto' 'always' 'never'
        case '--group'
            printf '%s\n' 'local' 'backends' 'flow' 'all'
        case '--by'
            printf '%s\n' 'minute' 'source'
        case '--scope'
            printf '%s\n' 'all' 'moog'
        case '--form'
            printf '%s\n' 'auto' 'json' 'ndjson' 'syslog'
        case '--env'
            printf '%s\n' 'dev' 'prod'
        case 'daemon'
            printf '%s\n' 'ingestor' 'alerter' 'forwarder' 'moog-forwarder' 'remediation' 'webui' 'simulator'
        case '--ports'
            printf '%s\n' 'fixed' 'auto'
        case '--only'
            printf '%s\n' 'config' 'rules' 'redis' 'db'
    end
end

function __mutt_arguments
    switch $argv[1]
        case 'status *'
            printf '%s\n' 'service' 'instance'
        case 'trace 0' 'event show 0'
            printf '%s\n' 'event'
        case 'logs *'
            printf '%s\n' 'service'
        case 'metric show 0'
            printf '%s\n' 'metric'
        case 'queue depth 0' 'queue show 0' 'queue peek 0' 'queue wait 0' 'queue export 0' 'queue import 0' 'queue purge 0' 'queue move 0' 'forecast *'
            printf '%s\n' 'queue'
        case 'queue import 1' 'dlq import 1' 'config validate 0' 'config import 0' 'rule import 0' 'rule diff 0' 'host import 0' 'backup verify 0' 'restore 0'
            printf '%s\n' 'file'
        case 'queue orphan recover 0'
            printf '%s\n' 'pod'
        case 'dlq list 0' 'dlq pause 0' 'dlq resume 0' 'dlq export 0' 'dlq import 0' 'dlq purge 0'
            printf '%s\n' 'dlq'
        case 'dlq show 0' 'dlq fix *'
            printf '%s\n' 'letter'
        case 'dlq replay *'
            printf '%s\n' 'dlq' 'letter'
        case 'config history 0' 'config rollback 0' 'config watch 0' 'config show 0' 'config get 0' 'config set *' 'config unset 0' 'config publish 0'
            printf '%s\n' 'setting'
        case 'config diff 0'
            printf '%s\n' 'context' 'file'
        case 'ratelimit set 0'
            printf '%s\n' 'limiter'
        case 'maintenance end 0' 'maintenance show 0'
            printf '%s\n' 'window'
        case 'ingest stop *' 'ingest start *'
            printf '%s\n' 'instance'
        case 'audit show 0'
            printf '%s\n' 'change'
        case 'undo 0' 'op show 0' 'op resume 0'
            printf '%s\n' 'operation'
        case 'rule show 0' 'rule history 0' 'rule set 0' 'rule edit 0' 'rule enable *' 'rule disable *' 'rule delete 0'
            printf '%s\n' 'rule'
        case 'host show 0' 'host add 0' 'host set 0' 'host delete 0'
            printf '%s\n' 'host'
        case 'team show 0' 'team rename 0'
            printf '%s\n' 'team'
        case 'redis clean 0'
            printf '%s\n' 'cleaned'
        case 'db partition archive *' 'db partition drop *' 'db index create *'
            printf '%s\n' 'partition' 'index'
        case 'daemon 0'
            printf '%s\n' 'daemon'
        case 'context show 0' 'context add 0' 'context use 0' 'context check 0'
            printf '%s\n' 'context'
        case 'help *'
            printf '%s\n' 'topic' 'noun'
        case 'explain *'
            printf '%s\n' 'code' 'queue' 'metric' 'setting'
        case 'schema *'
            printf '%s\n' 'noun'
        case 'generate completions 0'
            printf '%s\n' 'shell'
    end
end

function __mutt_takes
    contains -- $argv[1] -c --context -o --output --output-version --watch-every --exit-when --timeout --color --only --skip --group --threshold --textfile --ping-url --since --until --why-not --around --level --cid --grep --by --columns --sort -n --limit --where --after --below --out --confirm --force --reason --older-than --to --for --rate --canary --set --unset --patch --confirm-within --url --scope --file --format --count --host --message --api-key-file --actor --object --pattern --severity --priority --team --description --env --budget --months --idle-over --incident --workers --ports --root
end

function __mutt_asked
    contains -- $argv[1] change context event host index instance letter operation partition pod queue rule team window
end

function __mutt_offer
    set -l context $argv[1]
    set -l ask
    for kind in $argv[2..-1]
        if test $kind = file
            __fish_complete_path (commandline -ct)
            continue
        end
        __mutt_fixed $kind
        __mutt_asked $kind; and set -a ask $kind
    end
    set -q ask[1]; or return
    set -l patience 0.3
    set -q MUTT_COMPLETION_SECONDS; and set patience $MUTT_COMPLETION_SECONDS
    test -n "$context"; and set -a ask --context $context
    timeout $patience muttctl --complete $ask 2>/dev/null
end

function __mutt_complete
    set -l tokens (commandline -opc)
    set -l current (commandline -ct)
    set -l at ''
    set -l count 0
    set -l flag ''
    set -l context ''
    set -e tokens[1]
    while set -q tokens[1]
        set -l word $tokens[1]
        set -e tokens[1]
        if string match -q -- '-*' $word
            if __mutt_takes $word
                if not set -q tokens[1]
                    set flag $word
                    break
                end
                contains -- $word -c --context; and set context $tokens[1]
                set -e tokens[1]
            end
            continue
        end
        set word (__mutt_other "$at $word")
        if test $count -eq 0; and contains -- $word (__mutt_words "$at" | string replace -r '\t.*' '')
            set at (string trim -- "$at $word")
        else
            set count (math $count + 1)
        end
    end
    if test -n "$flag"
        __mutt_offer "$context" (__mutt_values $flag)
    else if string match -q -- '--*=*' $current
        set flag (string replace -r '=.*' '' -- $current)
        __mutt_offer "$context" (__mutt_values $flag) | string replace -r -- '^' "$flag="
    else if string match -q -- '-*' $current
        __mutt_flags "$at"
    else
        test $count -eq 0; and __mutt_words "$at"
        __mutt_offer "$context" (__mutt_arguments "$at $count")
    end
end

complete -c mutt -f -k -a '(__mutt_complete)'
complete -c muttctl -f -k -a '(__mutt_complete)'
# sha256 of the lines above: 1ce6bda6add47a8a80a496054d85a551cc56e4d75556032b159fea4b026dd792
