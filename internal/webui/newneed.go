package webui

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"firstlook/capacity"
	"firstlook/internal/strict"
	"firstlook/need"
	"firstlook/right"
)

// newNeedMain is the form for a need.
type newNeedMain struct {
	Fields, Further []field
	Problems        []strict.Problem
	CSRF            string
	ID              capacity.NeedID
}

// needFields are the keys of a need that most needs have; the rest stands below, closed.
var needFields = []string{"title", "class", "purpose", "accelerators", "quantity", "start", "duration", "offers-window"}

// keys that the page sets itself.
var needHidden = []string{"need", "buyer", "compute", "until", "direction", "tenure"}

// labels of the keys in the form.
var needLabels = map[string]string{"title": "Title", "class": "Kind of workload", "purpose": "Purpose", "accelerators": "Accelerators that will do", "quantity": "How many", "start": "From",
	"duration": "For how long", "offers-window": "How long providers may offer"}

var needHints = map[string]string{"accelerators": "H100, or several with commas: quantities count in the first", "start": "A date in UTC, such as 2026-06-01", "duration": "Such as 90 days",
	"offers-window": "In hours, such as 48 hours", "title": "A few words for people"}

var needWords = map[string]func() []option{
	"class":   func() []option { return optionsOf(capacity.Classes) },
	"purpose": func() []option { return optionsOf(capacity.Purposes) },
}

func optionsOf[T ~string](words []T) []option {
	out := make([]option, len(words))
	for i, w := range words {
		out[i] = option{string(w), strings.ToUpper(plain(w)[:1]) + plain(w)[1:]}
	}
	return out
}

func (u *UI) newNeedPage(v *visit) error { return u.needForm(v, nil, http.StatusOK) }

func (u *UI) needForm(v *visit, problems []strict.Problem, status int) error {
	m := newNeedMain{Problems: problems, CSRF: v.who.CSRF}
	for _, flag := range need.Flags() {
		if slices.Contains(needHidden, flag.Name) {
			continue
		}
		f := field{Name: flag.Name, Label: needLabels[flag.Name], Hint: flag.Usage, Kind: "text", Value: v.r.PostForm.Get(flag.Name)}
		if hint, ok := needHints[flag.Name]; ok {
			f.Hint = hint
		}
		if f.Label == "" {
			f.Label = strings.ToUpper(flag.Name[:1]) + strings.ReplaceAll(flag.Name[1:], "-", " ")
		}
		if words, ok := needWords[flag.Name]; ok {
			f.Kind, f.Options = "choice", words()
		}
		if flag.Name == "quantity" {
			f.Kind, f.Min, f.Max = "number", 1, capacity.MaxQuantity
		}
		if slices.Contains(needFields, flag.Name) {
			f.Required = flag.Name != "title"
			m.Fields = append(m.Fields, f)
		} else {
			m.Further = append(m.Further, f)
		}
	}
	slices.SortStableFunc(m.Fields, func(a, b field) int { return slices.Index(needFields, a.Name) - slices.Index(needFields, b.Name) })
	u.render(v, status, "newneed", "A new need", m)
	return nil
}

// newNeed reads the form, shows what the need engages, and records it.
func (u *UI) newNeed(v *visit) error {
	n, err := needFrom(v, v.r.PostForm)
	var faults strict.Problems
	if errors.As(err, &faults) {
		return u.needForm(v, faults, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	if n.ID, err = u.Desk.SealedNeedID(v.r.Context()); err != nil {
		return err
	}
	c := right.Command{By: v.who.Party, Person: v.who.Person, Ask: right.Submit{Need: n}}
	if v.r.PostForm.Get("step") == "record" {
		key, err := v.key()
		if err != nil {
			return err
		}
		out, err := u.Desk.Do(v.r.Context(), n.ID, c, key)
		if err != nil {
			return err
		}
		return v.see("/needs/" + string(out.Need) + "?done=1")
	}
	m := reviewMain{Title: "Submit a need", Action: v.r.URL.Path, CSRF: v.who.CSRF, Key: newKey(), Does: "Submit the need", Back: "/needs/new", Person: v.who.Person, Party: nameOf(v.law, v.who.Party)}
	line := n.Lines[0]
	m.Says = []string{fmt.Sprintf("%s asks for %s, %s, for %s (%s).", m.Party, counted(line.Quantity, string(line.Reference())+" accelerator"), span(line.Period), plain(n.Class), plain(n.Purpose))}
	events, err := u.foresee(v, n.ID, c)
	var no *right.Refusal
	if errors.As(err, &no) {
		m.Refused, m.Code = sentence(no.Detail), string(no.Code)
	} else if err != nil {
		return err
	}
	t := teller{v.law, v.who.Party}
	for _, e := range events {
		m.Follows = append(m.Follows, t.tell(e))
	}
	for name, values := range v.r.PostForm {
		if name != "csrf" && name != "step" && name != "key" {
			m.Kept = append(m.Kept, option{name, values[0]})
		}
	}
	u.render(v, http.StatusOK, "review", m.Title, m)
	return nil
}

// needFrom reads a need from the fields of the form, with the reader of the command's flags.
func needFrom(v *visit, form url.Values) (capacity.Need, error) {
	values := map[string][]string{"buyer": {string(v.who.Party)}}
	for _, flag := range need.Flags() {
		text := strings.TrimSpace(form.Get(flag.Name))
		if text == "" || slices.Contains(needHidden, flag.Name) {
			continue
		}
		values[flag.Name] = []string{text}
		if flag.List && flag.Name != "data" {
			values[flag.Name] = nil
			for _, word := range strings.Split(text, ",") {
				values[flag.Name] = append(values[flag.Name], strings.TrimSpace(word))
			}
		}
	}
	return need.FromFlags(values)
}
