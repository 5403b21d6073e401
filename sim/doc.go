// Package sim plays Firstlook in a world that is made of nothing but a seed: parties, network, disk, clocks and failures. The desks,
// the engine, the outbox and the record are the real ones; everything around them is simulated.
//
//	seed -> world (setup, replicas, parties, faults) -> history -> checkers -> violations
//
// A world runs on one goroutine. What waits is an event in one queue, ordered by virtual time; each choice is drawn from one
// source, so that the same seed gives the same history, byte for byte.
//
// # The parts
//
//	setup     an agreement, with or without facts certified at the start; others are certified meanwhile
//	cluster   the database: a primary, and another node that has every acknowledged write; its clock rules
//	replica   one process: a desk over the cluster, started, killed and started again
//	client    a party's program: a command with a key, sent until it is answered
//	mailbox   where the letters of a party arrive
//
// A replica works on one thing at a time, as a coroutine that gives the word back at each call of the store. So the steps of two or
// three replicas mix in every order that the dice find: one reads, another writes, the first one's write meets a conflict. A
// replica is killed between any two calls, and before, within or after a write. Every replica has the lease for firing and delivering,
// so that both are done by all of them at once, as they must stand. A replica that is alone has a store of its own, as the embedded one
// is: after a write of which it cannot know what became, that takes no more writes until the process is started again.
//
// # Faults
//
//	crash          a replica is killed at any step; what it had not recorded is gone
//	torn write     the write that was under way when its replica or the primary died is kept whole or is gone
//	full disk      writes fail, reads go on
//	slow disk      a write takes seconds to minutes; deadlines pass meanwhile
//	lost primary   the database is away; then the other node goes on with every acknowledged write and a clock of its own
//	clock jump     the database's clock goes forward or back by up to an hour; a replica's own clock by more
//	partition      a replica and the database, or the clients and a replica, do not reach each other; an answer is lost
//	network        requests and answers come late, twice, or not at all
//	letters        a courier fails before or after it has handed a letter over; letters arrive late, twice, in another order
//
// # Time
//
// The time of a decision is the database's ([desk.Clock] reads it); a replica's own clock, which is skewed by up to a minute and
// jumps, only wakes it. The database's clock does not go back while one node serves: a jump back is waited out. After a failover
// it is not before the last acknowledged record, and may be before a time that was read and led to no record.
//
// # Checkers
//
//	law       every need's record: in the canonical encoding, and without a breach of an invariant that package lawcheck looks for
//	chain     the hashes of the record
//	commands  each acknowledged command is in the record, as its client was told, in the stream that it was for; none is there twice;
//	          nothing stands there that a party caused without one
//	acts      each letter that the record calls for was handed over at least once, in order per recipient, always with the same text;
//	          no letter without its cause; none is recorded as done twice
//	settled   once everything works again no need has anything left that time or a change of the law brings about
//	deadlines once everything works again nothing is overdue, by the store's list and by the state of each need
//	answers   each matter is a window that opens, is answered or ends. With the times at which commands were begun and answered, some
//	          order of them must explain all that was said: an answer is accepted only before the deadline and while the window is
//	          open, silence ends it only at the deadline and only if nothing came before, and who was told that it is closed or
//	          answered was told so truly (linearizability, by porcupine)
//
// The last is the heart of it, and has stories of its own ([Options.Races]): two or three replicas, a window, and answers and wake-ups
// within a tenth of a second around its deadline.
//
// Each checker is tested with faults that are planted in the store, a replica, a courier or the record ([Plant]).
//
// A history ends with everything healed: one replica that lives on fires what is due and delivers what is open, and the clients
// get their answers.
//
// # Reproducing
//
// A violation comes with its seed. `go test ./sim -run TestHistories -v -histories 1 -seed N -story` plays that history again and tells
// it step by step. `make sim HISTORIES=1000000 SEED=N` and `make races RACES=100000 SEED=N` are the long runs.
package sim
