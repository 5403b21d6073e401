package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"firstlook/internal/door"
)

// Questions to the engine that take seconds and record nothing. Each has an end well before the connection's own; a plan answers then with
// what it found, and with the bound that it proved.
const (
	atWork       = 2                // at once; whoever comes then waits
	waitForWork  = 5 * time.Second  // and is told to come again
	questionTime = 18 * time.Second // from the beginning of the work
)

// work runs f when it is its turn. f goes on where the client has gone away: its context tells it. Where f does not listen the answer does
// not wait for it, but its place is free again only when it has ended.
func work[T any](a *API, ctx context.Context, f func(context.Context) (T, error)) (T, error) {
	var none T
	patience := time.NewTimer(a.patience)
	defer patience.Stop()
	select {
	case a.working <- struct{}{}:
	case <-patience.C:
		return none, &problem{Title: "busy", Status: http.StatusTooManyRequests, Code: "busy", Detail: "the server answers other questions of this kind", Remedy: "ask again in some seconds", retry: 5}
	case <-ctx.Done():
		return none, ctx.Err()
	}
	ctx, stop := context.WithTimeout(ctx, questionTime)
	type answer struct {
		v   T
		err error
	}
	done := make(chan answer, 1)
	go func() {
		defer func() {
			stop()
			<-a.working
		}()
		defer func() {
			if p := recover(); p != nil {
				done <- answer{none, fmt.Errorf("bug: %v", p)}
			}
		}()
		v, err := f(ctx)
		done <- answer{v, err}
	}()
	select {
	case got := <-done:
		return got.v, got.err
	case <-ctx.Done():
	}
	select { // a plan ends with its context, and has an answer
	case got := <-done:
		return got.v, got.err
	case <-time.After(questionGrace):
		return none, &problem{Title: "it takes too long", Status: http.StatusServiceUnavailable, Code: "too-long", Detail: fmt.Sprintf("the question was not answered within %s", questionTime),
			Remedy: "ask for less, or use the command on a copy of the record"}
	}
}

// questionGrace is how long a question has that was told to end.
const questionGrace = 6 * time.Second

func (a *API) plan(q *request) (any, error) {
	in := &door.PlanRequest{}
	if err := q.readBody(in); err != nil {
		return nil, err
	}
	for i := range in.Needs {
		if err := checkName(&in.Needs[i]); err != nil {
			return nil, err
		}
	}
	if err := checkName(&in.Offers); err != nil {
		return nil, err
	}
	return work(a, q.Context(), func(ctx context.Context) (*door.PlanPage, error) { return a.local.Plan(ctx, in, q.party) })
}

func (a *API) whatIf(q *request) (any, error) {
	in := &door.WhatIfRequest{}
	if err := q.readBody(in); err != nil {
		return nil, err
	}
	for i := range in.Agreements {
		if err := checkName(&in.Agreements[i]); err != nil {
			return nil, err
		}
	}
	return work(a, q.Context(), func(ctx context.Context) (*door.WhatIfPage, error) { return a.local.WhatIf(ctx, q.need, in, q.eyes()) })
}
