package desk_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/internal/desk"
	"firstlook/internal/journal/memory"
	"firstlook/internal/outbox"
	"firstlook/internal/pricebook"
	"firstlook/internal/scenario"
	"firstlook/party"
	"firstlook/right"

	"github.com/google/go-cmp/cmp"
)

const scenarios = "../../scenarios"

// story plays a scenario and returns the record of its first need.
func story(t *testing.T, name string, edit func(string) string) scenario.Record {
	t.Helper()
	return stories(t, name, edit)[0]
}

// stories plays a scenario and returns the records of its needs.
func stories(t *testing.T, name string, edit func(string) string) []scenario.Record {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(scenarios, name+".scenario"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	if edit != nil {
		text = edit(text)
	}
	f, err := scenario.Parse("scenarios/"+name+".scenario", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	root := os.DirFS(scenarios + "/..")
	records, err := scenario.Records(f, scenario.Env{Read: func(path string) ([]byte, error) { return fs.ReadFile(root, path) },
		Throughput: pricebook.EmbeddedThroughputs()[0], Egress: *pricebook.EmbeddedEgress()})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// after is the state and the events of a record after so many turns; all of them where turns is 0.
func after(r scenario.Record, turns int) (right.State, []right.Event) {
	if turns == 0 {
		turns = len(r.Turns)
	}
	var events []right.Event
	for i := range turns {
		events = append(events, r.Turns[i].Events...)
	}
	return right.Replay(r.Turns[turns-1].Law, events), events
}

// saw is what a party sees of a record, one line each, without when.
func saw(r scenario.Record, turns int, who party.ID) string {
	s, events := after(r, turns)
	return strings.Join(right.Lines(desk.Visible(&s, who, events)), "\n")
}

// Each party sees what is its own of the facts that only some matters meet, and nothing of the others'.
func TestVisible(t *testing.T) {
	for _, c := range []struct {
		name      string
		turns     int
		who       party.ID
		has, lack []string
	}{
		{"holders-by-rank", 4, "northwind", []string{"noticed m1", "open m1"}, []string{"m2", "subscribed"}},
		{"holders-by-rank", 4, "southwind", []string{"noticed m2", "subscribed m2: 64"}, []string{"on l1: northwind", "noticed m1"}},
		{"holders-by-rank", 0, "southwind", []string{"allocated m1 (by_rank): m2 24 of 64", "exercised m2"}, []string{"40", "m3"}},
		{"holders-by-rank", 0, "northwind", []string{"allocated m1 (by_rank): m1 40 of 40", "split l2 off l1: 40 with m3", "exercised m3"}, []string{"24", "m2"}},
		{"assignment", 0, "northwind", []string{"noticed m1", "assigned m1 from northwind to southwind"}, []string{"answered", "exercised", "awarded"}},
		{"assignment", 0, "southwind", []string{"noticed m1", "assigned m1", "answered m1: exercise", "awarded a1"}, nil},
		{"assignment-declined", 0, "northwind", []string{"declined m1"}, []string{"answered"}},
		{"consent-given", 0, "lender", []string{"consent awaited m1", "consented m1 by lender", "exercised m1"}, []string{"by state", "answered", "noticed"}},
		{"consent-given", 4, "state", []string{"consent awaited m1"}, []string{"answered"}},
		{"consent-over-a-rival", 0, "state", []string{"awarded a1 l1 contoso", "consented a1 by state"}, []string{"lapsed", "by offer", "landed"}},
		{"last-look-wins", 4, "acme", []string{"answered m1: name\n", "revised m1: "}, []string{"2.14"}},
		{"last-look-wins", 4, "northwind", []string{"answered m1: name, on H100 x64", "2.14"}, []string{"2.10", "o1"}},
		{"last-look-wins", 0, "acme", []string{"revised m1: H100 x64", "2.14"}, nil},
		{"change-material", 0, "northwind", []string{"changed m1 materially, to H100 x64 2026-06-01..2026-09-01 @ 1.90 USD/gpu-h", "price 2.10 USD -> 1.90 USD"}, []string{"o2", "contoso", "us-east"}},
		{"call-option-taken", 0, "contoso", []string{"awarded a1", "taken over a1"}, []string{"noticed m1", "exercised", "awarded a2"}},
		{"call-option-taken", 4, "northwind", []string{"noticed m1"}, []string{"contoso", "awarded"}},
		{"call-option-taken", 0, "northwind", []string{"noticed m1", "taken over a1", "awarded a2"}, []string{"awarded a1"}},
		{"information-tolls", 0, "northwind", []string{"information requested m1", "tolled m1", "information supplied m1", "open m1 answer-by 2026-03-09T12:00Z, supplied"}, []string{"contoso"}},
		{"information-tolls", 0, "contoso", []string{"awarded a1"}, []string{"information", "tolled", "m1"}},
		{"stay-at-most", 0, "regulator", []string{"tolled m1 (regulatory)", "untolled m1"}, []string{"noticed", "lapsed"}},
		{"negotiation-fails", 5, "northwind", []string{"negotiating m1", "proposed m1 by the holder", "proposed m1 by the grantor"}, nil},
		{"negotiation-fails", 5, "contoso", nil, []string{"m1"}},
		{"nonperformance-steps-down", 0, "contoso", []string{"not performed a1", "stepped down a1 to 16"}, []string{"landed", "lapsed"}},
		{"notice-late-lead", 0, "northwind", []string{"notice late m1: due by 2026-03-03T00:00Z", "noticed m1"}, []string{"released"}},
		{"notice-late-lead", 0, "acme", []string{"notice late m1"}, nil},
		{"notice-late-lead", 0, "contoso", nil, []string{"late", "m1"}},
		{"unsolicited-told", 5, "northwind", []string{"offer o1 of contoso: H100 x64", "2.10", "told m1 of offer o1"}, nil},
		{"unsolicited-told", 5, "acme", []string{"offer o1 of contoso: H100 x64", "told m1 of offer o1"}, nil},
		{"unsolicited-told", 5, "contoso", []string{"offer o1 of contoso"}, []string{"told", "m1"}},
		{"unsolicited-told", 5, "fabrikam", nil, []string{"o1", "m1"}},
		{"unsolicited-told", 0, "northwind", []string{"failed m1"}, []string{"chosen", "awarded"}},
		{"sell-instead", 0, "northwind", []string{"answered m1: sell", "sells instead m1", "sold m1"}, []string{"contoso", "awarded"}},
		{"sell-instead", 0, "contoso", []string{"awarded a1"}, []string{"sell", "m1"}},
		{"negotiation-beside", 4, "northwind", []string{"while the lot goes on its way", "negotiating m1"}, []string{"o1"}},
		{"assignment-to-anybody", 0, "eastwind", []string{"exercised m1", "awarded a1 l1 northwind", "assigned m1 from southwind to eastwind", "signed a1", "not performed a1"}, []string{"sealed", "landed"}},
		{"assignment-to-anybody", 0, "northwind", []string{"exercised m1", "awarded a1", "assigned m1 from northwind to southwind"}, []string{"\nsigned", "not performed", "eastwind"}},
	} {
		got := saw(story(t, c.name, nil), c.turns, c.who) + "\n"
		for _, want := range c.has {
			if !strings.Contains(got, want) {
				t.Errorf("%s after %d turns: %s does not see %q\n%s", c.name, c.turns, c.who, want, got)
			}
		}
		for _, not := range c.lack {
			if strings.Contains(got, not) {
				t.Errorf("%s after %d turns: %s sees %q\n%s", c.name, c.turns, c.who, not, got)
			}
		}
	}
}

// A notice that waits is the buyer's to know: its holder sees no matter, no turn and no need before it is given.
func TestHeldNoticeIsNotTold(t *testing.T) {
	records := stories(t, "rate-limit", nil) // of the second need the notice waits
	s, events := after(records[1], 1)
	if desk.Concerns(&s, "northwind") || len(desk.Notices(&s, "northwind")) > 0 || len(desk.Next(&s, "northwind")) > 0 ||
		len(desk.Visible(&s, "northwind", events)) > 0 {
		t.Errorf("northwind is told of a need whose notice waits:\n%s", saw(records[1], 1, "northwind"))
	}
	if n := desk.Notices(&s, "acme"); len(n) != 1 || n[0].HeldUntil.String() != "2026-03-09T12:00Z" {
		t.Errorf("the buyer sees %+v", n)
	}
	if s, events = after(records[1], 0); len(desk.Visible(&s, "northwind", events)) == 0 {
		t.Error("once it is given the notice is not seen")
	}
}

// What is sealed from a holder does not show: the same story with another rival, at another place, looks the same to it, byte for
// byte (rights 7).
func TestSealedValuesDoNotShow(t *testing.T) {
	rival := strings.NewReplacer(" contoso offer", " fabrikam offer", "in contoso/us-east", "in fabrikam/us-3")
	mark := regexp.MustCompile(`"(hash|salt)":"[^"]*"`)
	for _, name := range []string{"match-lapse", "match-principal-terms", "partial-rest-open", "holders-by-rank", "last-look-outbid", "information-tolls", "change-material",
		"change-not-material", "step-in-declined", "call-option-lapses", "consent-refused", "stay-two-grounds", "no-less-favourable-taken", "notice-late-after-the-offer", "negotiation-beside",
		"package-holders-choice", "package-severable", "holders-capped", "release-open"} {
		var views [2][]byte
		for i, edit := range []func(string) string{nil, rival.Replace} {
			s, events := after(story(t, name, edit), 0)
			body, err := right.Encode(desk.Visible(&s, "northwind", events))
			if err != nil {
				t.Fatal(err)
			}
			views[i] = mark.ReplaceAll(body, nil)
		}
		if !bytes.Equal(views[0], views[1]) {
			t.Errorf("%s: northwind can tell who the rival is\n%s", name, cmp.Diff(strings.Split(string(views[0]), "},"), strings.Split(string(views[1]), "},")))
		}
		if len(views[0]) < 100 {
			t.Errorf("%s: northwind sees nothing", name)
		}
	}
}

// A clause may reveal the offers that were not chosen; whose they are stays sealed unless it reveals that too.
func TestLosingOffers(t *testing.T) {
	text, err := os.ReadFile(scenarios + "/agreements/match.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for reveals, want := range map[string][]party.ID{"": nil, "losing_offers": {"sealed"}, "losing_offers, counterparty": {"fabrikam"}} {
		_, body, _ := strings.Cut(string(text), "\n") // the first line is prose
		if reveals != "" {
			body = strings.Replace(body, "    partial: allowed\n", "    partial: allowed\n    reveals: ["+reveals+"]\n", 1)
		}
		r := story(t, "match-lapse", func(s string) string {
			s = strings.Replace(s, "agreement agreements/match.yaml\n", "agreement\n  "+strings.TrimRight(strings.ReplaceAll(body, "\n", "\n  "), " "), 1)
			return strings.Replace(s, "2026-03-03T12:00Z acme choose l1", "2026-03-02T15:00Z fabrikam offer o9: H100 x64 2026-06-01..2026-09-01 @ 2.90 USD/gpu-h in fabrikam/us-3 country US valid 2026-05-01\n\n2026-03-03T12:00Z acme choose l1", 1)
		})
		s, _ := after(r, 0)
		var got []party.ID
		for _, o := range desk.Offers(&s, "northwind") {
			got = append(got, o.Provider)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("reveals %q: northwind sees the offers of (-want +got):\n%s", reveals, diff)
		}
	}
}

// box keeps the letters of a courier.
type box map[party.ID][]string

func (b box) Deliver(_ context.Context, a outbox.Act) error {
	b[a.Recipient] = append(b[a.Recipient], a.Kind+"\n"+string(a.Body))
	return nil
}

// letters plays the commands of a scenario through a desk and returns what it sent.
func letters(t *testing.T, name, file string) box {
	t.Helper()
	r := story(t, name, nil)
	_, _, out := play(t, name, file, r, len(r.Turns))
	return out
}

// written is the agreement that is written out in a scenario.
func written(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(scenarios + "/" + name + ".scenario")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(text), "\nagreement\n")
	body, _, _ = strings.Cut(body, "\nproviders")
	return []byte(strings.ReplaceAll("\n"+body, "\n  ", "\n") + "\n")
}

// play puts the first commands of a record to a desk under one agreement: a file, or, where none is named, the one that is written
// out in the scenario.
func play(t *testing.T, name, file string, r scenario.Record, turns int) (*desk.Desk, *handClock, box) {
	t.Helper()
	ctx := context.Background()
	clock := &handClock{r.Turns[0].At}
	d, err := desk.Open(ctx, memory.New(), clock, desk.Tables{Throughput: pricebook.EmbeddedThroughputs()[0], Egress: award.Egress{}})
	if err != nil {
		t.Fatal(err)
	}
	text := written(t, name)
	if file != "" {
		if text, err = os.ReadFile(scenarios + "/agreements/" + file + ".yaml"); err != nil {
			t.Fatal(err)
		}
	} else {
		file = name
	}
	if _, err := d.AddAgreement(ctx, file+".yaml", text); err != nil {
		t.Fatal(err)
	}
	providers, err := os.ReadFile(scenarios + "/agreements/providers.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.SetProviders(ctx, "providers.yaml", providers); err != nil {
		t.Fatal(err)
	}
	out := box{}
	for _, turn := range r.Turns[:turns] {
		clock.now = turn.At
		if _, err := d.Do(ctx, r.Need, turn.Command, ""); (err == nil) != (turn.Refusal == nil) {
			t.Fatalf("%s: at %s: %v, in the scenario %v", name, turn.At, err, turn.Refusal)
		}
		if err := d.Deliver(ctx, out); err != nil {
			t.Fatal(err)
		}
	}
	return d, clock, out
}

// A need that was settled is woken again when an event opens an option on its award, at the event's own instant.
func TestSettledNeedIsWokenByAnOption(t *testing.T) {
	ctx := context.Background()
	d, clock, _ := play(t, "call-option-from-a-date", "call-option", story(t, "call-option-from-a-date", nil), 3)
	if _, ok, err := d.NextDue(ctx); ok || err != nil {
		t.Fatalf("an award waits for a deadline: %t %v", ok, err)
	}
	opens := at(t, "2026-03-20")
	clock.now = at(t, "2026-03-10T12:00Z")
	if _, err := d.Certify(ctx, agreement.Fact{Agreement: "acme-northwind", Trigger: "declared", By: "panel", Person: "R. Roe", Reason: "resolution 12", At: opens}); err != nil {
		t.Fatal(err)
	}
	if got := due(t, d); got != opens {
		t.Fatalf("the need is due at %s, want %s", got, opens)
	}
	clock.now = at(t, "2026-03-21T12:00Z")
	if err := d.FireDue(ctx); err != nil {
		t.Fatal(err)
	}
	s, err := d.State(ctx, "n1")
	if err != nil {
		t.Fatal(err)
	}
	if m := s.Matter(1); m == nil || m.Status != right.Open || m.AnswerBy != at(t, "2026-03-23") {
		t.Errorf("the option is %+v", m)
	}
}

// What one fact would change is found by asking the engine: the buyer's own deed, the holder's word, an event.
func TestNearest(t *testing.T) {
	for _, c := range []struct {
		name  string
		turns int
		want  []string
	}{
		{"match-lapse", 3, []string{"northwind declines m1", "northwind exercises m1"}},
		{"information-tolls", 4, []string{"northwind declines m1", "northwind exercises m1"}},
		{"first-call-decline-blocks", 2, []string{"northwind waives m1"}},
		{"call-option-from-a-date", 3, []string{"panel certifies declared of acme-northwind"}},
		{"consent-given", 4, []string{"lender refuses its consent to m1"}},
		{"consent-given", 5, []string{"state refuses its consent to m1", "state consents to m1"}},
	} {
		s, events := after(story(t, c.name, nil), c.turns)
		var got []string
		for _, n := range desk.Nearest(s, events[len(events)-1].Recorded) {
			got = append(got, n.Fact)
			if n.Why == "" {
				t.Errorf("%s: %s has no reason", c.name, n.Fact)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s after %d turns (-want +got):\n%s", c.name, c.turns, diff)
		}
	}
}

// Whoever has title to know gets a letter of what happened to a window, a share, a consent or an award.
func TestLetters(t *testing.T) {
	for _, c := range []struct {
		name, agreement string
		to              party.ID
		want            []string // one letter has all of a text's lines
	}{
		{"information-tolls", "powers", "acme", []string{"information-requested\nnorthwind asks in matter m1", "Its window stands still", "firstlook matter supply-information n1 m1"}},
		{"information-tolls", "powers", "northwind", []string{"information-supplied\nacme has supplied", "The window closes at 2026-03-09T12:00Z"}},
		{"information-tolls", "powers", "northwind", []string{"opened\nThe window of matter m1", "(supplied)", "2026-03-09T12:00Z"}},
		{"stay-two-grounds", "powers", "acme", []string{"tolled\nThe window of matter m1", "(dispute): the notice names no power price", "2026-03-14T12:00Z"}},
		{"stay-two-grounds", "powers", "northwind", []string{"opened\n", "(lifted)", "2026-03-10T12:00Z"}},
		{"extension-by-agreement", "powers", "northwind", []string{"extension-proposed\nacme proposes", "firstlook matter extend n1 m1 --until 2026-03-10T12:00Z --as northwind"}},
		{"negotiation-holder-accepts", "negotiation", "acme", []string{"interested\n", "negotiate in matter m1", "2026-03-13T09:00Z"}},
		{"negotiation-holder-accepts", "negotiation", "acme", []string{"proposed\nnorthwind proposes", "2.60 USD/gpu-h", "firstlook respond n1 m1 accept"}},
		{"negotiation-holder-accepts", "negotiation", "northwind", []string{"proposed\nacme proposes", "2.30 USD/gpu-h", "firstlook answer n1 m1 exercise --as northwind"}},
		{"holders-by-rank", "shared-match", "southwind", []string{"allocated\n", "southwind gets 24 of the 64 that it wanted"}},
		{"consent-given", "consent", "lender", []string{"consent-awaited\nCONSENT WANTED of lender", "silence means  refused", "firstlook consent give|refuse n1 m1 --as lender"}},
		{"consent-given", "consent", "northwind", []string{"consented\nlender consents to matter m1"}},
		{"consent-over-a-rival", "rival-consent", "state", []string{"awarded\nCONSENT WANTED of state", "to contoso", "firstlook consent give|refuse n1 a1 --as state"}},
		{"assignment", "powers", "southwind", []string{"assigned\nnorthwind has put southwind in its place", "NOTICE to southwind", "H100 x64"}},
		{"change-not-material", "powers", "northwind", []string{"changed\n", "not materially: Contoso has bettered its offer", "@ 2.05 USD/gpu-h", "The window goes on."}},
		{"nonperformance-cured", "powers", "contoso", []string{"non-performing\n", "not performed", "Delivered: 16", "2026-06-06T12:00Z"}},
		{"nonperformance-cured", "powers", "contoso", []string{"cured\nAward a1"}},
		{"notice-late-lead", "", "acme", []string{"notice-late\nThe notice of matter m1", "due by 2026-03-03T00:00Z"}},
		{"notice-late-lead", "", "northwind", []string{"notice-late\nThe notice of matter m1", "nothing cuts the window"}},
		{"notice-late-lead", "", "northwind", []string{"noticed\nNOTICE to northwind", "late           the notice comes later"}},
		{"unsolicited-told", "", "northwind", []string{"offer-told\n", "maker  contoso", "@ 2.10 USD/gpu-h", "The negotiation ends at 2026-03-13T12:00Z"}},
		{"sell-instead", "", "acme", []string{"sold-instead\n", "northwind sells to acme on those terms", "@ 2.10 USD/gpu-h"}},
		{"sell-instead", "", "northwind", []string{"noticed\n", "or sell        to acme", "exercise|sell|decline|waive"}},
		{"negotiation-beside", "", "northwind", []string{"interested\n", "Others may be asked meanwhile"}},
		{"assignment-to-anybody", "", "southwind", []string{"assigned\nnorthwind has put southwind in its place", "Award a1 of need n1 is southwind's now: H100 x64"}},
	} {
		got := letters(t, c.name, c.agreement)[c.to]
		found := false
		for _, letter := range got {
			all := true
			for _, w := range c.want {
				all = all && strings.Contains(letter, w)
			}
			found = found || all
		}
		if !found {
			t.Errorf("%s: no letter to %s has %q\n%s", c.name, c.to, c.want, strings.Join(got, "\n--\n"))
		}
	}
	for _, letter := range letters(t, "holders-by-rank", "shared-match")["southwind"] {
		if strings.Contains(letter, "northwind gets") {
			t.Errorf("a holder reads what another gets:\n%s", letter)
		}
	}
}
