-- The truth: appended to, never changed. A row holds some consecutive records, each with its deadline, in the
-- form that page.go describes.
CREATE TABLE page (
  first   INTEGER PRIMARY KEY,  -- position of its first record
  records BLOB NOT NULL
) STRICT;

-- Everything below is derived from the pages up to the position in folded; the rest is in the memory of the one writer.
CREATE TABLE folded (position INTEGER NOT NULL) STRICT;
INSERT INTO folded VALUES (0);

CREATE TABLE stream (
  name    TEXT    PRIMARY KEY,
  version INTEGER NOT NULL,
  head    INTEGER NOT NULL,  -- position of the last record
  due     INTEGER NOT NULL   -- microseconds since 1970, 0 for none
) STRICT, WITHOUT ROWID;
CREATE INDEX stream_due ON stream (due, name) WHERE due <> 0;

-- Keys by the first eight bytes of their SHA-256. Two keys may share them, so the key itself is compared.
CREATE TABLE record_key (
  hash     INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (hash, position)
) STRICT, WITHOUT ROWID;
