package whatif

import (
	"bytes"
	"fmt"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/internal/scenario"
	"firstlook/right"
)

// ParseAct reads an act in the form of a scenario, "TIME PARTY[/PERSON] VERB ARGUMENTS", or an answer in short,
// "m1 exercise 32": by the holder of the matter, as long after the notice as the record's answer came, or at once.
func ParseAct(h *History, line string) (Act, error) {
	line = strings.TrimSpace(line)
	need := h.Need().ID
	if line == "" || line[0] >= '0' && line[0] <= '9' {
		c, at, err := scenario.ReadCommand(line, need)
		return Act{At: at, Command: c}, err
	}
	matter, rest, _ := strings.Cut(line, " ")
	holder := ""
	for _, e := range h.Events {
		if f, ok := e.Fact.(*right.MatterOpened); ok && f.Matter.String() == matter {
			holder = string(f.Holder)
		}
		if f, ok := e.Fact.(*right.LotSplit); ok && f.Matter.String() == matter {
			s := right.Replay(h.Laws[len(h.Laws)-1].Law, h.Events)
			holder = string(s.Matter(f.Matter).Holder)
		}
	}
	if holder == "" {
		return Act{}, fmt.Errorf("the record has no matter %q; write the whole line: 2026-03-02T12:00Z PARTY exercise m1", matter)
	}
	verb, more, _ := strings.Cut(strings.TrimSpace(rest), " ")
	if plain, colon := strings.CutSuffix(verb, ":"); colon { // m1 name: TERMS
		verb, matter = plain, matter+":"
	}
	c, _, err := scenario.ReadCommand(fmt.Sprintf("%s %s %s %s %s", h.End, holder, verb, matter, more), need)
	if err != nil {
		return Act{}, err
	}
	if _, ok := c.Ask.(right.Answer); !ok {
		return Act{}, fmt.Errorf("%q is not an answer of %s; write the whole line: 2026-03-02T12:00Z PARTY VERB ...", line, holder)
	}
	return Act{Command: c, AsInRecord: true}, nil
}

// ParseFact reads TRIGGER@INSTANT.
func ParseFact(text string) (Fact, error) {
	trigger, when, ok := strings.Cut(text, "@")
	at, err := calendar.Parse(when)
	if !ok || trigger == "" || err != nil {
		return Fact{}, fmt.Errorf("%q does not read; write profit-threshold@2026-03-02T12:00Z", text)
	}
	return Fact{Trigger: agreement.TriggerID(trigger), At: at}, nil
}

// Side says where a line of two timelines stands.
type Side byte

// The sides of a line.
const (
	Both     Side = '='
	InRecord Side = '-'
	InWhatIf Side = '+'
)

// Line is one event of two timelines that are read as one.
type Line struct {
	Side  Side
	Event right.Event
}

// Lines reads the two timelines of a result as one, in the order of time: what both have once, then what one has alone. What
// is the same from the fork to the first parting is left out.
func (r *Result) Lines() []Line {
	same := r.Common - (r.Fork.Event - 1)
	a, b := r.Record.Events[same:], r.WhatIf.Events[same:]
	x, y := make([][]byte, len(a)), make([][]byte, len(b))
	for i := range a {
		x[i] = told(a[i])
	}
	for i := range b {
		y[i] = told(b[i])
	}
	// longest[i][j] is how many events a[i:] and b[j:] have in common, in order.
	longest := make([][]int, len(a)+1)
	for i := range longest {
		longest[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			if bytes.Equal(x[i], y[j]) {
				longest[i][j] = longest[i+1][j+1] + 1
			}
		}
	}
	var out []Line
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && bytes.Equal(x[i], y[j]):
			out = append(out, Line{Both, a[i]})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && longest[i+1][j] >= longest[i][j+1] && (a[i].At <= b[j].At || longest[i+1][j] > longest[i][j+1]):
			out = append(out, Line{InRecord, a[i]})
			i++
		case i == len(a) || longest[i][j+1] >= longest[i+1][j]:
			out = append(out, Line{InWhatIf, b[j]})
			j++
		default:
			out = append(out, Line{InRecord, a[i]})
			i++
		}
	}
	return out
}

// Duration writes a difference of instants: "4 days 2 hours", "30 minutes", "none".
func Duration(d calendar.Instant) string {
	if d < 0 {
		d = -d
	}
	left := int64(d) / calendar.Hour * 60
	left += int64(d) % calendar.Hour / (calendar.Hour / 60)
	var parts []string
	for _, u := range []struct {
		name    string
		minutes int64
	}{{"day", 24 * 60}, {"hour", 60}, {"minute", 1}} {
		n := left / u.minutes
		left %= u.minutes
		switch {
		case n == 1:
			parts = append(parts, "1 "+u.name)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", n, u.name))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, " ")
}
