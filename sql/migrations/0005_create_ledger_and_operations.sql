-- Signed counters per accepted minute and source, kept for ever.
CREATE TABLE ledger_minutes (
    minute  timestamptz NOT NULL,
    source  text        NOT NULL,
    counter text        NOT NULL,
    value   bigint      NOT NULL,
    PRIMARY KEY (minute, source, counter)
);

-- What people did: one row for each changing command, written before the first change and closed after the last.
CREATE TABLE operations (
    id             text        PRIMARY KEY,
    started_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at    timestamptz,
    actor          text        NOT NULL,
    host           text        NOT NULL DEFAULT '',
    context        text        NOT NULL DEFAULT '',
    command        text        NOT NULL,
    impact         text        NOT NULL DEFAULT 'W',
    argv           jsonb       NOT NULL DEFAULT '[]',
    reason         text,
    correlation_id text,
    plan           jsonb,
    counts         jsonb,
    originals      jsonb,
    backup_path    text,
    backup_sha256  text,
    result         text
);
COMMENT ON COLUMN operations.argv IS 'The command line with secrets masked';
COMMENT ON COLUMN operations.originals IS 'What a repair or a change replaced, for undo';
CREATE INDEX idx_operations_started ON operations (started_at DESC);
