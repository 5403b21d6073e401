package agreement

import (
	"reflect"
	"slices"
	"testing"

	"firstlook/money"
)

// Every key of a clause is compared: a key that is added to the table with a place of its own needs nothing, one that is
// put together by a function stands in composed.
func TestEveryKeyIsCompared(t *testing.T) {
	for _, k := range clauseKeys {
		_, placed := k.Value(&Clause{})
		if _, ok := composed[k.Key()]; !placed && !ok && k.Key() != "assumed" {
			t.Errorf("%s has no value to compare", k.Key())
		}
	}
}

// Whatever is changed in a clause that a key can state, the comparison sees it.
func TestEveryFieldIsCompared(t *testing.T) {
	fields := reflect.TypeFor[Clause]()
	for i := range fields.NumField() {
		name := fields.Field(i).Name
		if name == "Ref" || name == "Assumed" {
			continue
		}
		for _, path := range paths(fields.Field(i).Type, []int{i}) {
			old, changed := Clause{Kind: FirstOffer}, Clause{Kind: FirstOffer}
			touch(reflect.ValueOf(&changed).Elem().FieldByIndex(path))
			if slices.ContainsFunc(determined, func(k clauseKey) bool { return !same(value(k, &old), value(k, &changed)) }) {
				continue // no text states it: a person determines it for one matter
			}
			seen := false
			for _, k := range clauseKeys {
				if k.Key() != "assumed" && !same(value(k, &old), value(k, &changed)) {
					seen = true
				}
			}
			if !seen {
				t.Errorf("a change of %s is not seen", fields.FieldByIndex(path).Name)
			}
		}
	}
}

// paths goes into the structs that only group parameters.
func paths(of reflect.Type, at []int) [][]int {
	if of != reflect.TypeFor[Process]() && of != reflect.TypeFor[MoneyTerms]() {
		return [][]int{at}
	}
	var out [][]int
	for i := range of.NumField() {
		out = append(out, append(append([]int{}, at...), i))
	}
	return out
}

// touch makes a value other than zero.
func touch(v reflect.Value) {
	if v.Type() == reflect.TypeFor[money.Amount]() {
		v.Set(reflect.ValueOf(money.Micros(1, "USD")))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if g := v.FieldByName("Given"); g.IsValid() {
			g.SetBool(true)
			return
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				touch(v.Field(i))
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	}
}

// The stages of rights are stated here and in package right; a kind that is added as a right is added to both.
func TestEveryRightHasItsStage(t *testing.T) {
	for _, k := range rights {
		if stages[k] == beside {
			t.Errorf("%s has no stage", k)
		}
	}
	for k := range stages {
		if !slices.Contains(rights, k) {
			t.Errorf("%s has a stage and is no right", k)
		}
	}
}
