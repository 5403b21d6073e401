// Package sqlite keeps a journal in one SQLite file. It is the default [journal.Store]: a folder, no server.
//
// # The folder
//
// [Open] makes the folder (mode 0700) with firstlook.db, SQLite's own firstlook.db-wal and -shm beside it, and lock.
// The lock is the operating system's (flock): it holds the process id and the command of the one process that may
// use the folder, and it vanishes with that process however it ends. Whoever else opens the folder gets a [*Locked].
// The database's application_id says that it is ours, its user_version how many files of schema/ were applied; missing
// ones are applied when it is opened, and a newer schema than this program knows is refused. Nothing is written to a
// file that is not ours.
//
// # Durability
//
// The database is in WAL mode with synchronous=FULL: a commit returns when the log is on the disk. One goroutine owns
// the one writing connection and commits what many callers brought as one transaction (package group). The write-ahead log is copied into the
// database beside it, so that no commit waits for that. Each write of
// a batch is answered for itself; a conflict or a duplicate of one is nothing to the others. The outcome of a call is
// always known, with one exception: when the disk fails during a commit, the answer is a [*journal.Fault] with Unknown
// set, and the store takes no further writes until it is opened again, because after a failed fsync only reading the
// file anew says what it holds. A full disk is no such case; writes succeed again once there is room. A context that
// ends while its call waits in the queue means that nothing was recorded; one that ends later is ignored, since the
// commit is under way.
//
// # What is written when
//
// An append writes one thing: its record, with its deadline, to the end of the table page, several records of one
// transaction to a row. What else they imply (the head and deadline of the stream, where a key is) goes to scattered
// places and would cost several times the record itself. So it is kept in memory for the last records (the tail) and
// folded into its tables by a later transaction of the same writer: when the tail is long, or when a question needs the
// tables (Due, NextDue, Streams). Of a stream only the last head is folded. The table folded holds the position up to
// which this was done, in the same transaction; [Open] reads the records after it and has the same tail again. Nothing
// is durable by the tail alone, so nothing is lost with it.
//
// Beside the records the file keeps their transparency log (package translog): a secret, the full tiles, and with each of
// them the right edge of the tree. The caller of an append makes the leaves of its record before it waits for the writer, which
// adds their hashes to the tree while the records are inserted and puts the tiles that are filled into the same
// transaction. Most transactions fill none and write nothing for the log. Leaves behind the last full tile follow from their records, so they are
// durable with them: [Open] makes them again, and holds the records behind the stored edge against their chain of hashes. A
// store in which they are not what they were can be read, and takes no further records.
//
// Nearly every key is new, and many a stream. Filters in memory say so without a look at the tables; they are loaded
// beside everything else when the journal is opened, and until then keys and streams are looked up.
//
// # Damage
//
// [Open] looks for damage: in a file of up to 16 MiB at every page and record, in a larger one at the end, and at the rest beside
// everything else. A page that SQLite cannot read right, and a table that does not follow from the records, are refused with a
// [*journal.Corrupt]; a record that is not what was written can be read, with [Store.Damage] saying so, and nothing is appended
// behind it. The way back is a backup (package backup): [Fill] makes a journal of one, and [OpenReader] reads the journal for
// one while another process uses it.
package sqlite
