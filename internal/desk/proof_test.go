package desk_test

import (
	"crypto/sha256"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"firstlook/internal/desk"
	"firstlook/internal/pricebook"
	"firstlook/internal/scenario"
	"firstlook/party"
	"firstlook/proof"
	"firstlook/right"
)

// Whatever a party may see of an event, in every scenario, its receipt opens: nothing that it has title to stays sealed because
// the table of seals has no line for it.
func TestEveryVisibleEventOpens(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(scenarios, "*.scenario"))
	if err != nil || len(files) < 100 {
		t.Fatalf("%d scenarios: %v", len(files), err)
	}
	closed, opened, played := map[string]int{}, 0, 0
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".scenario")
		for _, r := range records(t, name) {
			played++
			s, all := after(r, 0)
			for _, who := range partiesOf(&s) {
				n, missed := openings(t, name, &s, who, all)
				opened += n
				for _, kind := range missed {
					closed[kind+" in "+name+" for "+string(who)]++
				}
			}
		}
	}
	t.Logf("%d events opened of %d needs in %d scenarios", opened, played, len(files))
	if played < 100 {
		t.Errorf("only %d needs could be played", played)
	}
	for _, what := range slices.Sorted(maps.Keys(closed)) {
		t.Errorf("%s stays sealed", what)
	}
}

// records plays a scenario. One that does not play has none: package scenario's own tests say what is wrong with it.
func records(t *testing.T, name string) []scenario.Record {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(scenarios, name+".scenario"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := scenario.Parse("scenarios/"+name+".scenario", data)
	if err != nil {
		return nil
	}
	root := os.DirFS(scenarios + "/..")
	out, err := scenario.Records(f, scenario.Env{Read: func(path string) ([]byte, error) { return fs.ReadFile(root, path) },
		Throughput: pricebook.EmbeddedThroughputs()[0], Egress: *pricebook.EmbeddedEgress()})
	if err != nil {
		return nil
	}
	return out
}

func partiesOf(s *right.State) []party.ID {
	out := []party.ID{s.Need.Buyer}
	for _, m := range s.Matters {
		out = append(out, m.Holder)
	}
	for _, l := range s.Lots {
		out = append(out, l.Invited...)
	}
	for _, a := range s.Awards {
		out = append(out, a.Provider)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// openings opens the leaves of a need for a party and returns how many are open, and the types of visible events whose are not.
func openings(t *testing.T, name string, s *right.State, who party.ID, all []right.Event) (opened int, missed []string) {
	t.Helper()
	body, err := right.Encode(all)
	if err != nil {
		t.Fatal(err)
	}
	rec := proof.Record{Stream: "need/n1", Version: 1, Time: all[0].Recorded, Kind: proof.KindEvents, Body: body}
	leaves := proof.NewSealer(sha256.Sum256([]byte(name))).Leaves(&rec)
	if len(leaves) != len(all) {
		t.Fatalf("%s: %d leaves of %d events", name, len(leaves), len(all))
	}
	seen := desk.Visible(s, who, all)
	open := desk.Openings(s, who, all)
	want := map[string]int{}
	for _, e := range seen {
		want[right.FactName(e.Fact)]++
	}
	for i, l := range leaves {
		shown := open(nil, i, l)
		if shown == nil {
			continue
		}
		opened++
		want[right.FactName(all[i].Fact)]--
		item := proof.Item{Leaf: l.Text, Open: shown}
		if _, err := item.Reveal(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for kind, n := range want {
		if n != 0 {
			missed = append(missed, kind)
		}
	}
	return opened, missed
}
