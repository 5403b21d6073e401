package desk

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/journal"
	"firstlook/internal/outbox"
	"firstlook/party"
	"firstlook/right"
)

// derive lists what must leave the building because of a record: for whom, and a key made of where the event stands in
// the record, so that doing it again is known as such. What it says is written from the record when it is delivered.
func (d *Desk) derive(ctx context.Context, r journal.Record) ([]outbox.Act, error) {
	id, ok := strings.CutPrefix(string(r.Stream), needPrefix)
	if !ok {
		return nil, nil
	}
	events, err := d.decoded.events(r.Body)
	if err != nil {
		return nil, err
	}
	var s *right.State // read only where a fact does not name whom it concerns
	var out []outbox.Act
	for i := range events {
		to, named := recipients(events[i].Fact)
		if !named {
			if s == nil {
				if s, err = d.stateAfter(ctx, r); err != nil {
					return nil, err
				}
			}
			to = concerned(s, events[i])
		}
		for _, who := range to {
			out = append(out, outbox.Act{Key: actKey(capacity.NeedID(id), r.Version, i, who), Recipient: who, Kind: right.FactName(events[i].Fact)})
		}
	}
	return out, nil
}

// stateAfter is a need as it was once a record of it was written.
func (d *Desk) stateAfter(ctx context.Context, r journal.Record) (*right.State, error) {
	records, err := d.records(ctx, r.Stream)
	if err != nil {
		return nil, err
	}
	s := right.Begin(d.Law())
	for i := range records {
		if records[i].Version > r.Version {
			break
		}
		events, err := d.decoded.events(records[i].Body)
		if err != nil {
			return nil, fmt.Errorf("%s, record %d: %w", r.Stream, records[i].Version, err)
		}
		s = right.Fold(s, events)
	}
	return &s, nil
}

func actKey(id capacity.NeedID, version int64, event int, to party.ID) string {
	b := make([]byte, 0, 64)
	b = append(append(b, id...), '.')
	b = append(strconv.AppendInt(b, version, 10), '.')
	b = append(strconv.AppendInt(b, int64(event+1), 10), '.')
	return string(append(b, to...))
}

// recipients are the parties that are told of a fact which names them; named is false for a fact that does not, see
// [concerned].
func recipients(f right.Fact) (to []party.ID, named bool) {
	switch f := f.(type) {
	case *right.Noticed:
		return []party.ID{f.Holder}, true
	case *right.Ended:
		return []party.ID{f.Holder}, f.Outcome != right.Terminated
	case *right.OffersRequested:
		return f.Invited, true
	case *right.Awarded:
		return []party.ID{f.Provider}, f.Role != party.Rival
	case *right.DeterminationRequired:
		return []party.ID{f.Grantor}, true
	case *right.ConsentAwaited:
		return f.Of, true
	case *right.Opened:
		return nil, f.Why == ""
	case *right.InformationRequested, *right.InformationSupplied, *right.Tolled, *right.ExtensionProposed, *right.Interested,
		*right.Proposed, *right.Changed, *right.Allocated, *right.Consented, *right.Assigned, *right.NonPerforming, *right.Cured,
		*right.SteppedDown, *right.TakenOver, *right.NoticeLate, *right.OfferTold, *right.SoldInstead:
		return nil, false
	}
	return nil, true
}

// document writes what an act says from the record that caused it.
func (d *Desk) document(ctx context.Context, a outbox.Act) ([]byte, error) {
	records, err := d.records(ctx, a.Stream)
	if err != nil {
		return nil, err
	}
	s := right.Begin(d.Law())
	for _, r := range records {
		events, err := d.decoded.events(r.Body)
		if err != nil {
			return nil, fmt.Errorf("%s, record %d: %w", a.Stream, r.Version, err)
		}
		s = right.Fold(s, events)
		if r.Position != a.Position {
			continue
		}
		for i := range events {
			if actKey(s.Need.ID, r.Version, i, a.Recipient) == a.Key {
				return []byte(letter(&s, events[i], a.Recipient)), nil
			}
		}
	}
	return nil, fmt.Errorf("act %s: the record that caused it is not at position %d", a.Key, a.Position)
}

// letter is what a recipient reads of an event.
func letter(s *right.State, e right.Event, to party.ID) string {
	switch f := e.Fact.(type) {
	case *right.Noticed:
		return NoticeDocument(s, f.Matter)
	case *right.Ended:
		return endedDocument(s, s.Matter(f.Matter), f)
	case *right.OffersRequested:
		return requestDocument(s, f, to)
	case *right.Awarded:
		return awardLetter(s, f, to)
	case *right.DeterminationRequired:
		return fmt.Sprintf("Matter %s of need %s waits for a determination of %s: %s.\n", f.Matter, s.Need.ID, f.Param, f.Why)
	}
	return windowLetter(s, e, to)
}

// NoticeDocument is the text of a notice as its holder reads it. It reveals what the clause makes part of a notice:
// the quantity, the period, what the need requires, and, where a rival's offer is to be matched, its matchable terms.
// Who the rival is stays sealed unless the clause lists the counterparty.
func NoticeDocument(s *right.State, id right.MatterID) string {
	m := s.Matter(id)
	c := m.Clause()
	line := &s.Need.Lines[s.Lot(m.Lot).Line]
	var b strings.Builder
	put := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-14s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(&b, "NOTICE to %s under %s\n\n", m.Holder, c.Ref)
	put("right", "%s (%s)", strings.ReplaceAll(string(c.Kind), "_", " "), c.Cite)
	put("need", "%s of %s, matter %s", s.Need.ID, s.Need.Buyer, m.ID)
	put("capacity", "%d %s from %s until %s", m.Quantity, line.Reference(), line.Period.From, line.Period.Until)
	put("for", "%s, %s", s.Need.Class, s.Need.Purpose)
	if m.Terms != nil {
		put("terms", "%s", disclosed(m, m.Terms))
		if rule := c.Process.Match; rule.Given {
			put("to match", "%s %s", rule.Value.Rule, dimensions(rule.Value.Principal))
		}
	}
	if len(m.Missing) > 0 {
		put("incomplete", "still lacks %v; the window has not begun", m.Missing)
	}
	zone := holderZone(s, m)
	switch {
	case m.AnswerBy.IsSet():
		put("answer before", "%s (%s)", m.AnswerBy, m.AnswerBy.In(zone))
	case m.More().NegotiateBy.IsSet():
		put("negotiate until", "%s (%s)", m.More().NegotiateBy, m.More().NegotiateBy.In(zone))
	case len(m.Missing) == 0 && c.Process.Window.Given && c.Process.Window.Value.BeforeStart:
		put("window", "until %s before %s", c.Process.Window.Value.Length, line.Period.From)
	case len(m.Missing) == 0 && c.Process.Window.Given:
		put("window", "%s from receipt", c.Process.Window.Value.Length)
	}
	if m.DeemedAt.IsSet() && !m.ReceivedAt.IsSet() {
		put("received", "at %s (%s) where no receipt is recorded before", m.DeemedAt, m.DeemedAt.In(zone))
	}
	if silence := c.Process.Silence; silence.Given {
		put("silence means", "%s", silence.Value)
	}
	if m.More().Group != 0 {
		put("shared", "with the other holders of the clause, once all have answered; --least is the fewest that you would take")
	}
	if c.Process.Alternative == agreement.AlternativeSell {
		put("or sell", "to %s on the same terms in place of taking them", s.Need.Buyer)
	}
	if m.More().Late {
		put("late", "the notice comes later than the clause wants it; nothing cuts its window")
	}
	if gate := c.Process.Consent; gate != nil && gate.Over == agreement.OverExercise {
		put("consent", "an exercise stands once %s consents", strings.Join(texts(gate.Of), " and "))
	}
	for _, a := range c.Assumed {
		put("assumption", "%s: %s", a.Param, a.Reason)
	}
	fmt.Fprintf(&b, "\nAnswer: firstlook answer %s %s %s --as %s\n", s.Need.ID, m.ID, strings.Join(answers(c), "|"), m.Holder)
	return b.String()
}

// endedDocument tells a holder how its matter ended.
func endedDocument(s *right.State, m *right.Matter, f *right.Ended) string {
	text := fmt.Sprintf("Matter %s of need %s under %s has ended: %s", m.ID, s.Need.ID, m.Clause().Ref, f.Outcome)
	if f.Reason != "" {
		text += " (" + f.Reason + ")"
	}
	return text + ".\n"
}

func texts[T ~string](vs []T) []string {
	out := make([]string, len(vs))
	for i, v := range vs {
		out[i] = string(v)
	}
	return out
}

func dimensions(ds []agreement.Dimension) string {
	words := make([]string, len(ds))
	for i, d := range ds {
		words[i] = string(d)
	}
	return strings.Join(words, ", ")
}

func holderZone(s *right.State, m *right.Matter) calendar.Zone {
	for _, a := range s.Law().Book.Agreements {
		if a.ID == m.Clause().Ref.Agreement {
			if p, ok := a.Party(m.Holder); ok {
				return p.Zone
			}
		}
	}
	return "UTC"
}

// requestDocument asks a provider for firm offers. It says what is needed and until when, never who else was asked.
func requestDocument(s *right.State, f *right.OffersRequested, to party.ID) string {
	l := s.Lot(f.Lot)
	n, line := s.Need, &s.Need.Lines[l.Line]
	var b strings.Builder
	put := func(name string, present bool, format string, args ...any) {
		if present {
			fmt.Fprintf(&b, "%-14s %s\n", name, fmt.Sprintf(format, args...))
		}
	}
	models := make([]string, len(line.Accelerators))
	for i, m := range line.Accelerators {
		models[i] = string(m)
	}
	fmt.Fprintf(&b, "REQUEST FOR OFFERS to %s\n\n", to)
	put("need", true, "%s of %s, lot %s", n.ID, n.Buyer, f.Lot)
	put("capacity", true, "%d %s from %s until %s", l.Quantity, strings.Join(models, " or "), line.Period.From, line.Period.Until)
	put("for", true, "%s, %s", n.Class, n.Purpose)
	put("least", line.Divisible, "%d from one source", line.Least)
	put("region", len(line.Regions) > 0, "%s", list(line.Regions))
	put("country", len(line.Residency) > 0, "%s", list(line.Residency))
	put("service level", n.ServiceLevel > 0, "%s a month, at least", n.ServiceLevel)
	put("interconnect", n.Interconnect != "", "%s, at least", n.Interconnect)
	put("security", len(n.Security) > 0, "%s", list(n.Security))
	put("offer before", true, "%s (%s)", f.Closes, f.Closes.In(Zone(s.Law(), to)))
	fmt.Fprintf(&b, "\nOffers are firm, sealed until the round closes, and never change.\nOffer: firstlook offer submit %s TERMS%s --valid-until INSTANT --as %s\n",
		n.ID, lineFlag(s, l), to)
	return b.String()
}
