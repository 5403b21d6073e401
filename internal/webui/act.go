package webui

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"firstlook/capacity"
	"firstlook/internal/strict"
	"firstlook/right"
)

// A command in two steps: the form, the words of what will be recorded, the record.

// field is one entry of a form.
type field struct {
	Name, Label, Hint, Kind string // Kind: text, number, area, choice, many
	Value                   string
	Options                 []option
	Required                bool
	Min, Max                int64   // of a number; Max 0 for none
	Checks                  []check // of many
}

// check is one of several that may be chosen together.
type check struct {
	Value, Text string
	On          bool
}

type option struct{ Value, Text string }

// act is a command that has a form.
type act struct {
	action string // the action of a role that it needs
	title  string
	does   string // on the last button
	intro  func(l *look, on string) string
	fields func(v *visit, l *look, on string) []field
	// ask builds the command from the form; says are the sentences of what it records. A problem is a sentence for the person.
	ask func(v *visit, l *look, on string, form url.Values) (asks []right.Ask, says []string, problem error)
}

// problem is something that a person can mend in a form.
type problem string

func (p problem) Error() string { return string(p) }

// actMain is the form of a command.
type actMain struct {
	Need, Title, Intro, Action, CSRF, Back string
	Fields                                 []field
	Problem                                string
	Does                                   string
	Compared                               *choice
}

// reviewMain says what will be recorded.
type reviewMain struct {
	Need, Title, Action, CSRF, Key, Does, Back string
	Says                                       []string // recorded as the party's word
	Follows                                    []string // what the engine makes of it, on a copy; the buyer's alone
	Compared                                   *choice
	Kept                                       []option // the form, to be sent again
	Deadline                                   *deadline
	Person, Party                              string
	Refused, Code                              string
}

// find returns the need and the act that a path names.
func (u *UI) find(v *visit) (*look, *act, string, error) {
	l, err := u.look(v, capacity.NeedID(v.r.PathValue("id")))
	if err != nil {
		return nil, nil, "", err
	}
	a, ok := acts[v.r.PathValue("act")]
	if !ok {
		return nil, nil, "", errNotFound
	}
	if !v.may(a.action) || v.who.All {
		return nil, nil, "", errForbidden
	}
	return l, a, v.r.PathValue("on"), nil
}

func (u *UI) actPage(v *visit) error {
	l, a, on, err := u.find(v)
	if err != nil {
		return err
	}
	return u.form(v, l, a, on, "", http.StatusOK)
}

// form shows the form of a command, filled in as it was.
func (u *UI) form(v *visit, l *look, a *act, on, fault string, status int) error {
	m := actMain{Need: string(l.Need.ID), Title: a.title, Action: v.r.URL.Path, CSRF: v.who.CSRF, Problem: fault, Does: "Review", Back: back(v, l)}
	if a.intro != nil {
		m.Intro = a.intro(l, on)
	}
	if a.fields != nil {
		m.Fields = a.fields(v, l, on)
	}
	if v.r.Method == http.MethodPost {
		for i := range m.Fields {
			m.Fields[i].refill(v.r.PostForm)
		}
	}
	if replaced := v.r.URL.Query().Get("replace"); replaced != "" {
		m.Action += "?replace=" + queryEscape(replaced)
	}
	if a == acts["choose"] {
		m.Compared = u.compared(v, l, on)
	}
	u.render(v, status, "act", a.title, m)
	return nil
}

// back is the page from which a command was begun.
func back(v *visit, l *look) string {
	if v.r.PathValue("act") == "answer" {
		return fmt.Sprintf("/needs/%s/matters/%s", l.Need.ID, v.r.PathValue("on"))
	}
	return "/needs/" + string(l.Need.ID)
}

// compared is the comparison of the offers for a lot as a choice would record it, from the engine on a copy.
func (u *UI) compared(v *visit, l *look, lot string) *choice {
	id, err := number[right.LotID]("l", lot)
	if err != nil {
		return nil
	}
	events, err := u.foresee(v, l.Need.ID, right.Command{By: v.who.Party, Ask: right.Choose{Lot: id}})
	if err != nil {
		return nil
	}
	for _, e := range events {
		if f, ok := e.Fact.(*right.Chosen); ok && f.Comparison != nil {
			c := comparison(l, f.Comparison)
			return &c
		}
	}
	return nil
}

func (u *UI) actPost(v *visit) error {
	l, a, on, err := u.find(v)
	if err != nil {
		return err
	}
	asks, says, fault := a.ask(v, l, on, v.r.PostForm)
	if fault != nil {
		var p problem
		var many strict.Problems
		if !errors.As(fault, &p) && !errors.As(fault, &many) {
			return fault
		}
		if v.r.PathValue("act") == "answer" {
			return u.review(v, l, a, nil, nil, fault)
		}
		return u.form(v, l, a, on, sentence(fault.Error()), http.StatusUnprocessableEntity)
	}
	if v.r.PostForm.Get("step") != "record" {
		return u.review(v, l, a, asks, says, nil)
	}
	return u.record(v, l, asks)
}

// review shows what will be recorded, and to the buyer what follows from it.
func (u *UI) review(v *visit, l *look, a *act, asks []right.Ask, says []string, fault error) error {
	m := reviewMain{Need: string(l.Need.ID), Title: a.title, Action: v.r.URL.RequestURI(), CSRF: v.who.CSRF, Key: newKey(), Does: a.does, Back: back(v, l), Says: says,
		Person: v.who.Person, Party: nameOf(v.law, v.who.Party)}
	status := http.StatusOK
	m.keep(v.r.PostForm)
	if n, err := l.matter(v.r.PathValue("on")); err == nil && n.Status == right.Open {
		m.Deadline = v.deadline(n.AnswerBy, v.who.Party, l.Need.Buyer)
	}
	if fault != nil {
		m.Refused, status = sentence(fault.Error()), http.StatusUnprocessableEntity
	}
	if len(asks) > 0 && l.Buyer {
		t := teller{v.law, l.eyes}
		events, err := u.foresee(v, l.Need.ID, right.Command{By: v.who.Party, Person: v.who.Person, Ask: asks[0]})
		var no *right.Refusal
		if errors.As(err, &no) {
			m.Refused, m.Code, status = sentence(no.Detail), string(no.Code), http.StatusConflict
		} else if err != nil {
			return err
		}
		for _, e := range events {
			if f, ok := e.Fact.(*right.Chosen); ok && f.Comparison != nil {
				c := comparison(l, f.Comparison)
				m.Compared = &c
			}
			m.Follows = append(m.Follows, t.tell(e))
		}
	}
	u.render(v, status, "review", a.title, m)
	return nil
}

// newKey is what makes a command safe to send again.
func newKey() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

// key is the one that the review made, bound to the party, so that no other party's command is found by it.
func (v *visit) key() (string, error) {
	key := v.r.PostForm.Get("key")
	if raw, err := hex.DecodeString(key); err != nil || len(raw) != 16 {
		return "", errForm
	}
	return fmt.Sprintf("page.%s.%s", v.who.Party, key), nil
}

// record gives the commands to the desk.
func (u *UI) record(v *visit, l *look, asks []right.Ask) error {
	key, err := v.key()
	if err != nil {
		return err
	}
	for i, ask := range asks {
		c := right.Command{By: v.who.Party, Person: v.who.Person, Ask: ask}
		if _, err := u.Desk.Do(v.r.Context(), l.Need.ID, c, fmt.Sprintf("%s.%d", key, i)); err != nil {
			return err
		}
	}
	to := back(v, l)
	return v.see(to + "?done=1")
}

// number reads an id such as m3.
func number[T ~int](prefix, s string) (T, error) {
	n := 0
	digits, ok := strings.CutPrefix(s, prefix)
	if !ok || digits == "" || len(digits) > 9 {
		return 0, errNotFound
	}
	for _, r := range digits {
		if r < '0' || r > '9' {
			return 0, errNotFound
		}
		n = 10*n + int(r-'0')
	}
	if n == 0 {
		return 0, errNotFound
	}
	return T(n), nil
}
