// Package postgres keeps a journal in a PostgreSQL database that several replicas share. It is a [journal.Shared]; for one
// server on one machine package sqlite is simpler and faster.
//
// # The database
//
// [Open] takes a URL (postgres://user@host/database). The tables stand in a schema of their own: the one that the URL names as
// search_path, else firstlook. It is made where it is missing and the steps of schema/ that it lacks are applied, one at a time and
// by one replica; a schema that is newer than this program, or not ours, is refused. The database's encoding is UTF8, the
// server is PostgreSQL 13 or later, and nothing between (a pooler) may share a session among clients.
//
// # Durability and order
//
// Each replica has one writing connection and commits what its callers brought as one transaction (package group). The
// transaction takes the one row of table journal first and holds it until the commit: so the replicas write one after the other,
// positions have no gaps and the chain of hashes has no branch. A transaction has two exchanges with the server: the lock with all
// that the decision needs (heads, keys, what other replicas appended), then the rows with the commit. The leaves of the
// transparency log are hashed before that, by the callers; the tree grows inside the transaction, with its full tiles and its edge.
//
// A commit returns when the server's write-ahead log is on its disk; synchronous_commit is set for the session, and a server that runs
// with fsync off is refused. What survives the loss of a primary is for the server's own replication to say: name it in
// synchronous_standby_names.
//
// When the connection or the server is lost, the writer connects again and tries again, up to [Options].Patience. If it was lost
// during a commit, the writer first takes the lock, behind which no old transaction can still be under way, and looks whether the
// last record of the batch is there with its hash: so the outcome is known whenever the server can be asked again in time. Else the
// answer is a [*journal.Fault] with Unknown set. Reads are tried again likewise.
//
// # Replicas
//
// What a replica has in memory may be old: heads, keys and a [journal.Basis] are checked inside the transaction, with the lock
// held. [Store.Changes] tells of every record by LISTEN, and by asking once a second in case a notification is lost. [Store.Claim]
// keeps a row with a time by the server's clock.
//
// The database's clock is the one that counts: [NewClock] measures how far the replica's own is from it, over and over, and
// tells the database's time. A replica whose clock is a minute off, or is set while it runs, decides as the others do.
//
// A replica that stops in the middle of a transaction without losing its connection is cut off by the server after ten seconds
// (idle_in_transaction_session_timeout), so that it does not hold up the others.
package postgres
