-- The truth: appended to, never changed. Names are compared by their bytes.
CREATE TABLE record (
  position bigint PRIMARY KEY,
  stream   text   COLLATE "C" NOT NULL,
  version  bigint NOT NULL,
  key      text   COLLATE "C" UNIQUE,     -- NULL for none
  recorded bigint NOT NULL,               -- microseconds since 1970
  actor    text   COLLATE "C" NOT NULL,
  kind     text   COLLATE "C" NOT NULL,
  body     bytea  NOT NULL,
  due      bigint NOT NULL,               -- the stream's deadline from here on, microseconds since 1970, 0 for none
  hash     bytea  NOT NULL,
  leaves   bytea  NOT NULL,               -- hashes of its leaves in the transparency log, one behind the other
  UNIQUE (stream, version)
);
ALTER TABLE record ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE FUNCTION record_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the record is not changed and not shortened'; END $$;
CREATE TRIGGER record_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON record FOR EACH STATEMENT EXECUTE FUNCTION record_stays();

-- The head of every stream; it follows from the records.
CREATE TABLE stream (
  name    text   COLLATE "C" PRIMARY KEY,
  version bigint NOT NULL,
  head    bigint NOT NULL,                -- position of the last record
  due     bigint NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX stream_due ON stream (due, name) WHERE due <> 0;

-- Where the journal and its transparency log stand. Whoever appends holds this one row until the commit.
CREATE TABLE journal (
  one      boolean PRIMARY KEY DEFAULT true CHECK (one),
  position bigint  NOT NULL,              -- of the last record
  hash     bytea   NOT NULL,              -- of the last record
  secret   bytea   NOT NULL,              -- 32 bytes, from which the salts of sealed values follow
  size     bigint  NOT NULL,              -- leaves
  edge     bytea   NOT NULL,              -- hashes of the complete subtrees that the size is made of, the largest first
  first    bigint  NOT NULL,              -- position of the record that has the first leaf behind the last full tile
  skip     bigint  NOT NULL               -- and how many of its leaves stand before
) WITH (fillfactor = 10);

-- Full tiles: 256 hashes of leaves, or of the roots of 256 tiles of the level below.
CREATE TABLE tile (
  level  smallint NOT NULL,
  n      bigint   NOT NULL,
  hashes bytea    NOT NULL,
  root   bytea    NOT NULL,
  first  bigint   NOT NULL,               -- of its first leaf, as in journal
  skip   bigint   NOT NULL,
  PRIMARY KEY (level, n)
);
ALTER TABLE tile ALTER COLUMN hashes SET STORAGE EXTERNAL;
CREATE INDEX tile_first ON tile (first, skip) WHERE level = 0;
