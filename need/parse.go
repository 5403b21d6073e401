package need

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/strict"
)

// Parse reads a need from a file. The error lists everything that is wrong, with file, line and column.
func Parse(file string, data []byte) (capacity.Need, error) {
	w, f := strict.Read(file, data, form)
	if !f.Parsed() {
		return capacity.Need{}, f.Err()
	}
	n := w.need(f)
	if err := f.Err(); err != nil {
		return capacity.Need{}, err
	}
	return n, nil
}

// Schema returns the published JSON Schema of need files.
func Schema() ([]byte, error) {
	return strict.Document("urn:firstlook:schema:need", "Firstlook need", form.Schema())
}

// Flag is one flag of a command that submits a need.
type Flag struct {
	Name  string // offers-window
	Usage string
	List  bool // takes several values: repeated, or separated by commas
}

// Flags lists the flags that [FromFlags] reads, in the order of the file's keys.
func Flags() []Flag {
	lists := []string{"accelerators", "regions", "residency", "security", "data"}
	var out []Flag
	for _, p := range form.Schema().Properties {
		switch p.Key {
		case "lines":
		case "compute":
			out = append(out, Flag{"compute", "Accelerator-hours of work and their model, in place of a quantity: \"12000000 of H100\"", false})
		case "data":
			out = append(out, Flag{"data", "A data set that the workload reads: name=corpus,cloud=azure,region=eastus,size=500 TB; repeat for more", true})
		default:
			out = append(out, Flag{strings.ReplaceAll(p.Key, "_", "-"), p.Description, slices.Contains(lists, p.Key)})
		}
	}
	return out
}

// FromFlags reads a need of one line from flags, by name. A problem's path is then the flag: --offers-window.
func FromFlags(values map[string][]string) (capacity.Need, error) {
	tree, problems := flagTree(values)
	w, f := strict.ReadFlags(tree, form)
	n := w.need(f)
	if err := f.Err(); err != nil {
		var found strict.Problems
		if !errors.As(err, &found) {
			return capacity.Need{}, err
		}
		for _, p := range found {
			problems = append(problems, asFlag(p))
		}
	}
	if len(problems) > 0 {
		problems.Sort()
		return capacity.Need{}, problems
	}
	return n, nil
}

// asFlag puts a problem of a key into the words of the command line.
func asFlag(p strict.Problem) strict.Problem {
	key, _, _ := strings.Cut(p.Path, "[")
	key, _, _ = strings.Cut(key, ".")
	name := strings.ReplaceAll(key, "_", "-")
	p.Path = "--" + name
	p.Message = strings.Replace(p.Message, "the key is missing", "the flag is missing", 1)
	p.Hint = strings.Replace(p.Hint, "add "+key+":", "add --"+name, 1)
	p.Hint = strings.Replace(p.Hint, "[H100]", "H100", 1)
	return p
}

// flagTree gives flags the shape of a file.
func flagTree(values map[string][]string) (map[string]any, strict.Problems) {
	tree := map[string]any{}
	var problems strict.Problems
	for _, flag := range Flags() {
		given, ok := values[flag.Name]
		if !ok {
			continue
		}
		key := strings.ReplaceAll(flag.Name, "-", "_")
		switch {
		case flag.Name == "data":
			tree[key] = dataTree(given)
		case flag.Name == "compute":
			hours, of, ok := strings.Cut(given[len(given)-1], " of ")
			if !ok {
				problems = append(problems, strict.Problem{Path: "--compute", Message: fmt.Sprintf("%q names no accelerator", given[len(given)-1]), Hint: "write --compute \"12000000 of H100\""})
				continue
			}
			tree[key] = map[string]any{"hours": hours, "of": of}
		case flag.List:
			var list []any
			for _, v := range given {
				for item := range strings.SplitSeq(v, ",") {
					list = append(list, strings.TrimSpace(item))
				}
			}
			tree[key] = list
		case len(given) > 1:
			problems = append(problems, strict.Problem{Path: "--" + flag.Name, Message: "the flag stands twice", Hint: "give it once"})
		default:
			tree[key] = strings.Join(given, "")
		}
	}
	names := make([]string, 0, len(Flags()))
	for _, f := range Flags() {
		names = append(names, f.Name)
	}
	for name := range values {
		if !slices.Contains(names, name) {
			hint := "see --help"
			if near := strict.Suggest(name, names); near != "" {
				hint = "did you mean --" + near + "?"
			}
			problems = append(problems, strict.Problem{Path: "--" + name, Message: "unknown flag", Hint: hint})
		}
	}
	return tree, problems
}

func dataTree(given []string) []any {
	var sets []any
	for _, v := range given {
		set := map[string]any{}
		for part := range strings.SplitSeq(v, ",") {
			key, value, _ := strings.Cut(part, "=")
			set[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
		sets = append(sets, set)
	}
	return sets
}

// maxYears bounds a period; no agreement about compute reaches further.
const maxYears = 30

// period resolves the start and the end of a line.
func (l *written) period(f *strict.File, path string) calendar.Span {
	at := func(key string) string { return strict.Path(path, key) }
	has := func(key string) bool { return f.Has(at(key)) }
	switch {
	case has("duration") && has("until"):
		f.Report(at("until"), "both duration and until are given", "keep one of the two")
	case !has("duration") && !has("until"):
		f.Report(at("duration"), "the key is missing", "say how long: duration: 180 days, or until: with a date")
	}
	span := calendar.Span{From: l.start, Until: l.until}
	if !l.start.IsSet() {
		return span
	}
	if !l.duration.IsZero() {
		end, err := after(l.start, l.duration)
		if err != nil {
			f.Report(at("duration"), err.Error(), "")
			return span
		}
		span.Until = end
	}
	limit := calendar.From(l.start.Time().AddDate(maxYears, 0, 0))
	switch {
	case !span.Until.IsSet():
	case span.Until <= span.From:
		f.Report(at("until"), fmt.Sprintf("the period ends at %s, before it starts at %s", span.Until, span.From), "name a later end")
	case span.Until > limit:
		key := "until"
		if has("duration") {
			key = "duration"
		}
		f.Report(at(key), fmt.Sprintf("the period has more than %d years (%s)", maxYears, span), "shorten it")
	}
	return span
}

// after returns the end of a period of the given length: hours, days and weeks by the clock, months by the calendar of UTC.
func after(start calendar.Instant, l calendar.Length) (calendar.Instant, error) {
	if span, ok := l.Exact(); ok {
		return start + span, nil
	}
	if l.Unit == calendar.BusinessDays {
		return 0, fmt.Errorf("a period is not counted in business days; use hours, days, weeks or months")
	}
	t := start.Time()
	first := t.AddDate(0, 0, 1-t.Day()).AddDate(0, l.N, 0)
	last := first.AddDate(0, 1, -1).Day()
	return calendar.From(first.AddDate(0, 0, min(t.Day(), last)-1)), nil
}
