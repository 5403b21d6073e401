package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/door"
	"firstlook/party"
	"firstlook/right"
)

// diffJSON is agreement diff as a document.
type diffJSON struct {
	From    textJSON           `json:"from"`
	To      textJSON           `json:"to"`
	Changes []agreement.Change `json:"changes"`
	Touched []touchedJSON      `json:"touched"`
}

// textJSON is one of the two texts that are compared.
type textJSON struct {
	Agreement agreement.ID     `json:"agreement"`
	Hash      string           `json:"hash"`
	At        calendar.Instant `json:"at,omitempty"` // where only what is in force then is compared
}

// touchedJSON is an open matter whose clause changed.
type touchedJSON struct {
	Need     capacity.NeedID  `json:"need"`
	Matter   string           `json:"matter"`
	Holder   party.ID         `json:"holder"`
	Status   right.Status     `json:"status"`
	Clause   agreement.Ref    `json:"clause"` // the version that opened it
	What     agreement.What   `json:"what"`
	At       calendar.Instant `json:"at,omitempty"`
	AnswerBy calendar.Instant `json:"answer_by,omitempty"`
	Follows  string           `json:"follows"`
}

func (a *app) diffAgreements(cmd *cobra.Command, args []string) error {
	var texts [2]*agreement.Agreement
	var at [2]calendar.Instant
	for i, arg := range args {
		name, when := atInstant(arg)
		g, err := a.agreementOf(cmd.Context(), name)
		if err != nil {
			return err
		}
		texts[i], at[i] = g, when
	}
	if at[0].IsSet() != at[1].IsSet() {
		return usage(cmd, "one of the two has an instant; both need one, or neither")
	}
	out := diffJSON{From: textJSON{texts[0].ID, texts[0].Hash, at[0]}, To: textJSON{texts[1].ID, texts[1].Hash, at[1]}, Touched: []touchedJSON{}}
	if at[0].IsSet() {
		out.Changes = orEmpty(agreement.DiffInForce(texts[0], at[0], texts[1], at[1]))
	} else {
		out.Changes = orEmpty(agreement.Diff(texts[0], texts[1]))
	}
	if (a.exists() || a.server != "") && len(out.Changes) > 0 {
		touched, err := a.touched(cmd.Context(), texts[0].ID, texts[1], out.Changes)
		if err != nil {
			return err
		}
		out.Touched = orEmpty(touched)
	}
	if a.json {
		return a.document(out)
	}
	a.printDiff(&out)
	return nil
}

// atInstant splits acme-northwind@2026-03-01; an argument without an instant is a name alone.
func atInstant(arg string) (string, calendar.Instant) {
	i := strings.LastIndexByte(arg, '@')
	if i < 1 {
		return arg, 0
	}
	at, err := calendar.Parse(arg[i+1:])
	if err != nil {
		return arg, 0
	}
	return arg[:i], at
}

// touched lists the open matters of the record that run under a version of a clause which changed.
func (a *app) touched(ctx context.Context, id agreement.ID, later *agreement.Agreement, changes []agreement.Change) ([]touchedJSON, error) {
	var out []touchedJSON
	err := a.look(ctx, func(d door.Door) error {
		list, err := d.Notices(ctx, "", "")
		if err != nil {
			return err
		}
		for i := range list.Notices {
			m := &list.Notices[i]
			if !m.Status.Pending() || m.Clause.Agreement != id {
				continue
			}
			k := slices.IndexFunc(changes, func(c agreement.Change) bool { return c.From != nil && *c.From == m.Clause })
			if k < 0 {
				continue
			}
			c := &changes[k]
			out = append(out, touchedJSON{m.Need, m.Matter, m.Holder, m.Status, m.Clause, c.What, c.At, m.AnswerBy, follows(c, later)})
		}
		return nil
	})
	return out, err
}

// follows says what becomes of a matter that is open when its clause changes.
func follows(c *agreement.Change, later *agreement.Agreement) string {
	amended, transition := later.ReplacedAt(c.Clause, c.At)
	switch {
	case c.What == agreement.Removed:
		return "the later text does not have its clause, which no amendment may do"
	case !c.At.IsSet():
		return "it goes on under the text that opened it"
	case !amended:
		return fmt.Sprintf("its clause ends on %s, as it says itself", instant(c.At))
	case transition == agreement.EndMatters:
		return fmt.Sprintf("it ends on %s if it is still open, and the need is looked at anew", instant(c.At))
	}
	return "it goes on under the text that opened it"
}

func (a *app) printDiff(d *diffJSON) {
	name := func(t textJSON) string {
		if t.At.IsSet() {
			return fmt.Sprintf("%s at %s", t.Agreement, t.At)
		}
		return string(t.Agreement)
	}
	if len(d.Changes) == 0 {
		a.say("%s and %s say the same", name(d.From), name(d.To))
		return
	}
	a.say("from %s to %s: %s", name(d.From), name(d.To), counted(len(d.Changes), "change"))
	for i := range d.Changes {
		a.say("\n%s", strings.TrimSuffix(d.Changes[i].String(), "\n"))
	}
	if len(d.Touched) == 0 {
		return
	}
	a.say("\n%s touched", counted(len(d.Touched), "open matter"))
	for _, m := range d.Touched {
		until := ""
		if m.AnswerBy.IsSet() {
			until = " until " + instant(m.AnswerBy)
		}
		a.say("  %s %s of %s under %s: %s%s; %s", m.Need, m.Matter, m.Holder, m.Clause, m.Status, until, m.Follows)
	}
}
