package whatif

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/right"
)

// Source is what a what-if reads of a journal. It cannot append.
type Source interface {
	Read(ctx context.Context, s journal.Stream, after int64) ([]journal.Record, error)
	Streams(ctx context.Context, prefix string) ([]journal.Head, error)
}

// The streams of the desk, as its package comment names them.
const (
	needStreams      = "need/"
	agreementStreams = "agreement/"
	providersStream  = "providers"
)

// Load reads the history of a need from a journal, with the law as it stood at each of its events, up to an instant that
// is not before its last. The history of a need that is not there has no events.
func Load(ctx context.Context, src Source, tables desk.Tables, id capacity.NeedID, end calendar.Instant) (History, error) {
	records, err := src.Read(ctx, journal.Stream(needStreams+string(id)), 0)
	if err != nil || len(records) == 0 {
		return History{}, err
	}
	changes, err := lawChanges(ctx, src)
	if err != nil {
		return History{}, err
	}
	first, err := lawAt(ctx, src, tables, records[0].Position)
	if err != nil {
		return History{}, err
	}
	h := History{Laws: []InForce{{Law: first}}, End: end}
	for _, r := range records {
		if changes, err = h.enact(ctx, src, tables, changes, records[0].Position, r.Position); err != nil {
			return History{}, err
		}
		events, err := right.Decode(r.Body)
		if err != nil {
			return History{}, fmt.Errorf("need %s, record %d: %w", id, r.Version, err)
		}
		h.Events = append(h.Events, events...)
		h.End = max(h.End, r.Recorded)
	}
	_, err = h.enact(ctx, src, tables, changes, records[0].Position, math.MaxInt64)
	return h, err
}

// enact adds the laws that were recorded before a position, and after the need was submitted.
func (h *History) enact(ctx context.Context, src Source, tables desk.Tables, changes []journal.Record, submitted, before int64) ([]journal.Record, error) {
	for len(changes) > 0 && changes[0].Position < before {
		c := changes[0]
		changes = changes[1:]
		if c.Position < submitted {
			continue
		}
		law, err := lawAt(ctx, src, tables, c.Position+1)
		if err != nil {
			return nil, err
		}
		h.Laws = append(h.Laws, InForce{From: len(h.Events), At: c.Recorded, Law: law})
		h.End = max(h.End, c.Recorded)
	}
	return changes, nil
}

// lawChanges returns the records that changed the law, in the order of the journal.
func lawChanges(ctx context.Context, src Source) ([]journal.Record, error) {
	heads, err := src.Streams(ctx, agreementStreams)
	if err != nil {
		return nil, err
	}
	var out []journal.Record
	for _, s := range append(heads, journal.Head{Stream: providersStream}) {
		records, err := src.Read(ctx, s.Stream, 0)
		if err != nil {
			return nil, err
		}
		out = append(out, records...)
	}
	slices.SortFunc(out, func(a, b journal.Record) int { return int(a.Position - b.Position) })
	return out, nil
}

// lawAt is the law that the desk builds from what was recorded before a position.
func lawAt(ctx context.Context, src Source, tables desk.Tables, before int64) (*right.Law, error) {
	d, err := desk.Open(ctx, &past{Source: src, before: before}, desk.WallClock{}, tables)
	if err != nil {
		return nil, err
	}
	return d.Law(), nil
}

// past is the law's part of a journal as it was before a position, for a desk to open. It has no other part, and takes
// nothing.
type past struct {
	Source
	before int64
}

var errPast = errors.New("bug: what-if reads the law of the past and nothing else")

// Read returns the records before the position.
func (p *past) Read(ctx context.Context, s journal.Stream, after int64) ([]journal.Record, error) {
	records, err := p.Source.Read(ctx, s, after)
	return slices.DeleteFunc(slices.Clone(records), func(r journal.Record) bool { return r.Position >= p.before }), err
}

// Streams returns the streams of the law that were there before the position.
func (p *past) Streams(ctx context.Context, prefix string) ([]journal.Head, error) {
	heads, err := p.Source.Streams(ctx, prefix)
	if err != nil {
		return nil, err
	}
	var out []journal.Head
	for _, h := range heads {
		if strings.HasPrefix(string(h.Stream), needStreams) {
			continue
		}
		records, err := p.Read(ctx, h.Stream, 0)
		if err != nil {
			return nil, err
		}
		if len(records) > 0 {
			out = append(out, journal.Head{Stream: h.Stream, Version: int64(len(records))})
		}
	}
	return out, nil
}

func (p *past) Append(context.Context, journal.Write) (journal.Record, error) {
	return journal.Record{}, errPast
}

func (p *past) ReadAll(context.Context, int64, int) ([]journal.Record, error) { return nil, errPast }

func (p *past) ByKey(context.Context, string) (journal.Record, bool, error) {
	return journal.Record{}, false, errPast
}

func (p *past) Head(context.Context, journal.Stream) (journal.Head, error) {
	return journal.Head{}, errPast
}

func (p *past) Due(context.Context, calendar.Instant, int) ([]journal.Head, error) {
	return nil, errPast
}

func (p *past) NextDue(context.Context) (calendar.Instant, bool, error) { return 0, false, errPast }

func (p *past) Close() error { return nil }
