-- Who carries an operation out, goes on with it or takes it back, and when they were last heard of: one at a time.
ALTER TABLE operations ADD COLUMN holder jsonb, ADD COLUMN held_at timestamptz;
COMMENT ON COLUMN operations.holder IS 'The process that works on it; null if none does. It counts as dead after 20 s of silence';
