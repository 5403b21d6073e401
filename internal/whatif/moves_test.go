package whatif

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firstlook/calendar"
	"firstlook/internal/pricebook"
	"firstlook/internal/scenario"
	"firstlook/right"
)

// example is one need of one scenario, as a history.
type example struct {
	name string
	History
	turns []scenario.Turn
}

// examples are the records of every need of every scenario.
func examples(t testing.TB) []example {
	t.Helper()
	paths, err := filepath.Glob("../../scenarios/*.scenario")
	if err != nil || len(paths) < 100 {
		t.Fatalf("%d scenarios, %v", len(paths), err)
	}
	root := os.DirFS("../..")
	env := scenario.Env{Read: func(path string) ([]byte, error) { return fs.ReadFile(root, path) },
		Throughput: pricebook.EmbeddedThroughputs()[0], Egress: *pricebook.EmbeddedEgress()}
	var out []example
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := scenario.Parse("scenarios/"+filepath.Base(path), data)
		if err != nil {
			t.Fatal(err)
		}
		records, err := scenario.Records(f, env)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			out = append(out, example{strings.TrimSuffix(filepath.Base(path), ".scenario") + "/" + string(r.Need), historyOf(r), r.Turns})
		}
	}
	return out
}

// historyOf makes a history of a record: its events, and each law from the turn on that was the first to be decided under it.
func historyOf(r scenario.Record) History {
	h := History{Laws: []InForce{{Law: r.Turns[0].Law}}}
	for _, t := range r.Turns {
		if last := h.Laws[len(h.Laws)-1].Law; t.Law != last {
			h.Laws = append(h.Laws, InForce{From: len(h.Events), At: t.At, Law: t.Law})
		}
		h.Events = append(h.Events, t.Events...)
		h.End = max(h.End, t.At)
	}
	return h
}

// Every history of every scenario comes from commands that the record itself gives away: played again they lead to the same
// events, byte for byte. The few signatures whose terms are not in the record are counted.
func TestMovesGiveTheRecordAgain(t *testing.T) {
	commands, unknown := 0, map[string]bool{}
	for _, x := range examples(t) {
		moves, err := Moves(x.History)
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		state := right.Begin(x.Laws[0].Law)
		var again []right.Event
		for _, m := range moves {
			state = state.Under(m.Law)
			if m.Unknown != "" {
				unknown[x.name] = true
				again = append(again, x.Events[m.First:m.First+m.Len]...)
				state = right.Fold(state, x.Events[m.First:m.First+m.Len])
				continue
			}
			var events []right.Event
			state, events, err = right.Step(state, m.Command, max(m.At, state.Last))
			if err != nil {
				t.Errorf("%s: %s: %v", x.name, Words(m.Command), err)
			}
			again = append(again, events...)
			if _, waits := m.Command.Ask.(right.Settle); !waits {
				commands++
			}
		}
		if !same(again, x.Events) {
			t.Errorf("%s: played again, the record is another:\n%s\n%s", x.name, encoded(again), encoded(x.Events))
		}
		folded := right.Replay(x.Laws[len(x.Laws)-1].Law, x.Events)
		if state.Digest() != folded.Digest() {
			t.Errorf("%s: played again, the state is another", x.name)
		}
		wantCommands(t, &x, moves)
	}
	t.Logf("%d commands, %d records with a signature whose terms they lack: %v", commands, len(unknown), unknown)
	if commands < 400 {
		t.Errorf("only %d commands", commands)
	}
}

// wantCommands compares the moves with the commands that the scenario really gave: the same one, at the same instant, by the
// same party, wherever one had an effect.
func wantCommands(t *testing.T, x *example, moves []Move) {
	t.Helper()
	var want, got []string
	for _, turn := range x.turns {
		if _, waits := turn.Command.Ask.(right.Settle); !waits && turn.Refusal == nil && acted(turn.Events) {
			want = append(want, line(turn.At, turn.Command))
		}
	}
	for _, m := range moves {
		if _, waits := m.Command.Ask.(right.Settle); !waits {
			got = append(got, line(m.At, m.Command))
		}
	}
	if strings.Join(want, "\n") != strings.Join(got, "\n") {
		t.Errorf("%s: the commands are\n%s\nand were\n%s", x.name, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func acted(events []right.Event) bool { return len(events) > 0 && events[len(events)-1].By != "" }

func line(at calendar.Instant, c right.Command) string { return at.String() + " " + Words(c) }

// A record that does not follow from its law is refused with the event.
func TestMovesRefuseWhatDoesNotFollow(t *testing.T) {
	x := examples(t)[0]
	for i := range x.Events {
		broken := x.History
		broken.Events = append(append([]right.Event{}, x.Events[:i]...), x.Events[i+1:]...)
		if _, err := Moves(broken); err == nil && i+1 < len(x.Events) {
			t.Errorf("%s without event %d: no error", x.name, i+1)
		}
	}
}
