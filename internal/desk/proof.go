package desk

import (
	"context"
	"encoding/json"
	"fmt"

	"firstlook/capacity"
	"firstlook/internal/journal"
	"firstlook/internal/translog"
	"firstlook/party"
	"firstlook/proof"
	"firstlook/right"
)

// Proven returns the records of a need and what a party may open of their leaves: what [Visible] shows it, and no more. An event
// that it may not see is still there as a leaf, which says that something of its type happened and when.
func (d *Desk) Proven(ctx context.Context, id capacity.NeedID, who party.ID) ([]journal.Record, translog.Opener, error) {
	s, err := d.State(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	records, err := d.records(ctx, streamOf(id))
	if err != nil {
		return nil, nil, err
	}
	var all []right.Event
	for _, r := range records {
		events, err := right.Decode(r.Body)
		if err != nil {
			return nil, nil, fmt.Errorf("need %s, record %d: %w", id, r.Version, err)
		}
		all = append(all, events...)
	}
	return records, Openings(&s, who, all), nil
}

// Openings says what a party may open of the leaves of the events of a need, which come in their order.
func Openings(s *right.State, who party.ID, all []right.Event) translog.Opener {
	seen := Visible(s, who, all)
	next := 0
	return func(_ *journal.Record, _ int, l proof.Leaf) []proof.Opening {
		// What a party sees keeps the order and leaves events out. What it sees of another event opens nothing of this one.
		for i := next; i < len(seen); i++ {
			event, err := right.Encode(seen[i : i+1])
			if err != nil {
				continue
			}
			if shown := proof.Show(l, event[1:len(event)-1], whole(s, who, &seen[i])); shown != nil {
				next = i + 1
				return shown
			}
		}
		return nil
	}
}

// whole reports whether nothing that an event may hold is kept from a party for another's sake: the buyer is such a party, but not where a
// look is sealed, since whoever finds an answer complete without terms knows that none were named.
func whole(s *right.State, who party.ID, e *right.Event) bool {
	a, answered := e.Fact.(*right.Answered)
	return who == s.Need.Buyer && !(answered && lookSealed(s, a.Answer.Matter))
}

// RecordInLog records what the log says about itself: who signs it, what an auditor stated, what was taken along as evidence. It
// stands in the log in clear.
func (d *Desk) RecordInLog(ctx context.Context, kind string, by party.ID, body any) (journal.Record, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return journal.Record{}, err
	}
	d.admin.Lock()
	defer d.admin.Unlock()
	return d.appendNext(ctx, journal.Write{Stream: proof.ClearStream, Recorded: d.clock.Now(), Actor: by, Kind: kind, Body: b})
}

// Records returns the records of any stream: what evidence takes along of agreements and deliveries.
func (d *Desk) Records(ctx context.Context, s journal.Stream) ([]journal.Record, error) {
	return d.records(ctx, s)
}
