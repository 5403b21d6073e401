// Package identitytest is the suite that every [identity.Store] passes.
package identitytest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"firstlook/internal/identity"
)

// Run runs the suite; open returns a new, empty store.
func Run(t *testing.T, open func(*testing.T) identity.Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, identity.Store)
	}{
		{"what is put is there", putGet}, {"keys and order", order}, {"all or nothing", atomic}, {"a view does not write", readOnly},
		{"sweep", sweep}, {"the audit only grows", audit}, {"one writer at a time", racing}, {"a view is one state", snapshot},
		{"closed", closed}, {"an ended context", ended},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			c.test(t, s)
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
}

var (
	ctx  = context.Background()
	noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
)

func update(t *testing.T, s identity.Store, f func(identity.Tx) error) {
	t.Helper()
	if err := s.Update(ctx, f); err != nil {
		t.Fatal(err)
	}
}

// get returns a value, or "none".
func get(t *testing.T, s identity.Store, kind identity.Kind, key string) string {
	t.Helper()
	out := "none"
	err := s.View(ctx, func(tx identity.Tx) error {
		b, err := tx.Get(kind, key)
		if errors.Is(err, identity.ErrNotFound) {
			return nil
		}
		out = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func want(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func putGet(t *testing.T, s identity.Store) {
	want(t, "before", get(t, s, "a", "k"), "none")
	value := []byte("one")
	update(t, s, func(tx identity.Tx) error {
		if err := tx.Put("a", "k", value, time.Time{}); err != nil {
			return err
		}
		copy(value, "xxx") // the store has its own copy
		b, err := tx.Get("a", "k")
		want(t, "inside its transaction", string(b), "one")
		return err
	})
	want(t, "after", get(t, s, "a", "k"), "one")
	want(t, "another kind", get(t, s, "b", "k"), "none")
	update(t, s, func(tx identity.Tx) error { return tx.Put("a", "k", []byte("two"), time.Time{}) })
	want(t, "over it", get(t, s, "a", "k"), "two")
	update(t, s, func(tx identity.Tx) error {
		return errors.Join(tx.Delete("a", "k"), tx.Delete("a", "k"), tx.Delete("c", "k"))
	})
	want(t, "deleted", get(t, s, "a", "k"), "none")
	update(t, s, func(tx identity.Tx) error { return tx.Put("a", "empty", nil, time.Time{}) })
	want(t, "an empty value", get(t, s, "a", "empty"), "")
}

func order(t *testing.T, s identity.Store) {
	keys := []string{"", "A", "Z", "a", "a b", "a\x00b", "b", "é", "\U0001f512", strings.Repeat("z", 2000)}
	update(t, s, func(tx identity.Tx) error {
		for i := range keys {
			key := keys[(i*7)%len(keys)] // in another order than they are read
			if err := tx.Put("k", key, []byte("v"+key), time.Time{}); err != nil {
				return err
			}
		}
		return tx.Put("l", "other", nil, time.Time{})
	})
	var got []string
	stop := errors.New("stop")
	err := s.View(ctx, func(tx identity.Tx) error {
		err := tx.Each("k", func(key string, value []byte) error {
			got = append(got, key)
			want(t, "value", string(value), "v"+key)
			return nil
		})
		if err != nil {
			return err
		}
		return tx.Each("k", func(string, []byte) error { return stop })
	})
	if !errors.Is(err, stop) {
		t.Errorf("each returns what f returned: %v", err)
	}
	bytewise := []string{"", "A", "Z", "a", "a\x00b", "a b", "b", strings.Repeat("z", 2000), "é", "\U0001f512"}
	if d := cmp.Diff(bytewise, got); d != "" {
		t.Errorf("keys (-want +got):\n%s", d)
	}
}

func atomic(t *testing.T, s identity.Store) {
	update(t, s, func(tx identity.Tx) error {
		return errors.Join(tx.Put("a", "kept", []byte("1"), time.Time{}), tx.Put("a", "gone", []byte("1"), noon), tx.Append(1, []byte("first")))
	})
	no := errors.New("no")
	spoil := func(tx identity.Tx) error {
		_, err := tx.Sweep(noon)
		return errors.Join(err, tx.Put("a", "kept", []byte("2"), time.Time{}), tx.Put("a", "kept", []byte("3"), time.Time{}), tx.Put("a", "new", nil, time.Time{}),
			tx.Delete("a", "kept"), tx.Append(2, []byte("second")))
	}
	err := s.Update(ctx, func(tx identity.Tx) error {
		if err := spoil(tx); err != nil {
			t.Error(err)
		}
		return no
	})
	if !errors.Is(err, no) {
		t.Errorf("update returned %v", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = s.Update(ctx, func(tx identity.Tx) error {
			if err := spoil(tx); err != nil {
				t.Error(err)
			}
			panic("bug")
		})
	}()
	want(t, "kept", get(t, s, "a", "kept"), "1")
	want(t, "gone", get(t, s, "a", "gone"), "1")
	want(t, "new", get(t, s, "a", "new"), "none")
	update(t, s, func(tx identity.Tx) error { return tx.Append(2, []byte("another")) })
}

func readOnly(t *testing.T, s identity.Store) {
	for name, f := range map[string]func(identity.Tx) error{
		"put":    func(tx identity.Tx) error { return tx.Put("a", "k", nil, time.Time{}) },
		"delete": func(tx identity.Tx) error { return tx.Delete("a", "k") },
		"append": func(tx identity.Tx) error { return tx.Append(1, nil) },
		"sweep":  func(tx identity.Tx) error { _, err := tx.Sweep(noon); return err },
	} {
		if err := s.View(ctx, f); !errors.Is(err, identity.ErrReadOnly) {
			t.Errorf("%s in a view: %v", name, err)
		}
	}
	want(t, "after", get(t, s, "a", "k"), "none")
}

func sweep(t *testing.T, s identity.Store) {
	update(t, s, func(tx identity.Tx) error {
		return errors.Join(tx.Put("a", "forever", nil, time.Time{}), tx.Put("a", "before", nil, noon.Add(-time.Millisecond)), tx.Put("b", "at", nil, noon),
			tx.Put("b", "after", nil, noon.Add(time.Millisecond)), tx.Put("b", "prolonged", nil, noon), tx.Put("b", "prolonged", nil, noon.Add(time.Hour)))
	})
	update(t, s, func(tx identity.Tx) error {
		n, err := tx.Sweep(noon)
		if n != 2 {
			t.Errorf("swept %d, want 2", n)
		}
		return err
	})
	for key, there := range map[string]string{"a forever": "", "a before": "none", "b at": "none", "b after": "", "b prolonged": ""} {
		kind, name, _ := strings.Cut(key, " ")
		want(t, key, get(t, s, identity.Kind(kind), name), there)
	}
}

func audit(t *testing.T, s identity.Store) {
	for _, seq := range []int64{0, 2, -1} {
		if err := s.Update(ctx, func(tx identity.Tx) error { return tx.Append(seq, nil) }); !errors.Is(err, identity.ErrOrder) {
			t.Errorf("append %d to an empty audit: %v", seq, err)
		}
	}
	for seq := int64(1); seq <= 5; seq++ {
		update(t, s, func(tx identity.Tx) error { return tx.Append(seq, fmt.Appendf(nil, "e%d", seq)) })
	}
	for _, seq := range []int64{1, 5, 7} {
		if err := s.Update(ctx, func(tx identity.Tx) error { return tx.Append(seq, nil) }); !errors.Is(err, identity.ErrOrder) {
			t.Errorf("append %d after 5: %v", seq, err)
		}
	}
	for _, c := range []struct {
		before int64
		limit  int
		want   string
	}{{math.MaxInt64, 2, "e5 e4"}, {4, 10, "e3 e2 e1"}, {1, 10, ""}, {0, 10, ""}, {6, 5, "e5 e4 e3 e2 e1"}, {3, 1, "e2"}, {3, 0, ""}} {
		var got []string
		err := s.View(ctx, func(tx identity.Tx) error {
			entries, err := tx.Entries(c.before, c.limit)
			for _, e := range entries {
				got = append(got, string(e.Body))
				want(t, "number", fmt.Sprintf("e%d", e.Seq), string(e.Body))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		want(t, fmt.Sprintf("%d entries before %d", c.limit, c.before), strings.Join(got, " "), c.want)
	}
}

func racing(t *testing.T, s identity.Store) {
	const workers, rounds = 8, 10
	update(t, s, func(tx identity.Tx) error { return tx.Put("n", "n", nil, time.Time{}) })
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range rounds {
				err := s.Update(ctx, func(tx identity.Tx) error {
					b, err := tx.Get("n", "n")
					if err != nil {
						return err
					}
					return errors.Join(tx.Put("n", "n", append(b, '.'), time.Time{}), tx.Append(int64(len(b)+1), nil))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(get(t, s, "n", "n")); n != workers*rounds {
		t.Errorf("%d of %d additions were kept", n, workers*rounds)
	}
}

// snapshot reads two values that are always written together.
func snapshot(t *testing.T, s identity.Store) {
	write := func(n int) {
		update(t, s, func(tx identity.Tx) error {
			v := fmt.Appendf(nil, "%d", n)
			return errors.Join(tx.Put("s", "a", v, time.Time{}), tx.Put("s", "b", v, time.Time{}))
		})
	}
	write(0)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(stop)
		for n := range 30 {
			write(n)
		}
	})
	for reading := true; reading; {
		select {
		case <-stop:
			reading = false
		default:
		}
		err := s.View(ctx, func(tx identity.Tx) error {
			a, err := tx.Get("s", "a")
			if err != nil {
				return err
			}
			b, err := tx.Get("s", "b")
			want(t, "two values of one state", string(a), string(b))
			return err
		})
		if err != nil {
			t.Error(err)
			break
		}
	}
	wg.Wait()
}

func closed(t *testing.T, s identity.Store) {
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	f := func(identity.Tx) error { t.Error("f ran on a closed store"); return nil }
	if err := s.View(ctx, f); !errors.Is(err, identity.ErrClosed) {
		t.Errorf("view: %v", err)
	}
	if err := s.Update(ctx, f); !errors.Is(err, identity.ErrClosed) {
		t.Errorf("update: %v", err)
	}
}

func ended(t *testing.T, s identity.Store) {
	gone, cancel := context.WithCancel(ctx)
	cancel()
	f := func(identity.Tx) error { t.Error("f ran although the context had ended"); return nil }
	if err := s.View(gone, f); !errors.Is(err, context.Canceled) {
		t.Errorf("view: %v", err)
	}
	if err := s.Update(gone, f); !errors.Is(err, context.Canceled) {
		t.Errorf("update: %v", err)
	}
}
