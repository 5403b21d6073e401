package pricebook

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"firstlook/capacity"
	"firstlook/party"
)

// Options say what a file does not.
type Options struct {
	Name   string         // of the book; the file's base name when empty
	Cloud  capacity.Cloud // of a skypilot catalog, which does not name it
	AsOf   AsOf           // where the file has no date
	Source string         // where the file has no source
	Limit  int64          // greatest size in bytes; DefaultLimit when zero
}

// DefaultLimit is the greatest size of a file that is read without asking for more: 64 MiB. The largest public catalog is a
// quarter of it.
const DefaultLimit = 64 << 20

// Report says what became of a file. A line is skipped for one named reason or gives a row, or two where it has a spot price
// as well; rows that agree in everything are then kept once.
type Report struct {
	File       string         `json:"file"`
	Layout     string         `json:"layout"`
	Read       int            `json:"read"`              // lines of data
	Kept       int            `json:"kept"`              // rows in the book
	Spot       int            `json:"spot"`              // of these, with a spot price
	Skipped    map[string]int `json:"skipped,omitempty"` // lines without a row, by reason
	Duplicates int            `json:"duplicates"`        // rows that agree in everything with another
	Rounded    int            `json:"rounded"`           // prices printed with more than nine decimals
}

func (r *Report) skip(reason string) {
	if r.Skipped == nil {
		r.Skipped = map[string]int{}
	}
	r.Skipped[reason]++
}

// String writes the report on one line.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s layout, %d rows read, %d kept (%d of them spot prices)", r.File, r.Layout, r.Read, r.Kept, r.Spot)
	reasons := make([]string, 0, len(r.Skipped))
	for reason := range r.Skipped {
		reasons = append(reasons, reason)
	}
	slices.Sort(reasons)
	for _, reason := range reasons {
		fmt.Fprintf(&b, ", %d skipped: %s", r.Skipped[reason], reason)
	}
	fmt.Fprintf(&b, ", %d duplicates", r.Duplicates)
	if r.Rounded > 0 {
		fmt.Fprintf(&b, ", %d prices rounded to nine decimals", r.Rounded)
	}
	return b.String()
}

// layout is one kind of catalog.
type layout struct {
	name    string
	columns []string // that tell it
	read    func(*reading, *record)
	finish  func(*reading)
}

// layouts lists the foreign layouts; our own is told by its first line.
var layouts = []layout{
	{name: "instance", columns: []string{"cloud", "region", "instance_type", "accelerator", "accel_count", "usd_hour"}, read: readInstance},
	{name: "per-gpu", columns: []string{"provider", "gpu_model", "usd_per_gpu_hour"}, read: readPerGPU},
	{name: "skypilot", columns: []string{"InstanceType", "AcceleratorName", "AcceleratorCount", "Price", "Region"}, read: readSky, finish: finishSky},
}

// reading is one import under way.
type reading struct {
	*sheet
	options Options
	report  Report
	rows    []Row
	sky     skyState
}

// Import reads a catalog of any known layout. The file name is for messages and, in the skypilot layout, for the cloud. The error
// is a [*Problems], or that of the reader; the book is empty then.
func Import(file string, from io.Reader, o Options) (Book, Report, error) {
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	in := &reading{sheet: &sheet{file: file}, options: o, report: Report{File: file}}
	data, err := io.ReadAll(io.LimitReader(from, o.Limit+1))
	if err != nil {
		return Book{}, in.report, fmt.Errorf("%s: %w", file, err)
	}
	if int64(len(data)) > o.Limit {
		in.problem(0, "", fmt.Sprintf("is larger than %d bytes", o.Limit), "split the catalog, or import only the clouds that you use")
		return Book{}, in.report, in.err()
	}
	data, ok := in.readable(data)
	if !ok {
		return Book{}, in.report, in.err()
	}
	if strings.HasPrefix(string(data[:min(len(data), len(magic))]), magic) {
		return in.own(data)
	}
	in.foreign(data)
	if err := in.err(); err != nil {
		return Book{}, in.report, err
	}
	name := o.Name
	if name == "" {
		name = strings.TrimSuffix(path.Base(file), path.Ext(file))
		if in.sky.cloud != "" { // those files are all called vms.csv
			name = string(in.sky.cloud)
		}
	}
	if name = plain(name); name == "" {
		name = "prices"
	}
	return in.book(name), in.report, nil
}

// book makes the book of the rows read and completes the report.
func (in *reading) book(name string) Book {
	b := Book{Name: name}
	b.Rows, in.report.Duplicates = sorted(in.rows)
	in.report.Kept = len(b.Rows)
	for i := range b.Rows {
		if b.Rows[i].Kind == Spot {
			in.report.Spot++
		}
	}
	return b
}

// foreign finds the layout and reads every row.
func (in *reading) foreign(data []byte) {
	r := newReader(data)
	header, err := r.Read()
	if err == io.EOF {
		in.problem(0, "", "is empty", "give a CSV file with a header")
		return
	}
	if err != nil {
		in.problem(1, "", "has no readable header: "+err.Error(), "give a CSV file whose first line names the columns")
		return
	}
	var found *layout
	for i := range layouts {
		if len(missing(header, layouts[i].columns...)) == 0 {
			found = &layouts[i]
			break
		}
	}
	if found == nil {
		in.problem(1, "", "the header is of no layout that is known", in.nearest(header))
		return
	}
	in.report.Layout = found.name
	if found.name == "skypilot" && !in.skyCloud() {
		return
	}
	in.read(r, header, func(rec *record) {
		in.report.Read++
		found.read(in, rec)
	})
	if found.finish != nil {
		found.finish(in)
	}
	if in.report.Read == 0 && in.problems.Total == 0 {
		in.problem(0, "", "has a header and no rows", "check that the catalog was downloaded whole")
	}
}

// nearest says which layout a header comes closest to and what it lacks.
func (in *reading) nearest(header []string) string {
	best, lacks := layouts[0], missing(header, layouts[0].columns...)
	for _, l := range layouts[1:] {
		if m := missing(header, l.columns...); len(m)*len(best.columns) < len(lacks)*len(l.columns) {
			best, lacks = l, m
		}
	}
	if len(lacks) == len(best.columns) {
		var names []string
		for _, l := range layouts {
			names = append(names, fmt.Sprintf("%s (%s)", l.name, strings.Join(l.columns, ",")))
		}
		return "use the columns of one of these: " + strings.Join(names, "; ")
	}
	return fmt.Sprintf("the nearest is %s; add the columns %s", best.name, strings.Join(lacks, ", "))
}

// keep finishes a row that a layout has read: date, source, the accelerator's name, and the rules of every row.
func (in *reading) keep(rec *record, row Row, columns map[string]string) {
	name := func(column string) string {
		if own, ok := columns[column]; ok {
			return own
		}
		return column
	}
	if row.AsOf == "" {
		row.AsOf = in.options.AsOf
	}
	if row.Source == "" {
		row.Source = in.options.Source
	}
	switch {
	case row.AsOf == "":
		rec.problem(name("as_of"), "the price has no date", "give the date as an option, for example 2026-05-24")
		return
	case row.Source == "":
		rec.problem(name("source"), "the price has no source", "give the source as an option, for example the address of the page")
		return
	}
	if column, err := row.check(); err != nil {
		message, hint, _ := strings.Cut(err.Error(), "; ")
		if hint == "" {
			hint = "correct the field"
		}
		rec.problem(name(column), message, hint)
		return
	}
	in.rows = append(in.rows, row)
}

// cloudName reads a cloud's id from what catalogs print: lower case, '_' and ' ' as '-'.
func (r *record) cloudName(column string) (capacity.Cloud, bool) {
	text := strings.NewReplacer("_", "-", " ", "-").Replace(strings.ToLower(r.get(column)))
	if err := party.Check(text); err != nil {
		r.problem(column, fmt.Sprintf("%q is not the name of a cloud", clip(r.get(column))), "use a short word such as aws")
		return "", false
	}
	return capacity.Cloud(text), true
}

// region reads a region; "*" is every region.
func (r *record) region(column string) capacity.Region {
	if text := r.get(column); text != "*" {
		return capacity.Region(text)
	}
	return ""
}
