package httpapi

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/internal/door"
	"firstlook/internal/journal"
	"firstlook/internal/pricebook"
	"firstlook/internal/strict"
	"firstlook/party"
)

// File is a file as it was given.
type File = door.File

// readFile reads a body that carries a file.
func (q *request) readFile() (File, error) {
	var f File
	if err := q.readBody(&f); err != nil {
		return f, err
	}
	return f, checkName(&f)
}

// checkName gives a file that has no name one.
func checkName(f *File) error {
	f.File = cmp.Or(f.File, "agreement.yaml")
	if len(f.File) > 200 || checkText(f.File, noControls) != nil {
		return &unreadable{errors.New("file: the name is longer than 200 bytes, or cannot be shown as it is")}
	}
	return nil
}

func (a *API) agreements(q *request) (any, error) {
	all, err := a.local.Agreements(q.Context(), q.eyes())
	return paged(q, "agreements", all, func(g *door.AgreementItem) string { return string(g.Agreement) }), err
}

func (a *API) agreement(q *request) (any, error) {
	return a.local.Agreement(q.Context(), agreement.ID(q.PathValue("agreement")), q.eyes())
}

func (a *API) addAgreement(q *request) (any, error) {
	f, err := q.readFile()
	if err != nil {
		return nil, err
	}
	q.status = http.StatusCreated
	out, err := a.local.AddAgreement(q.Context(), f.File, []byte(f.Text), q.party)
	a.hub.nudge()
	return out, err
}

func (a *API) amendAgreement(q *request) (any, error) {
	f, err := q.readFile()
	if err != nil {
		return nil, err
	}
	g, err := agreement.Parse(f.File, []byte(f.Text))
	if err != nil {
		return nil, err
	}
	if id := q.PathValue("agreement"); string(g.ID) != id {
		return nil, &unreadable{fmt.Errorf("the text is agreement %s, the path names %s", g.ID, id)}
	}
	out, err := a.local.AmendAgreement(q.Context(), f.File, []byte(f.Text), q.party)
	a.hub.nudge()
	return out, err
}

func (a *API) words(q *request) (any, error) {
	at, err := q.instant("at")
	if err != nil {
		return nil, err
	}
	text, err := a.local.Agreement(q.Context(), agreement.ID(q.PathValue("agreement")), q.eyes())
	if err != nil {
		return nil, err
	}
	g, err := agreement.Parse(text.File, []byte(text.Text))
	if err != nil {
		return nil, err
	}
	return agreement.Describe(g, at), nil
}

// CheckRequest asks what is wrong with texts of agreements; Together, also what is wrong between them.
type CheckRequest struct {
	Files    []File `json:"files"`
	Together bool   `json:"together,omitempty"`
}

// Checked is what was found, one entry for each file, and the findings of the analysis.
type Checked struct {
	Files    []CheckedFile       `json:"files"`
	Analysis []agreement.Finding `json:"analysis"`
}

// CheckedFile is what was found in one file.
type CheckedFile struct {
	File        string           `json:"file"`
	Agreement   agreement.ID     `json:"agreement,omitempty"`
	Sound       bool             `json:"sound"` // it reads
	Problems    []strict.Problem `json:"problems"`
	Findings    []strict.Problem `json:"findings"`
	Unspecified []agreement.Open `json:"unspecified"`
}

// maxChecked bounds how many files are checked at once.
const maxChecked = 16

func (a *API) check(q *request) (any, error) {
	var in CheckRequest
	if err := q.readBody(&in); err != nil {
		return nil, err
	}
	if len(in.Files) == 0 || len(in.Files) > maxChecked {
		return nil, &unreadable{fmt.Errorf("files: give 1 to %d", maxChecked)}
	}
	out := Checked{Analysis: []agreement.Finding{}}
	var read []*agreement.Agreement
	for i := range in.Files {
		f := &in.Files[i]
		if err := checkName(f); err != nil {
			return nil, err
		}
		c := CheckedFile{File: f.File, Problems: []strict.Problem{}, Findings: []strict.Problem{}, Unspecified: []agreement.Open{}}
		g, findings, err := agreement.Check(f.File, []byte(f.Text))
		var problems strict.Problems
		if err != nil && !errors.As(err, &problems) {
			return nil, err
		}
		if err != nil {
			c.Problems = problems
		} else {
			if slices.ContainsFunc(read, func(o *agreement.Agreement) bool { return o.ID == g.ID }) && in.Together {
				return nil, &unreadable{fmt.Errorf("agreement %s is there twice; two texts of one agreement do not bind together", g.ID)}
			}
			c.Sound, c.Agreement, c.Findings, c.Unspecified = true, g.ID, append(c.Findings, findings...), append(c.Unspecified, g.Unspecified()...)
			read = append(read, g)
		}
		out.Files = append(out.Files, c)
	}
	if in.Together {
		out.Analysis = append(out.Analysis, agreement.AnalyseTogether(read...)...)
		return out, nil
	}
	for _, g := range read {
		out.Analysis = append(out.Analysis, agreement.Analyse(g)...)
	}
	return out, nil
}

// DiffRequest asks what changed from one text to another; with two instants, from what was in force at the one to what is at the other.
type DiffRequest struct {
	From   File             `json:"from"`
	To     File             `json:"to"`
	FromAt calendar.Instant `json:"from_at,omitzero"`
	ToAt   calendar.Instant `json:"to_at,omitzero"`
}

// Differences are the changes from one text to another.
type Differences struct {
	From    agreement.ID       `json:"from"`
	To      agreement.ID       `json:"to"`
	Changes []agreement.Change `json:"changes"`
}

func (a *API) diff(q *request) (any, error) {
	var in DiffRequest
	if err := q.readBody(&in); err != nil {
		return nil, err
	}
	if in.FromAt.IsSet() != in.ToAt.IsSet() {
		return nil, &unreadable{errors.New("one of the two has an instant; both need one, or neither")}
	}
	if err := errors.Join(checkName(&in.From), checkName(&in.To)); err != nil {
		return nil, err
	}
	from, err := agreement.Parse(in.From.File, []byte(in.From.Text))
	if err != nil {
		return nil, err
	}
	to, err := agreement.Parse(in.To.File, []byte(in.To.Text))
	if err != nil {
		return nil, err
	}
	out := Differences{From: from.ID, To: to.ID, Changes: []agreement.Change{}}
	if in.FromAt.IsSet() {
		out.Changes = append(out.Changes, agreement.DiffInForce(from, in.FromAt, to, in.ToAt)...)
	} else {
		out.Changes = append(out.Changes, agreement.Diff(from, to)...)
	}
	return out, nil
}

// FactRequest certifies, or challenges, that a trigger happened.
type FactRequest struct {
	Trigger   agreement.TriggerID `json:"trigger"`
	By        party.ID            `json:"by,omitempty"` // the party of who asks where left out
	Person    string              `json:"person,omitempty"`
	Reason    string              `json:"reason"`
	At        calendar.Instant    `json:"at,omitzero"` // when it takes effect; now where unset
	Challenge bool                `json:"challenge,omitempty"`
}

func (a *API) certify(q *request) (any, error) {
	var in FactRequest
	if err := q.readBody(&in); err != nil {
		return nil, err
	}
	in.By = cmp.Or(in.By, q.party)
	switch {
	case q.signed && in.By != q.party:
		return nil, notYours(in.By, q.party)
	case in.Challenge && in.At.IsSet():
		return nil, &unreadable{errors.New("at: a challenge takes effect when it is recorded")}
	case strings.ContainsAny(in.Person+in.Reason, "\n\r\t"):
		return nil, &unreadable{errors.New("a text holds a line end or a tab, which cannot be shown as it is")}
	}
	if err := party.Check(string(in.By)); err != nil {
		return nil, &unreadable{fmt.Errorf("by: %w", err)}
	}
	if q.signed && q.who.Person != "" {
		in.Person = cmp.Or(in.Person, q.who.Name)
		if in.Person != q.who.Name {
			return nil, anotherPerson(q.who.Name, in.Person)
		}
	}
	f := agreement.Fact{Agreement: agreement.ID(q.PathValue("agreement")), Trigger: in.Trigger, At: in.At, By: in.By, Person: in.Person, Reason: in.Reason, Challenge: in.Challenge}
	q.status = http.StatusCreated
	out, err := a.local.Certify(q.Context(), f, q.party)
	a.hub.nudge()
	return out, err
}

// ProviderList is the list of providers.
type ProviderList struct {
	Providers []agreement.Provider `json:"providers"`
}

func (a *API) providers(q *request) (any, error) {
	all, err := a.local.Providers(q.Context(), q.eyes())
	return paged(q, "providers", all, func(p *agreement.Provider) string { return string(p.ID) }), err
}

func (a *API) setProviders(q *request) (any, error) {
	f, err := q.readFile()
	if err != nil {
		return nil, err
	}
	all, err := a.local.SetProviders(q.Context(), f.File, []byte(f.Text), q.party)
	return ProviderList{all}, err
}

func (a *API) prices(q *request) (any, error) {
	books, err := a.local.Prices(q.Context())
	for i := range books {
		books[i].Text = ""
	}
	return paged(q, "books", books, func(b *door.PriceBook) string { return b.Book }), err
}

func (a *API) priceBook(q *request) (any, error) {
	books, err := a.local.Prices(q.Context())
	if err != nil {
		return nil, err
	}
	for i := range books {
		if books[i].Book == q.PathValue("book") {
			return &books[i], nil
		}
	}
	return nil, &problem{Title: "no such price book", Status: http.StatusNotFound, Detail: "GET /v1/prices lists the books"}
}

// PriceText is a price book in the encoding of package pricebook.
type PriceText struct {
	Text string `json:"text"`
}

func (a *API) putPrices(q *request) (any, error) {
	var in PriceText
	if err := q.readBody(&in); err != nil {
		return nil, err
	}
	name := q.PathValue("book")
	if strict.CheckWord(name) != nil || strings.Contains(name, "/") || name == pricebook.Embedded().Name {
		return nil, &unreadable{fmt.Errorf("%q cannot be the name of a book: letters, digits and . _ -, and not the name of the one that is built in", name)}
	}
	book, err := pricebook.Decode([]byte(in.Text))
	if err != nil || book.Name != name {
		return nil, &unreadable{fmt.Errorf("text: it is not book %s in the encoding of `firstlook prices`: %w", name, cmp.Or(err, errors.New("it has another name")))}
	}
	text := book.Encode()
	if len(text) > journal.MaxBody {
		return nil, &unreadable{fmt.Errorf("the book has %d bytes, at most %d can be recorded", len(text), journal.MaxBody)}
	}
	at, err := a.local.PutPrices(q.Context(), name, text, q.party)
	return door.PriceBook{Book: name, Recorded: at}, err
}
