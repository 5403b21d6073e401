-- The transparency log beside the records (package translog). It follows from the pages and the secret; what is kept is
-- what would be slow to compute again, and what the log was when the last transaction ended.
CREATE TABLE log (
  secret   BLOB    NOT NULL,  -- 32 bytes, from which the salts of sealed values follow
  position INTEGER NOT NULL,  -- of the last record in the log
  size     INTEGER NOT NULL,  -- leaves
  edge     BLOB    NOT NULL,  -- hashes of the complete subtrees that the size is made of, the largest first
  first    INTEGER NOT NULL,  -- position of the record that has the first leaf behind the last full tile
  skip     INTEGER NOT NULL   -- and how many of its leaves stand before
) STRICT;

-- Full tiles: 256 hashes of leaves, or of the roots of 256 tiles of the level below.
CREATE TABLE tile (
  id     INTEGER PRIMARY KEY,  -- level * 2^40 + number
  hashes BLOB    NOT NULL,
  root   BLOB    NOT NULL,
  first  INTEGER NOT NULL,     -- of its first leaf, as in log
  skip   INTEGER NOT NULL
) STRICT;
CREATE INDEX tile_first ON tile (first, skip) WHERE id < 1099511627776;
