package webui

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/internal/desk"
)

// certifiable are the events of an agreement that a party may certify now, or whose certification it may challenge.
func (v *visit) certifiable(a *agreement.Agreement, challenge bool) []option {
	var out []option
	if !v.may("certify") || v.who.All {
		return nil
	}
	for _, t := range a.Triggers {
		f := agreement.Fact{Agreement: a.ID, Trigger: t.ID, At: v.now, By: v.who.Party, Person: "somebody", Reason: "some reason", Challenge: challenge}
		if desk.CheckFact(&v.law.Book, &f) == nil {
			out = append(out, option{string(t.ID), strings.TrimSuffix(t.Description, ".") + when(t.Cite != "", " (%s)", t.Cite)})
		}
	}
	return out
}

// certifyPage certifies an event for which clauses wait, or challenges its certification.
func (u *UI) certifyPage(v *visit) error {
	a, err := v.agreement(v.r.PathValue("id"))
	if err != nil {
		return err
	}
	challenge := v.r.PathValue("deed") == "challenge"
	if !challenge && v.r.PathValue("deed") != "certify" {
		return errNotFound
	}
	events := v.certifiable(a, challenge)
	if len(events) == 0 {
		return errForbidden
	}
	d := &deed{title: "Certify an event", does: "Certify it", back: "/agreements/" + string(a.ID),
		intro: "Clauses of " + a.Title + " wait for these events. What you certify takes effect for every need at once and cannot be taken back."}
	if challenge {
		d.title, d.does, d.intro = "Challenge a certification", "Challenge it", "A challenge in time stops the forfeiture that the certification began."
	}
	d.fields = []field{{Name: "trigger", Label: "Which event", Kind: "choice", Required: true, Options: events}, {Name: "reason", Label: "On what ground", Kind: "area", Required: true,
		Hint: "Your name and the reason stand in the record."}}
	if !challenge {
		d.fields = append(d.fields, field{Name: "at", Label: "From when it counts, if later than now", Kind: "text", Hint: "A date, or a date and a time in UTC, such as 2026-12-01T17:00Z."})
	}
	d.read = func(form url.Values) ([]string, func(context.Context) (*handed, error), error) {
		return u.certifies(v, a, events, challenge, form)
	}
	return u.deed(v, d)
}

func (u *UI) certifies(v *visit, a *agreement.Agreement, events []option, challenge bool, form url.Values) ([]string, func(context.Context) (*handed, error), error) {
	f := agreement.Fact{Agreement: a.ID, By: v.who.Party, Person: v.who.Person, Challenge: challenge}
	what := ""
	for _, e := range events {
		if e.Value == form.Get("trigger") {
			f.Trigger, what = agreement.TriggerID(e.Value), e.Text
		}
	}
	if what == "" {
		return nil, nil, problem("Choose which event it is")
	}
	var err error
	if f.Reason, err = prose(form, "reason", "on what ground"); err != nil {
		return nil, nil, err
	}
	if at := strings.TrimSpace(form.Get("at")); at != "" && !challenge {
		if f.At, err = calendar.Parse(at); err != nil {
			return nil, nil, problem(fmt.Sprintf("From when it counts does not read: %v", err))
		}
	}
	says := []string{fmt.Sprintf("%s of %s certifies: %s", v.who.Person, nameOf(v.law, v.who.Party), sentence(what)), "Reason: " + sentence(f.Reason)}
	if challenge {
		says[0] = fmt.Sprintf("%s of %s challenges that this was certified: %s", v.who.Person, nameOf(v.law, v.who.Party), sentence(what))
	}
	if f.At > v.now {
		says = append(says, "It counts from "+teller{v.law, v.who.Party}.at(f.At)+" on.")
	}
	if !challenge {
		says = append(says, touched(a, f.Trigger)...)
	}
	return says, func(ctx context.Context) (*handed, error) { _, err := u.Desk.Certify(ctx, f); return nil, err }, nil
}

// touched says what the clauses of an agreement make of an event.
func touched(a *agreement.Agreement, t agreement.TriggerID) []string {
	var out []string
	for i := range a.Clauses {
		c := &a.Clauses[i]
		name := clauseName(c.Ref)
		switch {
		case contains(c.Triggers, t):
			out = append(out, "It ends "+name+".")
		case c.Forfeiture != nil && contains(c.Forfeiture.Triggers, t):
			out = append(out, "It forfeits "+name+", unless it is challenged in time.")
		case contains(c.Conditions, t):
			out = append(out, "It meets a condition of "+name+".")
		case contains(c.Process.Opens, t):
			out = append(out, "It opens "+name+".")
		}
	}
	return out
}
