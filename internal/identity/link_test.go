package identity_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"firstlook/internal/identity"
	"firstlook/internal/identity/memory"
)

// bootstrap returns the printed link.
func (w *world) bootstrap(file string) (link string, needed bool) {
	w.t.Helper()
	var out strings.Builder
	needed, err := w.gate.Bootstrap(ctx, "host", &out, file)
	if err != nil {
		w.t.Fatal(err)
	}
	_, link, _ = strings.Cut(strings.TrimSpace(out.String()), "\n")
	check(w.t, "a link where one is needed", link != "", needed)
	return link, needed
}

// The first operator comes in by a link that works once, for half an hour, and no more once an operator has come.
func TestBootstrap(t *testing.T) {
	everyStore(t, func(t *testing.T, store identity.Store) {
		w := newWorld(t, store, nil)
		file := filepath.Join(t.TempDir(), "first-link")
		if err := os.WriteFile(file, []byte("left behind, and readable by all"), 0o644); err != nil {
			t.Fatal(err)
		}
		first, _ := w.bootstrap(file)
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		check(t, "mode of the file", info.Mode().Perm(), os.FileMode(0o600))
		text, err := os.ReadFile(file)
		check(t, "the file", string(text), first+"\n")
		check(t, "no error", err, nil)
		if entries, err := os.ReadDir(filepath.Dir(file)); err != nil || len(entries) != 1 {
			t.Errorf("left beside the file: %v, %v", entries, err)
		}

		second, _ := w.bootstrap("")
		check(t, "one operator all the same", w.count(identity.PersonAdded), 1)
		check(t, "the first link is void", w.browser().open(first).status, http.StatusGone)
		w.clock.pass(30 * time.Minute)
		check(t, "the second is too old", w.browser().open(second).status, http.StatusGone)

		third, _ := w.bootstrap("")
		for range 3 {
			check(t, "looking uses nothing up", w.browser().page(third).status, http.StatusOK)
		}
		b := w.browser()
		b.open(third)
		who := b.who()
		check(t, "who", string(who.Party)+" "+string(who.Roles[0]), "host operator")
		check(t, "may administer", who.May(identity.ManagePeople), true)
		check(t, "sees no needs", who.May(identity.ViewNeed), false)
		a := w.browser().open(third)
		check(t, "a second time", a.status, http.StatusGone)
		_, needed := w.bootstrap("")
		check(t, "needed again", needed, false)
	})
}

// Two who use one link at the same time: one comes in.
func TestLinkRace(t *testing.T) {
	everyStore(t, func(t *testing.T, store identity.Store) {
		w := newWorld(t, store, nil)
		link, _ := w.bootstrap("")
		const rivals = 12
		statuses, in := make([]int, rivals), make([]bool, rivals)
		var ready, wg sync.WaitGroup
		ready.Add(rivals)
		for i := range rivals {
			b := w.browser()
			b.page(link)
			wg.Go(func() {
				ready.Done()
				ready.Wait()
				statuses[i] = b.post(link).status
				in[i] = b.who().Person != ""
			})
		}
		wg.Wait()
		won := 0
		for i, s := range statuses {
			if s == http.StatusOK != in[i] {
				t.Errorf("status %d, signed in %t", s, in[i])
			}
			if in[i] {
				won++
			}
		}
		check(t, "came in", won, 1)
		check(t, "signed in by the audit", w.count(identity.SignedIn), 1)
	})
}

func TestInvite(t *testing.T) {
	w := newWorld(t, memory.New(), nil)
	b, p := w.person("acme", identity.Planner)
	_, err := w.gate.Invite(ctx, b.subject(), p.ID)
	check(t, "by a planner", codeOf(err), identity.Forbidden)
	_, err = w.gate.Invite(ctx, w.root, "p0000000000000000")
	check(t, "nobody", codeOf(err), identity.Unknown)
	link, err := w.gate.Invite(ctx, w.root, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.gate.SetDisabled(ctx, w.root, p.ID, true); err != nil {
		t.Fatal(err)
	}
	check(t, "somebody who was disabled since", w.browser().open(link).status, http.StatusGone)
	_, err = w.gate.Invite(ctx, w.root, p.ID)
	check(t, "a disabled person", codeOf(err), identity.Conflict)
	// Wrong links lock the address.
	c := w.browser()
	for range 19 {
		c.page("/signin/link/x")
		check(t, "a wrong link", c.post("/signin/link/"+strings.Repeat("0", 64)).status, http.StatusGone)
	}
	c.page("/signin/link/x")
	check(t, "locked", c.post("/signin/link/"+strings.Repeat("0", 64)).code(), "locked")
}
