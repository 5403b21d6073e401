package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Check is one thing on which it rests whether the server can take commands.
type Check struct {
	Name string // one word
	// Ask returns whether it is well, and in words why. The words are shown to everybody who reaches the server: they name no party, no
	// host and no figure of the record.
	Ask func(ctx context.Context) (ok bool, reason string)
}

// Probed is what a [Check] answered.
type Probed struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Reason string `json:"reason"`
}

// Readiness is what /readyz answers.
type Readiness struct {
	Ready  bool     `json:"ready"`
	Checks []Probed `json:"checks"`
}

const (
	// readyFor is how long an answer of /readyz counts: whoever asks more often does not trouble the store.
	readyFor = 500 * time.Millisecond
	// checkTime bounds the checks of one answer.
	checkTime = 2 * time.Second
)

// readiness asks the checks, and keeps what they said for a moment.
type readiness struct {
	checks []Check
	mu     sync.Mutex
	at     time.Time
	last   Readiness
}

// ask asks every check, one after the other, and says what they found.
func (r *readiness) ask(ctx context.Context) Readiness {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.at.IsZero() && time.Since(r.at) < readyFor {
		return r.last
	}
	// Whoever asked may go away; the answer is for the next one, too.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTime)
	defer cancel()
	out := Readiness{Ready: true}
	for _, c := range r.checks {
		ok, reason := c.Ask(ctx)
		out.Ready = out.Ready && ok
		out.Checks = append(out.Checks, Probed{c.Name, ok, reason})
	}
	r.last, r.at = out, time.Now()
	return out
}

// health answers as long as the process does: whoever gets no answer starts it again.
func (a *API) health(w http.ResponseWriter, _ *http.Request) {
	write(w, http.StatusOK, map[string]string{"status": "ok"})
}

// ready answers whether requests should come here, each check with its reason. A server that drains says so before it ends.
func (a *API) ready(w http.ResponseWriter, r *http.Request) {
	said := a.readiness.ask(r.Context())
	drains := Probed{"drain", true, "not draining"}
	if a.draining.Load() {
		drains.OK, drains.Reason = false, "draining: what is under way is finished, then the server ends"
	}
	out := Readiness{Ready: said.Ready && drains.OK, Checks: append([]Probed{drains}, said.Checks...)}
	status := http.StatusOK
	if !out.Ready {
		status = http.StatusServiceUnavailable
	}
	write(w, status, out)
}

// listsReady says whether lists are answered at once. Commands and notices wait for no list, so a server that still makes them is ready.
func (a *API) listsReady(context.Context) (bool, string) {
	if percent, working := a.local.Lists.Progress(); working {
		return true, fmt.Sprintf("being made after the start, %d %% are done", percent)
	}
	return true, "answered from memory"
}

// Streams is how many streams of events are open.
func (a *API) Streams() int {
	a.hub.mu.Lock()
	defer a.hub.mu.Unlock()
	return len(a.hub.readers)
}
