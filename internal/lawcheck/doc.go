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
//	I1   an award by any path while a holder may still answer, or a person must still determine something; an answer, a
//	     proposal, a consent or an assignment that somebody else gave; rivals asked for offers while a matter holds the lot
//	I2   a matter ended by silence before its deadline, without a complete and received notice, after an answer, or with
//	     another meaning than the clause gives silence; a window, a negotiation or what was left of either shorter than the clause
//	     gives; a window stopped, lengthened or let go on by whom the clause does not let; a word that came late; notices given
//	     more often than the clause lets, or later without a word of it
//	I3   an exercise, or a holder's award, on other terms than were noticed, named, agreed, subscribed or consented to, or of a
//	     part where the clause wants the whole; an award of less than it says; a notice that does not state the offer, or what an
//	     award may be taken over for, or an offer that is not bona fide; a matching answer turned away; a last look that its figures
//	     do not decide; an exercise without a consent on which it depends
//	I4   an offer that is withdrawn, replaced or over while a holder may still match it; a need withdrawn then; what was noticed
//	     changed otherwise than the clause lets
//	I5   a rival's award, or its signed terms, without a release that covers them: exclusive, unreleased, outside the cap,
//	     after the tail, for another rival, without a consent that the clause wants; a release that the clause does not give, or a
//	     wider one; a lot that goes on before the one that may step in was asked
//	I6   lots of a line that do not sum to what is needed; two holders of one lot; a lot that stands nowhere; an offer that
//	     is used beyond what it offers; an award that keeps more than is delivered; a package of which a rival is awarded a part
//	I7   a material change, judged against what the holder last saw, without a new matter that has a full window; a change called
//	     immaterial that is not; a matter superseded by nothing
//	I8   an allocation among holders that is another than its clause gives, computed here anew from what each subscribed: ranks,
//	     shares, the fewest that each takes; one that is not given, or not taken from the lot as it was allotted
//	I9   events out of order, stamped after they were recorded, or written twice; an offer whose hash is another's
//	I10  an event that refers to what is not there, or that time should have brought about and did not
//	I11  a decision that cites no clause version, or one that the law lacks; one that names no person or reason where a
//	     person decided; a clause in force that was never considered, or not as it reads; a kind of run that its clause is not
//	I12  a notice that names the rival though the clause does not have it disclosed, or that shows a last look what it has to beat
//	I13  a clause that engages, or opens a matter, after it ended; a matter ended by a sunset that it survives, or kept
//	     open through one that ends it
//	I14  a lot that stays blocked by a holder that waived, could not supply what it took, or ended as the clause releases; a right
//	     taken away as forfeited without a certified event and a challenge period that passed, or that goes on after one; an award
//	     that is taken away before the time to cure it is over
//	I16  a clause not engaged because needs that belong together were counted apart: quantities and budgets
//
// # What one record cannot show
//
// I12, but for the notice: views are made by package desk and tested there. I15: what-if runs leave no record; package whatif
// tests that. I16: which other needs there were stands in the record as it was given; a need left out of it is in another record.
// Last looks by landed cost are decided with the price of moving data, which a record does not hold: they are checked only where
// the need has no data.
//
// # Time
//
// A fact that is certified, or an amendment that is recorded, at the very instant of an event may have come before or
// after it: the record of one need does not say. Such a tie is given the benefit of the doubt.
package lawcheck
