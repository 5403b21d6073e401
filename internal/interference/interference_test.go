package interference

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"firstlook/capacity"
	"firstlook/internal/identity"
	"firstlook/party"
	"firstlook/right"
)

var (
	seedFlag = flag.Uint64("seed", 1, "seed of the choice of histories and changes; a new one where 0")
	all      = flag.Bool("all", false, "play every scenario, and every change of it")
	only     = flag.String("only", "", "play the scenarios whose names have this")
	from     = flag.String("from", "", "with -all, begin with the scenario of this name")
)

// always are histories that are played each time: one for each way in which something is sealed.
var always = []string{"match-lapse", "holders-by-rank", "last-look-outbid", "consent-over-a-rival", "call-option-lapses"}

const (
	sample  = 3 // histories beside those
	perPlay = 3 // changes of a history
)

// looked is what everybody saw in one history.
type looked struct {
	refused []string
	states  []map[string]*right.State // by need, after each turn
	saw     []map[string]string       // after each turn: "party role GET target" to what came back
	events  map[string][]right.Event
}

// play puts a history to a desk, has everybody look after each command, and at the end everywhere.
func (w *town) play(h *history, turns []turn, leak func(party.ID, []byte) []byte) (*looked, error) {
	s, err := w.open(h)
	if err != nil {
		return nil, err
	}
	s.leak = leak
	out := &looked{events: map[string][]right.Event{}}
	paths := targets(h)
	for i, t := range turns {
		refused, err := s.do(t)
		if err != nil {
			return nil, err
		}
		out.refused = append(out.refused, refused)
		if err := s.desk.Deliver(context.Background(), s); err != nil {
			return nil, err
		}
		states := map[string]*right.State{}
		for _, x := range turns[:i+1] {
			if st, err := s.desk.State(context.Background(), x.need); err == nil {
				states[string(x.need)] = &st
			}
		}
		out.states = append(out.states, states)
		saw := map[string]string{}
		for _, p := range append(h.parties, "operator") {
			seats, end := w.of(p, slices.Contains(h.buyers, p)), i == len(turns)-1
			if !end { // one role looks at a time; at the end all do
				k := len(states) + len(h.name)
				seats = seats[k%len(seats):][:1]
			}
			for _, who := range seats {
				s.look(h, who, paths, end, saw)
			}
		}
		out.saw = append(out.saw, saw)
	}
	for need := range out.states[len(turns)-1] {
		for _, t := range turns {
			if string(t.need) == need {
				if out.events[need], err = s.desk.History(context.Background(), t.need); err != nil {
					return nil, err
				}
				break
			}
		}
	}
	last := map[string]string{}
	for _, p := range h.parties { // at the very end, since what is tried may be done
		for _, who := range w.of(p, slices.Contains(h.buyers, p)) {
			for need := range out.events {
				for _, body := range tries(h, p) {
					if !slices.Contains(h.buyers, p) {
						last[fmt.Sprintf("%s %s POST /v1/needs/%s/commands %s", p, who.role, need, body)] = s.ask(who, "POST", "/v1/needs/"+need+"/commands", body)
					}
				}
			}
		}
	}
	out.saw = append(out.saw, last)
	out.states = append(out.states, out.states[len(out.states)-1])
	return out, nil
}

// look has one person look at everything, and at the end of the history at pages, letters and the stream too.
func (s *server) look(h *history, who seat, paths []string, end bool, saw map[string]string) {
	for _, target := range paths {
		saw[fmt.Sprintf("%s %s GET %s", who.party, who.role, target)] = s.ask(who, "GET", target, "")
	}
	if !end {
		return
	}
	for path, page := range s.pages(who) {
		saw[fmt.Sprintf("%s %s page %s", who.party, who.role, path)] = page
	}
	saw[fmt.Sprintf("%s %s stream", who.party, who.role)] = s.stream(who)
	saw[fmt.Sprintf("%s %s letters", who.party, who.role)] = s.letters(who.party)
	var needs []capacity.NeedID
	for _, t := range h.turns {
		if !slices.Contains(needs, t.need) {
			needs = append(needs, t.need)
		}
	}
	saw[fmt.Sprintf("%s %s %s", who.party, who.role, receiptsOf)] = s.receipts(who.party, needs)
}

// receiptsOf names what a party takes along.
const receiptsOf = "receipts"

// leakOf is a difference that somebody without title sees.
type leakOf struct{ where, a, b string }

// compare holds two histories against each other for everybody without title; pairs is how many answers were compared.
func compare(h *history, base, other *looked, c *change) (leaks []leakOf, pairs int) {
	had := map[party.ID]bool{} // what one has seen one knows
	for i := range base.saw {
		j := i
		if c.adds != "" && len(other.saw) > len(base.saw) && i >= c.at {
			j = i + 1
		}
		for where, a := range base.saw[i] {
			who, _, _ := strings.Cut(where, " ")
			if had[party.ID(who)] || c.titled(party.ID(who), base.states[i][string(c.need)]) || c.titled(party.ID(who), other.states[j][string(c.need)]) {
				had[party.ID(who)] = true
				continue
			}
			if c.adds != "" && strings.HasSuffix(where, receiptsOf) {
				continue // a holder's receipt has a leaf more
			}
			pairs++
			b := other.saw[j][where]
			if slices.Contains(h.buyers, party.ID(who)) {
				a, b = veil(a), veil(b)
			}
			if c.adds != "" {
				a, b = uncounted(a), uncounted(b)
			}
			if a != b {
				leaks = append(leaks, leakOf{fmt.Sprintf("after turn %d of %d: %s", i+1, len(base.saw), where), a, b})
			}
		}
	}
	slices.SortFunc(leaks, func(a, b leakOf) int { return strings.Compare(a.where, b.where) })
	return leaks, pairs
}

// window is where two texts begin to differ, with what stands around.
func window(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	cut := func(s string) string { return s[max(0, min(i-90, len(s))):min(i+130, len(s))] }
	return fmt.Sprintf("...%q\n   ...%q", cut(a), cut(b))
}

func names(t *testing.T, dice *rand.Rand) []string {
	t.Helper()
	files, err := filepath.Glob(scenarios + "/*.scenario")
	if err != nil || len(files) < 200 {
		t.Fatalf("%d scenarios, %v", len(files), err)
	}
	var out []string
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".scenario"); strings.Contains(name, *only) && name >= *from {
			out = append(out, name)
		}
	}
	if *all || *only != "" {
		return out
	}
	dice.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return append(slices.Clone(always), out[:sample]...)
}

// What is sealed from a party makes no difference to anything that it can look at.
func TestNothingSealedShows(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d: go test ./internal/interference -run TestNothingSealedShows -seed %d", seed, seed)
	dice := rand.New(rand.NewPCG(seed, 7))
	w := newTown(t)
	histories, played, apart, pairs, begun := 0, 0, 0, 0, time.Now()
	for _, name := range names(t, dice) {
		h, ok := read(t, name)
		if !ok {
			continue
		}
		histories++
		if *all {
			t.Logf("%s, after %s", name, time.Since(begun).Round(time.Second))
		}
		base, err := w.play(h, h.turns, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		cs := changes(h, dice)
		if !*all && *only == "" && len(cs) > perPlay {
			dice.Shuffle(len(cs), func(i, j int) { cs[i], cs[j] = cs[j], cs[i] })
			cs = cs[:perPlay]
		}
		for i := range cs {
			other, err := w.play(h, cs[i].turns, nil)
			if err != nil {
				t.Fatalf("%s, %s: %v", name, cs[i].field, err)
			}
			if !alike(base, other, &cs[i]) {
				apart++
				continue
			}
			played++
			leaks, n := compare(h, base, other, &cs[i])
			pairs += n
			for k, l := range leaks {
				if k == 4 {
					t.Errorf("%s, %s: and %d more", name, cs[i].field, len(leaks)-k)
					break
				}
				t.Errorf("seed %d, %s, changed %s, %s:\n   %s", seed, name, cs[i].field, l.where, window(l.a, l.b))
			}
		}
	}
	t.Logf("%d histories, %d changes compared (%d took another course), %d answers held against each other", histories, played, apart, pairs)
	if played == 0 || pairs < 1000 && *only == "" {
		t.Error("hardly anything was compared")
	}
}

// alike reports whether two histories took the same course, so that a difference in what somebody sees is one too many.
func alike(a, b *looked, c *change) bool {
	refused := b.refused
	if c.adds != "" && len(refused) > len(a.refused) {
		if refused[c.at] != "" {
			return false
		}
		refused = slices.Delete(slices.Clone(refused), c.at, c.at+1)
	}
	if !slices.Equal(a.refused, refused) {
		return false
	}
	for need, events := range a.events {
		if !sameCourse(events, b.events[need], c) {
			return false
		}
	}
	return true
}

// A leak is found: a view that adds a digit of a rival's price to what others read.
func TestPlantedLeakIsFound(t *testing.T) {
	w := newTown(t)
	h, ok := read(t, "match-lapse")
	if !ok {
		t.Fatal("the scenario cannot be played")
	}
	dice := rand.New(rand.NewPCG(1, 7))
	for _, c := range changes(h, dice) {
		if !strings.HasPrefix(c.field, "price of offer") {
			continue
		}
		plant := func(turns []turn) func(party.ID, []byte) []byte {
			digit := ""
			for _, x := range turns {
				if ask, ok := x.command.Ask.(right.SubmitOffer); ok && ask.Offer.Provider == "contoso" {
					digit = fmt.Sprint(ask.Offer.Terms.Price[0].Rate.Nanos() / 10_000 % 10)
				}
			}
			return func(who party.ID, b []byte) []byte {
				if who != "fabrikam" {
					return b
				}
				return append(b, digit...)
			}
		}
		base, err := w.play(h, h.turns, plant(h.turns))
		if err != nil {
			t.Fatal(err)
		}
		for range 8 { // the last digit may be the same by chance
			other, err := w.play(h, c.turns, plant(c.turns))
			if err != nil {
				t.Fatal(err)
			}
			if leaks, _ := compare(h, base, other, &c); len(leaks) > 0 {
				return
			}
			c.turns = h.with(c.at, right.SubmitOffer{Offer: dearer(h, c.at, dice)})
		}
		t.Fatal("a rival's price in the answers to fabrikam is not found")
	}
	t.Fatal("no price is changed")
}

// Every role looks, so that what is compared is what anybody of a party may see.
func TestEveryRoleLooks(t *testing.T) {
	seen := append(slices.Clone(buyerRoles), providerRoles...)
	for _, r := range identity.Roles {
		if r != identity.Auditor && r != identity.Operator && !slices.Contains(seen, r) {
			t.Errorf("nobody looks as %s", r)
		}
	}
	if _, err := os.Stat(scenarios); err != nil {
		t.Error(err)
	}
}
