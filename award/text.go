package award

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"firstlook/capacity"
	"firstlook/money"
)

// Table writes the comparison for a planner: the choice, what it is worth against the runner-up, the ranking with its data
// transfers, and every excluded offer with its reason. It ends with a newline.
func (c *Comparison) Table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s, %s, at %s\n", thousands(c.Quantity), c.Reference, c.Period, c.At)
	c.writeChoice(&b)
	c.writeRanking(&b)
	c.writeTransfers(&b)
	if len(c.Excluded) > 0 {
		fmt.Fprintf(&b, "\nExcluded\n")
		t := table{align: "llll"}
		for _, x := range c.Excluded {
			t.row("  "+string(x.Offer), string(x.Provider), string(x.Code), x.Reason)
		}
		t.write(&b)
	}
	return b.String()
}

func (c *Comparison) writeChoice(b *strings.Builder) {
	if len(c.Picks) == 0 {
		b.WriteString("\nNo offer can be taken.\n")
		return
	}
	best, remain, limit := "Cheapest", "stay uncovered", "no choice can cost less than"
	if c.Sells {
		best, remain, limit = "Best paid", "stay unsold", "no choice can pay more than"
	}
	fmt.Fprintf(b, "\n%s lawful choice (%s)\n", best, c.Method)
	writePicks(b, c.Picks, c.Reference)
	fmt.Fprintf(b, "  total %s", grouped(c.Total))
	if c.Uncovered > 0 {
		fmt.Fprintf(b, "; %s %s %s", thousands(c.Uncovered), c.Reference, remain)
	}
	if c.Method == Heuristic {
		fmt.Fprintf(b, "; %s %s", limit, grouped(c.Bound))
	}
	b.WriteString("\n")
	if r := c.RunnerUp; r != nil {
		fmt.Fprintf(b, "\nWithout %s\n", r.Without)
		writePicks(b, r.Picks, c.Reference)
		fmt.Fprintf(b, "  total %s, %s", grouped(r.Total), difference(r.Difference))
		if r.Uncovered > 0 {
			fmt.Fprintf(b, "; %s %s %s", thousands(r.Uncovered), c.Reference, remain)
		}
		b.WriteString("\n")
	} else {
		fmt.Fprintf(b, "  no other provider can serve any of it\n")
	}
}

// difference writes by how much a runner-up is dearer.
func difference(d money.Amount) string {
	if d.Micros() < 0 {
		return grouped(money.Micros(-d.Micros(), d.Currency())) + " less"
	}
	return grouped(d) + " more"
}

func writePicks(b *strings.Builder, picks []Pick, ref capacity.Accelerator) {
	t := table{align: "llrrrrr"}
	t.row("  offer", "provider", "accelerators", "= "+string(ref), "price", "data", "total")
	for _, p := range picks {
		t.row("  "+string(p.Offer), string(p.Provider), thousands(p.Accelerators), thousands(p.Equivalent),
			grouped(p.Price), moved(p.Movement), grouped(p.Total))
	}
	t.write(b)
}

func (c *Comparison) writeRanking(b *strings.Builder) {
	if len(c.Ranked) == 0 {
		return
	}
	by := "landed cost"
	if c.Sells {
		by = "what is paid"
	}
	fmt.Fprintf(b, "\nRanked by %s per %s-hour", by, c.Reference)
	if c.ThroughputTable != "" {
		fmt.Fprintf(b, " (throughput: %s)", c.ThroughputTable)
	}
	b.WriteString("\n")
	t := table{align: "llllrrrrrr"}
	t.row("  offer", "provider", "place", "kind", "accelerators", "= "+string(c.Reference), "price", "data", "total", "per hour")
	for _, l := range c.Ranked {
		t.row("  "+string(l.Offer), string(l.Provider), placeName(l.Cloud, l.Region), string(l.Accelerator), thousands(l.Accelerators),
			thousands(l.Equivalent), grouped(l.Price), moved(l.Movement), grouped(l.Total), l.PerHour.String())
	}
	t.write(b)
}

// writeTransfers writes what moving the data to each place of the ranking costs, each place once.
func (c *Comparison) writeTransfers(b *strings.Builder) {
	t := table{align: "llrrl"}
	seen := map[string]bool{}
	for _, l := range c.Ranked {
		to := placeName(l.Cloud, l.Region)
		if seen[to] {
			continue
		}
		seen[to] = true
		for _, m := range l.Transfers {
			t.row("  "+m.DataSet, placeName(m.FromCloud, m.FromRegion)+" to "+to, thousands(m.GB)+" GB", moved(m.Amount), tiers(m))
		}
	}
	if len(t.rows) > 0 {
		fmt.Fprintf(b, "\nData to move (prices: %s)\n", c.EgressTable)
		t.write(b)
	}
}

// tiers writes how a transfer was priced: "100 GB at 0.00, 9,900 GB at 0.09 USD".
func tiers(t Transfer) string {
	if len(t.Applied) == 0 {
		return "stays in its region"
	}
	parts := make([]string, len(t.Applied))
	for i, a := range t.Applied {
		parts[i] = thousands(a.GB) + " GB at " + a.RatePerGB.String() + "/GB"
	}
	return strings.Join(parts, ", ")
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int64) string {
	digits, sign := strconv.FormatInt(n, 10), ""
	if n < 0 {
		digits, sign = digits[1:], "-"
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// grouped writes an amount with thousands separators, to the cent, rounded up: "1,234,567.90 USD".
func grouped(a money.Amount) string {
	cents, err := a.Scale(1, 10_000, money.Up)
	if err != nil { // a division by ten thousand cannot leave the range
		return a.String()
	}
	n := cents.Micros()
	sign := ""
	if n < 0 {
		n, sign = -n, "-"
	}
	text := fmt.Sprintf("%s%s.%02d", sign, thousands(n/100), n%100)
	if a.Currency() != "" {
		text += " " + string(a.Currency())
	}
	return text
}

// moved writes what moving data costs; a dash for nothing.
func moved(a money.Amount) string {
	if a.IsZero() {
		return "-"
	}
	return grouped(a)
}

// table aligns columns: one letter of align for each, l for left and r for right.
type table struct {
	align string
	rows  [][]string
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) write(b *strings.Builder) {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i > 0 {
				line.WriteString("  ")
			}
			if t.align[i] == 'l' {
				line.WriteString(cell + pad)
			} else {
				line.WriteString(pad + cell)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}
