package main

// reason says why breaking a guard changes nothing that can be seen. A guard is known by its file, its function and its text, so
// that the list stays true when lines move.
type reason struct {
	file, function, text string
	mode                 string // empty for every mode
	why                  string
}

// equivalent lists the mutants that no test can catch.
var equivalent = []reason{
	{"apply.go", "own", "*mine", never, "a slice that is the writer's own is copied once more, which costs time alone"},
	{"codec.go", "Encode", "err != nil", never, "what the engine makes always encodes; the language wants the error handled"},
	{"codec.go", "marshal", "err != nil", never, "what the engine makes always encodes; the language wants the error handled"},
	{"codec.go", "Digest", "err != nil", never, "a state always encodes; the language wants the error handled"},
	{"encode.go", "quoted", "err != nil", never, "a string always encodes; the language wants the error handled"},
	{"engage.go", "refresh", "!t.over(e.clause)", drop, "of a version that binds the one in force is the same and was decided; the check saves listing what is in force"},
	{"engage.go", "exhausted", "m.Status != Terminated", drop, "only a matter that was terminated has a threshold that its need stays below; the check saves adding up the others"},
	{"engage.go", "gone", "r.Until <= t.at", drop, "while a release is live its right is not asked anew: a group of a right that nothing reopens runs once"},
	{"market.go", "runsOver", "(m.More().Group != 0 || m.For() == e.Holder)", drop, "the other holders of a right that runs one after the other are asked when the choice is made again, under the version of then"},
	{"notice.go", "notice", "n.Terms == nil", never, "what a notice lacks is among its terms, so that one without any is refused before"},
	{"takeover.go", "takeoverTerms", "err == nil", drop, "an appraised price costs what fits; the language wants the error handled"},
	{"takeover.go", "callOfNext", "stageOf(e.clause) != onEvent", drop, "only an option opens on events; the check saves looking through its versions"},
	{"negotiate.go", "noWorse", "errors.Join(err, err2) == nil", drop, "what is named in another currency is refused before; the language wants the error handled"},
	{"negotiate.go", "figures", "err != nil", never, "a chosen offer was priced when it was chosen; the language wants the error handled"},
	{"release.go", "pickLanded", "err != nil", never, "a chosen offer was priced when it was chosen; the language wants the error handled"},
	{"turn.go", "usualEvents", "SubmitOffer, WithdrawOffer, Settle", never, "the room that is made for events grows where it is too small"},
	{"turn.go", "usualEvents", "Choose", never, "the room that is made for events grows where it is too small"},
	{"turn.go", "usualEvents", "Submit", never, "the room that is made for events grows where it is too small"},
	{"turn.go", "usualEvents", "Answer", never, "the room that is made for events grows where it is too small"},
	{"turn.go", "Step", "len(t.events) > settled", drop, "a refusal that began nothing drops nothing; the check saves applying the events again"},
}

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
