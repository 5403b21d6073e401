package door

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"firstlook/capacity"
	"firstlook/internal/journal"
	"firstlook/internal/whatif"
	"firstlook/right"
)

// KeyReused says that an idempotency key was used for another command on the same need.
type KeyReused struct {
	Key  string
	Need capacity.NeedID
}

// Error names the key.
func (e *KeyReused) Error() string {
	return fmt.Sprintf("the key %s was used for another command on need %s", e.Key, e.Need)
}

// same reports whether a command is the one that was recorded under a key. The record holds what a command brought about and not the command, so
// it is put to the engine once more, on the state, under the law and at the instant of then: the same command brings about the same
// events, to the byte. What differs between two sendings of one command is taken from the record: the id of a need that nobody
// named, the id and the salt of an offer.
func (l *Local) same(ctx context.Context, key string, c right.Command) (bool, error) {
	if l.Store == nil { // nobody can look into the record
		return true, nil
	}
	r, found, err := l.Store.ByKey(ctx, key)
	id, ofNeed := strings.CutPrefix(string(r.Stream), "need/")
	if err != nil || !found || !ofNeed {
		return false, err
	}
	if r.Actor != c.By {
		return false, nil
	}
	events, err := right.Decode(r.Body)
	if err != nil {
		return false, err
	}
	if sub, ok := c.Ask.(right.Submit); ok {
		return sameNeed(&sub.Need, events)
	}
	state, err := l.before(ctx, capacity.NeedID(id), &r)
	if err != nil {
		return false, err
	}
	if o, ok := c.Ask.(right.SubmitOffer); ok {
		for _, e := range events {
			if f, ok := e.Fact.(*right.OfferReceived); ok && f.Offer.Provider == o.Offer.Provider {
				o.Offer.ID, o.Offer.Salt = f.Offer.ID, f.Offer.Salt
				c.Ask = o
			}
		}
	}
	_, again, err := right.Step(state, c, r.Recorded)
	if err != nil || len(again) == 0 {
		return false, nil // it would have been refused then: what was recorded is another
	}
	body, err := right.Encode(again)
	return bytes.Equal(body, r.Body), err
}

// sameNeed compares a need with the one that was submitted; which other needs counted then is no part of it.
func sameNeed(n *capacity.Need, events []right.Event) (bool, error) {
	for _, e := range events {
		f, ok := e.Fact.(*right.NeedSubmitted)
		if !ok {
			continue
		}
		own := *n
		own.ID = f.Need.ID
		a, err := json.Marshal(own)
		if err != nil {
			return false, err
		}
		b, err := json.Marshal(f.Need)
		return bytes.Equal(a, b), err
	}
	return false, nil
}

// before is a need as it was before a record, under the law of then.
func (l *Local) before(ctx context.Context, id capacity.NeedID, r *journal.Record) (right.State, error) {
	records, err := l.Desk.Records(ctx, r.Stream)
	if err != nil {
		return right.State{}, err
	}
	var events []right.Event
	for i := range records {
		if records[i].Version >= r.Version {
			break
		}
		some, err := right.Decode(records[i].Body)
		if err != nil {
			return right.State{}, fmt.Errorf("need %s, record %d: %w", id, records[i].Version, err)
		}
		events = append(events, some...)
	}
	law, err := l.Desk.LawAt(ctx, r.Position)
	if err != nil {
		return right.State{}, err
	}
	if l.Desk.LawPosition() > r.Position { // it has changed since
		h, err := whatif.Load(ctx, l.Store, l.Tables, id, r.Recorded)
		if err != nil {
			return right.State{}, err
		}
		for _, in := range h.Laws {
			if in.From <= len(events) {
				law = in.Law
			}
		}
	}
	return right.Replay(law, events), nil
}
