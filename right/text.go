package right

import (
	"fmt"
	"strings"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/capacity"
	"firstlook/offer"
)

// The text of a record: each fact as one plain line in the field's words, for scenarios, transcripts and people. It shows
// everything that was decided, sealed offers too, and is therefore for whoever may read the whole record; a party's
// view passes through its desk first.

// String writes the event as one line. Where it did not happen when it was recorded (time settled a deadline, a receipt
// was recorded later) the line says when, behind what happened: "lapsed m1 at 2026-03-05T12:00Z".
func (e Event) String() string {
	head, tail := describe(e.Fact)
	if e.At != e.Recorded {
		head += " at " + e.At.String()
	}
	return strings.Map(plain, head+tail)
}

// plain keeps a line one line, whatever stands in a reason.
func plain(r rune) rune {
	if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
		return ' '
	}
	return r
}

// describe returns what happened to what, and the rest of the line.
func describe(f Fact) (head, tail string) {
	switch f := f.(type) {
	case *NeedSubmitted:
		return "submitted " + string(f.Need.ID), ": " + needText(&f.Need) + lawText(f.Law)
	case *Engaged:
		return engagedText(f)
	case *LotOpened:
		return "opened " + f.Lot.String(), fmt.Sprintf(": %d of line %d", f.Quantity, f.Line+1)
	case *LotSplit:
		return fmt.Sprintf("split %s off %s", f.To, f.From), fmt.Sprintf(": %d", f.Quantity) + when(f.Matter != 0, " with %s", f.Matter)
	case *NeedWithdrawn:
		return "withdrawn", ": " + f.Reason
	case *Blocked:
		return "blocked " + f.Lot.String(), fmt.Sprintf(" by %s: %s", f.Clause, f.Reason)
	case *Awarded, *Signed, *CapBroken, *FellThrough, *NonPerforming, *Cured, *SteppedDown, *TakenOver:
		return describeAward(f)
	case *OffersRequested, *OfferReceived, *OfferWithdrawn, *RoundClosed, *Chosen, *PickSet, *ChoiceFell:
		return describeMarket(f)
	}
	return describeMatter(f)
}

// describeMatter writes the facts of one matter.
func describeMatter(f Fact) (head, tail string) {
	switch f := f.(type) {
	case *MatterOpened:
		return fmt.Sprintf("matter %s on %s", f.Matter, f.Lot), fmt.Sprintf(": %s under %s", f.Holder, f.Clause) +
			when(f.Quantity > 0, ", for %d", f.Quantity) + when(f.Offer != "", ", to match offer %s", f.Offer) + when(f.Award != 0, ", over award %s", f.Award) +
			when(f.Group != 0 && f.Group != f.Matter, ", beside %s", f.Group) + when(f.Beside, "%s", ", while the lot goes on its way") + when(f.Again != "", ", again: %s", f.Again)
	case *NoticeLate:
		return "notice late " + f.Matter.String(), fmt.Sprintf(": due by %s", f.Due)
	case *OfferTold:
		return "told " + f.Matter.String(), fmt.Sprintf(" of offer %s, which nobody asked for", f.Offer)
	case *SoldInstead:
		return "sells instead " + f.Matter.String(), ": " + f.Terms.String()
	case *NoticeHeld:
		return "notice held " + f.Matter.String(), " until " + f.Until.String()
	case *Noticed:
		return noticedText(f)
	case *Received:
		return "received " + f.Matter.String(), " (" + f.How + ")"
	case *Opened:
		return "open " + f.Matter.String(), fmt.Sprintf(" answer-by %s", f.AnswerBy) + when(f.Calendar != "", " (%s)", f.Calendar) +
			when(f.Why != "", ", %s", f.Why)
	case *Answered:
		return "answered " + f.Answer.Matter.String(), ": " + answerText(&f.Answer)
	case *AnswerVoid:
		return "answer void " + f.Matter.String(), ": " + string(f.Code)
	case *Countered:
		return "countered " + f.Matter.String(), ": " + f.Terms.String() + "; " + differencesText(f.Differences) + when(f.Spent, "; %s", "the right is spent")
	case *Named:
		return "named " + f.Matter.String(), ": " + f.Terms.String() + when(f.RespondBy.IsSet(), " respond-by %s", f.RespondBy)
	case *Exercised:
		return "exercised " + f.Matter.String(), ": " + f.Terms.String()
	case *Ended:
		return string(f.Outcome) + " " + f.Matter.String(), when(f.Reason != "", ": %s", f.Reason)
	case *Released:
		return releasedText(f)
	case *ReleaseEnded:
		return "release ended " + f.Matter.String(), ": " + string(f.Why)
	case *DeterminationRequired:
		return fmt.Sprintf("needs determination %s %s", f.Matter, f.Param), ": " + f.Why
	case *Determined:
		return fmt.Sprintf("determined %s %s = %s", f.Matter, f.Param, f.Value), fmt.Sprintf(" by %s: %s", f.Person, f.Reason)
	}
	return describeWindow(f)
}

// describeWindow writes what stops, moves or changes a window that runs, and what is said while it does.
func describeWindow(f Fact) (head, tail string) {
	switch f := f.(type) {
	case *InformationRequested:
		return "information requested " + f.Matter.String(), ": " + f.What
	case *InformationSupplied:
		return "information supplied " + f.Matter.String(), ""
	case *Tolled:
		return "tolled " + f.Matter.String(), fmt.Sprintf(" (%s)", f.Ground) + when(f.Until.IsSet(), " until %s", f.Until) + when(f.Reason != "", ": %s", f.Reason)
	case *Untolled:
		return "untolled " + f.Matter.String(), fmt.Sprintf(" (%s)", f.Ground)
	case *ExtensionProposed:
		return "extension proposed " + f.Matter.String(), " until " + f.Until.String()
	case *Interested:
		return "negotiating " + f.Matter.String(), " until " + f.NegotiateBy.String()
	case *Proposed:
		return "proposed " + f.Matter.String(), fmt.Sprintf(" by the %s: %s", f.Role, f.Terms.String())
	case *Revised:
		return "revised " + f.Matter.String(), ": " + f.Terms.String()
	case *Changed:
		return changedText(f)
	}
	return describeHolders(f)
}

// describeHolders writes what concerns several holders, those whose consent is needed, and who holds a right.
func describeHolders(f Fact) (head, tail string) {
	switch f := f.(type) {
	case *Subscribed:
		return "subscribed " + f.Matter.String(), fmt.Sprintf(": %d", f.Quantity) + when(f.Least > 0, ", least %d", f.Least) + " on " + f.Terms.String()
	case *Allocated:
		return "allocated " + f.Group.String(), when(f.Rule != "", " (%s)", f.Rule) + ": " + allotmentsText(f.Shares)
	case *ConsentAwaited:
		return "consent awaited " + f.Matter.String(), " of " + words(f.Of) + when(f.Until.IsSet(), " until %s", f.Until) + ": " + f.Terms.String()
	case *Consented:
		of := f.Matter.String()
		if f.Matter == 0 {
			of = f.Award.String()
		}
		head = "consented "
		if !f.Given {
			head = "consent refused "
		}
		return head + of, " by " + string(f.Of) + when(f.Reason != "", ": %s", f.Reason)
	case *Assigned:
		return "assigned " + f.Matter.String(), fmt.Sprintf(" from %s to %s", f.From, f.To)
	}
	panic(fmt.Sprintf("bug: no text for %T", f))
}

func changedText(f *Changed) (head, tail string) {
	tail = " not materially"
	if f.Material {
		tail = " materially"
	}
	tail += when(f.Offer != "", ", to offer %s", f.Offer)
	if f.Terms != nil {
		tail += ", to " + f.Terms.String()
	}
	if len(f.Differences) > 0 {
		tail += "; " + differencesText(f.Differences)
	}
	return "changed " + f.Matter.String(), tail + when(f.Reason != "", ": %s", f.Reason)
}

func allotmentsText(shares []Allotment) string {
	if len(shares) == 0 {
		return "nobody wants any"
	}
	texts := make([]string, len(shares))
	for i, a := range shares {
		texts[i] = fmt.Sprintf("%s %d of %d", a.Matter, a.Quantity, a.Wanted)
	}
	return strings.Join(texts, ", ")
}

// describeMarket writes the facts of offers and choices.
func describeMarket(f Fact) (head, tail string) {
	switch f := f.(type) {
	case *OffersRequested:
		return requestedText(f)
	case *OfferReceived:
		return "offer " + string(f.Offer.ID), fmt.Sprintf(" of %s: %s valid %s", f.Offer.Provider, f.Offer.Terms.String(), f.Offer.ValidUntil) +
			when(f.Offer.Line > 0, " line %d", f.Offer.Line+1) + when(len(f.Offer.Security) > 0, " secure %s", words(f.Offer.Security)) +
			when(f.Offer.Package != "", " package %s", f.Offer.Package)
	case *OfferWithdrawn:
		return "offer withdrawn " + string(f.Offer), ""
	case *RoundClosed:
		return "offers closed " + f.Lot.String(), ""
	case *Chosen:
		return chosenText(f)
	case *PickSet:
		return fmt.Sprintf("picked %s for %s", f.Pick.Offer, f.Lot), fmt.Sprintf(": %d of %s, landed %s", f.Pick.Accelerators, f.Pick.Provider, f.Pick.Total)
	case *ChoiceFell:
		return "choice fell " + f.Lot.String(), ": " + f.Reason
	}
	panic(fmt.Sprintf("bug: no text for %T", f))
}

// describeAward writes the facts of awards.
func describeAward(f Fact) (head, tail string) {
	switch f := f.(type) {
	case *Awarded:
		tail = fmt.Sprintf(" %s %s (%s): %d as %s", f.Lot, f.Provider, f.Role, f.Quantity, f.Terms.String()) +
			when(f.Offer != "", " by offer %s", f.Offer) + when(f.Matter != 0, " by %s", f.Matter)
		if f.Landed.Currency() != "" {
			tail += fmt.Sprintf(" landed %s", f.Landed)
		}
		return "awarded " + f.Award.String(), tail + when(len(f.Because) > 0, " because %s", refsText(f.Because))
	case *Signed:
		return "signed " + f.Award.String(), ": " + f.Terms.String()
	case *CapBroken:
		return "cap broken " + f.Award.String(), capBrokenText(f)
	case *FellThrough:
		return "fell through " + f.Award.String(), ": " + f.Reason
	case *NonPerforming:
		return "not performed " + f.Award.String(), fmt.Sprintf(": %d delivered, cure-by %s under %s: %s", f.Delivered, f.CureBy, f.Clause, f.Reason)
	case *Cured:
		return "cured " + f.Award.String(), ": " + f.Reason
	case *SteppedDown:
		return "stepped down " + f.Award.String(), fmt.Sprintf(" to %d as %s", f.Quantity, f.Terms.String()) +
			when(f.Landed.Currency() != "", " landed %s", f.Landed) + when(f.Lot != 0, ", the rest is %s", f.Lot)
	case *TakenOver:
		return "taken over " + f.Award.String(), " by " + f.Matter.String()
	}
	panic(fmt.Sprintf("bug: no text for %T", f))
}

// when writes its text where the condition holds.
func when(holds bool, format string, v any) string {
	if !holds {
		return ""
	}
	return fmt.Sprintf(format, v)
}

func refsText(refs []agreement.Ref) string {
	texts := make([]string, len(refs))
	for i, r := range refs {
		texts[i] = r.String()
	}
	return strings.Join(texts, ", ")
}

func lawText(law []LawUsed) string {
	if len(law) == 0 {
		return "; no agreement"
	}
	ids := make([]agreement.ID, len(law))
	for i, l := range law {
		ids[i] = l.Agreement
	}
	return "; under " + words(ids)
}

// needText writes what is needed, line by line, then for what.
func needText(n *capacity.Need) string {
	var b strings.Builder
	for i := range n.Lines {
		l := &n.Lines[i]
		if i > 0 {
			b.WriteString(" and ")
		}
		fmt.Fprintf(&b, "%d %s %s", l.Quantity, strings.ReplaceAll(words(l.Accelerators), ", ", " or "), l.Period)
		b.WriteString(when(l.Divisible, " divisible, least %d", l.Least))
		b.WriteString(when(len(l.Regions) > 0, " in %s", words(l.Regions)))
		b.WriteString(when(len(l.Residency) > 0, " country %s", words(l.Residency)))
	}
	fmt.Fprintf(&b, " for %s, %s", n.Class, n.Purpose)
	b.WriteString(when(n.Customer != "", ", %s", n.Customer))
	b.WriteString(when(n.Sourcing != capacity.Market, ", %s", n.Sourcing))
	b.WriteString(when(n.Tenure != capacity.New, ", %s", n.Tenure))
	b.WriteString(when(n.Sells, ", to be %s", "sold"))
	return b.String()
}

func engagedText(f *Engaged) (head, tail string) {
	if head = "engaged"; !f.Engaged {
		head = "not engaged"
	}
	return head + when(f.Line > 0, " line %d", f.Line+1) + " " + f.Clause.String(), fmt.Sprintf(" %s of %s: %s", f.Kind, f.Holder, f.Reason)
}

func noticedText(f *Noticed) (head, tail string) {
	if head = "noticed"; len(f.Missing) > 0 {
		head = "deficient"
	}
	tail = fmt.Sprintf(" by %s: %d", f.Channel, f.Quantity)
	if f.Terms != nil {
		tail += " on " + f.Terms.String()
	}
	return head + " " + f.Matter.String(), tail + when(f.Counterparty != "", " of %s", f.Counterparty) +
		when(len(f.Missing) > 0, "; missing %s", words(f.Missing)) + when(f.DeemedAt.IsSet(), "; deemed received %s", f.DeemedAt)
}

func answerText(a *Answer) string {
	s := string(a.Kind) + when(a.Quantity > 0, " %d", a.Quantity) + when(a.Least > 0, ", least %d", a.Least) + when(a.Rest != "", ", rest %s", a.Rest)
	if a.Terms != nil {
		s += ", on " + a.Terms.String()
	}
	return s
}

func differencesText(ds []offer.Difference) string {
	if len(ds) == 0 {
		return "it serves another rival"
	}
	texts := make([]string, len(ds))
	for i, d := range ds {
		texts[i] = d.String()
	}
	return strings.Join(texts, ", ")
}

func releasedText(f *Released) (head, tail string) {
	tail = " without end"
	if f.Until.IsSet() {
		tail = " until " + f.Until.String()
	}
	if f.Cap == nil {
		tail += ", no cap"
	} else {
		tail += ", cap " + f.Cap.String()
	}
	return "released " + f.Matter.String(), tail + when(f.Counterparty != "", ", for %s alone", f.Counterparty) + when(f.Tolerance > 0, ", price tolerance %s", f.Tolerance) +
		when(f.Exact, "%s", ", on these terms alone") + when(f.CapUntil.IsSet(), ", the cap until %s", f.CapUntil)
}

func requestedText(f *OffersRequested) (head, tail string) {
	tail = " of " + words(f.Invited)
	if len(f.Invited) == 0 {
		tail = " of nobody"
	}
	tail += fmt.Sprintf(" until %s", f.Closes)
	for i, b := range f.Barred {
		mark := "; barred "
		if i > 0 {
			mark = ", "
		}
		tail += fmt.Sprintf("%s%s by %s", mark, b.Provider, b.Clause)
	}
	return "offers requested for " + f.Lot.String(), tail
}

func chosenText(f *Chosen) (head, tail string) {
	c := f.Comparison
	texts := make([]string, len(c.Picks))
	for i, p := range c.Picks {
		texts[i] = fmt.Sprintf("%s of %s for %d", p.Offer, p.Provider, p.Equivalent)
	}
	tail = fmt.Sprintf(": %s, landed %s", strings.Join(texts, " and "), c.Total) + when(c.Uncovered > 0, ", %d uncovered", c.Uncovered)
	if r := c.RunnerUp; r != nil && len(r.Picks) > 0 {
		tail += fmt.Sprintf("; without %s %s", r.Without, r.Total) + when(r.Uncovered > 0, " and %d uncovered", r.Uncovered)
	}
	for _, x := range c.Excluded {
		tail += "; excluded " + excludedText(&x)
	}
	if !f.Manual {
		return "chosen for " + f.Lot.String(), tail
	}
	return "chosen for " + f.Lot.String(), tail + fmt.Sprintf("; by %s: %s", f.Person, f.Reason)
}

func excludedText(x *award.Exclusion) string {
	s := fmt.Sprintf("%s of %s (%s: %s)", x.Offer, x.Provider, x.Code, x.Reason)
	if x.Clause != (agreement.Ref{}) {
		s += " by " + x.Clause.String()
	}
	return s
}

// Lines writes events, one line each.
func Lines(events []Event) []string {
	out := make([]string, len(events))
	for i, e := range events {
		out[i] = e.String()
	}
	return out
}

// capBrokenText says how terms that were put up for signature leave a release: by its cap, or by its end.
func capBrokenText(f *CapBroken) string {
	if f.Why == agreement.OnTailOver {
		return fmt.Sprintf(" of %s: its tail had ended", f.Matter)
	}
	return fmt.Sprintf(" of %s: %s", f.Matter, differencesText(f.Differences))
}
