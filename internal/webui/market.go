package webui

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/pricebook"
	"firstlook/money"
)

// marketMain is the page of the market.
type marketMain struct {
	Requests                 []request
	MoreRequests             int64 // rounds that are not shown
	Own                      []ownOffer
	MoreOwn                  int64 // needs of which no offer is shown
	Offers                   bool  // the person may post them
	Accelerators             []option
	Clouds, Regions, Kinds   []option
	Accelerator, Cloud, Kind string
	Region                   string
	Plot                     template.HTML
	Rows                     []priceRow
	Books                    []string
	Teach                    string
	CanImport                bool // the person may record price books
}

// request is a round that is open.
type request struct {
	Need, Lot, Title, Quantity, Period, Path, From string
	Deadline                                       *deadline
}

type ownOffer struct {
	offerRow
	Need string
}

type priceRow struct {
	Cloud, Region, Accelerator, PerHour, Machine, Count, Kind, AsOf, Source string
	rate                                                                    money.Rate
	at                                                                      time.Time
}

func (u *UI) marketPage(v *visit) error {
	all, err := u.lists(v)
	if err != nil {
		return err
	}
	books, err := u.books(v)
	if err != nil {
		return err
	}
	m := marketMain{Offers: v.may("submit-offer"), CanImport: v.may("put-prices")}
	m.requests(v, all)
	m.offers(v, all)
	m.Teach = "When a round for offers opens to which your company is asked, it stands here until it closes."
	if v.may("submit") {
		m.Teach = "A round opens when a need goes to market: once every right that comes first is released. Submit a need to begin."
	}
	m.prices(v, books)
	u.render(v, http.StatusOK, "market", "Market", m)
	return nil
}

// requests are the rounds that close first, and how many more there are.
func (m *marketMain) requests(v *visit, all []*desk.Listed) {
	type round struct {
		need *desk.Listed
		lot  *desk.Lot
	}
	var rounds []round
	for _, l := range all {
		for i := range l.Lots {
			rounds = append(rounds, round{l, &l.Lots[i]})
		}
	}
	slices.SortStableFunc(rounds, func(a, b round) int { return cmp.Compare(a.lot.Closes, b.lot.Closes) })
	m.MoreRequests = int64(max(0, len(rounds)-maxTasks))
	for _, x := range rounds[:min(len(rounds), maxTasks)] {
		l := v.listed(x.need)
		line := &l.Need.Lines[x.lot.Line-1]
		r := request{Need: string(l.Need.ID), Lot: x.lot.Lot, Title: l.title(), Quantity: counted(x.lot.Quantity, x.lot.Of+" accelerator"), Period: span(line.Period), From: nameOf(v.law, l.Need.Buyer),
			Deadline: v.deadline(x.lot.Closes, v.who.Party, l.Need.Buyer)}
		if l.asked() == x.lot.Lot && m.Offers {
			r.Path = fmt.Sprintf("/needs/%s/act/submit-offer/%s", l.Need.ID, x.lot.Lot)
		}
		m.Requests = append(m.Requests, r)
	}
}

// offers are the party's own, those for the latest needs.
func (m *marketMain) offers(v *visit, all []*desk.Listed) {
	all = slices.DeleteFunc(slices.Clone(all), func(l *desk.Listed) bool { return len(l.Offers) == 0 || l.Who != v.who.Party })
	if m.MoreOwn = int64(max(0, len(all)-pageRows)); m.MoreOwn > 0 {
		all = all[m.MoreOwn:]
	}
	for _, x := range all {
		for _, o := range v.listed(x).offerRows(v) {
			m.Own = append(m.Own, ownOffer{o, string(x.Need.ID)})
		}
	}
}

// books are the embedded book of public list prices and those that were recorded.
func (u *UI) books(v *visit) ([]pricebook.Book, error) {
	out := []pricebook.Book{*pricebook.Embedded()}
	recorded, err := u.Desk.Prices(v.r.Context())
	if err != nil {
		return nil, err
	}
	for _, r := range recorded {
		b, err := pricebook.Decode(r.Text)
		if err != nil {
			return nil, fmt.Errorf("price book %s: %w", r.Name, err)
		}
		b.Name = r.Name
		out = append(out, b)
	}
	return out, nil
}

// prices chooses the rows that are asked for and draws them.
func (m *marketMain) prices(v *visit, books []pricebook.Book) {
	q := v.r.URL.Query()
	m.Accelerator, m.Cloud, m.Region, m.Kind = q.Get("accelerator"), q.Get("cloud"), q.Get("region"), q.Get("kind")
	if m.Kind == "" {
		m.Kind = string(pricebook.OnDemand)
	}
	if !q.Has("accelerator") {
		m.Accelerator = "H100"
	}
	kinds, clouds, regions := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, b := range books {
		m.Books = append(m.Books, b.Name)
		for i := range b.Rows {
			r := &b.Rows[i]
			kinds[string(r.Accelerator)], clouds[string(r.Cloud)] = true, true
			if r.Region != "" && (m.Cloud == "" || m.Cloud == string(r.Cloud)) {
				regions[string(r.Region)] = true
			}
			if !m.admits(r) {
				continue
			}
			hour, err := r.PerHour()
			at, ok := dateRead(string(r.AsOf))
			if err != nil || !ok {
				continue
			}
			m.Rows = append(m.Rows, priceRow{string(r.Cloud), region(r.Region), string(r.Accelerator), hour.String(), r.Price.String(), fmt.Sprint(r.Count), plain(r.Kind), string(r.AsOf), r.Source, hour, at})
		}
	}
	m.Accelerators, m.Clouds, m.Regions = choices("every accelerator", kinds), choices("every cloud", clouds), choices("every region", regions)
	m.Kinds = []option{{"on_demand", "On demand"}, {"spot", "Spot: may be taken away"}, {"reserved", "Reserved: against a commitment"}}
	slices.SortStableFunc(m.Rows, func(a, b priceRow) int {
		return cmp.Or(cmp.Compare(a.rate.Nanos(), b.rate.Nanos()), cmp.Compare(a.Cloud, b.Cloud), b.at.Compare(a.at))
	})
	m.Plot = plot(m.Rows)
}

func (m *marketMain) admits(r *pricebook.Row) bool {
	is := func(want, have string) bool { return want == "" || want == have }
	return is(m.Accelerator, string(r.Accelerator)) && is(m.Cloud, string(r.Cloud)) && is(m.Region, string(r.Region)) && is(m.Kind, string(r.Kind)) && r.Price.Currency() == money.USD
}

func region(r capacity.Region) string {
	if r == "" {
		return "any region"
	}
	return string(r)
}

// choices are the values of a filter, with one for all.
func choices(all string, of map[string]bool) []option {
	out := []option{}
	for v := range of {
		out = append(out, option{v, v})
	}
	slices.SortFunc(out, func(a, b option) int { return cmp.Compare(a.Value, b.Value) })
	return append([]option{{"", strings.ToUpper(all[:1]) + all[1:]}}, out...)
}

// dateRead reads the date of a price: a day or a month.
func dateRead(s string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02", "2006-01"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
