// Package desk is the only writer. Whatever a party asks for passes [Desk.Do]:
//
//	load the need's stream -> settle time and decide (package right) -> append -> hand on
//
// What a command brought about and the stream's next deadline are recorded in one transaction; the acts that follow
// (notices, requests for offers, award letters) are derived from the record and done only after that. Nothing else writes, and a door
// (command line, HTTP) reads a party's data only through the views of this package.
//
// # Streams
//
//	need/ID         one need: its events in the canonical encoding of package right
//	agreement/ID    the text of an agreement, each later text of it, and facts certified under it
//	providers       the list of providers that may be asked
//	prices/NAME     a price book
//
// The law (agreements, facts, providers, tables) is built from the last four and replaced when one of them changes.
//
// # What a party sees
//
// [Visible], [Summarize], [Notices], [Offers] and [Next] are the only ways in which a need is shown to a party, and a letter says no
// more than they do. A holder sees of a rival's terms what its clause discloses (all of an offer that came in unasked while it
// negotiates, where its clause has it told), a co-holder its own part of what is shared, who
// must consent what it is asked about; a notice that waits is the buyer's to know, and the terms of a last look are sealed from
// the buyer while the window is open. [Outlooks] and [Nearest] say what silence, or one single fact, would lead to: they ask the
// engine on a copy.
//
// # Promises
//
//   - A command that was acknowledged is durable. A command that is sent again with its key is answered from the record.
//   - A refusal changes nothing; the time that passed is settled, and recorded, all the same.
//   - Deadlines come from the state. [Desk.Run] only wakes up; if it never ran, the next command would settle the same
//     events at the same instants.
//   - Acts are done at least once, in order per recipient, and carry a key by which the receiver knows a repetition.
//   - Streams do not wait for each other. One stream is decided by one goroutine at a time.
//
// # Replicas
//
// On a [journal.Shared] store several desks work side by side, one a process, and none trusts its memory. What is recorded names the
// version of its stream and the position up to which the law was read, and is refused where either is old; what is refused or
// shown is checked against the store after it was decided; what earlier needs count for is read before a need is submitted. So any
// desk answers as one desk alone would, and a change of the law counts for every command that comes after its answer.
//
// One of them has a lease ([Desk.Leads]), fires deadlines and delivers acts; another has it within three seconds when that
// one is gone. Two that both believe to have it do no harm: a deadline is recorded once, since the second one's version is
// old, and an act that is done twice has the same key. Time is the clock's that [Open] is given: on a shared store the database's, or
// replicas would disagree about what is late.
package desk
