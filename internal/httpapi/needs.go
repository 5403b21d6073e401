package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/door"
	"firstlook/party"
	"firstlook/right"
)

func (a *API) needs(q *request) (any, error) {
	all, err := a.local.Listed(q.Context(), q.eyes())
	if err != nil {
		return nil, err
	}
	p, last := &page{Name: "needs", Items: []any{}}, ""
	for _, x := range all {
		if !comesAfter(x.Need.ID, capacity.NeedID(q.cursor)) {
			continue
		}
		if len(p.Items) == q.limit {
			p.Last = last
			break
		}
		p.Items, last = append(p.Items, door.ItemOf(x)), string(x.Need.ID)
	}
	return p, nil
}

// comesAfter reports whether a need stands behind another in the order of the list: shorter ids come first.
func comesAfter(id, last capacity.NeedID) bool {
	return len(id) > len(last) || len(id) == len(last) && id > last
}

func (a *API) need(q *request) (any, error) {
	return a.local.Need(q.Context(), q.need, q.eyes())
}

func (a *API) events(q *request) (any, error) {
	seen, err := a.local.Need(q.Context(), q.need, q.eyes())
	if err != nil {
		return nil, err
	}
	begin := 0
	if q.cursor != "" {
		if begin, err = strconv.Atoi(q.cursor); err != nil || begin < 0 {
			return nil, &unreadable{errors.New("cursor: take it from the header Link of the page before")}
		}
	}
	p := &page{Name: "events", Items: []any{}}
	for i := begin; i < len(seen.History); i++ {
		if len(p.Items) == q.limit {
			p.Last = strconv.Itoa(i)
			break
		}
		p.Items = append(p.Items, oneEvent(seen.History[i]))
	}
	return p, nil
}

// oneEvent is an event in the canonical encoding.
type oneEvent right.Event

// MarshalJSON writes the event as the record has it.
func (e oneEvent) MarshalJSON() ([]byte, error) {
	b, err := right.Encode([]right.Event{right.Event(e)})
	if err != nil {
		return nil, err
	}
	return b[1 : len(b)-1], nil
}

func (a *API) explanation(q *request) (any, error) {
	at, err := q.instant("at")
	if err != nil {
		return nil, err
	}
	return a.local.Explain(q.Context(), q.need, q.eyes(), at)
}

// instant reads an instant of the query; unset where there is none.
func (q *request) instant(name string) (calendar.Instant, error) {
	text := q.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	at, err := calendar.Parse(text)
	if err != nil {
		return 0, &unreadable{fmt.Errorf("%s: %w", name, err)}
	}
	return at, nil
}

func (a *API) notice(q *request) (any, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(q.PathValue("matter"), "m"))
	if err != nil || n < 1 || n > 1_000_000 {
		return nil, &unreadable{fmt.Errorf("matter: %q is not a matter such as m1", q.PathValue("matter"))}
	}
	return a.local.Notice(q.Context(), q.need, right.MatterID(n), q.eyes())
}

func (a *API) offers(q *request) (any, error) {
	seen, err := a.local.Need(q.Context(), q.need, q.eyes())
	if err != nil {
		return nil, err
	}
	return paged(q, "offers", seen.Offers, func(o *desk.Offer) string { return string(o.ID) }), nil
}

func (a *API) awards(q *request) (any, error) {
	return a.local.Awards(q.Context(), q.need, q.eyes())
}

func (a *API) notices(q *request) (any, error) {
	need := q.URL.Query().Get("need")
	if need != "" {
		if err := party.Check(need); err != nil {
			return nil, &unreadable{fmt.Errorf("need: %w", err)}
		}
	}
	all, err := a.local.Notices(q.Context(), capacity.NeedID(need), q.eyes())
	if err != nil {
		return nil, err
	}
	if q.URL.Query().Get("open") == "true" {
		all.Notices = slices.DeleteFunc(all.Notices, func(n desk.Notice) bool { return !n.Status.Pending() && n.Waits == "" })
	}
	p := paged(q, "notices", all.Notices, func(n *desk.Notice) string { return string(n.Need) + " " + n.Matter })
	if len(all.Zones) > 0 {
		p.Extra = map[string]any{"zones": all.Zones}
	}
	return p, nil
}

// Waiting is one thing that waits for a party.
type Waiting struct {
	Need  capacity.NeedID `json:"need"`
	Title string          `json:"title,omitempty"`
	desk.Turn
}

func (a *API) next(q *request) (any, error) {
	var all []Waiting
	listed, err := a.local.Listed(q.Context(), q.party)
	for _, x := range listed {
		for _, t := range x.Next {
			if q.party == "" || t.Who == q.party {
				all = append(all, Waiting{x.Need.ID, x.Need.Title, t})
			}
		}
	}
	slices.SortStableFunc(all, func(x, y Waiting) int {
		switch {
		case x.Until == y.Until:
			return 0
		case !y.Until.IsSet() || x.Until.IsSet() && x.Until < y.Until:
			return -1
		}
		return 1
	})
	return paged(q, "next", all, func(w *Waiting) string { return string(w.Need) + " " + string(w.Who) + " " + w.What }), err
}

// Proofs makes what a party takes along: a receipt, or an archive of evidence. A failure of the law is a [*right.Refusal].
type Proofs interface {
	Receipt(ctx context.Context, id capacity.NeedID, who party.ID) ([]byte, error)
	Evidence(ctx context.Context, id capacity.NeedID, who party.ID) ([]byte, error)
}

func (a *API) receipt(w http.ResponseWriter, r *http.Request) {
	a.takeAlong(w, r, "text/plain; charset=utf-8", func(q *request) ([]byte, error) { return a.proofs.Receipt(q.Context(), q.need, q.eyes()) })
}

func (a *API) evidence(w http.ResponseWriter, r *http.Request) {
	a.takeAlong(w, r, "application/zip", func(q *request) ([]byte, error) { return a.proofs.Evidence(q.Context(), q.need, q.eyes()) })
}

// takeAlong answers with a file about a need that concerns the party.
func (a *API) takeAlong(w http.ResponseWriter, r *http.Request, kind string, make func(*request) ([]byte, error)) {
	c, ok := a.caller(w, r)
	if !ok {
		return
	}
	q := &request{Request: r, caller: c}
	if q.need, ok = pathID(w, r); !ok {
		return
	}
	if a.proofs == nil {
		problem{Title: "no log", Status: http.StatusNotFound, Detail: "this server signs no log"}.write(w)
		return
	}
	_, err := a.local.Need(r.Context(), q.need, q.eyes())
	var body []byte
	if err == nil {
		body, err = make(q)
	}
	if err != nil {
		a.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body) // a client that has gone away needs no answer
}
