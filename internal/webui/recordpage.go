package webui

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"firstlook/capacity"
	"firstlook/internal/journal"
	"firstlook/internal/translog"
	"firstlook/proof"
	"firstlook/right"
)

// recordsMain lists the records of needs, or shows one.
type recordsMain struct {
	Rows  []needRow
	Log   *logState
	Pages paging
}

// logState is what the transparency log has come to.
type logState struct {
	Size int64
	Root string
}

// recordMain is the record of one need.
type recordMain struct {
	ID, Title  string
	Rows       []recordRow
	Kinds      []option
	Kind, Who  string
	Parties    []option
	Shown, All int
	Log        *logState
	Receipt    bool
	Hidden     int // leaves of the need that the party may not open
}

// recordRow is one event.
type recordRow struct {
	At, Recorded, By, Kind, Text, Line string
	Proof                              proved
}

// proved is how an event stands in the log.
type proved struct {
	Leaf  int64
	State string // in the log, not in the log
	Good  bool
	Hash  string
}

func (u *UI) recordsPage(v *visit) error {
	all, err := u.lists(v)
	if err != nil {
		return err
	}
	m := recordsMain{}
	slices.Reverse(all)
	all, m.Pages = page(v, all)
	for _, x := range all {
		last := ""
		if n := len(x.Marks); n > 0 {
			last = teller{v.law, x.Who}.at(x.Marks[n-1].At)
		}
		m.Rows = append(m.Rows, needRow{ID: x.Need.ID, Title: v.listed(x).title(), What: counted(int64(len(x.Marks)), "event"), State: x.Status, Period: last})
	}
	if m.Log, _, err = u.logState(); err != nil {
		return err
	}
	u.render(v, http.StatusOK, "records", "Record", m)
	return nil
}

func (u *UI) logState() (*logState, *translog.View, error) {
	if u.Log == nil {
		return nil, nil, nil
	}
	view, err := u.Log.View()
	if err != nil {
		return nil, nil, err
	}
	return &logState{view.Size(), view.Root().String()}, view, nil
}

func (u *UI) recordPage(v *visit) error {
	l, err := u.look(v, capacity.NeedID(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	m := recordMain{ID: string(l.Need.ID), Title: l.title(), All: len(l.Events), Receipt: u.Receipt != nil, Kind: v.r.URL.Query().Get("kind"), Who: v.r.URL.Query().Get("by")}
	var view *translog.View
	if m.Log, view, err = u.logState(); err != nil {
		return err
	}
	places, total, err := u.places(v.r.Context(), l, view)
	if err != nil {
		return err
	}
	if l.Buyer || len(l.Matters) > 0 { // it would tell a provider how many others there are
		m.Hidden = total - len(l.Events)
	}
	t := teller{v.law, l.eyes}
	kinds, parties := map[string]bool{}, map[string]bool{}
	for i, e := range l.Events {
		kind := right.FactName(e.Fact)
		by := "time"
		if e.By != "" {
			by = nameOf(v.law, e.By)
		}
		kinds[kind], parties[by] = true, true
		if m.Kind != "" && m.Kind != kind || m.Who != "" && m.Who != by {
			continue
		}
		r := recordRow{At: t.at(e.At), Recorded: e.Recorded.String(), By: by, Kind: strings.ReplaceAll(kind, "-", " "), Text: t.tell(e), Line: e.String()}
		if i < len(places) {
			r.Proof = places[i]
		}
		m.Rows = append(m.Rows, r)
	}
	m.Shown = len(m.Rows)
	m.Kinds, m.Parties = choices("every kind", kinds), choices("everybody", parties)
	u.render(v, http.StatusOK, "record", "Record of "+m.ID, m)
	return nil
}

// places finds each visible event of a need in the log and checks that it is there: its leaf is made again from the record and
// its inclusion proof is checked against the root. Total is how many leaves the need has.
func (u *UI) places(ctx context.Context, l *look, view *translog.View) (out []proved, total int, err error) {
	records, err := u.Desk.Records(ctx, journal.Stream("need/"+string(l.Need.ID)))
	if err != nil {
		return nil, 0, err
	}
	seen := 0
	for i := range records {
		events, err := right.Decode(records[i].Body)
		if err != nil {
			return nil, 0, err
		}
		total += len(events)
		var first int64
		if view != nil {
			if first, err = view.Index(ctx, records[i].Position); err != nil {
				return nil, 0, err
			}
		}
		for j, e := range events {
			if seen >= len(l.Events) || !same(l.Events[seen], e) {
				continue
			}
			p := proved{Leaf: first + int64(j), State: "no log"}
			if view != nil {
				if p, err = u.prove(ctx, view, &records[i], j, p); err != nil {
					return nil, 0, err
				}
			}
			out = append(out, p)
			seen++
		}
	}
	return out, total, nil
}

// same reports whether an event that is shown is one of the record: what is sealed of it does not change its kind or its time.
func same(shown, recorded right.Event) bool {
	return shown.At == recorded.At && shown.Recorded == recorded.Recorded && right.FactName(shown.Fact) == right.FactName(recorded.Fact) && sameSubject(shown.Fact, recorded.Fact)
}

// sameSubject tells events of one kind and time apart by what they are about.
func sameSubject(a, b right.Fact) bool {
	if x, ok := matterOf(a); ok {
		y, _ := matterOf(b)
		return x == y
	}
	switch a := a.(type) {
	case *right.OfferReceived:
		return a.Offer.ID == b.(*right.OfferReceived).Offer.ID
	case *right.OfferWithdrawn:
		return a.Offer == b.(*right.OfferWithdrawn).Offer
	case *right.Awarded:
		return a.Award == b.(*right.Awarded).Award
	case *right.OffersRequested:
		return a.Lot == b.(*right.OffersRequested).Lot
	}
	return true
}

// prove checks that a leaf is in the tree of a view.
func (u *UI) prove(ctx context.Context, view *translog.View, r *journal.Record, n int, p proved) (proved, error) {
	path, err := view.Inclusion(ctx, p.Leaf)
	if err != nil {
		p.State = "not in the log yet"
		return p, nil // a leaf that the log does not have yet is a state, not a fault
	}
	leaves := u.Log.Leaves(r)
	if n >= len(leaves) {
		return p, fmt.Errorf("record %d has %d leaves, leaf %d is asked for", r.Position, len(leaves), n)
	}
	hash := proof.LeafHash(leaves[n].Text)
	c := proof.Checkpoint{Size: view.Size(), Root: view.Root()}
	p.Hash = hash.String()
	if err := proof.CheckInclusion(c, p.Leaf, hash, path); err != nil {
		p.State = "the proof fails"
		return p, nil // shown on the page: it is what the reader came to find out
	}
	p.State, p.Good = "in the log", true
	return p, nil
}

// export writes the visible events of a need as a file.
func (u *UI) export(v *visit) error {
	l, err := u.look(v, capacity.NeedID(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	var body []byte
	kind := v.r.PathValue("export")
	switch kind {
	case "export.json":
		if body, err = right.Encode(l.Events); err == nil {
			v.w.Header().Set("Content-Type", "application/json")
		}
	case "export.csv":
		body, err = l.csv()
		v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	case "export.receipt":
		if u.Receipt == nil {
			return errNotFound
		}
		body, err = u.Receipt(v.r.Context(), l.Need.ID, l.Who)
		v.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	default:
		return errNotFound
	}
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", string(l.Need.ID)+strings.TrimPrefix(kind, "export")))
	_, _ = v.w.Write(body) // a browser that has gone away needs no file
	return nil
}

// csv writes events one a line. A cell that a spreadsheet would take for a formula begins with an apostrophe.
func (l *look) csv() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	t := teller{l.law, l.eyes}
	if err := w.Write([]string{"happened_utc", "recorded_utc", "by", "kind", "says", "record_line"}); err != nil {
		return nil, err
	}
	for _, e := range l.Events {
		row := []string{e.At.String(), e.Recorded.String(), string(e.By), right.FactName(e.Fact), t.tell(e), e.String()}
		for i, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				row[i] = "'" + cell
			}
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}
