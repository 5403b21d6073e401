package desk

import (
	"context"
	"encoding/json"
	"errors"
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

// inForce is the law with what it was read from.
type inForce struct {
	law   *right.Law
	files map[agreement.ID]int64 // how many records the stream of each agreement has
	last  int64                  // position of the last record that made the law
	// through is a position up to which every record of the law was read, on a shared store; 0 elsewhere.
	through int64
}

// lawStreams are the prefixes of the streams that make the law.
var lawStreams = []string{agreementPrefix, string(providersStream)}

// basis is what a decision under this law rests on.
func (in *inForce) basis() journal.Basis {
	return journal.Basis{Prefixes: lawStreams, Through: in.through}
}

// loadLaw builds the law from the record.
func (d *Desk) loadLaw(ctx context.Context) error {
	d.reading.Lock()
	defer d.reading.Unlock()
	return d.readLaw(ctx)
}

// readLaw builds the law from the record, alone. What was appended before it begins is part of it.
func (d *Desk) readLaw(ctx context.Context) error {
	law := &right.Law{Throughput: d.tables.Throughput, Egress: d.tables.Egress}
	in := &inForce{law: law, files: map[agreement.ID]int64{}}
	if d.shared != nil {
		var err error
		if in.through, err = d.shared.Last(ctx); err != nil {
			return err
		}
	}
	heads, err := d.store.Streams(ctx, agreementPrefix)
	if err != nil {
		return err
	}
	for _, h := range heads {
		if err := d.loadAgreement(ctx, h.Stream, in); err != nil {
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
		in.last = max(in.last, records[n-1].Position)
	}
	d.law.Store(in)
	return nil
}

func (d *Desk) loadAgreement(ctx context.Context, stream journal.Stream, in *inForce) error {
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
			in.law.Book.Facts = append(in.law.Book.Facts, f)
		default:
			return fmt.Errorf("%s, record %d: unknown kind %q; a newer version wrote this record", stream, r.Version, r.Kind)
		}
	}
	if n := len(records); n > 0 {
		in.last = max(in.last, records[n-1].Position)
	}
	if current != nil {
		in.law.Book.Agreements = append(in.law.Book.Agreements, current)
		in.files[current.ID] = int64(len(records))
	}
	return nil
}

// put appends to a stream of the law and rebuilds it. What it puts was checked against the law as it is; where another replica changed
// that meanwhile, the answer is [*journal.Stale] or [*journal.Conflict].
func (d *Desk) put(ctx context.Context, stream journal.Stream, kind string, by party.ID, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	in := d.law.Load()
	head, err := d.store.Head(ctx, stream)
	if err != nil {
		return err
	}
	// What fell due before is settled under the law of its time: a wake-up that was lost must not let the new law decide it. What
	// falls due at this very instant is for the new law.
	now := d.clock.Now()
	if err := d.fire(ctx, func() calendar.Instant { return now - 1 }); err != nil {
		return err
	}
	w := journal.Write{Stream: stream, Expect: head.Version, Recorded: max(now, d.clock.Now()), Actor: by, Kind: kind, Body: b}
	r, err := d.append(ctx, w, in)
	if err != nil {
		return err
	}
	d.lawAt.Store(r.Position)
	d.recordedAt(r.Position)
	return d.SettleLaw(ctx)
}

// takeIn reads the law anew where it lacks what this desk recorded of it: nothing is decided under a law that was changed, whatever failed
// since.
func (d *Desk) takeIn(ctx context.Context) error {
	at := d.lawAt.Load()
	if d.tookIn.Load() >= at {
		return nil
	}
	if err := d.loadLaw(ctx); err != nil {
		return err
	}
	if err := d.loadRecent(ctx); err != nil {
		return err
	}
	d.tookIn.Store(at)
	return nil
}

// change runs a change of the law, alone in this process, and again where another replica changed the law meanwhile: what was checked
// before is checked anew.
func (d *Desk) change(ctx context.Context, f func() error) error {
	d.admin.Lock()
	defer d.admin.Unlock()
	for range maxAttempts {
		err := f()
		var stale *journal.Stale
		var conflict *journal.Conflict
		if d.shared == nil || !errors.As(err, &stale) && !errors.As(err, &conflict) {
			return err
		}
		if err := d.loadLaw(ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("%d other changes of the law were faster; try again", maxAttempts)
}

// AddAgreement records the text of an agreement that is not yet there.
func (d *Desk) AddAgreement(ctx context.Context, file string, data []byte) (*agreement.Agreement, error) {
	a, err := agreement.Parse(file, data)
	if err != nil {
		return nil, err
	}
	err = d.change(ctx, func() error {
		if err := d.lawHolds(ctx); err != nil {
			return err
		}
		if _, there := d.agreement(a.ID); there {
			return fmt.Errorf("agreement %s is in the record; use `firstlook agreement amend` for a later text of it", a.ID)
		}
		return d.put(ctx, journal.Stream(agreementPrefix+string(a.ID)), kindAgreement, a.Grantor, text{file, string(data)})
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// AmendAgreement records a later text of an agreement. Every clause version that the record may cite must still read as
// it did; what is new comes as amendments.
func (d *Desk) AmendAgreement(ctx context.Context, file string, data []byte) (*agreement.Agreement, error) {
	a, err := agreement.Parse(file, data)
	if err != nil {
		return nil, err
	}
	err = d.change(ctx, func() error {
		if err := d.lawHolds(ctx); err != nil {
			return err
		}
		old, there := d.agreement(a.ID)
		if !there {
			return fmt.Errorf("agreement %s is not in the record; use `firstlook agreement add`", a.ID)
		}
		if err := old.AmendedBy(a, d.clock.Now()); err != nil {
			return err
		}
		return d.put(ctx, journal.Stream(agreementPrefix+string(a.ID)), kindAgreement, a.Grantor, text{file, string(data)})
	})
	if err != nil {
		return nil, err
	}
	return a, nil
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
	return ps, d.change(ctx, func() error {
		return d.put(ctx, providersStream, kindProviders, "", text{file, string(data)})
	})
}

// Certify records that a trigger of an agreement happened, or that a holder challenges it. Only a party that the agreement
// names may say the one, only a holder who would forfeit a right the other.
func (d *Desk) Certify(ctx context.Context, f agreement.Fact) (agreement.Fact, error) {
	asked := f
	return f, d.change(ctx, func() (err error) {
		f, err = d.certify(ctx, asked)
		return err
	})
}

func (d *Desk) certify(ctx context.Context, f agreement.Fact) (agreement.Fact, error) {
	if err := d.lawHolds(ctx); err != nil {
		return f, err
	}
	a, ok := d.agreement(f.Agreement)
	if !ok {
		return f, fmt.Errorf("no agreement %s in the record; `firstlook agreement list` shows what there is", f.Agreement)
	}
	if !slices.ContainsFunc(a.Triggers, func(t agreement.Trigger) bool { return t.ID == f.Trigger }) {
		return f, fmt.Errorf("agreement %s has no trigger %q; it has %s", f.Agreement, f.Trigger, triggerIDs(a))
	}
	f.At = max(f.At, d.clock.Now())
	if err := CheckFact(&d.Law().Book, &f); err != nil {
		return f, err
	}
	return f, d.put(ctx, journal.Stream(agreementPrefix+string(f.Agreement)), kindFact, f.By, f)
}

// CheckFact says whether a fact may be recorded beside those that a book has; the error is a [*right.Refusal]. Its trigger
// must be one of its agreement.
func CheckFact(book *agreement.Book, f *agreement.Fact) error {
	who := certifiers(book, f)
	act, sign := "certify", "a certificate"
	if f.Challenge {
		who, act, sign = losers(book, f), "challenge", "a challenge"
	}
	switch {
	case len(who) == 0 && f.Challenge:
		return &right.Refusal{Code: right.NotTheHolder, Detail: fmt.Sprintf("no right is forfeited by %s; there is nothing to challenge", f.Trigger)}
	case !slices.Contains(who, f.By):
		return &right.Refusal{Code: right.NotTheHolder, Detail: fmt.Sprintf("%s may not %s %s; %s may", f.By, act, f.Trigger, list(who))}
	case f.Person == "":
		return &right.Refusal{Code: right.PersonRequired, Detail: sign + " needs the name of the person who signs it"}
	case f.Reason == "":
		return &right.Refusal{Code: right.ReasonRequired, Detail: sign + " needs a reason"}
	}
	if !f.Challenge {
		return nil
	}
	if _, ok := book.Certified(f.Agreement, f.Trigger, f.At); !ok {
		return &right.Refusal{Code: right.NothingToDecide, Detail: fmt.Sprintf("%s has not been certified; there is nothing to challenge", f.Trigger)}
	}
	if !stops(book, f) {
		return &right.Refusal{Code: right.WindowClosed, Detail: fmt.Sprintf("the time to challenge the certification of %s is over", f.Trigger)}
	}
	return nil
}

// certifiers are the parties that may certify the trigger of a fact.
func certifiers(book *agreement.Book, f *agreement.Fact) []party.ID {
	for _, a := range book.Agreements {
		for i := range a.Triggers {
			if a.ID == f.Agreement && a.Triggers[i].ID == f.Trigger {
				return a.Triggers[i].CertifiedBy
			}
		}
	}
	return nil
}

// losers are the holders who forfeit a right once the trigger of a fact is certified.
func losers(book *agreement.Book, f *agreement.Fact) []party.ID {
	var out []party.ID
	for _, c := range forfeitable(book, f) {
		for _, h := range holders(c) {
			if !slices.Contains(out, h) {
				out = append(out, h)
			}
		}
	}
	return out
}

func holders(c *agreement.Clause) []party.ID {
	if c.Holder != "" {
		return []party.ID{c.Holder}
	}
	out := make([]party.ID, len(c.Holders))
	for i, h := range c.Holders {
		out[i] = h.Holder
	}
	return out
}

// forfeitable are the clauses that the trigger of a fact can end by forfeiture.
func forfeitable(book *agreement.Book, f *agreement.Fact) []*agreement.Clause {
	var out []*agreement.Clause
	for _, a := range book.Agreements {
		for i := range a.Clauses {
			c := &a.Clauses[i]
			if a.ID == f.Agreement && c.Forfeiture != nil && slices.Contains(c.Forfeiture.Triggers, f.Trigger) {
				out = append(out, c)
			}
		}
	}
	return out
}

// stops reports whether a challenge keeps its party from forfeiting some clause.
func stops(book *agreement.Book, f *agreement.Fact) bool {
	with := *book
	with.Facts = append(slices.Clone(book.Facts), *f)
	return slices.ContainsFunc(forfeitable(book, f), func(c *agreement.Clause) bool {
		_, before, was := book.Forfeited(c, calendar.Latest)
		_, after, is := with.Forfeited(c, calendar.Latest)
		return slices.Contains(holders(c), f.By) && (was != is || before != after)
	})
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
