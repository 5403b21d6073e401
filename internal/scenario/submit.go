package scenario

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/strict"
	"firstlook/need"
	"firstlook/right"
)

// wordsOfNeed lists the words that take a value in a submission, with the flag of package need that each stands for.
var wordsOfNeed = []struct {
	word, flag string
	values     int // words of the value
	line       bool
}{
	{"least", "least", 1, true},
	{"in", "regions", 1, true},
	{"country", "residency", 1, true},
	{"via", "interconnect", 1, false},
	{"sla", "service-level", 1, false},
	{"secure", "security", 1, false},
	{"budget", "budget", 2, false},
	{"power", "power", 2, false},
	{"carbon", "carbon", 1, false},
	{"offers", "offers-window", 2, false},
	{"for", "buyer", 1, false},
}

// closedWords are those that say what they are by themselves.
var closedWords = map[string][]string{
	"class":    texts(capacity.Classes),
	"purpose":  texts(capacity.Purposes),
	"customer": texts(capacity.Customers),
	"sourcing": texts(capacity.Sourcings),
	"tenure":   texts(capacity.Tenures),
}

// NeedWords lists the words that a submission may have, for the documentation.
func NeedWords() []string {
	out := []string{"or", "and", "divisible", "data", "sells"}
	for _, w := range wordsOfNeed {
		out = append(out, w.word)
	}
	for _, words := range closedWords {
		out = append(out, words...)
	}
	slices.Sort(out)
	return out
}

// readSubmit reads "NEED: QUANTITY ACCELERATOR [or ACCELERATOR] PERIOD WORDS [and QUANTITY ...]".
func readSubmit(p *phrase) (action, error) {
	if len(p.head) != 1 || p.terms == "" {
		return nil, p.form("%q does not read", p.all)
	}
	p.step.need = capacity.NeedID(p.head[0])
	var whole map[string][]string // what concerns the need
	var lines []map[string][]string
	for i, part := range lineParts(strings.Fields(p.terms)) {
		general := map[string][]string{"need": {p.head[0]}, "buyer": {string(p.step.by)}}
		line, err := readLine(part, general)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			whole = general
		}
		for flag, values := range general {
			if i > 0 && flag != "need" && flag != "buyer" {
				whole[flag] = append(whole[flag], values...)
			}
		}
		lines = append(lines, line)
	}
	var out capacity.Need
	for i, line := range lines {
		flags := maps.Clone(whole)
		maps.Copy(flags, line)
		one, err := need.FromFlags(flags)
		if err != nil {
			return nil, inWords(err)
		}
		if i == 0 {
			out = one
			continue
		}
		out.Lines = append(out.Lines, one.Lines...)
	}
	return ask{right.Submit{Need: out}}, nil
}

// lineParts cuts the words of a submission at each "and".
func lineParts(words []string) [][]string {
	var out [][]string
	for {
		i := slices.Index(words, "and")
		if i < 0 {
			return append(out, words)
		}
		out, words = append(out, words[:i]), words[i+1:]
	}
}

// readLine reads one line into flags; what concerns the whole need goes to general.
func readLine(w []string, general map[string][]string) (map[string][]string, error) {
	if len(w) < 3 {
		return nil, wrong("begin with a quantity, an accelerator and a period: 64 H100 2026-04-01..2026-07-01", "%q does not read", strings.Join(w, " "))
	}
	line := map[string][]string{"quantity": {w[0]}, "accelerators": {w[1]}}
	for w = w[2:]; len(w) > 1 && w[0] == "or"; w = w[2:] {
		line["accelerators"] = append(line["accelerators"], w[1])
	}
	if len(w) == 0 {
		return nil, wrong("name the period: 2026-04-01..2026-07-01", "no period stands behind the accelerators")
	}
	from, until, ok := strings.Cut(w[0], "..")
	if !ok {
		return nil, wrong("write 2026-04-01..2026-07-01", "%q is not a period", w[0])
	}
	line["start"], line["until"] = []string{from}, []string{until}
	for w = w[1:]; len(w) > 0; {
		n, err := readWord(w, line, general)
		if err != nil {
			return nil, err
		}
		w = w[n:]
	}
	return line, nil
}

// readWord reads one word with its value and returns how many words that were.
func readWord(w []string, line, general map[string][]string) (int, error) {
	switch w[0] {
	case "divisible":
		line["divisible"] = []string{"true"}
		return 1, nil
	case "data":
		return readData(w, general)
	case "sells":
		general["direction"] = []string{"sells"}
		return 1, nil
	}
	for flag, words := range closedWords {
		if slices.Contains(words, w[0]) {
			general[flag] = append(general[flag], w[0])
			return 1, nil
		}
	}
	for _, known := range wordsOfNeed {
		if known.word != w[0] {
			continue
		}
		if len(w) <= known.values {
			return 0, wrong("say it behind the word", "%q has no value", w[0])
		}
		value := strings.Join(w[1:1+known.values], " ")
		if known.word == "carbon" {
			value += " g/kWh"
		}
		into := general
		if known.line {
			into = line
		}
		into[known.flag] = []string{value}
		return 1 + known.values, nil
	}
	return 0, wrong(meant(w[0], NeedWords(), "see docs/spec/scenarios.md for the words of a need"), "%q is not a word of a need", w[0])
}

// readData reads "data NAME SIZE UNIT in CLOUD[/REGION]".
func readData(w []string, general map[string][]string) (int, error) {
	if len(w) < 6 || w[4] != "in" {
		return 0, wrong("write data corpus 500 TB in azure/eastus", "the data set does not read")
	}
	cloud, region, has := strings.Cut(w[5], "/")
	text := fmt.Sprintf("name=%s,cloud=%s,size=%s %s", w[1], cloud, w[2], w[3])
	if has {
		text += ",region=" + region
	}
	general["data"] = append(general["data"], text)
	return 6, nil
}

// inWords puts problems of flags into the words of a scenario.
func inWords(err error) error {
	var found strict.Problems
	if !errors.As(err, &found) || len(found) == 0 {
		return err
	}
	messages := make([]string, len(found))
	for i, p := range found {
		name := strings.TrimPrefix(p.Path, "--")
		for _, w := range wordsOfNeed {
			if w.flag == name {
				name = w.word
			}
		}
		messages[i] = name + ": " + strings.ReplaceAll(p.Message, "the flag is missing", "it is missing")
	}
	hint := found[0].Hint
	if hint == "" || strings.Contains(hint, "--") {
		hint = "see docs/spec/scenarios.md for the words of a need"
	}
	return wrong(hint, "%s", strings.Join(messages, "; "))
}

// related lists the earlier needs of a buyer, for thresholds that aggregate, limits of how often a notice is given, and ceilings.
func (w *world) related(buyer string) []right.Related {
	var out []right.Related
	for _, s := range w.streams {
		n := s.state.Need
		if n == nil || string(n.Buyer) != buyer {
			continue
		}
		one := desk.Related(n, s.submitted)
		one.Taken = desk.Taken(&s.state)
		for i := range s.turns {
			one.Notices = append(one.Notices, desk.Given(&s.state, s.turns[i].events)...)
		}
		out = append(out, one)
	}
	return out
}
