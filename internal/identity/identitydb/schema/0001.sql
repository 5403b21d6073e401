-- Records by kind and key. swept_from is in milliseconds since 1970; NULL is never.
CREATE TABLE record (
	kind       TEXT NOT NULL,
	key        TEXT NOT NULL,
	value      BLOB NOT NULL,
	swept_from INTEGER,
	PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX record_swept ON record (swept_from) WHERE swept_from IS NOT NULL;

-- The audit. The hash of each entry stands in the next.
CREATE TABLE audit (
	seq  INTEGER PRIMARY KEY CHECK (seq > 0),
	body BLOB NOT NULL
) STRICT;

CREATE TRIGGER audit_grows BEFORE INSERT ON audit
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'the audit is appended to in order'); END;

CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is not changed'); END;

CREATE TRIGGER audit_remains BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is not shortened'); END;
