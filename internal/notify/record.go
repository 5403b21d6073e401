package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/party"
)

// Record keeps what was done. Its entries are never changed.
type Record interface {
	// Append makes an entry durable behind the version of the delivery that the writer saw; [ErrMoved] if there is a later one.
	Append(ctx context.Context, id string, version int64, e Written) error
	// Read returns the entries of a delivery in order; none for one that is not known.
	Read(ctx context.Context, id string) ([]Written, error)
	// Unsettled calls each for the entries, in order, that follow the last [Record.Rest].
	Unsettled(ctx context.Context, each func(id string, version int64, e Written) error) error
	// Rest says that every delivery of which Unsettled would tell is settled.
	Rest(ctx context.Context) error
	// Spend uses a nonce up and reports whether this was the first time.
	Spend(ctx context.Context, nonce string, at calendar.Instant) (first bool, err error)
}

// Written is one entry.
type Written struct {
	At   calendar.Instant
	Who  party.ID // whom the delivery is for
	Kind string
	Body []byte // JSON
}

// ErrMoved says that somebody else wrote to the same delivery.
var ErrMoved = errors.New("the delivery has moved on")

const (
	deliveryPrefix = "delivery/"
	deliveryMark   = journal.Stream("delivery")
	linkPrefix     = "link/"
	readBatch      = 512
)

// onJournal keeps deliveries in a journal, in streams of their own: delivery/ID, link/NONCE, and delivery for where it rests. They are
// in the chain of the journal's hashes like everything else.
type onJournal struct{ store journal.Store }

// OnJournal returns the record of deliveries in a journal.
func OnJournal(store journal.Store) Record { return onJournal{store} }

func (r onJournal) Append(ctx context.Context, id string, version int64, e Written) error {
	return r.append(ctx, journal.Stream(deliveryPrefix+id), version, e)
}

func (r onJournal) append(ctx context.Context, s journal.Stream, version int64, e Written) error {
	_, err := r.store.Append(ctx, journal.Write{Stream: s, Expect: version, Recorded: e.At, Actor: e.Who, Kind: e.Kind, Body: e.Body})
	var conflict *journal.Conflict
	if errors.As(err, &conflict) {
		return ErrMoved
	}
	return err
}

func (r onJournal) Read(ctx context.Context, id string) ([]Written, error) {
	records, err := r.store.Read(ctx, journal.Stream(deliveryPrefix+id), 0)
	if err != nil {
		return nil, err
	}
	out := make([]Written, len(records))
	for i := range records {
		out[i] = written(&records[i])
	}
	return out, nil
}

func written(r *journal.Record) Written { return Written{r.Recorded, r.Actor, r.Kind, r.Body} }

// rested says up to which position of the journal every delivery is settled.
type rested struct {
	Through int64 `json:"through"`
}

func (r onJournal) Unsettled(ctx context.Context, each func(string, int64, Written) error) error {
	from, _, err := r.rested(ctx)
	if err != nil {
		return err
	}
	for {
		records, err := r.store.ReadAll(ctx, from, readBatch)
		if err != nil || len(records) == 0 {
			return err
		}
		for i := range records {
			from = records[i].Position
			if id, ok := strings.CutPrefix(string(records[i].Stream), deliveryPrefix); ok {
				if err := each(id, records[i].Version, written(&records[i])); err != nil {
					return err
				}
			}
		}
	}
}

// rested reads where the record rests, and the version of that note.
func (r onJournal) rested(ctx context.Context) (through, version int64, err error) {
	head, err := r.store.Head(ctx, deliveryMark)
	if err != nil || head.Version == 0 {
		return 0, 0, err
	}
	records, err := r.store.Read(ctx, deliveryMark, head.Version-1)
	if err != nil || len(records) == 0 {
		return 0, head.Version, err
	}
	var m rested
	if err := json.Unmarshal(records[len(records)-1].Body, &m); err != nil {
		return 0, 0, fmt.Errorf("stream %s, record %d: %w", deliveryMark, head.Version, err)
	}
	return m.Through, head.Version, nil
}

func (r onJournal) Rest(ctx context.Context) error {
	from, version, err := r.rested(ctx)
	if err != nil {
		return err
	}
	through := from
	var at calendar.Instant
	for {
		records, err := r.store.ReadAll(ctx, through, readBatch)
		if err != nil {
			return err
		}
		if len(records) == 0 {
			break
		}
		through, at = records[len(records)-1].Position, records[len(records)-1].Recorded
	}
	if through == from {
		return nil
	}
	body, err := json.Marshal(rested{through})
	if err != nil {
		return err
	}
	return r.append(ctx, deliveryMark, version, Written{At: at, Kind: "rest", Body: body})
}

func (r onJournal) Spend(ctx context.Context, nonce string, at calendar.Instant) (bool, error) {
	err := r.append(ctx, journal.Stream(linkPrefix+nonce), 0, Written{At: at, Kind: "spent", Body: []byte("{}")})
	if errors.Is(err, ErrMoved) {
		return false, nil
	}
	return err == nil, err
}
