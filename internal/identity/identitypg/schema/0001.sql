-- Records by kind and key; keys are bytes, since some hold what a text cannot. swept_from is in milliseconds since 1970; NULL is never.
CREATE TABLE identity_record (
	kind       text COLLATE "C" NOT NULL,
	key        bytea NOT NULL,
	value      bytea NOT NULL,
	swept_from bigint,
	PRIMARY KEY (kind, key)
);

CREATE INDEX identity_record_swept ON identity_record (swept_from) WHERE swept_from IS NOT NULL;

-- The audit. The hash of each entry stands in the next.
CREATE TABLE identity_audit (
	seq  bigint PRIMARY KEY CHECK (seq > 0),
	body bytea NOT NULL
);

CREATE FUNCTION identity_audit_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit is not changed and not shortened'; END $$;
CREATE TRIGGER identity_audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON identity_audit FOR EACH STATEMENT EXECUTE FUNCTION identity_audit_stays();

CREATE FUNCTION identity_audit_grows() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
	IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM identity_audit) THEN
		RAISE EXCEPTION 'the audit is appended to in order';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER identity_audit_grows BEFORE INSERT ON identity_audit FOR EACH ROW EXECUTE FUNCTION identity_audit_grows();
