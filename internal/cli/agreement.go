package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/internal/strict"
	"firstlook/party"
)

func (a *app) agreementCommand() *cobra.Command {
	explain := a.completes(leaf("explain FILE|ID", "Say in plain words what an agreement asks for", 1, 1, a.explainAgreement), false, agreements)
	explain.Flags().String("at", "", "Only the clauses in force at an instant, such as 2025-03-01")
	return parent("agreement", "Check, explain and record agreements",
		completeFiles(leaf("check FILE...", "Report everything that is wrong with agreement files, and what they leave open", 1, -1, a.checkAgreements), "yaml", "yml"),
		explain,
		leaf("list", "List the agreements of the record", 0, 0, a.listAgreements),
		completeFiles(leaf("add FILE", "Record a signed agreement", 1, 1, a.addAgreement), "yaml", "yml"),
		completeFiles(leaf("amend FILE", "Record a later text of an agreement: its amendments", 1, 1, a.amendAgreement), "yaml", "yml"),
	)
}

// agreementJSON is an agreement in a list.
type agreementJSON struct {
	Agreement   agreement.ID `json:"agreement"`
	Title       string       `json:"title"`
	Reading     string       `json:"reading,omitempty"`
	Grantor     party.ID     `json:"grantor"`
	Holders     []party.ID   `json:"holders"`
	Clauses     int          `json:"clauses"`     // every version counts
	InForce     int          `json:"in_force"`    // now
	Unspecified int          `json:"unspecified"` // parameters that a decision needs and the text leaves open
	Hash        string       `json:"hash"`
}

func describeAgreement(g *agreement.Agreement, now calendar.Instant) agreementJSON {
	out := agreementJSON{Agreement: g.ID, Title: g.Title, Reading: g.Reading, Grantor: g.Grantor, Holders: []party.ID{}, Clauses: len(g.Clauses),
		InForce: len(g.InForce(now)), Unspecified: len(g.Unspecified()), Hash: g.Hash}
	for i := range g.Clauses {
		if h := g.Clauses[i].Holder; h != "" && !slices.Contains(out.Holders, h) {
			out.Holders = append(out.Holders, h)
		}
	}
	return out
}

// checkJSON is what agreement check says of one file.
type checkJSON struct {
	File        string           `json:"file"`
	Agreement   agreement.ID     `json:"agreement,omitempty"`
	Sound       bool             `json:"sound"`
	Problems    strict.Problems  `json:"problems"`
	Findings    strict.Problems  `json:"findings"`
	Unspecified []agreement.Open `json:"unspecified"`
}

func (a *app) checkAgreements(_ *cobra.Command, files []string) error {
	var all []checkJSON
	sound := true
	for _, name := range files {
		data, err := a.file(name)
		one := checkJSON{File: name, Problems: strict.Problems{}, Findings: strict.Problems{}, Unspecified: []agreement.Open{}}
		var g *agreement.Agreement
		if err == nil {
			g, one.Findings, err = agreement.Check(name, data)
		}
		switch {
		case errors.As(err, &one.Problems):
			sound = false
		case err != nil:
			return err
		default:
			one.Sound, one.Agreement, one.Unspecified = true, g.ID, orEmpty(g.Unspecified())
			one.Findings = orEmpty(one.Findings)
		}
		all = append(all, one)
		if !a.json {
			a.printCheck(&one, g)
		}
	}
	if a.json {
		if err := a.document(all); err != nil {
			return err
		}
	}
	if !sound {
		return errFound
	}
	return nil
}

func (a *app) printCheck(c *checkJSON, g *agreement.Agreement) {
	if !c.Sound {
		a.say("%s", c.Problems.Error())
		a.say("%s: %s", c.File, counted(len(c.Problems), "problem"))
		return
	}
	versions := map[agreement.ClauseID]bool{}
	for i := range g.Clauses {
		versions[g.Clauses[i].Ref.Clause] = true
	}
	assumed := 0
	for i := range g.Clauses {
		assumed += len(g.Clauses[i].Assumed)
	}
	a.say("%s: sound; agreement %s, %s in %s, %s, %s", c.File, c.Agreement, counted(len(versions), "clause"), counted(len(g.Clauses), "version"),
		counted(len(g.Amendments), "amendment"), counted(assumed, "assumption"))
	for _, f := range c.Findings {
		a.say("  look at  %s", f)
	}
	for _, o := range c.Unspecified {
		a.say("  open     %s", o)
	}
	if n := len(c.Unspecified); n > 0 {
		a.say("  %s left open: a decision that needs one stops until a person determines it", counted(n, "parameter"))
	}
}

func (a *app) explainAgreement(cmd *cobra.Command, args []string) error {
	at, err := instantFlag(cmd, "at")
	if err != nil {
		return err
	}
	g, err := a.agreementOf(cmd.Context(), args[0])
	if err != nil {
		return err
	}
	d := agreement.Describe(g, at)
	if a.json {
		return a.document(d)
	}
	_, err = d.WriteTo(a.out)
	return err
}

// agreementOf finds an agreement by its id in the record, else reads it as a file.
func (a *app) agreementOf(ctx context.Context, name string) (*agreement.Agreement, error) {
	if party.Check(name) != nil || !a.exists() {
		return a.agreementFile(name)
	}
	var found *agreement.Agreement
	err := a.read(ctx, func(r *record) error {
		for _, g := range r.desk.Law().Book.Agreements {
			if g.ID == agreement.ID(name) {
				found = g
			}
		}
		return nil
	})
	if err != nil || found != nil {
		return found, err
	}
	if found, err = a.agreementFile(name); err != nil && exitCode(err) == exitInput {
		var problems strict.Problems
		if !errors.As(err, &problems) {
			return nil, bad("`firstlook agreement list` shows what the record holds", "%s is neither an agreement of the record nor a file", name)
		}
	}
	return found, err
}

func (a *app) agreementFile(name string) (*agreement.Agreement, error) {
	data, err := a.file(name)
	if err != nil {
		return nil, err
	}
	return agreement.Parse(name, data)
}

func (a *app) listAgreements(cmd *cobra.Command, _ []string) error {
	return a.read(cmd.Context(), func(r *record) error {
		all := []agreementJSON{}
		t := table{align: "lllrrrl"}
		t.row("agreement", "grantor", "holders", "clauses", "in force", "open", "title")
		for _, g := range r.desk.Law().Book.Agreements {
			d := describeAgreement(g, r.desk.Now())
			all = append(all, d)
			t.row(string(d.Agreement), string(d.Grantor), words(d.Holders), fmt.Sprint(d.Clauses), fmt.Sprint(d.InForce), fmt.Sprint(d.Unspecified), d.Title)
		}
		if a.json {
			return a.document(all)
		}
		t.print(a, "No agreement is recorded. `firstlook agreement add FILE` records one.")
		return nil
	})
}

func (a *app) addAgreement(cmd *cobra.Command, args []string) error {
	return a.putAgreement(cmd, args[0], mayMake, "recorded", func(r *record, data []byte) (*agreement.Agreement, error) {
		return r.desk.AddAgreement(cmd.Context(), args[0], data)
	})
}

func (a *app) amendAgreement(cmd *cobra.Command, args []string) error {
	return a.putAgreement(cmd, args[0], mustExist, "amended", func(r *record, data []byte) (*agreement.Agreement, error) {
		return r.desk.AmendAgreement(cmd.Context(), args[0], data)
	})
}

// putAgreement reads a file, checks it before the folder is touched, and records it.
func (a *app) putAgreement(cmd *cobra.Command, file string, create bool, done string, put func(*record, []byte) (*agreement.Agreement, error)) error {
	data, err := a.file(file)
	if err != nil {
		return err
	}
	if _, err := agreement.Parse(file, data); err != nil {
		return err
	}
	return a.write(cmd.Context(), create, func(r *record) error {
		g, err := put(r, data)
		if err != nil {
			return declined(err)
		}
		d := describeAgreement(g, r.desk.Now())
		if a.json {
			return a.document(d)
		}
		a.say("%s is %s: %s, %d in force now", d.Agreement, done, counted(d.Clauses, "clause version"), d.InForce)
		if d.Reading != "" {
			a.say("  reading: %s", d.Reading)
		}
		for _, m := range g.Amendments {
			a.say("  amendment %s: %s, takes effect %s", m.ID, m.Title, instant(m.Effective))
		}
		for _, o := range g.Unspecified() {
			a.say("  open: %s", o)
		}
		a.say("\nnext\n  firstlook agreement explain %s says in plain words what it asks for", d.Agreement)
		if len(r.desk.Law().Book.Providers) == 0 {
			a.say("  firstlook provider set FILE names the providers that may be asked for offers")
		}
		return nil
	})
}

func (a *app) providerCommand() *cobra.Command {
	return parent("provider", "Say which providers may be asked for offers",
		completeFiles(leaf("set FILE", "Record the list of providers in place of the one before", 1, 1, a.setProviders), "yaml", "yml"),
		leaf("list", "List the providers", 0, 0, a.listProviders),
	)
}

func (a *app) setProviders(cmd *cobra.Command, args []string) error {
	data, err := a.file(args[0])
	if err != nil {
		return err
	}
	if _, err := agreement.ParseProviders(args[0], data); err != nil {
		return err
	}
	return a.write(cmd.Context(), mayMake, func(r *record) error {
		ps, err := r.desk.SetProviders(cmd.Context(), args[0], data)
		if err != nil {
			return declined(err)
		}
		if a.json {
			return a.document(orEmpty(ps))
		}
		a.say("%s recorded; who is asked for offers from now on is taken from this list", counted(len(ps), "provider"))
		a.printProviders(ps)
		return nil
	})
}

func (a *app) listProviders(cmd *cobra.Command, _ []string) error {
	return a.read(cmd.Context(), func(r *record) error {
		ps := r.desk.Law().Book.Providers
		if a.json {
			return a.document(orEmpty(ps))
		}
		a.printProviders(ps)
		return nil
	})
}

func (a *app) printProviders(ps []agreement.Provider) {
	t := table{align: "llllll"}
	t.row("provider", "clouds", "countries", "security", "sourcing", "name")
	for _, p := range ps {
		countries, sourcing := "any", "market"
		if len(p.Countries) > 0 {
			countries = words(p.Countries)
		}
		if len(p.Sourcings) > 0 {
			sourcing = words(p.Sourcings)
		}
		t.row(string(p.ID), words(p.Clouds), countries, words(p.Security), plain(sourcing), p.Name)
	}
	t.print(a, "No provider is recorded. `firstlook provider set FILE` records the list.")
}
