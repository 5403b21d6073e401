package cli

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/door"
	"firstlook/internal/journal"
	"firstlook/internal/pricebook"
	"firstlook/internal/strict"
	"firstlook/party"
)

func (a *app) pricesCommand() *cobra.Command {
	imp := completeFiles(leaf("import FILE", "Import a price catalog (CSV) into the record", 1, 1, a.importPrices), "csv")
	imp.Long = "Imports a price catalog into the record, whole or not at all. Its layout is told by its header: one line for each machine, one for each accelerator, " +
		"a SkyPilot catalog (whose cloud comes from --cloud or from the name of its folder), or Firstlook's own."
	f := imp.Flags()
	f.String("name", "", "Name of the book; the file's where left out")
	f.String("cloud", "", "Cloud of a SkyPilot catalog")
	f.String("as-of", "", "Date of the prices, where the file has none: 2026-05-24, 2026-05 or 2026")
	f.String("source", "", "Source of the prices, where the file has none")
	list := leaf("list", "List the price books", 0, 0, a.listPrices)
	quote := a.completes(leaf("quote [NEED]", "Quote list prices for a need, or for an accelerator, a quantity and a period; quotes bind nobody", 0, 1, a.quotePrices), false, needs)
	quote.Example = `firstlook prices quote n1
firstlook prices quote --accelerator H100,H200 --quantity 64 --period 2026-06-01..2026-09-01`
	f = quote.Flags()
	f.StringSlice("accelerator", nil, "Accelerators that will do")
	f.Int64("quantity", 1, "How many")
	f.String("period", "", "FROM..UNTIL; one hour where left out")
	f.StringSlice("cloud", nil, "Only these clouds")
	f.StringSlice("region", nil, "Only these regions")
	f.String("kind", string(pricebook.OnDemand), "How it is sold: on_demand, spot or reserved")
	f.String("book", "", "Only this book")
	f.Int("limit", 10, "Most quotes that are shown for each line; 0 for all")
	_ = quote.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(texts(pricebook.Kinds), cobra.ShellCompDirectiveNoFileComp)) // defined above
	return parent("prices", "Import public list prices and quote them; quotes bind nobody", imp, list, quote)
}

// bookJSON is a price book in a list.
type bookJSON struct {
	Book         string                 `json:"book"`
	Rows         int                    `json:"rows"`
	Clouds       []capacity.Cloud       `json:"clouds"`
	Accelerators []capacity.Accelerator `json:"accelerators"`
	AsOf         [2]pricebook.AsOf      `json:"as_of"`             // the oldest and the newest date
	Recorded     calendar.Instant       `json:"recorded,omitzero"` // unset for the embedded book
}

// importedJSON is what prices import prints.
type importedJSON struct {
	Book     string           `json:"book"`
	Recorded calendar.Instant `json:"recorded"`
	Report   pricebook.Report `json:"report"`
}

// shelf is a price book with when it was recorded.
type shelf struct {
	book     *pricebook.Book
	recorded calendar.Instant
}

// shelves returns the embedded book and those of the record, where there is one.
func (a *app) shelves(cmd *cobra.Command) ([]shelf, error) {
	out := []shelf{{book: pricebook.Embedded()}}
	if !a.exists() && a.server == "" {
		return out, nil
	}
	return out, a.look(cmd.Context(), func(d door.Door) (err error) {
		recorded, err := recordedShelves(cmd, d)
		out = append(out, recorded...)
		return err
	})
}

func recordedShelves(cmd *cobra.Command, d door.Door) ([]shelf, error) {
	books, err := d.Prices(cmd.Context())
	if err != nil {
		return nil, err
	}
	var out []shelf
	for _, b := range books {
		book, err := pricebook.Decode([]byte(b.Text))
		if err != nil {
			return nil, fmt.Errorf("price book %s of the record: %w", b.Book, err)
		}
		out = append(out, shelf{&book, b.Recorded})
	}
	return out, nil
}

func (a *app) importPrices(cmd *cobra.Command, args []string) error {
	flags := cmd.Flags()
	var o pricebook.Options
	o.Name, _ = flags.GetString("name")
	cloud, _ := flags.GetString("cloud")
	asOf, _ := flags.GetString("as-of")
	o.Cloud, o.AsOf = capacity.Cloud(cloud), pricebook.AsOf(asOf)
	o.Source, _ = flags.GetString("source")
	if asOf != "" {
		if err := o.AsOf.Check(); err != nil {
			return flagProblem("as-of", err)
		}
	}
	if cloud != "" {
		if err := party.Check(cloud); err != nil {
			return flagProblem("cloud", err)
		}
	}
	if o.Name == "" {
		o.Name = strings.TrimSuffix(filepath.Base(args[0]), filepath.Ext(args[0]))
	}
	if err := strict.CheckWord(o.Name); err != nil || strings.Contains(o.Name, "/") {
		return bad("name the book with --name", "%q cannot be the name of a book: letters, digits and . _ -", o.Name)
	}
	if o.Name == pricebook.Embedded().Name {
		return bad("name the book otherwise with --name", "%s is the book that is built in", o.Name)
	}
	f, err := openFile(args[0])
	if err != nil {
		return err
	}
	p := a.progress("reading " + args[0])
	book, report, err := pricebook.Import(args[0], f, o)
	p.end()
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	text := book.Encode()
	if len(text) > journal.MaxBody {
		return bad("import fewer clouds at a time", "the book has %s bytes, at most %s can be recorded", thousands(int64(len(text))), thousands(journal.MaxBody))
	}
	return a.alter(cmd.Context(), mayMake, func(d door.Door) error {
		at, err := d.PutPrices(cmd.Context(), book.Name, text, "")
		if err != nil {
			return err
		}
		if a.json {
			return a.document(importedJSON{book.Name, at, report})
		}
		a.say("%s", report.String())
		a.say("book %s is recorded with %s; list prices bind nobody", book.Name, counted(len(book.Rows), "price"))
		return nil
	})
}

func (a *app) listPrices(cmd *cobra.Command, _ []string) error {
	books, err := a.shelves(cmd)
	if err != nil {
		return err
	}
	all := []bookJSON{}
	t := table{align: "lrrrll"}
	t.row("book", "prices", "clouds", "accelerators", "as of", "recorded")
	for _, s := range books {
		d := describeBook(s)
		all = append(all, d)
		recorded := "built in"
		if d.Recorded.IsSet() {
			recorded = instant(d.Recorded)
		}
		t.row(d.Book, thousands(int64(d.Rows)), fmt.Sprint(len(d.Clouds)), fmt.Sprint(len(d.Accelerators)), fmt.Sprintf("%s to %s", d.AsOf[0], d.AsOf[1]), recorded)
	}
	if a.json {
		return a.document(all)
	}
	t.print(a, "")
	return nil
}

func describeBook(s shelf) bookJSON {
	out := bookJSON{Book: s.book.Name, Rows: len(s.book.Rows), Clouds: []capacity.Cloud{}, Accelerators: []capacity.Accelerator{}, Recorded: s.recorded}
	for i := range s.book.Rows {
		r := &s.book.Rows[i]
		out.Clouds = append(out.Clouds, r.Cloud)
		out.Accelerators = append(out.Accelerators, r.Accelerator)
		if i == 0 || r.AsOf < out.AsOf[0] {
			out.AsOf[0] = r.AsOf
		}
		out.AsOf[1] = max(out.AsOf[1], r.AsOf)
	}
	slices.Sort(out.Clouds)
	slices.Sort(out.Accelerators)
	out.Clouds, out.Accelerators = slices.Compact(out.Clouds), slices.Compact(out.Accelerators)
	return out
}

// quoteJSON is prices quote as a document.
type quoteJSON struct {
	Binds    string             `json:"binds"`
	Requests []quoteRequestJSON `json:"requests"`
}

type quoteRequestJSON struct {
	Line     int                `json:"line"` // of the need; 1 where none is named
	Asked    []quantityJSON     `json:"accelerators"`
	Period   calendar.Span      `json:"period"`
	Quotes   []bookQuoteJSON    `json:"quotes"`
	Found    int                `json:"found"` // of which quotes are the cheapest
	regions  []capacity.Region  // that will do
	homes    []capacity.Country // that will do
	accepted []capacity.Cloud   // that will do
}

type quantityJSON struct {
	Accelerator capacity.Accelerator `json:"accelerator"`
	Quantity    int64                `json:"quantity"`
}

type bookQuoteJSON struct {
	Book string `json:"book"`
	pricebook.Quote
}

func (a *app) quotePrices(cmd *cobra.Command, args []string) error {
	kind, _ := cmd.Flags().GetString("kind")
	if !slices.Contains(pricebook.Kinds, pricebook.Kind(kind)) {
		return usage(cmd, "--kind: %q is none of %s", kind, words(pricebook.Kinds))
	}
	limit, _ := cmd.Flags().GetInt("limit")
	requests, books, err := a.quoteRequests(cmd, args)
	if err != nil {
		return err
	}
	only, _ := cmd.Flags().GetString("book")
	if only != "" && !slices.ContainsFunc(books, func(s shelf) bool { return s.book.Name == only }) {
		return bad("`firstlook prices list` shows what there is", "no price book %s", only)
	}
	for i := range requests {
		for _, s := range books {
			if only == "" || s.book.Name == only {
				if err := requests[i].add(s.book, pricebook.Kind(kind)); err != nil {
					return bad("ask for less, or for a shorter period", "%v", err)
				}
			}
		}
		requests[i].rank(limit)
	}
	if a.json {
		return a.document(quoteJSON{pricebook.BindsNobody, requests})
	}
	for i := range requests {
		a.printQuotes(&requests[i], len(requests) > 1)
	}
	a.say("Quotes are public list prices of the dates shown. They bind nobody; only an offer is firm.")
	return nil
}

// quoteRequests says what is to be quoted: each line of a need, or what the flags ask for.
func (a *app) quoteRequests(cmd *cobra.Command, args []string) ([]quoteRequestJSON, []shelf, error) {
	flags := cmd.Flags()
	clouds, _ := flags.GetStringSlice("cloud")
	accepted := make([]capacity.Cloud, len(clouds))
	for i, c := range clouds {
		accepted[i] = capacity.Cloud(c)
	}
	if len(args) == 1 {
		if flags.Changed("accelerator") || flags.Changed("quantity") || flags.Changed("period") || flags.Changed("region") {
			return nil, nil, usage(cmd, "a need and --accelerator, --quantity, --period or --region are both given; keep one of the two")
		}
		return a.quoteNeed(cmd, args[0], accepted)
	}
	models, _ := flags.GetStringSlice("accelerator")
	if len(models) == 0 {
		return nil, nil, usage(cmd, "nothing is asked for: name a need, or an --accelerator")
	}
	q := quoteRequestJSON{Line: 1, accepted: accepted, Quotes: []bookQuoteJSON{}}
	quantity, _ := flags.GetInt64("quantity")
	if quantity < 1 || quantity > capacity.MaxQuantity/2 {
		return nil, nil, usage(cmd, "--quantity %d: use 1 to %s", quantity, thousands(capacity.MaxQuantity/2))
	}
	for _, m := range models {
		q.Asked = append(q.Asked, quantityJSON{capacity.Accelerator(m), quantity})
	}
	regions, _ := flags.GetStringSlice("region")
	for _, region := range regions {
		q.regions = append(q.regions, capacity.Region(region))
	}
	if text, _ := flags.GetString("period"); text != "" {
		var err error
		if q.Period, err = calendar.ParseSpan(text); err != nil {
			return nil, nil, flagProblem("period", err)
		}
		if !q.Period.From.IsSet() || !q.Period.Until.IsSet() {
			return nil, nil, usage(cmd, "--period %s: both sides are needed", text)
		}
	}
	books, err := a.shelves(cmd)
	return []quoteRequestJSON{q}, books, err
}

// quoteNeed asks for quotes for every line of a need, each accelerator in the number that does the work.
func (a *app) quoteNeed(cmd *cobra.Command, name string, accepted []capacity.Cloud) ([]quoteRequestJSON, []shelf, error) {
	id, err := needID(name)
	if err != nil {
		return nil, nil, err
	}
	var out []quoteRequestJSON
	books := []shelf{{book: pricebook.Embedded()}}
	err = a.look(cmd.Context(), func(d door.Door) error {
		page, err := d.Need(cmd.Context(), id, "")
		if err != nil {
			return err
		}
		out = lineRequests(&page.Summary.Need, accepted)
		recorded, err := recordedShelves(cmd, d)
		books = append(books, recorded...)
		return err
	})
	return out, books, err
}

func lineRequests(n *capacity.Need, accepted []capacity.Cloud) []quoteRequestJSON {
	var out []quoteRequestJSON
	through := tables().Throughput
	for i := range n.Lines {
		l := &n.Lines[i]
		q := quoteRequestJSON{Line: i + 1, Period: l.Period, regions: l.Regions, homes: l.Residency, accepted: accepted, Quotes: []bookQuoteJSON{}}
		for _, m := range l.Accelerators {
			if n, ok := through.Required(l.Quantity, m, l.Reference()); ok {
				q.Asked = append(q.Asked, quantityJSON{m, n})
			}
		}
		out = append(out, q)
	}
	return out
}

// add takes the quotes of one book.
func (q *quoteRequestJSON) add(book *pricebook.Book, kind pricebook.Kind) error {
	for _, asked := range q.Asked {
		quotes, err := book.Quote(pricebook.Query{Accelerators: []capacity.Accelerator{asked.Accelerator}, Quantity: asked.Quantity, Clouds: q.accepted,
			Regions: q.regions, Period: q.Period, Kind: kind})
		if err != nil {
			return err
		}
		for _, quote := range quotes {
			if c := quote.Row.Country; c == "" || len(q.homes) == 0 || slices.Contains(q.homes, c) {
				q.Quotes = append(q.Quotes, bookQuoteJSON{book.Name, quote})
			}
		}
	}
	return nil
}

// rank puts the cheapest first and keeps as many as are asked for.
func (q *quoteRequestJSON) rank(limit int) {
	slices.SortStableFunc(q.Quotes, func(x, y bookQuoteJSON) int { return cmp.Compare(x.Total.Micros(), y.Total.Micros()) })
	q.Found = len(q.Quotes)
	if limit > 0 && len(q.Quotes) > limit {
		q.Quotes = q.Quotes[:limit]
	}
}

func (a *app) printQuotes(q *quoteRequestJSON, several bool) {
	var asked []string
	for _, m := range q.Asked {
		asked = append(asked, thousands(m.Quantity)+" "+string(m.Accelerator))
	}
	period := "for one hour"
	if q.Period.From.IsSet() {
		period = q.Period.String()
	}
	head := strings.Join(asked, " or ") + ", " + period
	if several {
		head = fmt.Sprintf("line %d: %s", q.Line, head)
	}
	a.say("%s", head)
	t := table{align: "lllrrrlll"}
	t.row("  cloud", "region", "machine", "accelerators", "per accelerator-hour", "total", "sold", "as of", "book")
	for _, b := range q.Quotes {
		region := string(b.Row.Region)
		if region == "" {
			region = "any"
		}
		t.row("  "+string(b.Row.Cloud), region, fmt.Sprintf("%s x %s", thousands(b.Machines), cmp.Or(b.Row.Instance, string(b.Row.Model))),
			thousands(b.Quantity)+" "+string(b.Row.Accelerator), b.PerHour.String(), amount(b.Total), plain(b.Row.Kind), string(b.Row.AsOf), b.Book)
	}
	t.print(a, "  No price in the books fits; `firstlook prices list` shows the books.")
	if more := q.Found - len(q.Quotes); more > 0 {
		a.say("  and %s more; --limit 0 shows all", thousands(int64(more)))
	}
	a.say("")
}
