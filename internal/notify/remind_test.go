package notify_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"firstlook/internal/notify"
	"firstlook/party"
	"firstlook/right"
)

// reminded lists when which reminder came, looking every quarter of an hour.
func reminded(t *testing.T, w *world, n *notify.Notifier, h *hook, hours int) []string {
	t.Helper()
	var out []string
	for range hours * 4 {
		w.pass(n)
		for _, c := range h.heard()[len(out):] {
			out = append(out, w.clock.Now().String()+" "+c.header.Get("webhook-id"))
		}
		w.clock.add(15 * time.Minute)
	}
	return out
}

// remindBy is a notifier that reminds by webhook.
func remindBy(w *world, h *hook, l *heard, r notify.Reminders) *notify.Notifier {
	b := hookTo(h.URL, secret)
	b.routes["acme"] = b.routes["northwind"]
	return w.notifier(w.store, l, b, func(o *notify.Options) {
		hooks(h)(o)
		o.Reminders = r
	})
}

// Of a window of 72 hours the holder is reminded at half, a day and two hours before it closes, once each, and not after.
func TestReminders(t *testing.T) {
	h := openHook(t)
	w := enter(t, "match-lapse", nil)
	w.play(3)
	n := remindBy(w, h, &heard{}, notify.DefaultReminders)
	got := reminded(t, w, n, h, 80)
	want := []string{
		"2026-03-05T00:00Z n1.m1.remind-50p.1772798400000000.northwind",
		"2026-03-05T12:00Z n1.m1.remind-1440m.1772798400000000.northwind",
		"2026-03-06T10:00Z n1.m1.remind-120m.1772798400000000.northwind",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Another process, with a memory of its own, sends none of them again.
	w.clock.set(at(t, "2026-03-06T11:00Z"))
	again := remindBy(w, h, &heard{}, notify.DefaultReminders)
	if more := reminded(t, w, again, h, 3); len(more) != len(want) {
		t.Errorf("after a restart: %v", more[len(want):])
	}
}

// After an outage one reminder is sent, the latest; none when the window has closed.
func TestRemindersAfterOutage(t *testing.T) {
	for from, want := range map[string][]string{
		"2026-03-05T13:00Z": {"2026-03-05T13:00Z remind-1440m", "2026-03-06T10:00Z remind-120m"},
		"2026-03-06T11:59Z": {"2026-03-06T11:59Z remind-120m"},
		"2026-03-06T12:00Z": nil,
	} {
		h := openHook(t)
		w := enter(t, "match-lapse", nil)
		w.play(3)
		w.clock.set(at(t, from))
		var got []string
		for _, r := range reminded(t, w, remindBy(w, h, &heard{}, notify.DefaultReminders), h, 30) {
			got = append(got, strings.Replace(strings.TrimSuffix(r, ".1772798400000000.northwind"), "n1.m1.", "", 1))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("from %s (-want +got):\n%s", from, diff)
		}
	}
}

// Nobody is reminded of what was answered, and a reminder whose mail was greylisted is dropped if the answer came meanwhile.
func TestNoReminderAfterAnswer(t *testing.T) {
	post := openPost(t, false, false)
	post.rcpt = []error{&smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "later"}}
	w := enter(t, "match-lapse", nil)
	w.play(3)
	w.clock.set(at(t, "2026-03-05T00:00Z"))
	n := w.notifier(w.store, &heard{}, mailTo("desk@northwind.example"), func(o *notify.Options) {
		o.Mail, o.Reminders = mailBy(post, notify.StartTLS), notify.DefaultReminders
	})
	w.pass(n) // greylisted
	decline := right.Command{By: "northwind", Person: "N. Holder", Ask: right.Answer{Matter: 1, Kind: right.Decline}}
	if _, err := w.desk.Do(context.Background(), "n1", decline, ""); err != nil {
		t.Fatal(err)
	}
	for range 40 {
		w.clock.add(time.Hour)
		w.pass(n)
	}
	if box := post.box(); len(box) > 0 {
		t.Errorf("%d reminders came after the answer", len(box))
	}
	if dead, err := n.Dead(context.Background()); err != nil || len(dead) > 0 {
		t.Errorf("dead: %v, %v", dead, err)
	}
}

// A longer window has reminders of its own; those whose time had passed before it was lengthened are not sent again.
func TestRemindersOfALongerWindow(t *testing.T) {
	for until, want := range map[string][]string{
		// 72 hours until 6 March; then 168 from 3 March on, half of which pass on 7 March.
		"2026-03-10T12:00Z": {"2026-03-05T00:00Z", "2026-03-05T12:00Z", "2026-03-07T00:00Z", "2026-03-09T12:00Z", "2026-03-10T10:00Z"},
		// An hour more: half of it, and a day before its end, had passed when it was lengthened.
		"2026-03-06T13:00Z": {"2026-03-05T00:00Z", "2026-03-05T12:00Z", "2026-03-06T11:00Z"},
	} {
		h := openHook(t)
		w := enter(t, "extension-by-grantor", func(s string) string {
			return strings.Replace(s, "2026-03-05T14:00Z acme extend m1 until 2026-03-10T12:00Z", "2026-03-05T14:00Z acme extend m1 until "+until, 1)
		})
		w.play(3)
		n := remindBy(w, h, &heard{}, notify.DefaultReminders)
		var got []string
		for w.clock.Now() < at(t, "2026-03-11") {
			if w.clock.Now() == at(t, "2026-03-05T14:00Z") {
				w.done = len(w.commands) - 1
				w.play(0)
			}
			for _, r := range reminded(t, w, n, h, 1)[len(got):] {
				got = append(got, r[:len("2026-03-05T00:00Z")])
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("until %s (-want +got):\n%s", until, diff)
		}
	}
}

// Where the window opens after its notice was sent, the holder is told its deadline when it does.
func TestReminderTellsOfTheOpening(t *testing.T) {
	h := openHook(t)
	w := enter(t, "tail-from-notice", nil)
	w.play(2)
	n := remindBy(w, h, &heard{}, notify.Reminders{Percent: []int{0}})
	got := reminded(t, w, n, h, 24)
	if diff := cmp.Diff([]string{"2026-03-03T08:00Z n1.m1.remind-0p.1772784000000000.northwind"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if body := string(h.heard()[0].body); !strings.Contains(body, "Fri 6 Mar 2026 08:00 UTC") && !strings.Contains(body, "Fri 6 Mar 2026 03:00 EST") {
		t.Errorf("it does not name the deadline:\n%s", body)
	}
}

// Each side has its own rules, and whoever has the word is reminded: the grantor of terms that were named.
func TestRemindersPerParty(t *testing.T) {
	h := openHook(t)
	w := enter(t, "first-offer-response-lapses", nil)
	w.play(2)
	s := w.state()
	if s.Matter(1).Status != right.StandNamed {
		t.Fatalf("the matter is %s", s.Matter(1).Status)
	}
	n := w.notifier(w.store, &heard{}, &book{routes: map[party.ID][]notify.Route{"acme": hookTo(h.URL, secret).routes["northwind"]}}, func(o *notify.Options) {
		hooks(h)(o)
		o.Reminders = notify.DefaultReminders
		o.RemindersOf = map[party.ID]notify.Reminders{"acme": {Before: []time.Duration{time.Hour}}}
	})
	until := s.Matter(1).RespondBy
	got := reminded(t, w, n, h, 200)
	if len(got) != 1 || !strings.HasPrefix(got[0], until.Add(-time.Hour).String()+" n1.m1.remind-60m.") || !strings.HasSuffix(got[0], ".acme") {
		t.Errorf("reminded %v; the response is due at %s", got, until)
	}
}

// Rules that cannot be meant are refused.
func TestReminderRules(t *testing.T) {
	w := enter(t, "match-lapse", nil)
	for _, r := range []notify.Reminders{{Percent: []int{100}}, {Percent: []int{-1}}, {Before: []time.Duration{time.Second}}, {Before: []time.Duration{90 * time.Second}}} {
		o := notify.Options{Source: w.source, Directory: mailTo(), Record: notify.OnJournal(w.store), Listener: &heard{}, Clock: w.clock, Reminders: r}
		if _, err := notify.New(o); err == nil {
			t.Errorf("%+v is taken", r)
		}
	}
	if _, err := notify.New(notify.Options{}); err == nil || errors.Is(err, context.Canceled) {
		t.Error("a notifier without anything is made")
	}
}
