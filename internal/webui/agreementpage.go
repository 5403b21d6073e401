package webui

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/internal/strict"
	"firstlook/right"
)

// agreementsMain lists agreements.
type agreementsMain struct {
	Rows   []agreementRow
	CanAdd bool
}

type agreementRow struct {
	ID, Title, Reading, Grantor, Holders string
	InForce, Versions, Open              int
}

func (u *UI) agreementsPage(v *visit) error {
	m := agreementsMain{CanAdd: v.may("record-agreement")}
	for _, a := range v.agreements() {
		var holders []string
		for i := range a.Clauses {
			for _, h := range a.Clauses[i].Holds() {
				if name := nameOf(v.law, h.Holder); !contains(holders, name) {
					holders = append(holders, name)
				}
			}
		}
		m.Rows = append(m.Rows, agreementRow{string(a.ID), a.Title, a.Reading, nameOf(v.law, a.Grantor), commas(holders), len(a.InForce(v.now)), len(a.Clauses), len(a.Unspecified())})
	}
	u.render(v, http.StatusOK, "agreements", "Agreements", m)
	return nil
}

// agreementMain is one agreement.
type agreementMain struct {
	ID, Title, Reading, Source, Grantor, Hash string
	At                                        string
	Clauses                                   []clauseRow
	Amendments                                []amendmentRow
	Findings                                  []findingRow
	Open                                      []agreement.Open
	From, To                                  string
	Changes                                   []change
	Compared                                  bool
	CanEdit                                   bool
	CanCertify, CanChallenge                  bool
	Facts                                     []step
	Problem                                   string
}

type clauseRow struct {
	Anchor, Name, Kind, Heading, Cite, Effective string
	Version                                      int
	Lines                                        []agreement.Line
	Open                                         []agreement.Open
	InForce                                      bool
	Source                                       string
}

type amendmentRow struct{ ID, Title, Cite, Effective, From, To string }

type findingRow struct {
	Severity, Code, Message, Remedy, Example string
	Clauses                                  []string
}

// change is what became of a clause between two dates.
type change struct {
	What, Clause, Cite, Text, At string
	Params                       []agreement.ParamChange
}

func (u *UI) agreementPage(v *visit) error {
	a, err := v.agreement(v.r.PathValue("id"))
	if err != nil {
		return err
	}
	m := agreementMain{ID: string(a.ID), Title: a.Title, Reading: a.Reading, Source: a.Source, Grantor: nameOf(v.law, a.Grantor), Hash: a.Hash, CanEdit: v.may("record-agreement"), CanCertify: len(v.certifiable(a, false)) > 0, CanChallenge: len(v.certifiable(a, true)) > 0,
		Findings: findings(agreement.Analyse(a))}
	for _, o := range a.Unspecified() {
		m.Open = append(m.Open, o)
	}
	d := agreement.Describe(a, 0)
	for i, c := range d.Clauses {
		m.Clauses = append(m.Clauses, clauseRow{Anchor: fmt.Sprintf("%s-%d", c.Clause.Clause, c.Clause.Version), Name: strings.ReplaceAll(string(c.Clause.Clause), "-", " "), Kind: kindWords(c.Kind),
			Heading: c.Heading, Cite: c.Cite, Effective: effective(c.Effective), Version: c.Clause.Version, Lines: c.Lines, Open: c.Open, InForce: a.Clauses[i].Effective.Contains(v.now), Source: c.Clause.String()})
	}
	slices.SortStableFunc(m.Clauses, func(x, y clauseRow) int { return cmp.Compare(order(y.InForce), order(x.InForce)) })
	for _, x := range a.Amendments {
		m.Amendments = append(m.Amendments, amendmentRow{x.ID, x.Title, x.Cite, day(x.Effective), dateOf(x.Effective - 1), dateOf(x.Effective)})
	}
	for _, f := range v.law.Book.Facts {
		if f.Agreement == a.ID {
			does := "certifies"
			if f.Challenge {
				does = "challenges the certification of"
			}
			m.Facts = append(m.Facts, step{day(f.At), sentence(fmt.Sprintf("%s %s %s: %s", nameOf(v.law, f.By), does, f.Trigger, f.Reason))})
		}
	}
	m.compare(v, a)
	u.render(v, http.StatusOK, "agreement", a.Title, m)
	return nil
}

// effective writes when a version is in force.
func effective(s calendar.Span) string {
	switch {
	case s.From.IsSet() && s.Until.IsSet():
		return day(s.From) + " until " + day(s.Until)
	case s.From.IsSet():
		return "from " + day(s.From)
	case s.Until.IsSet():
		return "until " + day(s.Until)
	}
	return "without a date"
}

// compare says what changed between two dates, where they are given.
func (m *agreementMain) compare(v *visit, a *agreement.Agreement) {
	m.From, m.To = v.r.URL.Query().Get("from"), v.r.URL.Query().Get("to")
	if m.From == "" || m.To == "" {
		return
	}
	from, err := calendar.Parse(m.From)
	if err != nil {
		m.Problem = sentence(err.Error())
		return
	}
	to, err := calendar.Parse(m.To)
	if err != nil {
		m.Problem = sentence(err.Error())
		return
	}
	m.Compared = true
	m.Changes = changes(agreement.DiffInForce(a, from, a, to))
}

func changes(all []agreement.Change) []change {
	var out []change
	for _, c := range all {
		r := change{What: string(c.What), Clause: strings.ReplaceAll(string(c.Clause), "-", " "), Cite: c.Cite, Text: c.Text, Params: c.Params}
		if r.Clause == "" {
			r.Clause = "around the clauses"
		}
		if c.At.IsSet() {
			r.At = day(c.At)
		}
		out = append(out, r)
	}
	return out
}

func findings(all []agreement.Finding) []findingRow {
	var out []findingRow
	for i := range all {
		f := &all[i]
		r := findingRow{Severity: string(f.Severity), Code: string(f.Code), Message: f.Message, Remedy: f.Remedy}
		for _, ref := range f.Clauses {
			r.Clauses = append(r.Clauses, clauseName(ref))
		}
		if f.Example != nil {
			r.Example = f.Example.Flags()
		}
		out = append(out, r)
	}
	return out
}

// editMain is the editor.
type editMain struct {
	ID, Title, File, Text, Action, CSRF string
	Check                               checked
	New                                 bool
	Reviewing                           bool
	CanRecord                           bool
	Refused                             string
	Person, Party                       string
}

// checked is what the reader of agreements says of a text.
type checked struct {
	Sound    bool
	Says     string
	Problems []strict.Problem
	Looks    []strict.Problem
	Findings []findingRow
	Open     []agreement.Open
	Changes  []change
	Against  bool // compared with what is recorded
}

func (u *UI) editPage(v *visit) error {
	m, err := u.editor(v)
	if err != nil {
		return err
	}
	m.Check = u.checkText(v, m.ID, m.Text)
	u.render(v, http.StatusOK, "edit", m.Title, m)
	return nil
}

// editor is the editor with the text as it is recorded; a short beginning for a new one.
func (u *UI) editor(v *visit) (editMain, error) {
	m := editMain{CSRF: v.who.CSRF, Action: v.r.URL.Path, CanRecord: v.may("record-agreement"), Person: v.who.Person, Party: nameOf(v.law, v.who.Party)}
	id := v.r.PathValue("id")
	if id == "" {
		m.New, m.Title, m.File, m.Text = true, "A new agreement", "agreement.yaml", strings.ReplaceAll(beginning, "GRANTOR", string(v.who.Party))
		return m, nil
	}
	a, err := v.agreement(id)
	if err != nil {
		return m, err
	}
	m.ID, m.Title = id, "Edit "+a.Title
	m.File, m.Text, err = u.textOf(v.r.Context(), a.ID)
	return m, err
}

// beginning is what a new agreement starts from.
const beginning = `agreement: my-agreement
title: What the agreement is called
grantor: GRANTOR
direction: buys

parties:
  - {id: GRANTOR, name: The buyer, zone: Europe/Berlin}
  - {id: a-cloud, name: The cloud that has the right, zone: America/New_York, clouds: [a-cloud]}

clauses:
  - id: right-to-match
    kind: match
    cite: "section 1"
    text: "Before the buyer accepts another provider's offer, the cloud may match it."
    effective: 2026-01-01..2028-01-01
    holder: a-cloud
`

func (u *UI) editPost(v *visit) error {
	m, err := u.editor(v)
	if err != nil {
		return err
	}
	text, err := v.textOrFile()
	if err != nil {
		return err
	}
	m.Text = strings.ReplaceAll(text, "\r\n", "\n")
	m.Check = u.checkText(v, m.ID, m.Text)
	step := v.r.PostForm.Get("step")
	if step == "check" || len(m.Check.Problems) > 0 {
		u.render(v, http.StatusOK, "edit", m.Title, m)
		return nil
	}
	if !m.CanRecord || v.who.All {
		return errForbidden
	}
	if step != "record" {
		m.Reviewing = true
		u.render(v, http.StatusOK, "edit", "Review: "+m.Title, m)
		return nil
	}
	var a *agreement.Agreement
	if a, err = agreement.Parse(m.File, []byte(m.Text)); err != nil {
		return err
	}
	if a.Grantor != v.who.Party {
		err = &right.Refusal{Code: right.NotTheBuyer, Detail: fmt.Sprintf("the agreement binds %s; only a person of %s records it", a.Grantor, a.Grantor)}
	} else if m.New {
		_, err = u.Desk.AddAgreement(v.r.Context(), m.File, []byte(m.Text))
	} else {
		_, err = u.Desk.AmendAgreement(v.r.Context(), m.File, []byte(m.Text))
	}
	if err != nil {
		m.Refused = sentence(strings.SplitN(err.Error(), "; use `", 2)[0])
		u.render(v, http.StatusConflict, "edit", m.Title, m)
		return nil
	}
	return v.see("/agreements/" + string(a.ID) + "?done=1")
}

// textOrFile is the text of the editor, or the file that was sent in its place.
func (v *visit) textOrFile() (string, error) {
	if v.r.MultipartForm == nil || len(v.r.MultipartForm.File["file"]) == 0 {
		return v.r.PostForm.Get("text"), nil
	}
	f, err := v.r.MultipartForm.File["file"][0].Open()
	if err != nil {
		return "", errForm
	}
	defer f.Close()
	text, err := io.ReadAll(f) // the whole form is bounded
	if err != nil || !utf8.Valid(text) {
		return "", errFile
	}
	return string(text), nil
}

// check answers the script of the editor with a piece of the page.
func (u *UI) check(v *visit) error {
	id := v.r.PostForm.Get("id")
	if id != "" {
		if _, err := v.agreement(id); err != nil {
			return err
		}
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return templates["edit"].ExecuteTemplate(v.w, "checked", u.checkText(v, id, strings.ReplaceAll(v.r.PostForm.Get("text"), "\r\n", "\n")))
}

// checkText reads a text as recording it would, and holds it against what is recorded.
func (u *UI) checkText(v *visit, id, text string) checked {
	var c checked
	a, looks, err := agreement.Check("text", []byte(text))
	var faults strict.Problems
	if errors.As(err, &faults) {
		c.Problems = faults
		c.Says = counted(int64(len(faults)), "problem") + "; it cannot be recorded yet"
		return c
	}
	if err != nil {
		c.Problems = []strict.Problem{{Message: err.Error()}}
		return c
	}
	c.Sound, c.Looks, c.Findings, c.Open = true, looks, findings(agreement.Analyse(a)), a.Unspecified()
	c.Says = fmt.Sprintf("It reads: agreement %s, %s", a.ID, counted(int64(len(a.Clauses)), "clause version"))
	if old, err := v.agreement(id); err == nil {
		c.Against = true
		c.Changes = changes(agreement.Diff(old, a))
	}
	return c
}
