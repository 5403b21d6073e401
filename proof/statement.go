package proof

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/offer"
	"firstlook/party"
)

// Statement is what an auditor found of terms that it was shown and others are not. It is text, signed as a note:
//
//	firstlook statement 1
//	log ORIGIN
//	tree SIZE ROOT              the checkpoint under which the auditor verified the leaves
//	terms INDEX HASH            the leaf whose terms were judged: awarded or signed
//	release INDEX HASH          the leaf that released the capacity: its cap and the end of its tail
//	direction buys              of the grantor: it says which way a term is more favourable; or sells
//	cap within_cap              or outside_cap, incomparable, none
//	tail inside_tail            or outside_tail
//	counterparty any            or named, another
//	at INSTANT                  of the leaf that was judged
//
// The note is recorded in the stream [ClearStream], as {"note":TEXT}, and stands in its leaf in clear.
type Statement struct {
	Log            Checkpoint
	Terms, Release Place
	Direction      agreement.Direction
	Cap            string
	Tail           string
	Counterparty   string
	At             calendar.Instant
}

// Place names a leaf.
type Place struct {
	Index int64
	Hash  Hash
}

const statementTitle = "firstlook statement 1"

// KindStatement is the kind of the record that holds an auditor's statement.
const KindStatement = "statement"

// release is what the law keeps of the right that was declined, lapsed or waived.
type release struct {
	Cap          *offer.Terms     `json:"cap"`
	Until        calendar.Instant `json:"until"`
	Counterparty party.ID         `json:"counterparty"`
	Tolerance    capacity.Percent `json:"tolerance"`
}

// given is what somebody was given.
type given struct {
	Provider party.ID    `json:"provider"`
	Terms    offer.Terms `json:"terms"`
}

// Attest judges the terms of one leaf under the release of another, as an agreement whose grantor buys or sells reads them.
// Both leaves must come from a receipt that was verified, and be open as far as it is needed; an error says what is not.
func Attest(c Checkpoint, d agreement.Direction, terms, released *Seen) (Statement, error) {
	s := Statement{Log: c, Direction: d, Terms: Place{terms.Index, terms.Hash}, Release: Place{released.Index, released.Hash}}
	var rel release
	var got given
	switch {
	case d != agreement.Buys && d != agreement.Sells:
		return s, fmt.Errorf("the grantor buys or sells; %q is neither", d)
	case released.Type != "released":
		return s, fmt.Errorf("%s is not a release", released.name())
	case terms.Type != "awarded" && terms.Type != "signed":
		return s, fmt.Errorf("%s awards and signs nothing", terms.name())
	case terms.Name != released.Name:
		return s, fmt.Errorf("%s and %s are of two needs", terms.name(), released.name())
	case terms.Index < released.Index:
		return s, fmt.Errorf("%s stands before %s", terms.name(), released.name())
	}
	if err := fact(released, &rel, "cap", "counterparty"); err != nil {
		return s, err
	}
	needed := []string{"terms"}
	if rel.Counterparty != "" {
		needed = append(needed, "provider")
	}
	if err := fact(terms, &got, needed...); err != nil {
		return s, err
	}
	at, err := calendar.Parse(terms.At)
	if err != nil {
		return s, fmt.Errorf("%s: %w", terms.name(), err)
	}
	s.At, s.Cap, s.Tail, s.Counterparty = at, "none", "inside_tail", "any"
	if rel.Cap != nil {
		order, _ := offer.Compare(d, rel.Cap, &got.Terms, rel.Tolerance)
		s.Cap = order.String()
	}
	if rel.Until.IsSet() && at >= rel.Until {
		s.Tail = "outside_tail"
	}
	if rel.Counterparty != "" {
		if s.Counterparty = "named"; got.Provider != rel.Counterparty {
			s.Counterparty = "another"
		}
	}
	return s, nil
}

// fact reads an event's fact; the members named may not be sealed.
func fact(s *Seen, to any, needed ...string) error {
	raw := member(s.Said, "fact")
	if raw == nil {
		return fmt.Errorf("%s is sealed; the auditor needs it open", s.name())
	}
	open := map[string]json.RawMessage{}
	members(raw, func(name, value []byte) bool {
		if !strings.HasPrefix(string(value), string(sealMark)) {
			open[string(name)] = value
		}
		return true
	})
	for _, n := range needed {
		if member(raw, n) != nil && open[n] == nil {
			return fmt.Errorf("%s: %s is sealed; the auditor needs it open", s.name(), n)
		}
	}
	b, err := json.Marshal(open)
	if err != nil {
		return err
	}
	if strings.Contains(string(open["terms"])+string(open["cap"]), string(sealMark)) {
		return fmt.Errorf("%s: something in its terms is sealed; the auditor needs it open", s.name())
	}
	if err := json.Unmarshal(b, to); err != nil {
		return fmt.Errorf("%s: %w", s.name(), err)
	}
	return nil
}

// Honoured reports whether the terms kept within what the release allows.
func (s Statement) Honoured() bool {
	return (s.Cap == offer.Within.String() || s.Cap == "none") && s.Tail == "inside_tail" && s.Counterparty != "another"
}

// Text is the statement as it is signed.
func (s Statement) Text() string {
	return fmt.Sprintf("%s\nlog %s\ntree %d %s\nterms %d %s\nrelease %d %s\ndirection %s\ncap %s\ntail %s\ncounterparty %s\nat %s\n", statementTitle, s.Log.Origin,
		s.Log.Size, s.Log.Root, s.Terms.Index, s.Terms.Hash, s.Release.Index, s.Release.Hash, s.Direction, s.Cap, s.Tail, s.Counterparty, s.At)
}

var errStatement = errors.New("this is not the text of a statement")

// ParseStatement reads the text of a statement.
func ParseStatement(text string) (s Statement, err error) {
	lines := strings.Split(text, "\n")
	words := []string{statementTitle, "log", "tree", "terms", "release", "direction", "cap", "tail", "counterparty", "at", ""}
	if len(lines) != len(words) || lines[0] != statementTitle {
		return s, errStatement
	}
	values := make([]string, len(words))
	for i := 1; i < len(words)-1; i++ {
		word, value, _ := strings.Cut(lines[i], " ")
		if word != words[i] || value == "" {
			return s, errStatement
		}
		values[i] = value
	}
	s.Log.Origin, s.Direction, s.Cap, s.Tail, s.Counterparty = values[1], agreement.Direction(values[5]), values[6], values[7], values[8]
	tree, err1 := parsePlace(values[2])
	terms, err2 := parsePlace(values[3])
	rel, err3 := parsePlace(values[4])
	at, err4 := calendar.Parse(values[9])
	s.Log.Size, s.Log.Root, s.Terms, s.Release, s.At = tree.Index, tree.Hash, terms, rel, at
	if errors.Join(err1, err2, err3, err4) != nil || lines[len(lines)-1] != "" || s.Text() != text {
		return s, errStatement
	}
	return s, nil
}

func parsePlace(s string) (p Place, err error) {
	number, hash, _ := strings.Cut(s, " ")
	if p.Index, err = strconv.ParseInt(number, 10, 64); err != nil {
		return p, err
	}
	raw, err := base64.StdEncoding.DecodeString(hash)
	if err != nil || len(raw) != len(p.Hash) {
		return p, errStatement
	}
	p.Hash = Hash(raw)
	return p, nil
}

// statement reads the statement that a leaf holds; false where it holds none.
func statement(s *Seen) (signed string, ok bool) {
	if s.Name != ClearStream || s.Type != TypeRecord || s.Said == nil {
		return "", false
	}
	var said struct {
		Kind string `json:"kind"`
		Body struct {
			Note string `json:"note"`
		} `json:"body"`
	}
	if json.Unmarshal(s.Said, &said) != nil || said.Kind != KindStatement {
		return "", false
	}
	return said.Body.Note, true
}

// OpenStatement checks the auditor's signature by the keys that are known. The log it is about cannot sign it: an operator who
// states that its own terms were lawful is no auditor.
func OpenStatement(signed string, keys *Keys) (Statement, string, error) {
	n, err := note.Open([]byte(signed), keys)
	if err != nil {
		return Statement{}, "", explain(err, keys)
	}
	s, err := ParseStatement(n.Text)
	if err != nil {
		return s, "", err
	}
	for _, sig := range n.Sigs {
		if k := keys.find(sig.Name, sig.Hash); sig.Name != s.Log.Origin && !k.witness {
			return s, sig.Name, nil
		}
	}
	return s, "", errors.New("it is signed by the log that it is about, and by no auditor")
}

// checkStatements checks the statements in a receipt whose auditors' keys are known, and that the leaves they are about
// are the ones here.
func (v *Verdict) checkStatements(keys *Keys) {
	for i := range v.Seen {
		signed, ok := statement(&v.Seen[i])
		if !ok {
			continue
		}
		st, by, err := OpenStatement(signed, keys)
		if err != nil {
			v.fail(BadStatement, "%s: %v", v.Seen[i].name(), err)
			return
		}
		v.checkPlaces(&v.Seen[i], &st)
		v.statements = append(v.statements, judged{&v.Seen[i], st, by})
	}
}

// checkPlaces checks that a statement in a leaf is about this log, and about the leaves that are here.
func (v *Verdict) checkPlaces(leaf *Seen, st *Statement) {
	if st.Log.Origin != v.Signed.Origin || st.Log.Size > v.Signed.Size || st.Log.Size == v.Signed.Size && st.Log.Root != v.Signed.Root {
		v.fail(BadStatement, "%s is about another log than this one: %s, %s", leaf.name(), st.Log.Origin, st.Log)
	}
	for _, p := range []Place{st.Terms, st.Release} {
		for j := range v.Seen {
			if v.Seen[j].Index == p.Index && v.Seen[j].Hash != p.Hash {
				v.fail(BadStatement, "%s is about another leaf %d than the one here", leaf.name(), p.Index)
			}
		}
		if p.Index >= st.Log.Size {
			v.fail(BadStatement, "%s is about leaf %d, which was not in the tree that the auditor verified", leaf.name(), p.Index)
		}
	}
}

// judged is a statement that stands in a leaf of a receipt.
type judged struct {
	leaf *Seen
	Statement
	by string
}

// sayStatements puts the statements of auditors into words.
func (v *Verdict) sayStatements() {
	for _, j := range v.statements {
		what := "kept within"
		if !j.Honoured() {
			what = "did NOT keep within"
		}
		v.prove("The auditor %s states in leaf %d: the terms of leaf %d %s the release of leaf %d (the grantor %s; cap: %s; tail: %s; counterparty: %s). The auditor saw the terms; you rely on the auditor for that.",
			j.by, j.leaf.Index, j.Terms.Index, what, j.Release.Index, j.Direction, plain(j.Cap), plain(j.Tail), j.Counterparty)
		for _, p := range []Place{j.Terms, j.Release} {
			if !v.has(p) {
				v.remain("What leaf %d is, which the auditor's statement names: it is not in this file.", p.Index)
			}
		}
	}
}

func plain(word string) string { return strings.ReplaceAll(word, "_", " ") }

func (v *Verdict) has(p Place) bool {
	for i := range v.Seen {
		if v.Seen[i].Index == p.Index {
			return true
		}
	}
	return false
}
