package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"
)

const (
	queue  = "negotiations"
	window = 72 * time.Hour
	signal = "answer"
)

// offer is what a workflow starts with: the terms of the need in bench/negotiation.
type offer struct {
	Need        string
	Accelerator string
	Quantity    int64
	From, Until time.Time
	NanosPerGPU int64
	Currency    string
	Region      string
	Window      time.Duration
	Notify      bool // an activity stands for the notice
}

// answer is the holder's; award is what follows from it.
type answer struct{ Kind string }

type award struct {
	Need     string
	Holder   string
	Quantity int64
	Kind     string // exercised or lapsed
}

func theOffer(id string, notify bool) offer {
	return offer{Need: id, Accelerator: "H100", Quantity: 64, From: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC),
		Until: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), NanosPerGPU: 2_100_000_000, Currency: "USD", Region: "us-chicago-1", Window: window, Notify: notify}
}

// office is what the worker and the callers share: who waits for which notice.
type office struct{ noticed sync.Map } // workflow id to chan struct{}

// Negotiate is the workflow.
func (w *office) Negotiate(ctx workflow.Context, o offer) (award, error) {
	timers, cancel := workflow.WithCancel(ctx)
	deadline := workflow.NewTimer(timers, o.Window)
	if o.Notify {
		retrying := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		if err := workflow.ExecuteActivity(retrying, w.Notice, o).Get(ctx, nil); err != nil {
			return award{}, err
		}
	}
	out := award{Need: o.Need, Holder: "northwind", Quantity: o.Quantity}
	workflow.NewSelector(ctx).AddReceive(workflow.GetSignalChannel(ctx, signal), func(c workflow.ReceiveChannel, _ bool) {
		var a answer
		c.Receive(ctx, &a)
		cancel()
		out.Kind = a.Kind
	}).AddFuture(deadline, func(workflow.Future) { out.Kind = "lapsed" }).Select(ctx)
	return out, nil
}

// Notice is the activity: it tells the caller that waits for this workflow.
func (w *office) Notice(ctx context.Context, _ offer) error {
	if c, ok := w.noticed.LoadAndDelete(activity.GetInfo(ctx).WorkflowExecution.ID); ok {
		close(c.(chan struct{}))
	}
	return nil
}

// errWrong ends the run: what Temporal decided is not what was negotiated.
var errWrong = errors.New("the award is wrong")

// one plays a negotiation as a caller does and returns how long it took.
func (w *office) one(ctx context.Context, c client.Client, id string, notify bool) (time.Duration, error) {
	begin := time.Now()
	noticed := make(chan struct{})
	if notify {
		w.noticed.Store(id, noticed)
	}
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: queue, EnableEagerStart: true}, w.Negotiate, theOffer(id, notify))
	if err != nil {
		return 0, fmt.Errorf("start of %s: %w", id, err)
	}
	if notify {
		select {
		case <-noticed:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	if err := c.SignalWorkflow(ctx, id, "", signal, answer{"exercised"}); err != nil {
		return 0, fmt.Errorf("answer of %s: %w", id, err)
	}
	var a award
	if err := run.Get(ctx, &a); err != nil {
		return 0, fmt.Errorf("award of %s: %w", id, err)
	}
	if want := (award{id, "northwind", 64, "exercised"}); a != want {
		return 0, fmt.Errorf("%w: of %s it is %+v", errWrong, id, a)
	}
	return time.Since(begin), nil
}
