package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"firstlook/agreement"
	"firstlook/internal/door"
	"firstlook/internal/strict"
	"firstlook/party"
)

func (a *app) agreementCommand() *cobra.Command {
	explain := a.completes(leaf("explain FILE|ID", "Say in plain words what an agreement asks for", 1, 1, a.explainAgreement), false, agreements)
	explain.Flags().String("at", "", "Only the clauses in force at an instant, such as 2025-03-01")
	check := completeFiles(leaf("check FILE...", "Report everything that is wrong with agreement files, and what they leave open", 1, -1, a.checkAgreements), "yaml", "yml")
	check.Flags().Bool("together", false, "The files bind at the same time: find what is wrong between them, too")
	diff := a.completes(leaf("diff A B", "Say what changed from one text to another, and which open matters that touches", 2, 2, a.diffAgreements), true, agreements)
	diff.Long = "Says what changed from one text of an agreement to another, clause by clause, and which open matters of the record that touches. A and B are\n" +
		"files, ids in the record, or either with an instant: then what was in force at the one is compared with what is at the other."
	diff.Example = "firstlook agreement diff signed.yaml amended.yaml\nfirstlook agreement diff microsoft-openai@2025-10-27 microsoft-openai@2025-10-28"
	return parent("agreement", "Check, compare, explain and record agreements",
		check,
		diff,
		explain,
		leaf("list", "List the agreements of the record", 0, 0, a.listAgreements),
		completeFiles(leaf("add FILE", "Record a signed agreement", 1, 1, a.addAgreement), "yaml", "yml"),
		completeFiles(leaf("amend FILE", "Record a later text of an agreement: its amendments", 1, 1, a.amendAgreement), "yaml", "yml"),
	)
}

// checkJSON is what agreement check says of one file.
type checkJSON struct {
	File        string              `json:"file"`
	Agreement   agreement.ID        `json:"agreement,omitempty"`
	Sound       bool                `json:"sound"` // it reads; the analysis may still have found errors
	Problems    strict.Problems     `json:"problems"`
	Findings    strict.Problems     `json:"findings"`
	Unspecified []agreement.Open    `json:"unspecified"`
	Analysis    []agreement.Finding `json:"analysis"`
}

func (a *app) checkAgreements(cmd *cobra.Command, files []string) error {
	all := make([]checkJSON, len(files))
	texts := make([]*agreement.Agreement, len(files)) // nil where a file has problems
	for i, name := range files {
		all[i] = checkJSON{File: name, Problems: strict.Problems{}, Findings: strict.Problems{}, Unspecified: []agreement.Open{}, Analysis: []agreement.Finding{}}
		data, err := a.file(name)
		if err == nil {
			texts[i], all[i].Findings, err = agreement.Check(name, data)
		}
		if err != nil && !errors.As(err, &all[i].Problems) {
			return err
		}
		all[i].Findings = orEmpty(all[i].Findings)
	}
	if err := analyse(cmd, all, texts); err != nil {
		return err
	}
	found := false
	for i := range all {
		found = found || !all[i].Sound || slices.ContainsFunc(all[i].Analysis, func(f agreement.Finding) bool { return f.Severity == agreement.Error })
		if a.json {
			continue
		}
		if i > 0 && len(all[i-1].Analysis) > 0 {
			a.say("")
		}
		a.printCheck(&all[i], texts[i])
	}
	if a.json {
		if err := a.document(all); err != nil {
			return err
		}
	}
	if found {
		return errFound
	}
	return nil
}

// analyse finds what is wrong with the texts that read, each alone or all together; a finding between two of them goes to
// the file of the first clause that it names.
func analyse(cmd *cobra.Command, all []checkJSON, texts []*agreement.Agreement) error {
	together, err := cmd.Flags().GetBool("together")
	if err != nil {
		return err
	}
	places := map[agreement.ID]int{}
	var read []*agreement.Agreement
	for i, g := range texts {
		if g == nil {
			continue
		}
		all[i].Sound, all[i].Agreement, all[i].Unspecified = true, g.ID, orEmpty(g.Unspecified())
		if other, twice := places[g.ID]; twice && together {
			return bad("two texts of one agreement do not bind together; `firstlook agreement diff` compares them",
				"%s and %s are both agreement %s", all[other].File, all[i].File, g.ID)
		}
		places[g.ID] = i
		if !together {
			all[i].Analysis = orEmpty(agreement.Analyse(g))
		}
		read = append(read, g)
	}
	if together {
		for _, f := range agreement.AnalyseTogether(read...) {
			one := &all[places[f.Clauses[0].Agreement]]
			one.Analysis = append(one.Analysis, f)
		}
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
	assumed := 0
	for i := range g.Clauses {
		versions[g.Clauses[i].Ref.Clause] = true
		assumed += len(g.Clauses[i].Assumed)
	}
	verdict := "sound"
	if slices.ContainsFunc(c.Analysis, func(f agreement.Finding) bool { return f.Severity == agreement.Error }) {
		verdict = "well formed, but it cannot be kept as it stands"
	}
	a.say("%s: %s; agreement %s, %s in %s, %s, %s", c.File, verdict, c.Agreement, counted(len(versions), "clause"), counted(len(g.Clauses), "version"),
		counted(len(g.Amendments), "amendment"), counted(assumed, "assumption"))
	for _, f := range c.Findings {
		if !strings.HasSuffix(f.Path, ".calendar") { // the analysis says it with a need that meets it
			a.say("  look at  %s", f)
		}
	}
	open := 0
	for _, o := range c.Unspecified {
		if o.Amendment == "" { // the analysis says what follows where an amendment has no transition rule
			a.say("  open     %s", o)
			open++
		}
	}
	if open > 0 {
		a.say("  %s left open: a decision that needs one stops until a person determines it", counted(open, "parameter"))
	}
	a.printFindings(c.Analysis)
}

// printFindings writes findings by severity; what is left open stands in one line each above.
func (a *app) printFindings(all []agreement.Finding) {
	for _, severity := range agreement.Severities {
		var texts []string
		for i := range all {
			if f := &all[i]; f.Severity == severity && f.Code != agreement.LeftOpen {
				texts = append(texts, f.String())
			}
		}
		if len(texts) > 0 {
			a.say("\n%s\n", counted(len(texts), string(severity)))
			a.say("%s", strings.TrimSuffix(strings.Join(texts, "\n"), "\n"))
		}
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
	if party.Check(name) != nil || !a.exists() && a.server == "" {
		return a.agreementFile(name)
	}
	var found *agreement.Agreement
	err := a.look(ctx, func(d door.Door) error {
		text, err := d.Agreement(ctx, agreement.ID(name), "")
		var missing *door.NoAgreement
		if errors.As(err, &missing) {
			return nil
		}
		if err == nil {
			found, err = agreement.Parse(text.File, []byte(text.Text))
		}
		return err
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
	return a.look(cmd.Context(), func(d door.Door) error {
		all, err := d.Agreements(cmd.Context(), "")
		if err != nil {
			return err
		}
		if a.json {
			return a.document(orEmpty(all))
		}
		t := table{align: "lllrrrl"}
		t.row("agreement", "grantor", "holders", "clauses", "in force", "open", "title")
		for _, g := range all {
			t.row(string(g.Agreement), string(g.Grantor), words(g.Holders), fmt.Sprint(g.Clauses), fmt.Sprint(g.InForce), fmt.Sprint(g.Unspecified), g.Title)
		}
		t.print(a, "No agreement is recorded. `firstlook agreement add FILE` records one.")
		return nil
	})
}

func (a *app) addAgreement(cmd *cobra.Command, args []string) error {
	return a.putAgreement(cmd, args[0], mayMake, "recorded", door.Door.AddAgreement)
}

func (a *app) amendAgreement(cmd *cobra.Command, args []string) error {
	return a.putAgreement(cmd, args[0], mustExist, "amended", door.Door.AmendAgreement)
}

// recording is a call of the door that records the text of an agreement.
type recording func(d door.Door, ctx context.Context, file string, text []byte, who party.ID) (*door.AgreementItem, error)

// putAgreement reads a file, checks it before the record is touched, and records it.
func (a *app) putAgreement(cmd *cobra.Command, file string, create bool, done string, put recording) error {
	data, err := a.file(file)
	if err != nil {
		return err
	}
	g, err := agreement.Parse(file, data)
	if err != nil {
		return err
	}
	return a.alter(cmd.Context(), create, func(d door.Door) error {
		made, err := put(d, cmd.Context(), file, data, "")
		if err != nil {
			return err
		}
		if a.json {
			return a.document(made)
		}
		a.say("%s is %s: %s, %d in force now", made.Agreement, done, counted(made.Clauses, "clause version"), made.InForce)
		if made.Reading != "" {
			a.say("  reading: %s", made.Reading)
		}
		for _, m := range g.Amendments {
			a.say("  amendment %s: %s, takes effect %s", m.ID, m.Title, instant(m.Effective))
		}
		for _, o := range g.Unspecified() {
			a.say("  open: %s", o)
		}
		a.say("\nnext\n  firstlook agreement explain %s says in plain words what it asks for", made.Agreement)
		ps, err := d.Providers(cmd.Context(), "")
		if err == nil && len(ps) == 0 {
			a.say("  firstlook provider set FILE names the providers that may be asked for offers")
		}
		return nil // whether there are providers is no matter of the agreement, which is recorded
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
	return a.alter(cmd.Context(), mayMake, func(d door.Door) error {
		ps, err := d.SetProviders(cmd.Context(), args[0], data, "")
		if err != nil {
			return err
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
	return a.look(cmd.Context(), func(d door.Door) error {
		ps, err := d.Providers(cmd.Context(), "")
		if err != nil {
			return err
		}
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
