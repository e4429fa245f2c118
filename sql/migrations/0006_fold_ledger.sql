-- The ledger's closed minutes, moved here from Redis in folds. Nothing has written ledger_minutes before this migration.
ALTER TABLE ledger_minutes ADD COLUMN lane text NOT NULL DEFAULT '';
ALTER TABLE ledger_minutes DROP CONSTRAINT ledger_minutes_pkey, ADD PRIMARY KEY (lane, minute, source, counter);
COMMENT ON COLUMN ledger_minutes.lane IS 'REDIS_KEY_TAG of the Redis that counted';

-- One row for each fold, with what it added, so that a fold which Redis has forgotten (it was rolled back and holds the
-- same minutes again) can be taken out.
CREATE TABLE ledger_folds (
    seq         bigint        GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lane        text          NOT NULL,
    uid         uuid          NOT NULL UNIQUE,
    folded_at   timestamptz   NOT NULL DEFAULT clock_timestamp(),
    minutes     timestamptz[] NOT NULL,
    sources     text[]        NOT NULL,
    counters    text[]        NOT NULL,
    amounts     bigint[]      NOT NULL,
    orphaned_at timestamptz
);
CREATE INDEX idx_ledger_folds_lane ON ledger_folds (lane, seq);
COMMENT ON COLUMN ledger_folds.orphaned_at IS 'When its amounts were taken out again';
