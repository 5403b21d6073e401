package notify_test

import (
	"strings"
	"testing"

	"firstlook/internal/notify"
	"firstlook/right"
)

// What a delivery proves follows from the clause alone: each clock, each result, each channel.
func TestReceiptByClause(t *testing.T) {
	type c struct {
		result  notify.Result
		by      notify.Means
		channel notify.Channel
	}
	proofs := []c{{notify.Sent, notify.ByServer, notify.Email}, {notify.Delivered, notify.ByServer, notify.Email}, {notify.Delivered, notify.ByReport, notify.Email},
		{notify.Delivered, notify.ByServer, notify.Webhook}, {notify.Received, notify.ByLink, notify.Email}, {notify.Received, notify.BySigning, notify.Email},
		{notify.Received, notify.BySigning, notify.Webhook}, {notify.Bounced, notify.ByServer, notify.Email}, {notify.Bounced, notify.ByReport, notify.Email}}
	for _, clause := range []struct {
		clock, channel string
		who            string // who records each of the proofs: grantor, holder or - for nobody
	}{
		{"sent", "email", "---------"},
		{"delivered", "email", "-gg-ghh--"},
		{"received", "email", "----ghh--"},
		{"deemed, deemed: {email: 24 hours}", "email", "----ghh--"},
		{"complete, deemed: {email: 24 hours}", "email", "----ghh--"},
		{"delivered", "courier", "-----hh--"},
		{"received", "desk", "-----hh--"},
	} {
		w := enter(t, "tail-from-notice", func(s string) string {
			return strings.Replace(s, "channel: email, clock: received", "channel: "+clause.channel+", clock: "+clause.clock, 1)
		})
		w.clock.set(w.commands[0].At)
		w.play(1)
		_, d := w.document("noticed", "northwind")
		s := w.state()
		for i, p := range proofs {
			o := notify.Outcome{Act: d.Act, Kind: d.Kind, Need: d.Need, Matter: d.Matter, Party: "northwind", Channel: p.channel, Result: p.result, By: p.by, Person: "N. Holder",
				At: w.clock.Now(), Noticed: d.At}
			command, why, ok := notify.Receipt(&s, o)
			got := "-"
			if ok {
				got = map[bool]string{true: "g", false: "h"}[command.By == "acme"]
				if _, err := right.Decide(s, command, w.clock.Now()); err != nil {
					t.Errorf("clock %s by %s: the engine refuses the receipt of %+v: %v", clause.clock, clause.channel, p, err)
				}
			} else if why == "" {
				t.Errorf("clock %s by %s: %+v is no receipt, and nothing says why", clause.clock, clause.channel, p)
			}
			if got != clause.who[i:i+1] {
				t.Errorf("clock %s by %s: %+v is recorded by %s, want %s (%s)", clause.clock, clause.channel, p, got, clause.who[i:i+1], why)
			}
		}
	}
}

// The delivery of another letter, of another party's, or of an earlier notice of the same matter is no receipt.
func TestNoReceipt(t *testing.T) {
	w := enter(t, "tail-from-notice", nil)
	w.play(1)
	_, d := w.document("noticed", "northwind")
	s := w.state()
	good := notify.Outcome{Kind: d.Kind, Matter: d.Matter, Party: "northwind", Channel: notify.Email, Result: notify.Received, By: notify.ByLink, At: w.clock.Now(), Noticed: d.At}
	if _, why, ok := notify.Receipt(&s, good); !ok {
		t.Fatal(why)
	}
	for name, spoil := range map[string]func(*notify.Outcome){
		"reminder":       func(o *notify.Outcome) { o.Kind = "reminder" },
		"other party":    func(o *notify.Outcome) { o.Party = "acme" },
		"earlier notice": func(o *notify.Outcome) { o.Noticed-- },
		"other matter":   func(o *notify.Outcome) { o.Matter = 7 },
	} {
		o := good
		spoil(&o)
		if c, _, ok := notify.Receipt(&s, o); ok {
			t.Errorf("%s: %+v", name, c)
		}
	}
}
