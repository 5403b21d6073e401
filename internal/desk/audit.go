package desk

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"firstlook/capacity"
	"firstlook/internal/journal"
	"firstlook/internal/lawcheck"
	"firstlook/right"
)

// Audited is what a replay of one need came to.
type Audited struct {
	Need    capacity.NeedID `json:"need"`
	Records int             `json:"records"`
	Events  int             `json:"events"`
	Digest  string          `json:"digest"` // of the state after the last event
	Faults  []string        `json:"faults,omitempty"`
	// Violations are the places at which the record breaks the law, see package lawcheck.
	Violations []lawcheck.Violation `json:"violations,omitempty"`
}

// Audit replays one need from its record under the law of the record: each body must be in the canonical encoding, folding
// all events at once must give the same state as applying them one by one, and no event may break the law. What is wrong is
// listed in Faults and Violations, and nothing is repaired; the error is a fault of the store.
func (d *Desk) Audit(ctx context.Context, id capacity.NeedID) (Audited, error) {
	records, err := d.records(ctx, streamOf(id))
	if err != nil {
		return Audited{Need: id}, err
	}
	out := Audited{Need: id, Records: len(records)}
	var events []right.Event
	for i := range records {
		found, fault := decode(&records[i])
		if fault != "" {
			out.Faults = append(out.Faults, fmt.Sprintf("record %d: %s", records[i].Version, fault))
			return out, nil // what follows would only repeat it
		}
		events = append(events, found...)
	}
	out.Events = len(events)
	if fault := d.fold(&out, events); fault != "" {
		out.Faults = append(out.Faults, fault)
	}
	out.Violations = lawcheck.Check(d.Law(), events)
	return out, nil
}

// decode reads a record's body and compares its encoding with the bytes of the record.
func decode(r *journal.Record) ([]right.Event, string) {
	events, err := right.Decode(r.Body)
	if err != nil {
		return nil, err.Error()
	}
	again, err := right.Encode(events)
	if err != nil {
		return nil, err.Error()
	}
	if !bytes.Equal(again, r.Body) {
		return nil, "its body is not in the canonical encoding"
	}
	return events, ""
}

// fold compares the two ways of folding. An event that cannot follow from the ones before it panics in the engine, where
// it would be a bug; in a record it is a finding.
func (d *Desk) fold(out *Audited, events []right.Event) (fault string) {
	defer func() {
		if r := recover(); r != nil {
			fault = strings.TrimPrefix(fmt.Sprint(r), "bug: ")
		}
	}()
	law := d.Law()
	whole := right.Replay(law, events)
	out.Digest = whole.Digest()
	state := right.Begin(law)
	for i := range events {
		state = right.Apply(state, events[i])
	}
	if one := state.Digest(); one != out.Digest {
		return fmt.Sprintf("all at once gives state %s, one by one %s", out.Digest, one)
	}
	return ""
}
