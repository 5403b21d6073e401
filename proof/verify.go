package proof

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"firstlook/calendar"
)

// Code names what is wrong with a receipt.
type Code string

// The codes, in the order in which they are looked for.
const (
	BadForm      Code = "form"       // the file is cut short, or no receipt
	BadSignature Code = "signature"  // the checkpoint is not one that the log signed
	BadSeal      Code = "seal"       // a value that was opened is not the one that was sealed
	BadInclusion Code = "inclusion"  // a leaf is not in the tree where it is said to be: changed, moved or never there
	BadRoot      Code = "root"       // the leaves do not make the tree: one was changed, left out, put in, or moved
	Replayed     Code = "replayed"   // one event of one record stands in two leaves
	Reordered    Code = "reordered"  // the leaves of a stream are not in the order of its records
	Missing      Code = "missing"    // an event between others of its record is not in the log
	BackDated    Code = "back-dated" // a leaf says that it was recorded well before the leaf that stands before it
	BadStatement Code = "statement"  // an auditor's statement is not signed by the auditor, or about other leaves
)

// Skew is by how much the time of a leaf may lie before that of a leaf before it: writers run side by side.
const Skew = calendar.Instant(60 * 1_000_000)

// Verdict is what a receipt proves.
type Verdict struct {
	Code      Code     // empty where the receipt holds
	Failure   string   // what is wrong, in words
	Proven    []string // in words
	NotProven []string
	Signed    Signed
	Seen      []Seen

	statements []judged
}

// Holds reports whether nothing is wrong.
func (v *Verdict) Holds() bool { return v.Code == "" }

func (v *Verdict) fail(c Code, format string, args ...any) {
	if v.Code == "" {
		v.Code, v.Failure = c, fmt.Sprintf(format, args...)
		v.Proven = nil
	}
}

// VerifyFile reads and verifies a receipt.
func VerifyFile(b []byte, keys *Keys) Verdict {
	r, err := ParseReceipt(b)
	if err != nil {
		return Verdict{Code: BadForm, Failure: "this is no receipt, or it is cut short: " + err.Error()}
	}
	return r.Verify(keys)
}

// Verify checks the signatures of the checkpoint, every opening, the place of every leaf in the tree, and that the leaves
// fit together. It reads nothing but its arguments.
func (r *Receipt) Verify(keys *Keys) Verdict {
	var v Verdict
	var err error
	if v.Signed, err = OpenCheckpoint(r.Checkpoint, keys); err != nil {
		v.fail(BadSignature, "%v", err)
		return v
	}
	if len(r.Items) == 0 {
		v.fail(BadForm, "it holds no leaf")
		return v
	}
	v.Seen = make([]Seen, 0, len(r.Items))
	before := &Seen{}
	for i := range r.Items {
		seen, err := r.Items[i].reveal(before)
		if err != nil {
			v.fail(BadSeal, "leaf %d: %v", r.Items[i].Index, err)
			return v
		}
		v.Seen = append(v.Seen, seen)
		before = &v.Seen[i]
	}
	whole := r.whole(v.Signed.Size)
	if whole {
		r.checkRoot(&v)
	} else {
		r.checkPlaces(&v)
	}
	v.checkOrder(whole)
	v.checkStatements(keys)
	if v.Holds() {
		v.say(r.For, whole)
	}
	return v
}

// whole reports whether the receipt is all of the log, in which case no proofs are needed.
func (r *Receipt) whole(size int64) bool {
	return int64(len(r.Items)) == size && r.Items[0].Index == 0 && !slices.ContainsFunc(r.Items, func(i Item) bool { return len(i.Proof) > 0 })
}

func (r *Receipt) checkRoot(v *Verdict) {
	var t Builder
	for i := range v.Seen {
		t.Add(v.Seen[i].Hash)
	}
	if t.Root() != v.Signed.Root {
		v.fail(BadRoot, "the %d leaves give the root %s, the checkpoint has %s: a leaf was changed, left out, put in or moved", t.Size, t.Root(), v.Signed.Root)
	}
}

func (r *Receipt) checkPlaces(v *Verdict) {
	for i := range v.Seen {
		s := &v.Seen[i]
		if err := CheckInclusion(v.Signed.Checkpoint, s.Index, s.Hash, r.Items[i].Proof); err != nil {
			v.fail(BadInclusion, "%s: %v: it was changed, moved, or never there", s.name(), err)
			return
		}
	}
}

// checkOrder holds the leaves against each other. Of a part of the log only what is there can be judged.
func (v *Verdict) checkOrder(whole bool) {
	last := map[string]*Seen{}
	var newest calendar.Instant // of the leaves so far
	var before *Seen
	for i := range v.Seen {
		s := &v.Seen[i]
		v.checkStream(last[s.Name], s, whole)
		last[s.Name] = s
		if before != nil && before.Time == s.Time {
			continue
		}
		at, err := calendar.Parse(s.Time)
		switch {
		case err != nil:
			v.fail(BadForm, "%s: its time is no instant", s.name())
		case before != nil && at+Skew < newest:
			v.fail(BackDated, "%s says that it was recorded at %s, and stands behind leaf %d, recorded at %s", s.name(), s.Time, before.Index, before.Time)
		case before == nil || at > newest:
			newest, before = at, s
		}
	}
	for _, end := range last {
		if whole && end.Event != end.Of {
			v.fail(Missing, "%s is the last of its stream, and its record has %d events", end.name(), end.Of)
		}
	}
}

// checkStream holds a leaf against the one before it in its stream.
func (v *Verdict) checkStream(before, s *Seen, whole bool) {
	record, event := int64(1), int64(1)
	if before != nil {
		if record, event = before.Record, before.Event+1; before.Event == before.Of {
			record, event = before.Record+1, 1
		}
		switch {
		case s.Record == before.Record && s.Event == before.Event:
			v.fail(Replayed, "%s is the same event of the same record as leaf %d", s.name(), before.Index)
		case s.Record < before.Record || s.Record == before.Record && s.Event < before.Event:
			v.fail(Reordered, "%s stands behind leaf %d, record %d, event %d", s.name(), before.Index, before.Record, before.Event)
		case s.Record == before.Record && s.Of != before.Of:
			v.fail(Missing, "%s and leaf %d do not agree how many events the record has", s.name(), before.Index)
		}
	}
	if whole && (s.Record != record || s.Event != event) {
		v.fail(Missing, "%s stands where record %d, event %d of %s belongs", s.name(), record, event, s.Name)
	}
}

// say puts into words what was found, for a receipt that holds.
func (v *Verdict) say(who string, whole bool) {
	v.prove("The checkpoint of %s (%d leaves) is signed by %s.", v.Signed.Origin, v.Signed.Size, strings.Join(v.Signed.By, ", "))
	for _, w := range v.Signed.Witnesses {
		v.prove("%s saw this checkpoint at %s and found it consistent with what it saw before.", w.Name, w.At)
	}
	switch {
	case whole:
		v.prove("These %d leaves are the whole log: none is left out, put in, changed or moved, and no stream has a gap.", len(v.Seen))
	case len(v.Seen) == 1:
		v.prove("One leaf stands in the log at the place it names, as it is here.")
	default:
		v.prove("%d leaves stand in the log at the places they name, as they are here.", len(v.Seen))
	}
	v.sayStreams(who, whole)
	v.sayStatements()
	v.remain("That what was said is true. The log proves what was recorded, in which order, and that it has not changed since.")
	if sealed := v.sealed(); sealed > 0 {
		v.remain("What stays sealed in %d of the leaves: you were not given it.", sealed)
	}
	if len(v.Signed.Witnesses) == 0 {
		v.remain("That others are shown the same log. No witness signed; compare checkpoints with another party: firstlook compare A B.")
	}
	v.remain("What was recorded behind leaf %d, where this checkpoint ends.", v.Signed.Size-1)
}

func (v *Verdict) prove(format string, args ...any) {
	v.Proven = append(v.Proven, fmt.Sprintf(format, args...))
}

func (v *Verdict) remain(format string, args ...any) {
	v.NotProven = append(v.NotProven, fmt.Sprintf(format, args...))
}

// sealed counts the leaves in which something stays sealed.
func (v *Verdict) sealed() int {
	n := 0
	for i := range v.Seen {
		if v.Seen[i].Said == nil || bytes.Contains(v.Seen[i].Said, sealMark) {
			n++
		}
	}
	return n
}

// sayStreams says of each stream whether it is complete up to its last leaf here, and what that means for a right.
func (v *Verdict) sayStreams(who string, whole bool) {
	var names []string
	of := map[string][]*Seen{}
	for i := range v.Seen {
		s := &v.Seen[i]
		if of[s.Name] == nil {
			names = append(names, s.Name)
		}
		of[s.Name] = append(of[s.Name], s)
	}
	for _, name := range names {
		if !strings.HasPrefix(name, needPrefix) {
			continue
		}
		leaves := of[name]
		last := leaves[len(leaves)-1]
		if gap := firstGap(leaves); gap != "" {
			if !whole {
				v.remain("That nothing else happened in %s: %s", name, gap)
			}
			continue
		}
		if !whole {
			v.prove("%s is here from its first event to event %d of record %d; none in between is left out.", name, last.Event, last.Record)
		}
		v.sayRights(name, leaves, who)
	}
}

// needPrefix begins the streams of needs; of other streams a receipt holds what belongs to a need and no more.
const needPrefix = "need/"

// firstGap says what is missing of a stream, nothing where it is complete up to its last leaf.
func firstGap(leaves []*Seen) string {
	record, event := int64(1), int64(1)
	for _, s := range leaves {
		if s.Record != record || s.Event != event {
			return fmt.Sprintf("record %d, event %d of it is not in this file.", record, event)
		}
		if event++; event > s.Of {
			record, event = record+1, 1
		}
	}
	return ""
}
