// Package lawcheck says whether a record kept the law.
//
// It reads the events of one need, and nothing else that the engine made: no state, no command, no transition of package
// right. What it knows of lots, matters, offers and awards it notes down itself, from what the events say, and holds
// against the text that was signed ([firstlook/agreement]), the comparison of terms ([firstlook/offer]) and the calendar.
// So it can be given a record of any origin: another version, another engine, a file that somebody sent.
//
//	for _, v := range lawcheck.Check(law, history) {
//		fmt.Println(v) // event 9, l1, m1: I1: l1 goes to contoso while northwind may still answer m1; ...
//	}
//
// A violation names the invariant of SEMANTICS section 6, the event (counted from 1), and what the record says and what it
// should say. Nothing is repaired. After a violation the reading goes on as if the event had been right, so one fault
// can show in more than one place; the first is the one to look at.
//
// # What is looked for
//
//	I1   an award by any path while a holder may still answer, or a person must still determine something; an answer that
//	     somebody else gave; rivals asked for offers while a matter holds the lot
//	I2   a matter ended by silence before its deadline, without a complete and received notice, after an answer, or with
//	     another meaning than the clause gives silence; a window shorter than the clause's; an answer that came late
//	I3   an exercise, or a holder's award, on other terms than were noticed or named, or of a part where the clause wants
//	     the whole; an award of less than it says; a notice that does not state the offer; a matching answer turned away
//	I4   an offer that is withdrawn, replaced or over while a holder may still match it; a need withdrawn then
//	I5   a rival's award, or its signed terms, without a release that covers them: exclusive, unreleased, outside the cap,
//	     after the tail, for another rival; a release that the clause does not give, or a wider one
//	I6   lots of a line that do not sum to what is needed; two holders of one lot; a lot that stands nowhere; an offer that
//	     is used beyond what it offers
//	I9   events out of order, stamped after they were recorded, or written twice; an offer whose hash is another's
//	I10  an event that refers to what is not there, or that time should have brought about and did not
//	I11  a decision that cites no clause version, or one that the law lacks; one that names no person or reason where a
//	     person decided; a clause in force that was never considered, or not as it reads
//	I12  a notice that names the rival though the clause does not have it disclosed
//	I13  a clause that engages, or opens a matter, after it ended; a matter ended by a sunset that it survives, or kept
//	     open through one that ends it
//	I14  a lot that stays blocked by a holder that waived, could not supply what it took, or ended as the clause releases
//	I16  a clause not engaged because needs that belong together were counted apart
//
// # What one record cannot show
//
// I7: a material change is judged against what the holder last saw. The engine opens a new matter for it with a full
// window, and the length of every window is looked at here (I2); that a change was material is for the scenarios to say
// (scenarios/tail-*.scenario). I8: allocation is compared over orders of arrival, and one record has one order. I12, but for the notice:
// views are made by package desk and tested there. I15: what-if runs leave no record; package whatif tests that. I16: which
// other needs there were stands in the record as it was given; a need left out of it is in another record.
//
// # Time
//
// A fact that is certified, or an amendment that is recorded, at the very instant of an event may have come before or
// after it: the record of one need does not say. Such a tie is given the benefit of the doubt.
package lawcheck
