package webui

import (
	"fmt"
	"html"
	"html/template"
	"slices"
	"strings"

	"firstlook/calendar"
	"firstlook/internal/desk"
	"firstlook/right"
)

// The picture of a need over time: one lane for each matter and each lot. It is drawn from the events that the party may see, and the
// table beside it says the same in words.

// Measures of the picture, in its own units; the page shows it at its width and scrolls it where the screen is narrower.
const (
	pictureWidth = 880
	laneLeft     = 170 // room for the names of the lanes
	laneHeight   = 46
	laneTop      = 34
)

// lane is one row of the picture.
type lane struct {
	name, state string
	bars        []bar
	marks       []mark
}

// bar is a span of time in a lane.
type bar struct {
	from, until calendar.Instant
	class       string // window, stood, talks, tail, round, kept
	endless     bool
}

// mark is an instant in a lane.
type mark struct {
	at    calendar.Instant
	class string // said, bad, good
	text  string
}

// picture draws the need.
func (l *look) picture() template.HTML {
	lanes := l.lanes()
	if len(lanes) == 0 {
		return ""
	}
	from, until := l.extent(lanes)
	d := drawing{from: from, until: until, zone: desk.Zone(l.law, l.Who)}
	height := laneTop + laneHeight*len(lanes) + 24
	d.printf(`<svg class="picture" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="pic-t pic-d">`, pictureWidth, height, pictureWidth, height)
	d.printf(`<title id="pic-t">%s over time</title><desc id="pic-d">%s</desc>`, esc(string(l.Need.ID)), esc(describe(lanes, d.zone)))
	d.printf(`<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="6" height="6"/><rect class="hatch-line" width="2.5" height="6"/></pattern></defs>`)
	d.axis(height)
	for i := range lanes {
		d.lane(&lanes[i], laneTop+laneHeight*i)
	}
	if now := d.x(l.now); now >= laneLeft && now <= pictureWidth-10 {
		d.printf(`<line class="now" x1="%d" x2="%d" y1="%d" y2="%d"/><text class="now-word" x="%d" y="%d" text-anchor="%s">now</text>`, now, now, laneTop-8, height-20, now, height-6, anchor(now))
	}
	d.printf("</svg>")
	return template.HTML(d.String()) // every text in it passed esc
}

func esc(s string) string { return html.EscapeString(s) }

func anchor(x int) string {
	if x > pictureWidth-40 {
		return "end"
	}
	return "middle"
}

// lanes are the matters and rounds in the order in which they began.
func (l *look) lanes() []lane {
	var out []lane
	for i := range l.Matters {
		n := &l.Matters[i]
		one := lane{name: n.Matter + " " + nameOf(l.law, n.Holder), state: stateWords(n)}
		l.fill(&one, n)
		if len(one.bars)+len(one.marks) > 0 {
			out = append(out, one)
		}
	}
	for _, x := range l.lotIDs() {
		one := lane{name: x + " market"}
		l.rounds(&one, x)
		if len(one.bars)+len(one.marks) > 0 {
			out = append(out, one)
		}
	}
	slices.SortStableFunc(out, func(a, b lane) int { return int(min(1, max(-1, a.begin()-b.begin()))) })
	return out
}

func (a *lane) begin() calendar.Instant {
	at := calendar.Latest
	for _, b := range a.bars {
		at = min(at, b.from)
	}
	for _, m := range a.marks {
		at = min(at, m.at)
	}
	return at
}

// lotIDs are the lots that events name.
func (l *look) lotIDs() []string {
	var out []string
	for _, e := range l.Events {
		id := ""
		switch f := e.Fact.(type) {
		case *right.OffersRequested:
			id = f.Lot.String()
		case *right.Awarded:
			id = f.Lot.String()
		}
		if id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// fill draws a matter: the notice, the window with what stopped it, answers, the end, the tail.
func (l *look) fill(a *lane, n *desk.Notice) {
	var open, stood calendar.Instant // when the window began to run, and when it stopped
	closes := calendar.Instant(0)
	shut := func(at calendar.Instant) {
		if open.IsSet() && at > open {
			a.bars = append(a.bars, bar{from: open, until: at, class: "window"})
		}
		if stood.IsSet() && at > stood {
			a.bars = append(a.bars, bar{from: stood, until: at, class: "stood"})
		}
		open, stood = 0, 0
	}
	about := func(id right.MatterID) bool { return id.String() == n.Matter }
	for _, e := range l.Events {
		switch f := e.Fact.(type) {
		case *right.Noticed:
			if about(f.Matter) {
				a.marks = append(a.marks, mark{e.At, "said", "notice"})
			}
		case *right.Opened:
			if about(f.Matter) {
				shut(e.At)
				open, closes = e.At, f.AnswerBy
			}
		case *right.Interested:
			if about(f.Matter) {
				shut(e.At)
				a.bars = append(a.bars, bar{from: e.At, until: f.NegotiateBy, class: "talks"})
			}
		case *right.Tolled:
			if about(f.Matter) && !stood.IsSet() {
				shut(e.At)
				stood = e.At
			}
		case *right.Answered:
			if about(f.Answer.Matter) {
				a.marks = append(a.marks, mark{e.At, "said", answerShort(f.Answer.Kind)})
			}
		case *right.Countered:
			if about(f.Matter) && len(a.marks) > 0 {
				a.marks[len(a.marks)-1] = mark{e.At, "said", "counter"}
			}
		case *right.Exercised:
			if about(f.Matter) {
				shut(min(e.At, atLeast(closes, e.At)))
				if k := len(a.marks); k == 0 || a.marks[k-1].at != e.At { // what was split off begins with its exercise
					a.marks = append(a.marks, mark{e.At, "good", "exercised"})
				} else {
					a.marks[k-1].class = "good"
				}
			}
		case *right.Ended:
			if about(f.Matter) {
				shut(e.At)
				a.marks = append(a.marks, mark{e.At, "bad", plain(f.Outcome)})
			}
		case *right.Released:
			if about(f.Matter) {
				a.bars = append(a.bars, bar{from: e.At, until: f.Until, class: "tail", endless: !f.Until.IsSet()})
			}
		}
	}
	if open.IsSet() && closes > open {
		a.bars = append(a.bars, bar{from: open, until: closes, class: "window"})
	} else if stood.IsSet() {
		shut(max(l.now, stood+1))
	}
}

func atLeast(closes, at calendar.Instant) calendar.Instant {
	if closes.IsSet() {
		return closes
	}
	return at
}

// answerShort is an answer in a word or two.
func answerShort(k right.AnswerKind) string {
	return map[right.AnswerKind]string{right.Exercise: "exercise", right.Decline: "decline", right.Waive: "waive", right.Unable: "unable", right.Name: "names terms",
		right.Interest: "interest", right.Sell: "sells"}[k]
}

// rounds draws a lot in the market: its rounds, its choice, its award.
func (l *look) rounds(a *lane, lot string) {
	for _, e := range l.Events {
		switch f := e.Fact.(type) {
		case *right.OffersRequested:
			if f.Lot.String() == lot {
				a.bars = append(a.bars, bar{from: e.At, until: f.Closes, class: "round"})
			}
		case *right.Chosen:
			if f.Lot.String() == lot {
				a.marks = append(a.marks, mark{e.At, "said", "choice"})
			}
		case *right.Awarded:
			if f.Lot.String() == lot {
				a.marks = append(a.marks, mark{e.At, "good", "award"})
			}
		case *right.Blocked:
			if f.Lot.String() == lot {
				a.marks = append(a.marks, mark{e.At, "bad", "blocked"})
			}
		}
	}
}

// extent is the time that the picture shows: all that happened and what is still to end, but of a long tail no more than fits.
func (l *look) extent(lanes []lane) (from, until calendar.Instant) {
	from, until = calendar.Latest, l.now
	for i := range lanes {
		from = min(from, lanes[i].begin())
		for _, b := range lanes[i].bars {
			if b.class != "tail" {
				until = max(until, b.until)
			}
		}
		for _, m := range lanes[i].marks {
			until = max(until, m.at)
		}
	}
	if last := l.last(lanes); l.now > last+(last-from)+calendar.Instant(48*calendar.Hour) {
		until = last // long over: the picture ends with it
	}
	pad := max((until-from)/12, calendar.Instant(calendar.Hour))
	for i := range lanes {
		for _, b := range lanes[i].bars {
			if b.class == "tail" {
				until = max(until, min(b.until, from+(until-from)*5/4))
			}
		}
	}
	return from - pad/3, until + pad
}

// last is when the latest thing ended or happened, without tails.
func (l *look) last(lanes []lane) calendar.Instant {
	at := calendar.Instant(0)
	for i := range lanes {
		for _, b := range lanes[i].bars {
			if b.class != "tail" {
				at = max(at, b.until)
			}
		}
		for _, m := range lanes[i].marks {
			at = max(at, m.at)
		}
	}
	return at
}

// drawing is a picture in the making.
type drawing struct {
	strings.Builder
	from, until calendar.Instant
	zone        calendar.Zone
}

func (d *drawing) printf(format string, args ...any) { fmt.Fprintf(d, format, args...) }

// x is where an instant lies.
func (d *drawing) x(at calendar.Instant) int {
	room := int64(pictureWidth - laneLeft - 14)
	return laneLeft + int(int64(at-d.from)/1000*room/max(1, int64(d.until-d.from)/1000))
}

// axis writes days along the top, as many as there is room for.
func (d *drawing) axis(height int) {
	loc, err := d.zone.Location()
	if err != nil {
		return
	}
	begin := d.from.Time().In(loc)
	days := int(int64(d.until-d.from)/(24*calendar.Hour)) + 1
	every := max(1, (days+8)/9)
	right := 0
	for n := 1; n <= days; n += every {
		t := begin.AddDate(0, 0, n)
		midnight := calendar.From(t.Add(-sinceMidnight(t)))
		x := d.x(midnight)
		if x < laneLeft || x > pictureWidth-40 || x < right {
			continue
		}
		right = x + 62
		d.printf(`<line class="grid" x1="%d" x2="%d" y1="%d" y2="%d"/><text class="axis" x="%d" y="14">%s</text>`, x, x, 20, height-20, x, t.Format("Mon 2 Jan"))
	}
}

// lane draws one row.
func (d *drawing) lane(a *lane, y int) {
	d.printf(`<text class="lane" x="0" y="%d">%s</text>`, y+15, esc(clip(a.name, 25)))
	if a.state != "" {
		d.printf(`<text class="lane-state" x="0" y="%d">%s</text>`, y+31, esc(clip(a.state, 28)))
	}
	d.printf(`<line class="rail" x1="%d" x2="%d" y1="%d" y2="%d"/>`, laneLeft, pictureWidth-10, y+12, y+12)
	for _, b := range a.bars {
		from := max(d.x(b.from), laneLeft)
		until := min(d.x(b.until), pictureWidth-10)
		if b.endless {
			until = pictureWidth - 10
		}
		d.printf(`<rect class="%s" x="%d" y="%d" width="%d" height="14" rx="3"><title>%s</title></rect>`, b.class, from, y+5, max(2, until-from), esc(b.words(d.zone)))
	}
	free := 0 // up to where words stand already
	for _, m := range a.marks {
		x := d.x(m.at)
		d.printf(`<circle class="mark %s" cx="%d" cy="%d" r="5"><title>%s, %s</title></circle>`, m.class, x, y+12, esc(m.text), m.at.In(d.zone))
		if width := 6 * len(m.text); x-width/2 > free && x+width/2 < pictureWidth {
			d.printf(`<text class="mark-word" x="%d" y="%d" text-anchor="middle">%s</text>`, x, y+33, esc(m.text))
			free = x + width/2 + 6
		}
	}
}

// words says what a bar is.
func (b *bar) words(zone calendar.Zone) string {
	name := map[string]string{"window": "window", "stood": "stands still", "talks": "negotiation", "tail": "released", "round": "round of offers"}[b.class]
	if b.endless {
		return fmt.Sprintf("%s from %s, without an end", name, b.from.In(zone))
	}
	return fmt.Sprintf("%s from %s until %s", name, b.from.In(zone), b.until.In(zone))
}

// clip cuts a name that is longer than its room.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// describe says the picture in words, for who cannot see it.
func describe(lanes []lane, zone calendar.Zone) string {
	var out []string
	for i := range lanes {
		a := &lanes[i]
		words := []string{a.name}
		for j := range a.bars {
			words = append(words, a.bars[j].words(zone))
		}
		for _, m := range a.marks {
			words = append(words, m.text+" at "+m.at.In(zone))
		}
		out = append(out, strings.Join(words, "; "))
	}
	return strings.Join(out, ". ") + "."
}
