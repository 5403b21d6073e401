// Package whatif replays the record of a need under other terms, another answer or another offer, from a named fork point,
// and shows where the two part: in award, cost and days.
//
//	History -> Moves            the commands that the events came from
//	Run(history, fork, change)  the record up to the fork, then the later commands in the changed world
//	Load(source, ...)           the history of a need in a journal, by a type that cannot append
//
// Everything is a value; nothing here writes (I15 of the semantics).
//
// # Commands out of events
//
// A record holds events. [Moves] finds the command behind each turn and proves it: the engine, given the command, must
// answer with the very events of the record, byte for byte. What the record does not hold cannot come back:
//
//   - a command that was refused. It left no event, so an answer that came too late is not there to be in time under a
//     longer window; say it with a change of your own.
//   - the terms of a signature that broke a cap ([right.CapBroken] keeps the differences, not the terms). The award's own
//     terms, or those with the price or quantity of the difference, are tried; where none leads to the recorded events the
//     turn is taken as it is up to the fork and cannot be played on after it.
//   - when a receipt was said to have happened, where that lies before the latest event ([right.Received] is then stamped
//     with the instant of recording), and whether a buyer named the channel of a notice or left it to the clause. Both
//     lead to the same events.
//
// # The fork
//
// A fork is "start" (before the need is submitted), "end", the number of an event, an instant, or a name: o2 (before the
// offer), m1.open, m1.notice, m1.answer, m1.respond, m1.determine, l1.choose, a1 (before the award), a1.sign, a1.falls.
// What a party did not do (m1.answer where the holder stayed silent) names the moment at which it had the word. A turn is
// never cut: the fork stands before the whole of it.
//
// Up to the fork the record is taken as it is, event for event. Other terms hold from there on, for open matters and clauses
// already engaged too, as if the text had always read so; instants that were computed stay. Which clauses engage was
// decided when the need was submitted: to ask that anew, fork at start.
//
// # After the fork
//
// The later commands are played, each at its own time, or ([Options.KeepDelays]) as long after what it answers as in the record:
// an offer after the request for offers, an answer after the notice, a choice after the close of the round, a signature
// after the award. A command that the law refuses there, or that would be about something else (another matter, other
// terms, another award), is listed as no longer possible.
//
// A decision that the record does not hold is not made up. Where the time of a party runs out in the changed world and the
// record does not show it silent for that long, the run stops and says who has the word; [Options.Silent] lets such
// deadlines pass. The buyer does not choose unless it did; [Options.Auto] takes the cheapest lawful offers as soon as it may.
//
// # Two records side by side
//
// Both are taken to one instant, the end of the record, with every deadline settled at its own instant. Two events are the same
// if they say the same and happened at the same instant, whenever they were written down and whatever the hash of the
// agreement's text. Costs are compared where both sides supply the whole need in one currency.
package whatif
