-- How often each rule has won, by hour: counted by the historian in the transaction that stores the decisions, so that
-- nobody has to read a day of history to list the rules. Hours older than a week are one row, hour '-infinity'.
-- No foreign key: what a deleted rule has matched stays known.
CREATE TABLE rule_matches (
    rule_id bigint      NOT NULL,
    hour    timestamptz NOT NULL,
    matches bigint      NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (rule_id, hour)
) WITH (fillfactor = 50);
COMMENT ON COLUMN rule_matches.matches IS 'Decisions of alerters that this rule won';

INSERT INTO rule_matches (rule_id, hour, matches, last_at)
SELECT rule_id, date_trunc('hour', recorded_at, 'UTC'), count(*), max(recorded_at)
FROM event_history WHERE stage = 'alerter' AND rule_id IS NOT NULL
GROUP BY 1, 2;

-- Events are searched by time. A few bytes for every thousand rows, and next to nothing while they are stored.
CREATE INDEX idx_event_history_recorded ON event_history USING brin (recorded_at)
    WITH (pages_per_range = 32, autosummarize = on);
