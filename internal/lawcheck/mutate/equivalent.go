package main

import "slices"

// reason says why breaking a guard changes nothing that can be seen. A guard is known by its file, its function and its text, so
// that the list stays true when lines move.
type reason struct {
	file, function, text string
	mode                 string // empty for every mode
	why                  string
}

// equivalent lists the mutants that nothing catches, as of the last whole run, each with what is known of it.
var equivalent = []reason{
	{"market.go", "runsOver", "(m.More().Group != 0 || m.For() == e.Holder)", drop, "the other holders of a right that runs one after the other are asked when the choice is made again, under the version of then"},
	{"notice.go", "notice", "n.Terms == nil", never, "what a notice lacks is among its terms, so that one without any is refused before"},
	{"takeover.go", "takeoverTerms", "err == nil", drop, "an appraised price costs what fits; the language wants the error handled"},
	{"negotiate.go", "noWorse", "errors.Join(err, err2) == nil", drop, "what is named in another currency is refused before; the language wants the error handled"},
	{"negotiate.go", "figures", "err != nil", never, "a chosen offer was priced when it was chosen; the language wants the error handled"},
}

// is reports whether a reason is of a mutant.
func (r *reason) is(g *guard, mode string) bool {
	return r.file == g.file && r.function == g.function && r.text == g.text && (r.mode == "" || r.mode == mode)
}

// explained returns why a mutant changes nothing, where that was found out.
func (w *work) explained(m mutant) (string, bool) {
	for i := range equivalent {
		if equivalent[i].is(&w.guards[m.guard-1], m.mode) {
			return equivalent[i].why, true
		}
	}
	return "", false
}

// stale lists the reasons that are of no survivor.
func (w *work) stale(survivors []mutant) []reason {
	return slices.DeleteFunc(slices.Clone(equivalent), func(r reason) bool {
		return slices.ContainsFunc(survivors, func(m mutant) bool { return r.is(&w.guards[m.guard-1], m.mode) })
	})
}
