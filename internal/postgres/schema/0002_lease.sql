-- Who does what only one at a time should do: firing deadlines, delivering acts. Times are the database's.
CREATE TABLE lease (
  name   text        COLLATE "C" PRIMARY KEY,
  holder text        COLLATE "C" NOT NULL,
  until  timestamptz NOT NULL
) WITH (fillfactor = 50);
