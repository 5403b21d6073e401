package award

import (
	"fmt"
	"strings"
)

// Table writes the plan for a planner: who supplies each lot and why, what is copied, what each rule costs, and the total with
// its bound. It ends with a newline.
func (p *Plan) Table() string {
	var b strings.Builder
	if len(p.Conflict) > 0 || p.Method != Proven && p.Total.IsZero() && p.Bound.IsZero() {
		p.writeConflict(&b)
		return b.String()
	}
	for i := range p.Lots {
		p.Lots[i].write(&b)
	}
	p.writeCopies(&b)
	p.writeRules(&b)
	t := table{align: "lr"}
	for _, row := range []struct {
		name  string
		value string
		show  bool
	}{
		{"price", grouped(p.Price), true}, {"expected lost hours", grouped(p.LostHours), !p.LostHours.IsZero()}, {"moving data", grouped(p.Movement), !p.Movement.IsZero()},
		{"shortfall of commitments", grouped(p.Shortfall), !p.Shortfall.IsZero()}, {"what stays open counts as", grouped(p.Unserved), !p.Unserved.IsZero()},
		{"total", grouped(p.Total), true},
	} {
		if row.show {
			t.row("  "+row.name, row.value)
		}
	}
	t.write(&b)
	if p.Method == Proven {
		b.WriteString("  No lawful choice costs less.\n")
	} else {
		fmt.Fprintf(&b, "  No lawful choice costs less than %s: at most %d.%04d %% could be saved.\n", grouped(p.Bound), p.GapMillions/10_000, p.GapMillions%10_000)
	}
	return b.String()
}

func (l *LotPlan) write(b *strings.Builder) {
	fmt.Fprintf(b, "%s, line %d: %s %s, %s\n", l.Need, l.Line+1, thousands(l.Quantity), l.Reference, l.Period)
	t := table{align: "lllrr"}
	for _, k := range l.Picks {
		t.row("  "+string(k.Offer), string(k.Provider), placeName(k.Cloud, k.Region), thousands(k.Accelerators)+" "+k.Kind, grouped(k.Price))
	}
	t.write(b)
	if l.Uncovered > 0 {
		fmt.Fprintf(b, "  %s %s stay open\n", thousands(l.Uncovered), l.Reference)
	}
	for _, because := range l.Because {
		fmt.Fprintf(b, "  decided by %s\n", because)
	}
	if r := l.RunnerUp; r != nil {
		if len(r.Providers) == 0 {
			fmt.Fprintf(b, "  without %s nobody else would supply it\n", r.Without)
		} else {
			fmt.Fprintf(b, "  without %s: %s, and the plan costs %s (%s)\n", r.Without, words(r.Providers), difference(r.Difference), r.Method)
		}
	}
	for _, x := range l.Excluded {
		fmt.Fprintf(b, "  excluded %s of %s: %s (%s)\n", x.Offer, x.Provider, x.Reason, x.Code)
	}
	b.WriteString("\n")
}

func (p *Plan) writeCopies(b *strings.Builder) {
	if len(p.Copies) == 0 {
		return
	}
	fmt.Fprintf(b, "Data to copy, once to each place (prices: %s)\n", p.Egress)
	t := table{align: "lllrrl"}
	for _, c := range p.Copies {
		for _, m := range c.Transfers {
			t.row("  "+string(c.Need), m.DataSet, placeName(m.FromCloud, m.FromRegion)+" to "+c.To, thousands(m.GB)+" GB", moved(m.Amount), tiers(m))
		}
	}
	t.write(b)
	for _, c := range p.Copies {
		if c.Seconds > 0 {
			fmt.Fprintf(b, "  %s to %s takes %s\n", c.Need, c.To, lasting(c.Seconds))
		}
	}
	b.WriteString("\n")
}

// lasting writes a number of seconds as days and hours, rounded up to the hour.
func lasting(seconds int64) string {
	hours := (seconds + 3599) / 3600
	if hours < 48 {
		return fmt.Sprintf("%d hours", hours)
	}
	return fmt.Sprintf("%d days and %d hours", hours/24, hours%24)
}

func (p *Plan) writeRules(b *strings.Builder) {
	if len(p.Rules) == 0 {
		return
	}
	b.WriteString("What each rule costs\n")
	t := table{align: "llrl"}
	for _, r := range p.Rules {
		cost := grouped(r.Cost)
		if r.Method == Multiplier {
			cost = r.PerUnit
		} else if r.Cost.IsZero() {
			cost = "nothing"
		}
		t.row("  "+r.Name, r.Used, cost, string(r.Method))
	}
	t.write(b)
	b.WriteString("\n")
}

func (p *Plan) writeConflict(b *strings.Builder) {
	if len(p.Conflict) == 0 {
		b.WriteString("No plan that supplies everything was found, and it is not proven that there is none.\n")
		return
	}
	b.WriteString("There is no lawful plan that supplies everything. These cannot be kept together, and each of them is needed for that:\n")
	t := table{align: "ll"}
	for _, c := range p.Conflict {
		t.row("  "+c.Kind, c.Name)
	}
	t.write(b)
	for i := range p.Lots {
		for _, x := range p.Lots[i].Excluded {
			fmt.Fprintf(b, "  excluded %s of %s: %s (%s)\n", x.Offer, x.Provider, x.Reason, x.Code)
		}
	}
}
