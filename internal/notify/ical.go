package notify

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"firstlook/calendar"
	"firstlook/right"
)

// Entry is what the recipient's calendar shall say of a matter after a letter.
type Entry struct {
	State EntryState       `json:"state,omitempty"`
	Until calendar.Instant `json:"until,omitzero"` // the deadline
	// Sequence grows with the need's record, so that a later letter's entry takes the place of an earlier one's whichever arrives last.
	Sequence int64         `json:"sequence,omitempty"`
	Zone     calendar.Zone `json:"zone,omitempty"` // of the recipient
}

// EntryState says how an entry stands; empty for none.
type EntryState string

// How an entry stands.
const (
	Runs  EntryState = "runs"  // the deadline stands
	Still EntryState = "still" // the window is stopped: the deadline that it had no longer counts
	Over  EntryState = "over"  // there is nothing left to answer
)

// entry sets what the calendar shall say.
func (d *draft) entry() {
	if d.m == nil || !changesCalendar(d.Kind) {
		return
	}
	d.Entry = Entry{Sequence: d.s.Events, Zone: d.zone(d.To.ID)}
	answers := d.To.ID == d.m.Holder
	last := max(d.m.AnswerBy, d.m.More().NegotiateBy) // the deadline that an earlier letter named
	switch {
	case d.Deadline != nil:
		d.Entry.State, d.Entry.Until = Runs, d.Deadline.Until
	case answers && d.m.Status == right.Stood && last.IsSet():
		d.Entry.State, d.Entry.Until = Still, last
	case answers && last.IsSet():
		d.Entry.State, d.Entry.Until = Over, last
	default:
		d.Entry = Entry{}
	}
}

// Calendar writes the deadline as an iCalendar object (RFC 5545): one event at the deadline, in the recipient's zone, with alarms a
// day and an hour before. Its UID names need, matter and recipient, so that a longer window, a stop and the end change the one entry.
// It is empty for a letter that changes no entry.
func Calendar(d *Document, domain string) []byte {
	e := d.Entry
	if e.State == "" {
		return nil
	}
	var c ical
	method, status, summary := "PUBLISH", "CONFIRMED", fmt.Sprintf("Firstlook %s/%s: answer before this", d.Need, d.Matter)
	switch e.State {
	case Still:
		status, summary = "TENTATIVE", fmt.Sprintf("Firstlook %s/%s: the window stands still", d.Need, d.Matter)
	case Over:
		method, status, summary = "CANCEL", "CANCELLED", fmt.Sprintf("Firstlook %s/%s: nothing left to answer", d.Need, d.Matter)
	}
	c.line("BEGIN", "VCALENDAR")
	c.line("VERSION", "2.0")
	c.line("PRODID", "-//Firstlook//Notices//EN")
	c.line("METHOD", method)
	when := c.zone(e.Zone, e.Until)
	c.line("BEGIN", "VEVENT")
	c.line("UID", fmt.Sprintf("%s.%s.%s@%s", d.Need, d.Matter, d.To.ID, domain))
	c.line("SEQUENCE", fmt.Sprint(e.Sequence))
	c.line("DTSTAMP", d.At.Time().Format("20060102T150405Z"))
	c.line("DTSTART"+when.param, when.value)
	c.line("SUMMARY", escape(summary))
	c.line("DESCRIPTION", escape(fmt.Sprintf("%s\nClause %s. The letter says what is asked and how to answer. Its SHA-256: %s", d.Title, d.Clause, d.Hash)))
	c.line("STATUS", status)
	c.line("TRANSP", "TRANSPARENT")
	if e.State == Runs {
		c.alarm("-P1D", summary)
		c.alarm("-PT1H", summary)
	}
	c.line("END", "VEVENT")
	c.line("END", "VCALENDAR")
	return []byte(c.String())
}

// ical writes content lines.
type ical struct{ strings.Builder }

// line writes one content line, folded at 75 octets between characters.
func (c *ical) line(name, value string) {
	rest := name + ":" + value
	for limit := 75; len(rest) > limit; limit = 74 {
		n := limit
		for !utf8.RuneStart(rest[n]) {
			n--
		}
		c.WriteString(rest[:n] + "\r\n ")
		rest = rest[n:]
	}
	c.WriteString(rest + "\r\n")
}

func (c *ical) alarm(trigger, text string) {
	c.line("BEGIN", "VALARM")
	c.line("ACTION", "DISPLAY")
	c.line("TRIGGER", trigger)
	c.line("DESCRIPTION", escape(text))
	c.line("END", "VALARM")
}

// stamp is a date and time with its parameter.
type stamp struct{ param, value string }

// zone writes what a zone's clocks do around an instant, and returns the instant in it. The instant is cut to its second: a window that
// includes its last instant closes a microsecond later, and that second is the last one in time.
func (c *ical) zone(zone calendar.Zone, at calendar.Instant) stamp {
	loc, err := zone.Location()
	if err != nil || loc == time.UTC || zone == "UTC" {
		return stamp{"", at.Time().Format("20060102T150405Z")}
	}
	local := at.Time().In(loc)
	c.line("BEGIN", "VTIMEZONE")
	c.line("TZID", string(zone))
	since, until := local.ZoneBounds()
	c.observance(since, local)
	if !until.IsZero() {
		c.observance(until, until.In(loc))
	}
	c.line("END", "VTIMEZONE")
	return stamp{";TZID=" + string(zone), local.Format("20060102T150405")}
}

// observance writes what the clocks show from an instant on; the zero time stands for always.
func (c *ical) observance(from, at time.Time) {
	kind := "STANDARD"
	if at.IsDST() {
		kind = "DAYLIGHT"
	}
	name, offset := at.Zone()
	before, onset := offset, "19700101T000000"
	if !from.IsZero() {
		_, before = from.Add(-time.Second).In(at.Location()).Zone()
		onset = from.UTC().Add(time.Duration(before) * time.Second).Format("20060102T150405")
	}
	c.line("BEGIN", kind)
	c.line("DTSTART", onset)
	c.line("TZOFFSETFROM", utcOffset(before))
	c.line("TZOFFSETTO", utcOffset(offset))
	c.line("TZNAME", escape(name))
	c.line("END", kind)
}

func utcOffset(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	return fmt.Sprintf("%c%02d%02d", sign, seconds/3600, seconds%3600/60)
}

// escape writes a text value.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r", "", "\n", `\n`).Replace(s)
}
