package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"firstlook/internal/door"
	"firstlook/internal/whatif"
	"firstlook/money"
	"firstlook/party"
	"firstlook/right"
)

func (a *app) whatIfCommand() *cobra.Command {
	c := a.looking(a.completes(leaf("whatif NEED --at FORK", "Replay a need with other terms, another answer or another offer", 1, 1, a.whatIf), false, needs),
		"Party that asks: the buyer, who alone sees the whole record")
	c.Long = "Replays the record of a need up to a fork point and goes on with a change: other terms, another answer, another offer, a certified event. " +
		"The later commands of the record are played on as long as the law takes them; where somebody would have the word whose part the record does not tell, " +
		"the run stops and says who. It shows where the two part, in award, cost and days. The record is only read.\n\n" +
		"A fork is start, end, the number of an event, an instant, or a name: o2, m1.open, m1.notice, m1.answer, m1.respond, m1.determine, l1.choose, a1, a1.sign, a1.falls."
	c.Example = `firstlook whatif n1 --at m1.answer --answer "m1 exercise"
firstlook whatif n1 --at start --set "right-to-match.window=24 hours" --keep-delays
firstlook whatif n1 --at o2 --without o2 --silent --auto`
	f := c.Flags()
	f.String("at", "", "Fork point up to which the record is taken as it is")
	f.StringArray("agreement", nil, "Another text of an agreement (a file), from the fork on")
	f.StringArray("set", nil, "Another value of one parameter: [AGREEMENT/]CLAUSE.PARAM=VALUE")
	f.StringArray("answer", nil, `Another answer: "m1 exercise 32", or a line as below`)
	f.StringArray("offer", nil, `Another offer: "TIME PARTY offer o9: TERMS valid TIME"`)
	f.StringArray("do", nil, `Anything else that is done: "TIME PARTY[/PERSON] VERB ARGUMENTS", a line of a scenario`)
	f.StringArray("without", nil, "An offer that was not made")
	f.StringArray("fact", nil, "A trigger that was certified: TRIGGER@INSTANT")
	f.Bool("silent", false, "Where the record does not say what a party did, it did nothing: deadlines pass")
	f.Bool("auto", false, "Where the record has no choice, the buyer takes the cheapest lawful offers as soon as it may")
	f.Bool("keep-delays", false, "Play each later command as long after what it answers as in the record, not at its own time")
	return c
}

func (a *app) whatIf(cmd *cobra.Command, args []string) error {
	id, err := needID(args[0])
	if err != nil {
		return err
	}
	q, err := a.whatIfRequest(cmd)
	if err != nil {
		return err
	}
	ask := func(d door.Door) error {
		got, err := d.WhatIf(cmd.Context(), id, q, party.ID(a.as))
		if err != nil {
			return whatIfError(err)
		}
		if a.json {
			return a.document(got)
		}
		r, err := got.Result()
		if err != nil {
			return err
		}
		a.printWhatIf(r, got.Change)
		return nil
	}
	if a.server != "" {
		return a.remote(ask)
	}
	return a.readCopy(cmd.Context(), func(r *record) error { return ask(r.door) })
}

// whatIfRequest reads the flags.
func (a *app) whatIfRequest(cmd *cobra.Command) (*door.WhatIfRequest, error) {
	q, flags := &door.WhatIfRequest{}, cmd.Flags()
	q.At, _ = flags.GetString("at")
	if err := needFlag(cmd, q.At, "at", "name the point up to which the record is taken as it is, such as start or m1.answer"); err != nil {
		return nil, err
	}
	names, _ := flags.GetStringArray("agreement")
	for _, name := range names {
		data, err := a.file(name)
		if err != nil {
			return nil, err
		}
		q.Agreements = append(q.Agreements, door.File{File: name, Text: string(data)})
	}
	for flag, to := range map[string]*[]string{"set": &q.Set, "answer": &q.Answer, "offer": &q.Offer, "do": &q.Do, "without": &q.Without, "fact": &q.Fact} {
		*to, _ = flags.GetStringArray(flag)
	}
	q.Silent, _ = flags.GetBool("silent")
	q.Auto, _ = flags.GetBool("auto")
	q.KeepDelays, _ = flags.GetBool("keep-delays")
	return q, nil
}

// readCopy runs a command on a copy of the journal, so that not a byte of the folder changes: a store that is opened may
// tidy its file. The folder's lock is held while it is copied.
func (a *app) readCopy(ctx context.Context, look func(*record) error) (err error) {
	if !a.exists() {
		return a.read(ctx, look) // it says what to do
	}
	dir, err := os.MkdirTemp("", "firstlook-whatif-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := a.copyRecord(ctx, dir); err != nil {
		return err
	}
	own := a.data
	a.data = dir
	defer func() { a.data = own }()
	return a.read(ctx, look)
}

// copyRecord copies the journal while no other process has it.
func (a *app) copyRecord(ctx context.Context, to string) error {
	lock, err := os.Open(filepath.Join(a.data, "lock"))
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); err != nil {
		return a.read(ctx, func(*record) error { // the store says who has it
			return bad("try again", "another process had %s", a.data)
		})
	}
	for _, name := range []string{"firstlook.db", "firstlook.db-wal"} {
		if err := copyFile(filepath.Join(a.data, name), filepath.Join(to, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// whatIfError gives an error of a run its next step.
func whatIfError(err error) error {
	var sealed *door.StillSealed
	var broken *door.BrokenRecord
	switch {
	case errors.As(err, &sealed):
		return bad("ask again when it is open; `firstlook need show` says when", "%v", err)
	case errors.As(err, &broken):
		return &failure{exitRefused, err, "the record was changed, or written under other rules than this version's; `firstlook replay` verifies it"}
	}
	var odd *door.Unfit
	if errors.As(err, &odd) && odd.Key == "" && !strings.Contains(err.Error(), "; ") {
		return bad("`firstlook need show NEED --history` shows the record, `firstlook agreement explain` the terms", "%s", err)
	}
	return unfit(err)
}

// unfit puts what cannot be taken behind its flag, with the next step; any other error is as it was.
func unfit(err error) error {
	var odd *door.Unfit
	switch {
	case !errors.As(err, &odd):
		return err
	case odd.Key != "":
		return flagProblem(strings.ReplaceAll(odd.Key, "_", "-"), odd.Err)
	}
	what, next, _ := strings.Cut(err.Error(), "; ")
	return bad(next, "%s", what)
}

func (a *app) printWhatIf(r *whatif.Result, said []string) {
	a.say("%s: what if, from %s on: the record is taken as it is up to %s, before event %d", r.Need, r.Fork.Name, instant(r.Fork.At), r.Fork.Event)
	for _, s := range said {
		a.say("  %s", s)
	}
	a.say("")
	if r.First == nil {
		a.say("The two do not part: all %s are the same.", counted(r.Common, "event"))
	} else {
		a.say("%s the same; they part at event %d: - in the record, + what if", counted(r.Common, "event"), r.First.Event)
		for _, l := range r.Lines() {
			mark := string(l.Side)
			if l.Side == whatif.Both {
				mark = " "
			}
			a.say("%s %s  %s", mark, l.Event.At, bare(l.Event))
		}
	}
	a.say("")
	a.printSides(r)
	a.printGains(r)
	a.printImpossible(r)
}

// bare writes an event without the instant at which it happened, which stands before it.
func bare(e right.Event) string {
	e.Recorded = e.At
	return e.String()
}

// printSides writes the outcome of both sides next to each other.
func (a *app) printSides(r *whatif.Result) {
	t := table{align: "llll"}
	t.row("", "record", "what if", "difference")
	x, y := awardsWords(&r.Record), awardsWords(&r.WhatIf)
	for i := range max(len(x), len(y)) {
		t.row("award", nth(x, i), nth(y, i), "")
	}
	cost, later := "not comparable", ""
	if r.Compared {
		cost, later = signed(r.Cost), "none"
		if d := whatif.Duration(r.Later); r.Later != 0 {
			later = d + " later"
			if r.Later < 0 {
				later = d + " earlier"
			}
		}
	}
	t.row("landed cost", landedOf(&r.Record), landedOf(&r.WhatIf), cost)
	t.row("need to award", tookWords(&r.Record), tookWords(&r.WhatIf), later)
	x, y = refsWords(&r.Record), refsWords(&r.WhatIf)
	for i := range max(len(x), len(y)) {
		t.row("decided by", nth(x, i), nth(y, i), "")
	}
	x, y = waitingWords(&r.Record), waitingWords(&r.WhatIf)
	for i := range max(len(x), len(y)) {
		t.row("waits for", nth(x, i), nth(y, i), "")
	}
	t.print(a, "")
	if !r.Compared {
		a.say("Cost and days are compared where both sides supply the whole need in one currency.")
	}
}

func nth(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

func awardsWords(t *whatif.Timeline) []string {
	var out []string
	for _, w := range t.Awards {
		out = append(out, fmt.Sprintf("%s: %s %s to %s (%s)", w.Award.Award, thousands(w.Quantity), w.Of, w.Provider, w.Role))
	}
	if t.Awarded < t.Needed {
		out = append(out, fmt.Sprintf("%s of %s not awarded", thousands(t.Needed-t.Awarded), thousands(t.Needed)))
	}
	return out
}

func landedOf(t *whatif.Timeline) string {
	if len(t.Awards) == 0 || t.Landed.Currency() == "" {
		return "-"
	}
	return amount(t.Landed)
}

func tookWords(t *whatif.Timeline) string {
	if len(t.Awards) == 0 {
		return "-"
	}
	return whatif.Duration(t.Took)
}

func refsWords(t *whatif.Timeline) []string {
	out := make([]string, len(t.Decided))
	for i, ref := range t.Decided {
		out[i] = ref.String()
	}
	return out
}

func waitingWords(t *whatif.Timeline) []string {
	var out []string
	for _, w := range t.Waiting {
		text := string(w.Who) + " " + w.What
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// signed writes a difference of money with its sign.
func signed(m money.Amount) string {
	switch {
	case m.IsZero():
		return "none"
	case m.Micros() > 0:
		return "+" + amount(m)
	}
	return amount(m)
}

func (a *app) printGains(r *whatif.Result) {
	t := table{align: "lrl"}
	t.row("party", "awards", "accelerators")
	for _, g := range r.Gains {
		if d, err := g.WhatIf.Sub(g.Record); err == nil && (!d.IsZero() || g.Quantity[0] != g.Quantity[1]) {
			t.row(string(g.Party), signed(d), fmt.Sprintf("%s instead of %s", thousands(g.Quantity[1]), thousands(g.Quantity[0])))
		}
	}
	if len(t.rows) > 1 {
		a.say("\nwho gains or loses")
		t.print(a, "")
	}
	if r.Compared && !r.Cost.IsZero() {
		more := "more"
		if r.Cost.Micros() < 0 {
			more = "less"
		}
		a.say("the buyer pays %s %s", strings.TrimPrefix(amount(r.Cost), "-"), more)
	}
}

// printImpossible writes what was not played, and where the run stopped.
func (a *app) printImpossible(r *whatif.Result) {
	for _, own := range []bool{true, false} {
		heading := "\nno longer possible"
		if own {
			heading = "\nthe change is refused"
		}
		for _, i := range r.Impossible {
			if i.Own != own {
				continue
			}
			if heading != "" {
				a.say("%s", heading)
				heading = ""
			}
			why := i.Why
			if i.Code != "" {
				why = string(i.Code) + ": " + why
			}
			a.say("  %s  %s: %s", i.At, i.Command, why)
		}
	}
	if r.Stopped == nil && len(r.WhatIf.Waiting) > 0 && r.First != nil {
		a.say("\nThe record ends here; --silent lets deadlines pass, --auto lets the buyer choose.")
	}
	if s := r.Stopped; s != nil {
		a.say("\nstopped at %s", instant(s.At))
		line := strings.TrimSpace(words(s.Who) + " " + s.What)
		if len(s.Who) == 0 {
			line = s.What
		}
		if s.Until.IsSet() {
			line += fmt.Sprintf(" until %s; the record does not say what then happens", deadline(s.Until, "UTC"))
		}
		a.say("  %s", line)
		a.say("  say it with --answer, --offer or --do, or let deadlines pass with --silent")
		for _, i := range r.NotPlayed {
			a.say("  not played  %s  %s", i.At, i.Command)
		}
	}
}
