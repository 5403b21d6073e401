package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"firstlook/award/mix"
	"firstlook/internal/door"
)

func (a *app) planCommand() *cobra.Command {
	c := completeFiles(leaf("plan NEED-FILE...", "Plan the cheapest lawful mix for many needs at once, with a proven bound", 1, -1, a.plan), "yaml", "yml")
	c.Long = "Chooses among firm offers for many needs at once: price, moving data, expected lost hours and the shortfall of commitments together. Nothing is recorded.\n\n" +
		"The agreements of the record bind the plan. An offer of anybody else is barred where a line is exclusive to a holder, and where a right comes first that " +
		"the holder has not released; --released plans as if it had. A right to match bars nobody: its holder may still match what is chosen.\n\n" + termsHelp() +
		"\n\nThe offers file (YAML or JSON) lists offers, each with the keys id, need, provider, terms, valid_until and, where they are needed, line, security and package; and " +
		"volume_steps, lists of offers, as NEED/OFFER, of which at most one is taken."
	c.Example = `firstlook award plan examples/plan/egress/need.yaml --offers examples/plan/egress/offers.yaml --bandwidth 10000`
	f := c.Flags()
	f.String("offers", "", "File of offers")
	f.StringSlice("released", nil, "Plan as if the holder of this clause had released it: AGREEMENT/CLAUSE")
	f.StringSlice("at-most", nil, "Greatest share of accelerator-hours with one provider, in percent: 40, or PROVIDER=40")
	f.StringSlice("quota", nil, "Most accelerators in a region of a cloud, or in all of them: CLOUD/REGION=N, CLOUD=N")
	f.String("lost-hour", "", "What an hour costs that an accelerator is down, such as \"3.00 USD\"")
	f.String("open-hour", "", "What an accelerator-hour costs that nobody supplies; more than any offer where left out")
	f.Bool("must", false, "Everything must be supplied; where that cannot be, say what is in conflict")
	f.Int64("bandwidth", 0, "At which data are copied, in megabits a second")
	f.Uint64("seed", 1, "Seed of the search")
	f.Int64("work", 0, "Bound of the search's effort; a million for each line where left out")
	return c
}

func (a *app) plan(cmd *cobra.Command, args []string) error {
	q, err := a.planRequest(cmd, args)
	if err != nil {
		return err
	}
	shown := a.progress("planning")
	q.Progress = func(p mix.Progress) {
		if shown.step("planning", int(p.Work/1_000_000), int(p.Of/1_000_000)); p.Cost > p.Bound && p.Bound > 0 {
			shown.step(fmt.Sprintf("planning, gap %d ppm", (p.Cost-p.Bound)/max(p.Cost/1_000_000, 1)), int(p.Work/1_000_000), int(p.Of/1_000_000))
		}
	}
	out, err := a.makePlan(cmd.Context(), q)
	shown.end()
	if err != nil {
		return unfit(err)
	}
	if a.json {
		return a.document(out)
	}
	a.say("%s", strings.TrimSuffix(out.Table(), "\n"))
	for _, ref := range out.Assumed {
		a.say("  Planned as if %s were released.", ref)
	}
	for _, ref := range out.Matches {
		a.say("  What is chosen may still be matched under %s.", ref)
	}
	return nil
}

// makePlan asks the server, or plans here: under the agreements of the record, where there is one.
func (a *app) makePlan(ctx context.Context, q *door.PlanRequest) (out *door.PlanPage, err error) {
	if a.server == "" && a.database() == "" && !a.exists() {
		c, err := clock()
		if err != nil {
			return nil, err
		}
		return door.MakePlan(ctx, q, nil, tables(), c.Now())
	}
	err = a.look(ctx, func(d door.Door) error {
		out, err = d.Plan(ctx, q, "")
		return err
	})
	return out, err
}

// planRequest reads files and flags.
func (a *app) planRequest(cmd *cobra.Command, args []string) (*door.PlanRequest, error) {
	q := &door.PlanRequest{}
	for _, name := range args {
		data, err := a.file(name)
		if err != nil {
			return nil, err
		}
		q.Needs = append(q.Needs, door.File{File: name, Text: string(data)})
	}
	flags := cmd.Flags()
	name, _ := flags.GetString("offers")
	if err := needFlag(cmd, name, "offers", "name the file of offers"); err != nil {
		return nil, err
	}
	data, err := a.file(name)
	if err != nil {
		return nil, err
	}
	q.Offers = door.File{File: name, Text: string(data)}
	for flag, to := range map[string]*[]string{"released": &q.Released, "at-most": &q.AtMost, "quota": &q.Quota} {
		*to, _ = flags.GetStringSlice(flag)
	}
	q.LostHour, _ = flags.GetString("lost-hour")
	q.OpenHour, _ = flags.GetString("open-hour")
	q.Must, _ = flags.GetBool("must")
	q.Bandwidth, _ = flags.GetInt64("bandwidth")
	q.Seed, _ = flags.GetUint64("seed")
	q.Work, _ = flags.GetInt64("work")
	return q, nil
}
