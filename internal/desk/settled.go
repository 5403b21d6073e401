package desk

import (
	"context"
	"encoding/json"
	"fmt"

	"firstlook/internal/journal"
	"firstlook/right"
)

// A change of the law may open what nobody has asked for: an option that a trigger begins, a right that an amendment takes away. So every
// need is settled under it, one after the other, behind the record that changes it. The stream "settled" says up to which change that
// was done, so that a process which ends on the way leaves it to the next one.

const (
	settledStream = journal.Stream("settled")
	kindSettled   = "settled"
)

// settledBody is the body of a record that says that every need was settled under the law up to a position.
type settledBody struct {
	Through int64 `json:"through"`
}

// settledThrough returns up to which change of the law every need was settled, from the record when it is first asked for.
func (d *Desk) settledThrough(ctx context.Context) (int64, error) {
	l := &d.lead
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.settled >= 0 {
		return l.settled, nil
	}
	head, err := d.store.Head(ctx, settledStream)
	if err != nil {
		return 0, err
	}
	records, err := d.store.Read(ctx, settledStream, max(head.Version-1, 0))
	if err != nil {
		return 0, err
	}
	var last settledBody
	for i := range records {
		if err := json.Unmarshal(records[i].Body, &last); err != nil {
			return 0, fmt.Errorf("%s, record %d: %w", settledStream, records[i].Version, err)
		}
	}
	l.settled = last.Through
	return l.settled, nil
}

// settledTo notes that it was done up to a position.
func (l *lead) settledTo(position int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settled = max(l.settled, position)
}

// SettleLaw settles every need under the law as it is, unless that was done since it changed last. A running desk sees to it by itself.
func (d *Desk) SettleLaw(ctx context.Context) error {
	if err := d.hearLaw(ctx); err != nil {
		return err
	}
	last := d.law.Load().last
	through, err := d.settledThrough(ctx)
	if err != nil || through >= last {
		return err
	}
	ids, err := d.Needs(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := d.Do(ctx, id, right.Command{Ask: right.Settle{}}, ""); err != nil {
			return err
		}
	}
	if len(ids) > 0 {
		if err := d.markSettled(ctx, last); err != nil {
			return err
		}
	}
	d.lead.settledTo(last)
	return nil
}

// markSettled records that it was done.
func (d *Desk) markSettled(ctx context.Context, through int64) error {
	body, err := json.Marshal(settledBody{through})
	if err != nil {
		return err
	}
	_, err = d.appendNext(ctx, journal.Write{Stream: settledStream, Recorded: d.clock.Now(), Kind: kindSettled, Body: body})
	return err
}
