package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// byTokens is [checkJSON] as the library's tokens see it, slowly. What stands behind the value it leaves to whoever reads the value.
func byTokens(body []byte, breaks bool) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var open []map[string]bool // the keys of each open object; nil for a list
	isKey := false
	for {
		t, err := d.Token()
		if err == io.EOF && len(open) == 0 && d.InputOffset() > 0 {
			return nil
		}
		if err != nil {
			return err
		}
		inObject := len(open) > 0 && open[len(open)-1] != nil
		isKey = inObject && !isKey
		switch t := t.(type) {
		case json.Delim:
			switch t {
			case '{':
				open, isKey = append(open, map[string]bool{}), false
			case '[':
				open, isKey = append(open, nil), false
			default:
				open, isKey = open[:len(open)-1], false
			}
			if len(open) > maxDepth {
				return fmt.Errorf("too deep")
			}
		case string:
			if err := checkText(t, breaks); err != nil {
				return err
			}
			if isKey && open[len(open)-1][t] {
				return fmt.Errorf("twice")
			}
			if isKey {
				open[len(open)-1][t] = true
			}
		}
	}
}

// Random bodies, sound and broken, are taken and refused as the library's tokens have it.
func TestCheckJSON(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	words := []string{"a", "b", "", "need", `\u0061`, `\"`, `\\`, `\n`, `\u202e`, "é", "\u2028", "\x7f", `\ud83d\ude00`, `\ud83d`, "\xff", "x y"}
	var value func(depth int) string
	value = func(depth int) string {
		switch n := rng.IntN(8); {
		case depth > 40 || n < 3:
			return `"` + words[rng.IntN(len(words))] + words[rng.IntN(3)] + `"`
		case n == 3:
			return []string{"1", "-2.5e3", "true", "null"}[rng.IntN(4)]
		case n == 4 && rng.IntN(4) == 0: // deep
			return strings.Repeat("[", 20) + value(depth+20) + strings.Repeat("]", 20)
		case n < 6:
			var out []string
			for range rng.IntN(4) {
				out = append(out, value(depth+1))
			}
			return "[" + strings.Join(out, " ,") + "]"
		}
		var out []string
		for i := range rng.IntN(40) / (1 + depth*8) {
			key := words[rng.IntN(len(words))]
			if rng.IntN(8) > 0 {
				key += fmt.Sprint(i) // most keys are others
			}
			out = append(out, `"`+key+`": `+value(depth+1))
		}
		return "{" + strings.Join(out, ",\n") + "}"
	}
	taken, refused := 0, 0
	for range 20_000 {
		body := []byte(value(0))
		if len(body) > 0 && rng.IntN(10) == 0 {
			body[rng.IntN(len(body))] = `{}[]",:\x`[rng.IntN(9)]
		}
		breaks := rng.IntN(2) == 0
		got, want := checkJSON(body, breaks), byTokens(body, breaks)
		var v json.RawMessage
		if want == nil {
			want = json.Unmarshal(body, &v) // what stands behind the value
		}
		if (got == nil) != (want == nil) {
			t.Fatalf("%q, breaks %v: %v, by tokens %v", body, breaks, got, want)
		}
		if got == nil {
			taken++
		} else {
			refused++
		}
	}
	if taken < 2000 || refused < 2000 {
		t.Errorf("%d taken, %d refused: too few of one kind", taken, refused)
	}
}

// Many keys in one object cost as many steps, and not the square of them.
func TestCheckJSONManyKeys(t *testing.T) {
	var b strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&b, `,"k%d":0`, i)
	}
	begin := time.Now()
	if err := checkJSON([]byte("{"+b.String()[1:]+"}"), noControls); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("60,000 keys took %s", took)
	}
	if err := checkJSON([]byte("{"+b.String()[1:]+`,"k59999":1}`), noControls); err == nil {
		t.Error("a key stands twice and is taken")
	}
}
