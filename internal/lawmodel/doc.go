// Package lawmodel looks at every short history of a small world, where random histories look at some long ones.
//
// A [Scope] is a small agreement, the commands that lead up to a matter, and the facts that may be certified. From there
// [Explore] goes on breadth first: in every state, at every instant of a small grid, it puts every command of an alphabet to
// the engine, legal and illegal ones, by the right party and by a wrong one. States that are alike are looked at once. What it
// finds first is therefore a shortest way to it.
//
//	report, breach := lawmodel.Explore(scope, lawmodel.Limits{Depth: 3})
//	if breach != nil {
//		fmt.Println(breach) // the commands that lead there, each with its instant
//	}
//
// # Two clocks
//
// The record knows two clocks: the recorder's, which says when a command is decided (now), and the one of the deadlines, which
// stand in the record and pass whether or not anybody woke the recorder. A holder and a grantor have deadlines of their own (the
// window, the response, the negotiation). The grid of instants is made of them: where the record stands, one microsecond before
// the next deadline, at it, one microsecond after it, and 400 days later, when every timer was lost.
//
// # What is looked at, at every step
//
//	record     the record so far keeps the law: every invariant that package lawcheck reads, I1 to I6 and I13 among them
//	timers     a command at an instant ends the same, by events, refusal and state, whether time was settled before, at each
//	           deadline by itself, or only by the command
//	replay     applying the events one by one gives the state that was returned, and the whole record gives it again
//	refusal    a command that is refused changes nothing but the time that settled before it
//	in-time    an answer one microsecond before its deadline is not refused as late; one at the deadline is. What stands in the
//	           record as the deadline of a window that is inclusive is one microsecond later
//	pending    no rival is awarded a lot on which somebody else has the word
//	rest       once time is settled nothing is due, and settling again does nothing
//	way-out    in every state that is not the end, time acts or some party can do something
//
// # What it does not show
//
// Histories longer than the depth, larger worlds, and two records that lead to one state: of those the first is kept. The number
// of events is part of a state, so histories of different lengths are never taken for one another.
package lawmodel
