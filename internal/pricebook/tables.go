package pricebook

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"firstlook/award"
	"firstlook/capacity"
	"firstlook/money"
)

// Tables are CSV files whose first line names the format, its version, the table and where it comes from.
const (
	egressMagic     = "firstlook-egress"
	throughputMagic = "firstlook-throughput"
)

var (
	egressColumns     = []string{"cloud", "from", "to", "into", "from_gb", "rate_per_gb", "as_of", "source"}
	throughputColumns = []string{"accelerator", "milli", "basis"}
)

// ParseEgress reads a table of data-transfer prices: a line for every tier, those of one row one after the other, with
// from and into as region patterns between spaces (see [award.EgressRow]). The error is a [*Problems].
func ParseEgress(file string, data []byte) (*award.Egress, error) {
	s := &sheet{file: file}
	out := &award.Egress{}
	out.Name, out.Source = s.table(data, egressMagic, egressColumns, func(rec *record) {
		row, tier, ok := egressTier(rec)
		if !ok {
			return
		}
		if n := len(out.Rows); n > 0 && tier.FromGB > 0 && sameRow(&out.Rows[n-1], &row) {
			out.Rows[n-1].Tiers = append(out.Rows[n-1].Tiers, tier)
			return
		}
		row.Tiers = []award.Tier{tier}
		out.Rows = append(out.Rows, row)
	})
	if err := s.err(); err != nil {
		return nil, err
	}
	if err := out.Check(); err != nil {
		s.problem(0, "", err.Error(), "correct the row")
		return nil, s.err()
	}
	return out, nil
}

// sameRow reports whether a line continues the tiers of a row. Tiers of one row may have different dates and sources; the
// first stands for the row, and the source says what is newer.
func sameRow(a, b *award.EgressRow) bool {
	return a.Cloud == b.Cloud && a.To == b.To && slices.Equal(a.From, b.From) && slices.Equal(a.Into, b.Into)
}

func egressTier(rec *record) (award.EgressRow, award.Tier, bool) {
	before := rec.sheet.problems.Total
	cloud, _ := rec.cloudName("cloud")
	from, err := strconv.ParseInt(rec.get("from_gb"), 10, 64)
	if err != nil || from < 0 {
		rec.problem("from_gb", fmt.Sprintf("%q is not a number of gigabytes", clip(rec.get("from_gb"))), "write a whole number; the first tier begins at 0")
	}
	rate, err := money.ParseRate(rec.get("rate_per_gb"))
	if err != nil || rate.Nanos() < 0 {
		rec.problem("rate_per_gb", fmt.Sprintf("%q is not a rate", clip(rec.get("rate_per_gb"))), "write the price of a gigabyte with its currency, such as 0.09 USD")
	}
	to := award.Destination(rec.get("to"))
	if to != award.ToInternet && to != award.ToOtherRegion {
		rec.problem("to", fmt.Sprintf("%q is unknown", clip(string(to))), fmt.Sprintf("use %s or %s", award.ToInternet, award.ToOtherRegion))
	}
	asOf := rec.get("as_of")
	if err := AsOf(asOf).Check(); err != nil && asOf != "" {
		rec.problem("as_of", err.Error(), "give the date of the price, or leave it empty where the source has none")
	}
	if rec.get("source") == "" {
		rec.problem("source", "is empty", "say where the price was read")
	}
	row := award.EgressRow{Cloud: cloud, From: regions(rec.get("from")), To: to, Into: regions(rec.get("into")), AsOf: asOf, Source: rec.get("source")}
	return row, award.Tier{FromGB: from, RatePerGB: rate}, rec.sheet.problems.Total == before
}

func regions(text string) []capacity.Region {
	var out []capacity.Region
	for _, word := range strings.Fields(text) {
		out = append(out, capacity.Region(word))
	}
	return out
}

// ParseThroughput reads a table of throughput: a line for every accelerator, in thousandths of a common unit. The error is a
// [*Problems].
func ParseThroughput(file string, data []byte) (capacity.Throughput, error) {
	s := &sheet{file: file}
	out := capacity.Throughput{Milli: map[capacity.Accelerator]int64{}}
	out.Name, out.Source = s.table(data, throughputMagic, throughputColumns, func(rec *record) {
		kind := capacity.Accelerator(rec.get("accelerator"))
		milli, err := strconv.ParseInt(rec.get("milli"), 10, 64)
		_, twice := out.Milli[kind]
		switch {
		case kind == "":
			rec.problem("accelerator", "is empty", "name the model, such as H100")
		case twice:
			rec.problem("accelerator", fmt.Sprintf("%s stands in the table twice", kind), "remove one of the lines")
		case err != nil || milli < 1:
			rec.problem("milli", fmt.Sprintf("%q is not a throughput", clip(rec.get("milli"))), "write a whole number of thousandths above zero")
		default:
			out.Milli[kind] = milli
		}
	})
	return out, s.err()
}

// table reads the first two lines of a table and calls each for every line of data.
func (s *sheet) table(data []byte, format string, columns []string, each func(*record)) (name, source string) {
	data, ok := s.readable(data)
	if !ok {
		return "", ""
	}
	r := newReader(data)
	first, err := r.Read()
	if err != nil || len(first) != 4 || first[0] != format || first[1] != formatVersion || first[2] == "" || first[3] == "" {
		s.problem(1, "", fmt.Sprintf("the first line is not %s,%s,NAME,SOURCE", format, formatVersion), "write the line as shown")
		return "", ""
	}
	header, err := r.Read()
	if lacks := missing(header, columns...); err != nil || len(lacks) > 0 {
		s.problem(2, "", "the header lacks "+strings.Join(lacks, ", "), "write the header as "+strings.Join(columns, ","))
		return "", ""
	}
	s.read(r, header, each)
	return first[2], first[3]
}
