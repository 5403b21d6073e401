package right

import (
	"flag"
	"math/rand/v2"
	"reflect"
	"testing"

	"firstlook/calendar"
	"firstlook/money"
)

var encodeSeed = flag.Uint64("encode.seed", 1, "seed of the random facts")

// What is written by hand is, byte for byte, what encoding/json writes of the same fact, whatever the fact holds.
func TestHandWrittenFacts(t *testing.T) {
	r := rand.New(rand.NewPCG(*encodeSeed, 0))
	written := 0
	for name, kind := range factNames {
		for range 500 {
			v := reflect.New(reflect.TypeOf(kind).Elem())
			fill(r, v.Elem(), 0)
			f := v.Interface().(Fact)
			got, ok := appendFact(nil, f)
			if !ok {
				break
			}
			written++
			want, err := marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Fatalf("%s:\n got %s\nwant %s\ngo test ./right -run HandWritten -encode.seed %d", name, got, want, *encodeSeed)
			}
		}
	}
	if written == 0 {
		t.Error("no fact is written by hand")
	}
}

var someTexts = []string{"", "oracle", "a \"quoted\" word", "back\\slash", "tab\there", "<b>&amp;</b>", "Zürich", "\u2028", "ends\n", "\xff", "x\x7fy"}

// fill sets a value to something random; slices and pointers are nil, empty or filled.
func fill(r *rand.Rand, v reflect.Value, depth int) {
	switch v.Type() {
	case reflect.TypeFor[money.Amount]():
		v.Set(reflect.ValueOf([]money.Amount{{}, money.Micros(r.Int64N(1e12), money.USD), money.Micros(0, "EUR")}[r.IntN(3)]))
		return
	case reflect.TypeFor[money.Rate]():
		v.Set(reflect.ValueOf([]money.Rate{{}, money.Nanos(r.Int64N(1e12), money.USD)}[r.IntN(2)]))
		return
	case reflect.TypeFor[calendar.Instant]():
		v.SetInt([]int64{0, int64(calendar.Earliest) + r.Int64N(int64(calendar.Latest-calendar.Earliest))}[r.IntN(2)])
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(someTexts[r.IntN(len(someTexts))])
	case reflect.Int, reflect.Int64:
		v.SetInt([]int64{0, r.Int64N(1000), -r.Int64N(1000)}[r.IntN(3)])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i), depth+1)
		}
	case reflect.Pointer:
		if r.IntN(2) == 0 && depth < 6 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(r, v.Elem(), depth+1)
		}
	case reflect.Slice:
		if n := r.IntN(4) - 1; n >= 0 && depth < 6 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(r, v.Index(i), depth+1)
			}
		}
	}
}
