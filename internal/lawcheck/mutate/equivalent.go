package main

// reason says why breaking a guard changes nothing that can be seen. A guard is known by its file, its function and its text, so
// that the list stays true when lines move.
type reason struct {
	file, function, text string
	mode                 string // empty for every mode
	why                  string
}

// equivalent lists the mutants that no test can catch.
var equivalent = []reason{}

// explained returns why a mutant changes nothing, where that was found out.
func (w *work) explained(m mutant) (string, bool) {
	g := w.guards[m.guard-1]
	for _, r := range equivalent {
		if r.file == g.file && r.function == g.function && r.text == g.text && (r.mode == "" || r.mode == m.mode) {
			return r.why, true
		}
	}
	return "", false
}
