package desk

import (
	"fmt"
	"slices"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/party"
	"firstlook/right"
)

// concerned are the parties that are told of an event whose fact does not name them; s is the need after the record. Who
// caused it knows already, unless it must be able to prove what it was told.
func concerned(s *right.State, e right.Event) []party.ID {
	buyer := s.Need.Buyer
	switch f := e.Fact.(type) {
	case *right.Ended: // what was never noticed ends without a word
		if m := s.Matter(f.Matter); m.SentAt.IsSet() {
			return []party.ID{f.Holder}
		}
		return nil
	case *right.Awarded:
		return append([]party.ID{f.Provider}, Consenting(s, s.AwardOf(f.Award))...)
	case *right.InformationRequested:
		return []party.ID{buyer}
	case *right.InformationSupplied:
		return []party.ID{s.Matter(f.Matter).Holder}
	case *right.Opened:
		return []party.ID{s.Matter(f.Matter).Holder, buyer}
	case *right.Tolled:
		return []party.ID{s.Matter(f.Matter).Holder, buyer}
	case *right.ExtensionProposed:
		return others(e.By, s.Matter(f.Matter).Holder, buyer)
	case *right.Interested:
		return []party.ID{s.Matter(f.Matter).Holder, buyer}
	case *right.Proposed:
		return others(e.By, s.Matter(f.Matter).Holder, buyer)
	case *right.Changed:
		if f.Material {
			return nil // the new matter has its own notice
		}
		return []party.ID{s.Matter(f.Matter).Holder}
	case *right.Allocated:
		return sharers(s, f)
	case *right.Consented:
		if m := s.Matter(f.Matter); m != nil {
			return others(f.Of, m.Holder, buyer)
		}
		return others(f.Of, buyer)
	case *right.Assigned:
		return []party.ID{f.To, buyer}
	case *right.NoticeLate:
		return []party.ID{s.Matter(f.Matter).Holder, buyer}
	case *right.OfferTold:
		return []party.ID{s.Matter(f.Matter).Holder}
	case *right.SoldInstead:
		return []party.ID{buyer}
	case *right.NonPerforming:
		return []party.ID{s.AwardOf(f.Award).Provider}
	case *right.Cured:
		return []party.ID{s.AwardOf(f.Award).Provider}
	case *right.SteppedDown:
		return []party.ID{s.AwardOf(f.Award).Provider}
	case *right.TakenOver:
		return []party.ID{s.AwardOf(f.Award).Provider}
	}
	return nil
}

// others are the parties without one, each once.
func others(not party.ID, of ...party.ID) []party.ID {
	return slices.Compact(slices.DeleteFunc(of, func(p party.ID) bool { return p == not }))
}

// sharers are the holders who have a part in an allocation.
func sharers(s *right.State, f *right.Allocated) []party.ID {
	var out []party.ID
	for _, a := range f.Shares {
		if h := s.Matter(a.Matter).Holder; !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}

// windowLetter is what a recipient reads of what happened to a window, a share, a consent or the performance of an award.
func windowLetter(s *right.State, e right.Event, to party.ID) string {
	switch f := e.Fact.(type) {
	case *right.InformationRequested:
		m := s.Matter(f.Matter)
		text := fmt.Sprintf("%s asks in %s for information before it answers: %s.\n", m.Holder, matterOf(s, m), f.What)
		if m.Status == right.Stood {
			text += "Its window stands still until all of it is supplied.\n"
		}
		return text + fmt.Sprintf("\nSupplied: firstlook matter supply-information %s %s\n", s.Need.ID, m.ID)
	case *right.InformationSupplied:
		m := s.Matter(f.Matter)
		return fmt.Sprintf("%s has supplied what was asked for in %s.%s\n", s.Need.Buyer, matterOf(s, m), windowText(s, m, to))
	case *right.Tolled:
		m := s.Matter(f.Matter)
		text := fmt.Sprintf("The window of %s stands still (%s)", matterOf(s, m), f.Ground)
		if f.Reason != "" {
			text += ": " + f.Reason
		}
		if f.Until.IsSet() {
			return text + fmt.Sprintf(". It goes on at %s at the latest.\n", inZone(s, m, to, f.Until))
		}
		return text + ".\n"
	case *right.Opened:
		m := s.Matter(f.Matter)
		return fmt.Sprintf("The window of %s has another end than before (%s): it closes at %s.\n", matterOf(s, m), f.Why, inZone(s, m, to, f.AnswerBy))
	case *right.ExtensionProposed:
		m := s.Matter(f.Matter)
		return fmt.Sprintf("%s proposes to lengthen the window of %s until %s.\n\nAgree: firstlook matter extend %s %s --until %s --as %s\n", e.By, matterOf(s, m),
			inZone(s, m, to, f.Until), s.Need.ID, m.ID, f.Until, to)
	case *right.Interested:
		m := s.Matter(f.Matter)
		others := "Nobody else may be asked until then."
		if beside(m) {
			others = "Others may be asked meanwhile; the negotiation is over once an offer of theirs is chosen."
		}
		return fmt.Sprintf("The parties negotiate in %s until %s. %s\n\nPropose: firstlook matter propose %s %s TERMS --as %s\n",
			matterOf(s, m), inZone(s, m, to, f.NegotiateBy), others, s.Need.ID, m.ID, to)
	case *right.Proposed:
		m := s.Matter(f.Matter)
		return fmt.Sprintf("%s proposes in %s:\n%s\n\nAccept: %s\n", e.By, matterOf(s, m), f.Terms.String(), acceptCommand(s, m, to))
	case *right.Changed:
		m := s.Matter(f.Matter)
		return fmt.Sprintf("What was noticed in %s has changed, not materially: %s.\nTerms now: %s\nThe window goes on.%s\n", matterOf(s, m), f.Reason,
			disclosed(m, f.Terms), windowText(s, m, to))
	case *right.Allocated:
		return allocationLetter(s, f, to)
	}
	return noticedLetter(s, e, to)
}

// noticedLetter is what a recipient reads of a notice that came late, of an offer that came in unasked, or of a sale in place of
// what was noticed.
func noticedLetter(s *right.State, e right.Event, to party.ID) string {
	switch f := e.Fact.(type) {
	case *right.NoticeLate:
		m := s.Matter(f.Matter)
		return fmt.Sprintf("The notice of %s came late: it was due by %s. That stands in the record; nothing cuts the window of the holder.\n",
			matterOf(s, m), inZone(s, m, to, f.Due))
	case *right.OfferTold:
		m := s.Matter(f.Matter)
		o := s.Tender(f.Offer).Offer
		return fmt.Sprintf("While the parties negotiate in %s, an offer came in that nobody asked for.\n\nmaker  %s\nterms  %s\nvalid  until %s\n\n"+
			"It may be chosen only once the right is released. The negotiation goes on.%s\n", matterOf(s, m), o.Provider, o.Terms.String(), inZone(s, m, to, o.ValidUntil), windowText(s, m, to))
	case *right.SoldInstead:
		m := s.Matter(f.Matter)
		return fmt.Sprintf("In place of taking what was noticed in %s, %s sells to %s on those terms:\n%s\n", matterOf(s, m), m.Holder, s.Need.Buyer, f.Terms.String())
	}
	return performanceLetter(s, e, to)
}

// performanceLetter is what a recipient reads of a consent, an assignment or the performance of an award.
func performanceLetter(s *right.State, e right.Event, to party.ID) string {
	switch f := e.Fact.(type) {
	case *right.ConsentAwaited:
		return consentLetter(s, f, to)
	case *right.Consented:
		what := f.Award.String()
		if m := s.Matter(f.Matter); m != nil {
			what = matterOf(s, m)
		}
		if f.Given {
			return fmt.Sprintf("%s consents to %s of need %s.\n", f.Of, what, s.Need.ID)
		}
		return fmt.Sprintf("%s refuses its consent to %s of need %s: %s.\n", f.Of, what, s.Need.ID, f.Reason)
	case *right.Assigned:
		m := s.Matter(f.Matter)
		text := fmt.Sprintf("%s has put %s in its place in %s.\n", f.From, f.To, matterOf(s, m))
		if a := s.AwardOf(s.Lot(m.Lot).Award); m.Status == right.Taken && a != nil && a.Matter == m.ID {
			return text + fmt.Sprintf("Award %s of need %s is %s's now: %s\n", a.Award, s.Need.ID, f.To, a.Terms.String())
		}
		if to != f.To || m.Terms == nil && !m.SentAt.IsSet() {
			return text
		}
		return text + "\n" + NoticeDocument(s, m.ID)
	case *right.NonPerforming:
		return fmt.Sprintf("%s says that award %s of need %s is not performed: %s.\nDelivered: %d. It may be cured until %s (%s).\n", s.Need.Buyer, f.Award, s.Need.ID,
			f.Reason, f.Delivered, f.CureBy, f.CureBy.In(Zone(s.Law(), to)))
	case *right.Cured:
		return fmt.Sprintf("Award %s of need %s is performed again: %s.\n", f.Award, s.Need.ID, f.Reason)
	case *right.SteppedDown:
		return fmt.Sprintf("Award %s of need %s is stepped down to what is delivered: %s\n", f.Award, s.Need.ID, f.Terms.String())
	case *right.TakenOver:
		return fmt.Sprintf("Award %s of need %s has ended: another party, which had the right to, has taken it over.\n", f.Award, s.Need.ID)
	}
	return ""
}

// matterOf names a matter in a letter.
func matterOf(s *right.State, m *right.Matter) string {
	return fmt.Sprintf("matter %s of need %s under %s", m.ID, s.Need.ID, m.Clause().Ref)
}

// windowText says until when a matter waits for its holder, if it does.
func windowText(s *right.State, m *right.Matter, to party.ID) string {
	switch m.Status {
	case right.Open:
		return " The window closes at " + inZone(s, m, to, m.AnswerBy) + "."
	case right.Negotiating:
		return " The negotiation ends at " + inZone(s, m, to, m.More().NegotiateBy) + "."
	}
	return ""
}

// inZone writes an instant with what the clock of a party shows.
func inZone(s *right.State, m *right.Matter, to party.ID, at calendar.Instant) string {
	zone := Zone(s.Law(), to)
	if to == m.Holder {
		zone = holderZone(s, m)
	}
	return fmt.Sprintf("%s (%s)", at, at.In(zone))
}

func acceptCommand(s *right.State, m *right.Matter, to party.ID) string {
	if to == s.Need.Buyer {
		return fmt.Sprintf("firstlook respond %s %s accept", s.Need.ID, m.ID)
	}
	return fmt.Sprintf("firstlook answer %s %s exercise --as %s", s.Need.ID, m.ID, to)
}

// allocationLetter tells a holder its own part of a lot, and nobody else's.
func allocationLetter(s *right.State, f *right.Allocated, to party.ID) string {
	var b strings.Builder
	for _, a := range f.Shares {
		if m := s.Matter(a.Matter); m.Holder == to {
			fmt.Fprintf(&b, "The capacity of %s is allocated (%s): %s gets %d of the %d that it wanted.\n", matterOf(s, m), strings.ReplaceAll(string(f.Rule), "_", " "), to, a.Quantity, a.Wanted)
		}
	}
	return b.String()
}

// consentLetter asks a party for its consent to an exercise.
func consentLetter(s *right.State, f *right.ConsentAwaited, to party.ID) string {
	m := s.Matter(f.Matter)
	text := fmt.Sprintf("CONSENT WANTED of %s\n\n%s exercises its right in %s:\n%s\n", to, m.Holder, matterOf(s, m), f.Terms.String())
	if f.Until.IsSet() {
		silence := agreement.ConsentRefused
		if c := m.Clause().Process.Consent; c != nil && c.Silence != "" {
			silence = c.Silence
		}
		text += fmt.Sprintf("say before     %s (%s)\nsilence means  %s\n", f.Until, f.Until.In(Zone(s.Law(), to)), silence)
	}
	return text + fmt.Sprintf("\nConsent: firstlook consent give|refuse %s %s --as %s\n", s.Need.ID, m.ID, to)
}

// awardLetter tells the provider of its award, and whoever must consent to it that it is asked to.
func awardLetter(s *right.State, f *right.Awarded, to party.ID) string {
	if to == f.Provider {
		return fmt.Sprintf("Award %s of need %s to %s: %s\n", f.Award, s.Need.ID, f.Provider, f.Terms.String())
	}
	rival, terms := string(f.Provider), &f.Terms
	if holdsRight(s, to) {
		rival, terms = "a rival", sealPlace(terms)
	}
	return fmt.Sprintf("CONSENT WANTED of %s\n\nAward %s of need %s to %s cannot be signed without it:\n%s\n\nConsent: firstlook consent give|refuse %s %s --as %s\n", to, f.Award, s.Need.ID,
		rival, terms, s.Need.ID, f.Award, to)
}
