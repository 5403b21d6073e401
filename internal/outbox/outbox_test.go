package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/internal/journal/memory"
	"firstlook/internal/outbox"
	"firstlook/party"
)

// derive makes an act for each word of a record's body: "microsoft" is an act for microsoft.
func derive(_ context.Context, r journal.Record) ([]outbox.Act, error) {
	var out []outbox.Act
	for i, to := range strings.Fields(string(r.Body)) {
		out = append(out, outbox.Act{Key: fmt.Sprintf("%s.%d.%d", r.Stream, r.Version, i), Recipient: party.ID(to), Kind: "letter"})
	}
	return out, nil
}

func now() calendar.Instant { return calendar.Earliest }

func write(t *testing.T, s journal.Store, stream journal.Stream, version int64, body string) {
	t.Helper()
	if _, err := s.Append(context.Background(), journal.Write{Stream: stream, Expect: version, Recorded: now(), Kind: "events", Body: []byte(body)}); err != nil {
		t.Fatal(err)
	}
}

// A crash after each act, and after each act but before it is recorded, changes neither the order in which a recipient
// is served nor what it gets; at most the last act comes twice.
func TestCrashAtEveryStep(t *testing.T) {
	want := "need/a.1.0 need/b.1.0 need/a.2.1"
	for crash := range 8 {
		store := memory.New()
		write(t, store, "need/a", 0, "microsoft oracle")
		write(t, store, "need/b", 0, "microsoft")
		write(t, store, "need/a", 1, "oracle microsoft")
		got := map[party.ID][]string{}
		steps := 0
		stop := errors.New("crash")
		for {
			box := outbox.New(store, derive, now) // a new process
			err := box.Deliver(context.Background(), func(_ context.Context, a *outbox.Act) error {
				steps++
				got[a.Recipient] = append(got[a.Recipient], a.Key)
				if steps == crash {
					return stop // done, but the process dies before it is recorded
				}
				return nil
			})
			if err == nil {
				break
			}
			if !errors.Is(err, stop) {
				t.Fatal(err)
			}
		}
		if served := strings.Join(once(got["microsoft"]), " "); served != want {
			t.Errorf("crash at step %d: microsoft got %s, want %s", crash, served, want)
		}
		if n := len(got["microsoft"]) + len(got["oracle"]); n > 6 {
			t.Errorf("crash at step %d: %d acts were done for 5", crash, n)
		}
	}
}

// once drops immediate repetitions, as a receiver does by the key.
func once(keys []string) []string {
	var out []string
	for _, k := range keys {
		if len(out) == 0 || out[len(out)-1] != k {
			out = append(out, k)
		}
	}
	return out
}

// One recipient that cannot be reached holds up nobody else, and gets everything in order once it can be.
func TestUnreachable(t *testing.T) {
	store := memory.New()
	for i := range 5 {
		write(t, store, "need/a", int64(i), "microsoft oracle")
	}
	box := outbox.New(store, derive, now)
	var oracle, microsoft int
	down := true
	courier := func(_ context.Context, a *outbox.Act) error {
		if a.Recipient == "oracle" && down {
			return errors.New("no route")
		}
		if a.Recipient == "oracle" {
			oracle++
		} else {
			microsoft++
		}
		return nil
	}
	if err := box.Deliver(context.Background(), courier); err == nil || !strings.Contains(err.Error(), "oracle") {
		t.Errorf("an unreachable recipient: %v", err)
	}
	if microsoft != 5 || oracle != 0 {
		t.Errorf("microsoft got %d of 5, oracle %d of 0", microsoft, oracle)
	}
	down = false
	if err := box.Deliver(context.Background(), courier); err != nil {
		t.Fatal(err)
	}
	if microsoft != 5 || oracle != 5 {
		t.Errorf("afterwards: microsoft %d, oracle %d, want 5 and 5", microsoft, oracle)
	}
	if open, err := box.Pending(context.Background()); err != nil || len(open) != 0 {
		t.Errorf("%d acts are open (%v)", len(open), err)
	}
}

// forgetful is a store that fails once when it is asked how far a recipient was served.
type forgetful struct {
	journal.Store
	stream journal.Stream
	failed bool
}

func (f *forgetful) Head(ctx context.Context, s journal.Stream) (journal.Head, error) {
	if s == f.stream && !f.failed {
		f.failed = true
		return journal.Head{}, errors.New("the store is away")
	}
	return f.Store.Head(ctx, s)
}

// A record of which only the first acts could be lined up is read again, and none of its acts is done twice.
func TestLinedUpWhole(t *testing.T) {
	store := memory.New()
	write(t, store, "need/a", 0, "microsoft oracle")
	box := outbox.New(&forgetful{Store: store, stream: "outbox/oracle"}, derive, now)
	var got []string
	courier := func(_ context.Context, a *outbox.Act) error {
		got = append(got, a.Key)
		return nil
	}
	if err := box.Deliver(context.Background(), courier); err == nil {
		t.Fatal("the store was away, and nobody says so")
	}
	if err := box.Deliver(context.Background(), courier); err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(got, " "); all != "need/a.1.0 need/a.1.1" {
		t.Errorf("done: %s; want each act once", all)
	}
}
