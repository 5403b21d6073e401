package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/party"
	"firstlook/right"
)

// Kinds of records that make the law.
const (
	kindAgreement = "agreement"
	kindFact      = "fact"
	kindProviders = "providers"
)

const (
	agreementPrefix = "agreement/"
	providersStream = journal.Stream("providers")
)

// text is a file as it was given: what was signed is what was read.
type text struct {
	File string `json:"file"`
	Text string `json:"text"`
}

// loadLaw builds the law from the record.
func (d *Desk) loadLaw(ctx context.Context) error {
	law := &right.Law{Throughput: d.tables.Throughput, Egress: d.tables.Egress}
	heads, err := d.store.Streams(ctx, agreementPrefix)
	if err != nil {
		return err
	}
	for _, h := range heads {
		if err := d.loadAgreement(ctx, h.Stream, law); err != nil {
			return err
		}
	}
	records, err := d.store.Read(ctx, providersStream, 0)
	if err != nil {
		return err
	}
	if n := len(records); n > 0 {
		var t text
		if err := json.Unmarshal(records[n-1].Body, &t); err != nil {
			return fmt.Errorf("providers, record %d: %w", n, err)
		}
		if law.Book.Providers, err = agreement.ParseProviders(t.File, []byte(t.Text)); err != nil {
			return fmt.Errorf("providers, record %d: %w", n, err)
		}
	}
	d.law.Store(law)
	return nil
}

func (d *Desk) loadAgreement(ctx context.Context, stream journal.Stream, law *right.Law) error {
	records, err := d.store.Read(ctx, stream, 0)
	if err != nil {
		return err
	}
	var current *agreement.Agreement
	for _, r := range records {
		switch r.Kind {
		case kindAgreement:
			var t text
			if err := json.Unmarshal(r.Body, &t); err != nil {
				return fmt.Errorf("%s, record %d: %w", stream, r.Version, err)
			}
			if current, err = agreement.Parse(t.File, []byte(t.Text)); err != nil {
				return fmt.Errorf("%s, record %d: %w", stream, r.Version, err)
			}
		case kindFact:
			var f agreement.Fact
			if err := json.Unmarshal(r.Body, &f); err != nil {
				return fmt.Errorf("%s, record %d: %w", stream, r.Version, err)
			}
			law.Book.Facts = append(law.Book.Facts, f)
		default:
			return fmt.Errorf("%s, record %d: unknown kind %q; a newer version wrote this record", stream, r.Version, r.Kind)
		}
	}
	if current != nil {
		law.Book.Agreements = append(law.Book.Agreements, current)
		d.files[current.ID] = int64(len(records))
	}
	return nil
}

// put appends to a stream of the law and rebuilds it.
func (d *Desk) put(ctx context.Context, stream journal.Stream, kind string, by party.ID, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	head, err := d.store.Head(ctx, stream)
	if err != nil {
		return err
	}
	if _, err := d.store.Append(ctx, journal.Write{Stream: stream, Expect: head.Version, Recorded: d.clock.Now(), Actor: by, Kind: kind, Body: b}); err != nil {
		return err
	}
	if err := d.loadLaw(ctx); err != nil {
		return err
	}
	if err := d.loadRecent(ctx); err != nil {
		return err
	}
	return d.SettleAll(ctx)
}

// AddAgreement records the text of an agreement that is not yet there.
func (d *Desk) AddAgreement(ctx context.Context, file string, data []byte) (*agreement.Agreement, error) {
	a, err := agreement.Parse(file, data)
	if err != nil {
		return nil, err
	}
	d.admin.Lock()
	defer d.admin.Unlock()
	if _, there := d.agreement(a.ID); there {
		return nil, fmt.Errorf("agreement %s is in the record; use `firstlook agreement amend` for a later text of it", a.ID)
	}
	return a, d.put(ctx, journal.Stream(agreementPrefix+string(a.ID)), kindAgreement, a.Grantor, text{file, string(data)})
}

// AmendAgreement records a later text of an agreement. Every clause version that the record may cite must still read as
// it did; what is new comes as amendments.
func (d *Desk) AmendAgreement(ctx context.Context, file string, data []byte) (*agreement.Agreement, error) {
	a, err := agreement.Parse(file, data)
	if err != nil {
		return nil, err
	}
	d.admin.Lock()
	defer d.admin.Unlock()
	old, there := d.agreement(a.ID)
	if !there {
		return nil, fmt.Errorf("agreement %s is not in the record; use `firstlook agreement add`", a.ID)
	}
	if err := old.AmendedBy(a, d.clock.Now()); err != nil {
		return nil, err
	}
	return a, d.put(ctx, journal.Stream(agreementPrefix+string(a.ID)), kindAgreement, a.Grantor, text{file, string(data)})
}

func (d *Desk) agreement(id agreement.ID) (*agreement.Agreement, bool) {
	for _, a := range d.Law().Book.Agreements {
		if a.ID == id {
			return a, true
		}
	}
	return nil, false
}

// SetProviders replaces the list of providers that may be asked for offers.
func (d *Desk) SetProviders(ctx context.Context, file string, data []byte) ([]agreement.Provider, error) {
	ps, err := agreement.ParseProviders(file, data)
	if err != nil {
		return nil, err
	}
	d.admin.Lock()
	defer d.admin.Unlock()
	return ps, d.put(ctx, providersStream, kindProviders, "", text{file, string(data)})
}

// Certify records that a trigger of an agreement happened. Only a party that the agreement names may say so.
func (d *Desk) Certify(ctx context.Context, f agreement.Fact) (agreement.Fact, error) {
	d.admin.Lock()
	defer d.admin.Unlock()
	a, ok := d.agreement(f.Agreement)
	if !ok {
		return f, fmt.Errorf("no agreement %s in the record; `firstlook agreement list` shows what there is", f.Agreement)
	}
	i := slices.IndexFunc(a.Triggers, func(t agreement.Trigger) bool { return t.ID == f.Trigger })
	switch {
	case i < 0:
		return f, fmt.Errorf("agreement %s has no trigger %q; it has %s", f.Agreement, f.Trigger, triggerIDs(a))
	case !slices.Contains(a.Triggers[i].CertifiedBy, f.By):
		return f, &right.Refusal{Code: right.NotTheHolder, Detail: fmt.Sprintf("%s may not certify %s; %v may", f.By, f.Trigger, a.Triggers[i].CertifiedBy)}
	case f.Person == "":
		return f, &right.Refusal{Code: right.PersonRequired, Detail: "a certificate needs the name of the person who signs it"}
	case f.Reason == "":
		return f, &right.Refusal{Code: right.ReasonRequired, Detail: "a certificate needs a reason"}
	}
	f.At = max(f.At, d.clock.Now())
	return f, d.put(ctx, journal.Stream(agreementPrefix+string(f.Agreement)), kindFact, f.By, f)
}

func triggerIDs(a *agreement.Agreement) string {
	if len(a.Triggers) == 0 {
		return "none"
	}
	s := ""
	for i, t := range a.Triggers {
		if i > 0 {
			s += ", "
		}
		s += string(t.ID)
	}
	return s
}

// loadRecent reads which needs may count towards a threshold that aggregates.
func (d *Desk) loadRecent(ctx context.Context) error {
	days := d.aggregateDays()
	if days == 0 {
		return nil
	}
	since := d.clock.Now() - calendar.Instant(int64(days)*24*calendar.Hour)
	ids, err := d.Needs(ctx)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.recent = nil
	for _, id := range ids {
		events, err := d.History(ctx, id)
		if err != nil {
			return err
		}
		if len(events) > 0 && events[0].At >= since {
			if sub, ok := events[0].Fact.(*right.NeedSubmitted); ok {
				d.addRecent(sub, events[0].At)
			}
		}
	}
	return nil
}

// aggregateDays is the longest time over which some clause adds needs together.
func (d *Desk) aggregateDays() int {
	days := 0
	for _, a := range d.Law().Book.Agreements {
		for i := range a.Clauses {
			days = max(days, a.Clauses[i].Threshold.AggregateDays)
		}
	}
	return days
}

func (d *Desk) noteRecent(s *right.State, events []right.Event) {
	if sub, ok := events[0].Fact.(*right.NeedSubmitted); ok && d.aggregateDays() > 0 {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.addRecent(sub, events[0].At)
	}
}

func (d *Desk) addRecent(sub *right.NeedSubmitted, at calendar.Instant) {
	for i := range sub.Need.Lines {
		d.recent = append(d.recent, right.Related{Need: sub.Need.ID, Buyer: sub.Need.Buyer, Class: sub.Need.Class,
			Quantity: sub.Need.Lines[i].Quantity, Submitted: at})
	}
}

// related lists the buyer's needs that a threshold may add to a new one.
func (d *Desk) related(buyer party.ID) []right.Related {
	d.mu.Lock()
	defer d.mu.Unlock()
	since := d.clock.Now() - calendar.Instant(int64(d.aggregateDays())*24*calendar.Hour)
	d.recent = slices.DeleteFunc(d.recent, func(r right.Related) bool { return r.Submitted < since })
	var out []right.Related
	for _, r := range d.recent {
		if r.Buyer == buyer {
			out = append(out, r)
		}
	}
	return out
}
