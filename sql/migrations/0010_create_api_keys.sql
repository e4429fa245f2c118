-- Keys of people and programs for the web UI and its API. Of a key only its SHA-256 is here: a key is 256 random bits,
-- so nobody finds it from that, and whoever reads this table can log in with nothing of it.
CREATE TABLE api_keys (
    name         text        PRIMARY KEY,
    role         text        NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    key_hash     bytea       NOT NULL UNIQUE CHECK (octet_length(key_hash) = 32),
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by   text        NOT NULL DEFAULT mutt_actor(),
    expires_at   timestamptz,
    last_used_at timestamptz
) WITH (fillfactor = 50);
COMMENT ON COLUMN api_keys.last_used_at IS 'To about a minute; null if it was never used';

-- As in 0003, without the hash: it is no business of those who read the audit.
CREATE OR REPLACE FUNCTION mutt_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    before jsonb := CASE WHEN TG_OP IN ('UPDATE', 'DELETE') THEN to_jsonb(OLD) - 'key_hash' END;
    after  jsonb := CASE WHEN TG_OP IN ('INSERT', 'UPDATE') THEN to_jsonb(NEW) - 'key_hash' END;
BEGIN
    INSERT INTO audit_logs (changed_by, operation, table_name, record_id, old_values, new_values, reason, correlation_id)
    VALUES (
        mutt_actor(), CASE TG_OP WHEN 'INSERT' THEN 'CREATE' ELSE TG_OP END, TG_TABLE_NAME,
        coalesce(after, before) ->> TG_ARGV[0], before, after,
        nullif(current_setting('mutt.reason', true), ''), nullif(current_setting('mutt.correlation_id', true), '')
    );
    RETURN NULL;
END $$;

CREATE TRIGGER audit_rows AFTER INSERT OR DELETE ON api_keys FOR EACH ROW EXECUTE FUNCTION mutt_audit('name');
-- That a key was used is no change of it.
CREATE TRIGGER audit_changes AFTER UPDATE ON api_keys FOR EACH ROW
    WHEN ((OLD.name, OLD.role, OLD.key_hash, OLD.expires_at) IS DISTINCT FROM (NEW.name, NEW.role, NEW.key_hash, NEW.expires_at))
    EXECUTE FUNCTION mutt_audit('name');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON api_keys FOR EACH STATEMENT EXECUTE FUNCTION mutt_audit('name');
