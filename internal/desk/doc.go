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
package desk
