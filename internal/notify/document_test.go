package notify_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"firstlook/internal/notify"
	"firstlook/party"
)

// stories are what the goldens show: after so many commands, the last act of a kind for a party.
var stories = []struct {
	name, scenario string
	turns          int
	kind           string
	to             party.ID
}{
	{"match", "information-tolls", 3, "noticed", "northwind"},
	{"tolled", "information-tolls", 4, "information-requested", "acme"},
	{"supplied", "information-tolls", 0, "opened", "northwind"},
	{"lapsed", "information-tolls", 0, "ended", "northwind"},
	{"extended", "extension-by-grantor", 0, "opened", "northwind"},
	{"deemed", "time-receipt-by-channel", 2, "noticed", "northwind"},
	{"request", "information-tolls", 1, "offers-requested", "contoso"},
	{"last-look", "last-look-wins", 3, "noticed", "northwind"},
	{"negotiation", "negotiation-fails", 5, "proposed", "northwind"},
	{"consent", "consent-given", 4, "consent-awaited", "lender"},
}

// Each letter is complete in its three forms: as text, as a page and as a calendar entry.
func TestDocuments(t *testing.T) {
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			w := enter(t, s.scenario, nil)
			w.play(s.turns)
			_, d := w.document(s.kind, s.to)
			golden(t, s.name+".txt", []byte(d.Text))
			golden(t, s.name+".html", notify.HTML(&d, ""))
			if entry := notify.Calendar(&d, "firstlook.example"); entry != nil {
				golden(t, s.name+".ics", entry)
			}
			sum := sha256.Sum256([]byte(d.Text))
			if d.Hash != hex.EncodeToString(sum[:]) {
				t.Errorf("the hash %s is not that of the text", d.Hash)
			}
			if !bytes.Contains(notify.HTML(&d, ""), []byte(d.Hash)) {
				t.Error("the page does not show the hash")
			}
		})
	}
}

// A page brings everything along: nothing is loaded, nothing runs.
func TestPageIsWhole(t *testing.T) {
	w := enter(t, "information-tolls", nil)
	w.play(0)
	for _, a := range w.acts {
		d, err := w.source.Document(context.Background(), a)
		if err != nil {
			t.Fatal(err)
		}
		page := string(notify.HTML(&d, ""))
		if m := regexp.MustCompile(`(?i)<script|<link|<img|<iframe|@import|url\(|src=|href=|\son[a-z]+=|javascript:`).FindString(page); m != "" {
			t.Errorf("%s for %s has %q", a.Kind, a.Recipient, m)
		}
	}
}

// What people write cannot become markup, a header or a line of a calendar.
func TestHostileWords(t *testing.T) {
	evil := `<script>alert(1)</script>; the "plan"\, BEGIN:VEVENT`
	w := enter(t, "information-tolls", func(s string) string {
		return strings.Replace(s, `"the floor plan and the power drawings"`, strings.ReplaceAll(`"`+strings.ReplaceAll(evil, `"`, `'`)+`"`, `\,`, ``), 1)
	})
	w.play(4)
	_, d := w.document("information-requested", "acme")
	if page := string(notify.HTML(&d, "")); strings.Contains(page, "<script") || !strings.Contains(page, "&lt;script&gt;") {
		t.Errorf("the page holds markup of a party:\n%s", page)
	}
	d.Title = "a\r\nBcc: x@example.org\nEND:VCALENDAR" + strings.Repeat("ü", 60)
	d.Entry = notify.Entry{State: notify.Runs, Until: d.At, Sequence: 1, Zone: "Europe/Berlin"}
	for _, line := range strings.Split(string(notify.Calendar(&d, "x.example")), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") || line == "END:VCALENDAR" && !strings.HasSuffix(string(notify.Calendar(&d, "x.example")), line+"\r\n") {
			t.Errorf("line %q", line)
		}
	}
}

// One entry follows a matter: the window opens, is stopped, opens again and ends, under one UID and a growing sequence.
func TestOneEntryPerMatter(t *testing.T) {
	w := enter(t, "information-tolls", nil)
	w.play(0)
	var uid string
	var sequence int64
	var states []notify.EntryState
	for _, a := range w.acts {
		if a.Recipient != "northwind" {
			continue
		}
		d, err := w.source.Document(context.Background(), a)
		if err != nil {
			t.Fatal(err)
		}
		entry := notify.Calendar(&d, "firstlook.example")
		if entry == nil {
			continue
		}
		states = append(states, d.Entry.State)
		id := regexp.MustCompile(`UID:\S+`).FindString(strings.ReplaceAll(string(entry), "\r\n ", ""))
		if uid == "" {
			uid = id
		}
		if id != uid || d.Entry.Sequence < sequence {
			t.Errorf("%s: %s, sequence %d after %s, %d", a.Kind, id, d.Entry.Sequence, uid, sequence)
		}
		sequence = d.Entry.Sequence
	}
	want := []notify.EntryState{notify.Runs, notify.Still, notify.Runs, notify.Runs, notify.Over}
	if len(states) != len(want) {
		t.Fatalf("the entry was %v, want %v", states, want)
	}
	for i := range want {
		if states[i] != want[i] {
			t.Errorf("the entry was %v, want %v", states, want)
		}
	}
}

// What is sealed from a holder shows in no letter to it: the same story with another rival, at another place, gives the same letters, byte
// for byte, in every form.
func TestSealedValuesDoNotShow(t *testing.T) {
	rival := strings.NewReplacer(" contoso offer", " fabrikam offer", "in contoso/us-east", "in fabrikam/us-3")
	for _, name := range []string{"match-lapse", "match-principal-terms", "partial-rest-open", "last-look-outbid", "information-tolls", "change-material", "change-not-material",
		"step-in-declined", "stay-two-grounds", "no-less-favourable-taken"} {
		var letters [2]string
		for i, edit := range []func(string) string{nil, rival.Replace} {
			w := enter(t, name, edit)
			w.play(0)
			var b strings.Builder
			for _, a := range w.acts {
				if a.Recipient != "northwind" {
					continue
				}
				d, err := w.source.Document(context.Background(), a)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				event, err := notify.Event(&d, origin)
				if err != nil {
					t.Fatal(err)
				}
				b.WriteString(d.Text)
				b.Write(notify.HTML(&d, ""))
				b.Write(notify.Calendar(&d, "x.example"))
				b.Write(event)
			}
			letters[i] = b.String()
		}
		if letters[0] != letters[1] {
			t.Errorf("%s: northwind can tell who the rival is", name)
		}
		if !strings.Contains(letters[0], "Notice, matter") {
			t.Errorf("%s: northwind gets no notice", name)
		}
	}
}

// A letter is the same whenever it is made, whatever happened since.
func TestDocumentDoesNotAge(t *testing.T) {
	w := enter(t, "information-tolls", nil)
	w.play(3)
	a, before := w.document("noticed", "northwind")
	w.play(0)
	after, err := w.source.Document(context.Background(), a)
	if err != nil {
		t.Fatal(err)
	}
	if before.Hash != after.Hash {
		t.Errorf("the notice was\n%s\nand is now\n%s", before.Text, after.Text)
	}
}

// playable are the scenarios that a desk can play from commands alone: one need, one agreement, no event that somebody certifies.
func playable(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(scenarios, "*.scenario"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		if strings.Count(text, " submit n") == 1 && len(regexp.MustCompile(`(?m)^agreement`).FindAllString(text, -1)) == 1 && strings.Contains(text, "\nproviders agreements/providers.yaml") &&
			!regexp.MustCompile(`(?m)^(fact |provider |\S+ \S+ (amend|certify|challenge|add|declare))`).MatchString(text) {
			out = append(out, strings.TrimSuffix(filepath.Base(f), ".scenario"))
		}
	}
	return out
}

// Every act of every story becomes a letter: it has a title of its own, says something, holds no fault of formatting, and is
// about what its recipient may see.
func TestEveryLetter(t *testing.T) {
	names := playable(t)
	kinds := map[string]int{}
	for _, name := range names {
		w := enter(t, name, nil)
		w.play(0)
		for _, a := range w.acts {
			d, err := w.source.Document(t.Context(), a)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			kinds[a.Kind]++
			page, entry := string(notify.HTML(&d, "")), string(notify.Calendar(&d, "x.example"))
			switch {
			case d.Title == "" || d.Asks == "" && d.Letter == "":
				t.Errorf("%s: %s for %s says nothing:\n%s", name, a.Kind, a.Recipient, d.Text)
			case strings.Contains(d.Text+entry, "%!") || strings.Contains(d.Text, "<nil>") || strings.Contains(page, "&lt;nil&gt;"):
				t.Errorf("%s: %s for %s is badly formed:\n%s", name, a.Kind, a.Recipient, d.Text)
			case d.Deadline != nil && (len(d.Deadline.Shown) != 2 || d.Silence == ""):
				t.Errorf("%s: %s for %s has the deadline %+v, silence %q", name, a.Kind, a.Recipient, d.Deadline, d.Silence)
			case strings.HasPrefix(d.Title, strings.ToUpper(a.Kind[:1])+strings.ReplaceAll(a.Kind[1:], "-", " ")+",") && !slices.Contains([]string{"awarded"}, a.Kind):
				t.Errorf("the kind %s has no title", a.Kind)
			}
		}
	}
	t.Logf("%d scenarios: %v", len(names), kinds)
	if len(names) < 80 || len(kinds) < 15 {
		t.Errorf("only %d scenarios with %d kinds of letters", len(names), len(kinds))
	}
}
