package desk

import (
	"context"
	"strings"

	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/party"
)

const (
	kindPrices   = "prices"
	pricesPrefix = "prices/"
)

// PriceBook is a recorded price book. Its text is the canonical encoding of package pricebook, opaque here.
type PriceBook struct {
	Name     string           `json:"name"`
	Recorded calendar.Instant `json:"recorded"`
	Text     []byte           `json:"-"`
}

// PutPrices records a price book under a name; a later one of the same name takes the place of the earlier, which stays
// in the record.
func (d *Desk) PutPrices(ctx context.Context, name string, by party.ID, text []byte) error {
	d.admin.Lock()
	defer d.admin.Unlock()
	stream := journal.Stream(pricesPrefix + name)
	_, err := d.appendNext(ctx, journal.Write{Stream: stream, Recorded: d.clock.Now(), Actor: by, Kind: kindPrices, Body: text})
	return err
}

// Prices returns the latest text of every recorded price book, by name.
func (d *Desk) Prices(ctx context.Context) ([]PriceBook, error) {
	heads, err := d.store.Streams(ctx, pricesPrefix)
	if err != nil {
		return nil, err
	}
	out := make([]PriceBook, 0, len(heads))
	for _, h := range heads {
		records, err := d.store.Read(ctx, h.Stream, h.Version-1)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			out = append(out, PriceBook{strings.TrimPrefix(string(h.Stream), pricesPrefix), r.Recorded, r.Body})
		}
	}
	return out, nil
}
