-- What has been applied to this database. The documented check reads the newest row:
--   SELECT version FROM schema_version ORDER BY applied_at DESC LIMIT 1;
CREATE TABLE schema_version (
    version    integer     PRIMARY KEY,
    name       text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    checksum   text        NOT NULL
);
COMMENT ON COLUMN schema_version.checksum IS 'SHA-256 of the migration file as it was applied';
