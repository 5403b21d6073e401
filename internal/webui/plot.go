package webui

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"
)

// Measures of the plot of prices, in its own units.
const (
	plotWidth, plotHeight       = 880, 300
	plotLeft, plotRight         = 64, 150 // room for the prices, and for the names at the ends of the lines
	plotTop, plotBottom         = 28, 36
	plotSeries                  = 6 // shapes that can be told apart
	nanos                 int64 = 1_000_000_000
)

// plot draws the price of an accelerator-hour over time, one line for each cloud. Clouds are told apart by shape and by the name at the end
// of the line, not by colour alone. The table below it has every number.
func plot(rows []priceRow) template.HTML {
	if len(rows) == 0 {
		return ""
	}
	clouds := map[string][]priceRow{}
	var names []string
	from, until, top := rows[0].at, rows[0].at, int64(0)
	for _, r := range rows {
		if clouds[r.Cloud] == nil {
			names = append(names, r.Cloud)
		}
		clouds[r.Cloud] = append(clouds[r.Cloud], r)
		if r.at.Before(from) {
			from = r.at
		}
		if r.at.After(until) {
			until = r.at
		}
		top = max(top, r.rate.Nanos())
	}
	slices.Sort(names)
	p := plotting{from: from.AddDate(0, 0, -20), until: until.AddDate(0, 0, 20), top: ceiling(top)}
	p.printf(`<svg class="plot" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="plot-t plot-d">`, plotWidth, plotHeight, plotWidth, plotHeight)
	p.printf(`<title id="plot-t">List price of an accelerator-hour over time, in USD</title><desc id="plot-d">The table below has every number.</desc>`)
	p.axes()
	p.names(names, clouds)
	p.printf("</svg>")
	return template.HTML(p.String()) // every text in it passed esc
}

type plotting struct {
	strings.Builder
	from, until time.Time
	top         int64 // nanos
}

func (p *plotting) printf(format string, args ...any) { fmt.Fprintf(p, format, args...) }

func (p *plotting) x(t time.Time) int {
	room := int64(plotWidth - plotLeft - plotRight)
	return plotLeft + int(int64(t.Sub(p.from)/time.Hour)*room/max(1, int64(p.until.Sub(p.from)/time.Hour)))
}

func (p *plotting) y(price int64) int {
	room := int64(plotHeight - plotTop - plotBottom)
	return plotHeight - plotBottom - int(price/1000*room/max(1, p.top/1000))
}

// ceiling is a round number above the highest price.
func ceiling(top int64) int64 {
	for _, step := range []int64{1, 2, 4, 5, 8, 10, 15, 20, 40, 50, 100, 200, 500} {
		if step*nanos >= top {
			return step * nanos
		}
	}
	return top
}

// axes writes four prices on the left and the months along the bottom.
func (p *plotting) axes() {
	for i := range int64(5) {
		price := p.top * i / 4
		y := p.y(price)
		p.printf(`<line class="grid" x1="%d" x2="%d" y1="%d" y2="%d"/><text class="axis" x="%d" y="%d" text-anchor="end">%d.%02d</text>`, plotLeft, plotWidth-plotRight, y, y, plotLeft-8, y+4, price/nanos, price%nanos/(nanos/100))
	}
	p.printf(`<text class="axis" x="0" y="10">USD/gpu-h</text>`)
	months := int(p.until.Sub(p.from)/(30*24*time.Hour)) + 1
	every := max(1, (months+7)/8)
	for t := time.Date(p.from.Year(), p.from.Month()+1, 1, 0, 0, 0, 0, time.UTC); t.Before(p.until); t = t.AddDate(0, every, 0) {
		x := p.x(t)
		p.printf(`<line class="tick" x1="%d" x2="%d" y1="%d" y2="%d"/><text class="axis" x="%d" y="%d" text-anchor="middle">%s</text>`, x, x, plotHeight-plotBottom, plotHeight-plotBottom+5, x, plotHeight-plotBottom+20, t.Format("Jan 2006"))
	}
}

// names draws a line for each cloud and writes its name at the end, moved down where another name stands already.
func (p *plotting) names(names []string, clouds map[string][]priceRow) {
	type end struct {
		y, at int
		text  string
		shape int
	}
	var ends []end
	for i, name := range names {
		rows := clouds[name]
		slices.SortFunc(rows, func(a, b priceRow) int { return a.at.Compare(b.at) })
		var line []string
		for _, r := range rows {
			line = append(line, fmt.Sprintf("%d,%d", p.x(r.at), p.y(r.rate.Nanos())))
		}
		if len(line) > 1 && oneRegion(rows) {
			p.printf(`<polyline class="line s%d" points="%s"/>`, i%plotSeries, strings.Join(line, " "))
		}
		for _, r := range rows {
			p.point(i%plotSeries, p.x(r.at), p.y(r.rate.Nanos()), fmt.Sprintf("%s %s %s, %s: %s/gpu-h", r.Cloud, r.Region, r.Accelerator, r.AsOf, r.PerHour))
		}
		last := rows[len(rows)-1]
		ends = append(ends, end{p.y(last.rate.Nanos()), 0, fmt.Sprintf("%s %d.%02d", name, last.rate.Nanos()/nanos, last.rate.Nanos()%nanos/(nanos/100)), i % plotSeries})
	}
	slices.SortStableFunc(ends, func(a, b end) int { return a.y - b.y })
	below := 0
	for _, e := range ends {
		y := max(e.y, below)
		below = y + 15
		x := plotWidth - plotRight + 10
		p.point(e.shape, x, y, e.text)
		p.printf(`<text class="series" x="%d" y="%d">%s</text>`, x+10, y+4, esc(clip(e.text, 20)))
	}
}

// oneRegion reports whether rows are of one place and machine, so that a line between them means something.
func oneRegion(rows []priceRow) bool {
	for _, r := range rows {
		if r.Region != rows[0].Region || r.Accelerator != rows[0].Accelerator || r.Count != rows[0].Count {
			return false
		}
	}
	return true
}

// point draws one of the shapes.
func (p *plotting) point(shape, x, y int, says string) {
	title := "<title>" + esc(says) + "</title>"
	switch shape {
	case 0:
		p.printf(`<circle class="dot s0" cx="%d" cy="%d" r="4">%s</circle>`, x, y, title)
	case 1:
		p.printf(`<rect class="dot s1" x="%d" y="%d" width="8" height="8">%s</rect>`, x-4, y-4, title)
	case 2:
		p.printf(`<path class="dot s2" d="M%d %d l5 9 h-10 z">%s</path>`, x, y-5, title)
	case 3:
		p.printf(`<path class="dot s3" d="M%d %d l5 5 l-5 5 l-5 -5 z">%s</path>`, x, y-5, title)
	case 4:
		p.printf(`<circle class="dot hollow" cx="%d" cy="%d" r="3.5">%s</circle>`, x, y, title)
	default:
		p.printf(`<rect class="dot hollow" x="%d" y="%d" width="7" height="7">%s</rect>`, x-3, y-3, title)
	}
}
