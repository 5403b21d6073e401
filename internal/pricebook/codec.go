package pricebook

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"firstlook/capacity"
	"firstlook/money"
)

// magic is the beginning of the first line of our own layout; a version and the book's name follow.
const magic = "firstlook-prices,"

const formatVersion = "1"

var ownColumns = []string{"cloud", "region", "country", "instance", "accelerator", "model", "count", "price", "kind", "tier", "form",
	"interconnect", "as_of", "source"}

// Encode writes the book in our own layout. Equal books have equal bytes: rows are sorted, each once, and lines end in LF.
func (b *Book) Encode() []byte {
	rows, _ := sorted(append([]Row(nil), b.Rows...))
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	write := func(fields ...string) { w.Write(fields) } // to memory, so it cannot fail
	write("firstlook-prices", formatVersion, b.Name)
	write(ownColumns...)
	for i := range rows {
		r := &rows[i]
		write(string(r.Cloud), string(r.Region), string(r.Country), r.Instance, string(r.Accelerator), r.Model, strconv.FormatInt(r.Count, 10),
			r.Price.String(), string(r.Kind), r.Tier, r.Form, string(r.Interconnect), string(r.AsOf), r.Source)
	}
	w.Flush()
	return out.Bytes()
}

// Decode reads what [Book.Encode] wrote.
func Decode(data []byte) (Book, error) {
	b, report, err := Import("book", bytes.NewReader(data), Options{Limit: int64(len(data)) + 1})
	if err == nil && report.Layout != "firstlook" {
		err = fmt.Errorf("the bytes hold a catalog of the %s layout, not a book", report.Layout)
	}
	if err != nil {
		return Book{}, err
	}
	return b, nil
}

// own reads our own layout.
func (in *reading) own(data []byte) (Book, Report, error) {
	in.report.Layout = "firstlook"
	r := newReader(data)
	first, err := r.Read()
	if err != nil || len(first) != 3 || first[1] != formatVersion || plain(first[2]) == "" {
		in.problem(1, "", fmt.Sprintf("the first line is not %s%s,NAME", magic, formatVersion),
			"use a Firstlook that knows this version, or write the line as shown")
		return Book{}, in.report, in.err()
	}
	header, err := r.Read()
	if err == io.EOF || err == nil && len(missing(header, ownColumns...)) > 0 {
		in.problem(2, "", "lacks the columns "+strings.Join(missing(header, ownColumns...), ", "), "write the header as "+strings.Join(ownColumns, ","))
		return Book{}, in.report, in.err()
	}
	if err != nil {
		in.problem(2, "", "has no readable header: "+err.Error(), "write the header as "+strings.Join(ownColumns, ","))
		return Book{}, in.report, in.err()
	}
	in.read(r, header, in.ownRow)
	if err := in.err(); err != nil {
		return Book{}, in.report, err
	}
	name := plain(first[2])
	if option := plain(in.options.Name); option != "" {
		name = option
	}
	return in.book(name), in.report, nil
}

func (in *reading) ownRow(rec *record) {
	in.report.Read++
	before := in.problems.Total
	cloud, _ := rec.cloudName("cloud")
	count, fraction, ok := rec.count("count")
	if ok && fraction {
		rec.problem("count", fmt.Sprintf("%q is a fraction of an accelerator", rec.get("count")), "write a whole number such as 8")
	}
	price, err := money.ParseRate(rec.get("price"))
	if err != nil {
		rec.problem("price", err.Error(), "write the price of the machine-hour with its currency, such as 98.32 USD")
	}
	if in.problems.Total > before {
		return
	}
	in.keep(rec, Row{Cloud: cloud, Region: rec.region("region"), Country: capacity.Country(rec.get("country")), Instance: rec.get("instance"),
		Accelerator: capacity.Accelerator(rec.get("accelerator")), Model: rec.get("model"), Count: count, Price: price, Kind: Kind(rec.get("kind")),
		Tier: rec.get("tier"), Form: rec.get("form"), Interconnect: capacity.Interconnect(rec.get("interconnect")),
		AsOf: AsOf(rec.get("as_of")), Source: rec.get("source")}, nil)
}

// usdNanos is a price in US dollars, the currency of every foreign layout.
func usdNanos(n int64) money.Rate { return money.Nanos(n, money.USD) }
