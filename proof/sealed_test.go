package proof_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"firstlook/proof"
	"firstlook/right"
)

// The table of seals has every member of what it takes apart, in the order in which the canonical encoding writes them; what has a seal of nothing
// is what may be missing there.
func TestSealsFitTheFacts(t *testing.T) {
	facts := []right.Fact{&right.NeedSubmitted{}, &right.LotSplit{}, &right.MatterOpened{}, &right.Noticed{}, &right.Changed{}, &right.Answered{}, &right.Revised{},
		&right.Released{}, &right.Allocated{}, &right.OffersRequested{}, &right.OfferReceived{}, &right.Chosen{}, &right.PickSet{}, &right.Awarded{}, &right.Signed{},
		&right.SteppedDown{}, &right.CapBroken{}, &right.DeterminationRequired{}}
	checked := 0
	for _, f := range facts {
		lines := proof.SealedIn[right.FactName(f)]
		if len(lines) == 0 {
			t.Errorf("nothing is sealed in %s", right.FactName(f))
		}
		checked += min(len(lines), 1)
		for _, l := range lines {
			path, names, _ := strings.Cut(l, " ")
			at := reflect.TypeOf(f).Elem()
			for _, name := range strings.Split(path, "/")[2:] {
				at = inType(t, at, name)
			}
			var want, got []string
			for _, name := range strings.Fields(names) {
				want = append(want, strings.TrimRight(name, "!"))
			}
			for i, name := range namesOf(at) {
				if i < len(want) && want[i]+"?" == name {
					name = want[i] // it may be missing, and has no seal of nothing
				}
				got = append(got, name)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s %s (-table +type):\n%s", right.FactName(f), path, d)
			}
		}
	}
	if checked != len(proof.SealedIn) {
		t.Errorf("%d of %d types of events were held against their facts", checked, len(proof.SealedIn))
	}
}

// inType is the type of a member by its name in JSON, or of the items of a list.
func inType(t *testing.T, in reflect.Type, name string) reflect.Type {
	t.Helper()
	if name == "*" {
		return in.Elem()
	}
	for i := range in.NumField() {
		f := in.Field(i)
		if got, _, _ := strings.Cut(f.Tag.Get("json"), ","); got != name {
			continue
		}
		if f.Type.Kind() == reflect.Pointer {
			return f.Type.Elem()
		}
		return f.Type
	}
	t.Fatalf("%s has no member %s", in, name)
	return nil
}

// namesOf are the members of a type in order, with ? behind those that may be missing; * for a list.
func namesOf(in reflect.Type) []string {
	if in.Kind() == reflect.Slice {
		return []string{"*"}
	}
	var out []string
	for i := range in.NumField() {
		name, options, _ := strings.Cut(in.Field(i).Tag.Get("json"), ",")
		if strings.Contains(options, "omit") {
			name += "?"
		}
		out = append(out, name)
	}
	return out
}
