package offer

import (
	"encoding/json"
	"testing"

	"firstlook/calendar"
	"firstlook/money"

	"github.com/google/go-cmp/cmp"
)

// An offer keeps its hash as the words of offers grow: these were recorded before packages, values and fees were known.
func TestHashIsKept(t *testing.T) {
	rich, err := ParseTerms(full)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := ParseTerms("H100 x64 2026-04-01..2026-07-01")
	if err != nil {
		t.Fatal(err)
	}
	until, err := calendar.Parse("2026-05-01")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		offer Offer
		want  string
	}{
		{Offer{ID: "o1", Provider: "contoso", Need: "n1", Line: 1, Terms: rich, ValidUntil: until, Security: []string{"soc2"}, Salt: "pinch"},
			"f3aa049733d4ef299df5740e9bd1ddb2ecdf89ff6e0f6cca1ae363545b12ca64"},
		{Offer{ID: "o2", Terms: plain}, "92531888c01f61b638e2804fd99c10146e33671361fd5fc7083054a3a0c571da"},
	} {
		if got := c.offer.Hash(); got != c.want {
			t.Errorf("offer %s has the hash %s, want %s", c.offer.ID, got, c.want)
		}
	}
}

// What was added is hashed where it is set, each for itself, and survives the record.
func TestHashOfNewFields(t *testing.T) {
	seen := map[string]string{}
	for name, set := range map[string]func(*Offer){
		"nothing":         func(*Offer) {},
		"a package":       func(o *Offer) { o.Package = "both" },
		"another package": func(o *Offer) { o.Package = "bot" },
		"a value":         func(o *Offer) { o.Terms.NonCashValue = money.Micros(5, "USD") },
		"a value in euro": func(o *Offer) { o.Terms.NonCashValue = money.Micros(5, "EUR") },
		"a fee":           func(o *Offer) { o.Terms.FindersFee = money.Micros(5, "USD") },
		"a value and a fee": func(o *Offer) {
			o.Terms.NonCashValue, o.Terms.FindersFee = money.Micros(5, "USD"), money.Micros(5, "USD")
		},
		"a salt that looks the same": func(o *Offer) { o.Salt = "pinch\x04both\x00\x00\x00\x00" },
	} {
		o := Offer{ID: "o1", Provider: "contoso", Need: "n1", Salt: "pinch"}
		set(&o)
		hash := o.Hash()
		if other, ok := seen[hash]; ok {
			t.Errorf("%s has the hash of %s", name, other)
		}
		seen[hash] = name
		b, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		var back Offer
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if back.Hash() != hash {
			t.Errorf("%s: another hash once read back from %s", name, b)
		}
	}
	euro := Offer{ID: "o1", Package: "both", Terms: Terms{FindersFee: money.Micros(0, "EUR")}}
	none := Offer{ID: "o1", Package: "both"}
	if diff := cmp.Diff(euro.Hash(), none.Hash()); diff != "" {
		t.Errorf("nothing in euro is hashed as something: %s", diff)
	}
}
