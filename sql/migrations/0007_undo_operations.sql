-- Which operation took this one back.
ALTER TABLE operations ADD COLUMN undone_by text;

-- What a bulk operation is about to move, slice by slice, written before each slice: undo finds the messages again by
-- these, resume goes on after the last.
CREATE TABLE operation_slices (
    operation_id text        NOT NULL,
    number       integer     NOT NULL,
    written_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    source       text        NOT NULL DEFAULT '',
    moved        integer     NOT NULL,
    messages     bytea       NOT NULL,
    originals    bytea,
    PRIMARY KEY (operation_id, number)
);
COMMENT ON COLUMN operation_slices.messages IS 'The first 16 bytes of the payload hash of each message, as it was moved';
COMMENT ON COLUMN operation_slices.originals IS 'MessagePack, deflated: the elements as they were, in the same order; null if unchanged';
COMMENT ON COLUMN operation_slices.source IS 'Short name of the queue that the messages were in; empty if they came from a file';
