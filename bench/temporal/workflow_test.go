package main

import (
	"testing"
	"time"

	"go.temporal.io/sdk/testsuite"
)

// An answer before the deadline is the award; silence lapses at the deadline, whichever way the notice goes.
func TestNegotiate(t *testing.T) {
	for _, c := range []struct {
		name   string
		after  time.Duration
		notify bool
		want   string
	}{
		{"answered", time.Hour, false, "exercised"},
		{"answered after the activity", time.Hour, true, "exercised"},
		{"answered a second before the deadline", window - time.Second, false, "exercised"},
		{"silent", 0, false, "lapsed"},
		{"silent after the activity", 0, true, "lapsed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestWorkflowEnvironment()
			w := &office{}
			env.RegisterActivity(w.Notice)
			begin := env.Now()
			if c.after > 0 {
				env.RegisterDelayedCallback(func() { env.SignalWorkflow(signal, answer{"exercised"}) }, c.after)
			}
			env.ExecuteWorkflow(w.Negotiate, theOffer("n1", c.notify))
			var got award
			if err := env.GetWorkflowResult(&got); err != nil {
				t.Fatal(err)
			}
			if want := (award{"n1", "northwind", 64, c.want}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if took := env.Now().Sub(begin); c.after == 0 && took < window {
				t.Errorf("lapsed after %v of a window of %v", took, window)
			}
		})
	}
}

func TestPercentile(t *testing.T) {
	l := load{took: []time.Duration{3 * time.Millisecond, time.Millisecond, 2 * time.Millisecond}}
	if p50, p99 := l.percentile(50), l.percentile(99); p50 != 2 || p99 != 2 {
		t.Errorf("p50 %v, p99 %v of 1, 2 and 3 ms; the last place below 99 of 100 is 2 ms", p50, p99)
	}
}
