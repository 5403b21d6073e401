package need_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/strict"
	"firstlook/money"
	"firstlook/need"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func glob(t *testing.T, pattern string, atLeast int) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) < atLeast {
		t.Fatalf("%s: %d files, want %d at least (%v)", pattern, len(files), atLeast, err)
	}
	return files
}

// Every broken need is refused, with all of its problems, each where it stands.
func TestBroken(t *testing.T) {
	for _, file := range glob(t, "../testdata/agreements/broken/needs/*.yaml", 15) {
		base := filepath.Base(file)
		t.Run(strings.TrimSuffix(base, ".yaml"), func(t *testing.T) {
			n, err := need.Parse(base, read(t, file))
			var problems strict.Problems
			if !errors.As(err, &problems) || n.Lines != nil {
				t.Fatalf("need %+v, error %v", n, err)
			}
			for _, p := range problems {
				if p.File != base || p.Line < 1 || p.Column < 1 {
					t.Errorf("a problem without its place: %+v", p)
				}
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(err.Error()+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(read(t, golden)), err.Error()+"\n"); diff != "" {
				t.Errorf("%s (-want +got):\n%s", golden, diff)
			}
		})
	}
}

func at(t *testing.T, s string) calendar.Instant {
	t.Helper()
	i, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func usd(t *testing.T, s string) money.Amount {
	t.Helper()
	a, err := money.ParseAmount(s + " USD")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var exact = cmp.AllowUnexported(money.Amount{})

func TestExample(t *testing.T) {
	file := "../examples/needs/research-training.yaml"
	got, err := need.Parse(file, read(t, file))
	if err != nil {
		t.Fatal(err)
	}
	want := capacity.Need{
		ID: "research-training", Buyer: "openai", Title: "Research training run, autumn 2025",
		Class: capacity.Training, Purpose: capacity.Research, Sourcing: capacity.Market, Tenure: capacity.New,
		Lines: []capacity.Line{{
			Accelerators: []capacity.Accelerator{"H100", "H200"}, Quantity: 4096, Least: 512, Divisible: true,
			Residency: []capacity.Country{"US"},
			Period:    calendar.Span{From: at(t, "2025-09-01"), Until: at(t, "2026-02-28")},
		}},
		DataSets:     []capacity.DataSet{{Name: "pretraining-corpus", Cloud: "azure", Region: "eastus", GB: 500_000}},
		Budget:       usd(t, "250000000"),
		OffersWindow: calendar.Length{N: 72, Unit: calendar.Hours},
	}
	if diff := cmp.Diff(want, got, exact); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, file := range glob(t, "../examples/needs/*.yaml", 3) {
		if _, err := need.Parse(file, read(t, file)); err != nil {
			t.Error(err)
		}
	}
}

// A file and flags that say the same give the same need.
func TestFlagsAndFileAgree(t *testing.T) {
	file := `need: n-1
buyer: acme
class: training
purpose: research
direction: sells
accelerators: [H100, H200]
quantity: 64
divisible: true
least: 8
regions: [eastus, us-east-1]
residency: [US, DE]
start: 2026-01-31T12:00:30Z
duration: 1 month
interconnect: roce
service_level: 99.9
security: [soc2]
data:
  - {name: corpus, cloud: aws, region: us-east-1, size: 1.5 TB}
  - {name: logs, cloud: azure, size: 2 PB}
budget: 5000000 USD
power: 1.2 MW
carbon: 300 g/kWh
offers_window: 72 hours
`
	flags := map[string][]string{
		"need": {"n-1"}, "buyer": {"acme"}, "class": {"training"}, "purpose": {"research"}, "direction": {"sells"}, "accelerators": {"H100,H200"},
		"quantity": {"64"}, "divisible": {"true"}, "least": {"8"}, "regions": {"eastus", "us-east-1"}, "residency": {"US, DE"},
		"start": {"2026-01-31T12:00:30Z"}, "duration": {"1 month"}, "interconnect": {"roce"}, "service-level": {"99.9"}, "security": {"soc2"},
		"data":   {"name=corpus,cloud=aws,region=us-east-1,size=1.5 TB", "name=logs, cloud=azure, size=2 PB"},
		"budget": {"5000000 USD"}, "power": {"1.2 MW"}, "carbon": {"300 g/kWh"}, "offers-window": {"72 hours"},
	}
	fromFile, err := need.Parse("n.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	fromFlags, err := need.FromFlags(flags)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fromFile, fromFlags, exact); diff != "" {
		t.Errorf("(-file +flags):\n%s", diff)
	}
	if want := at(t, "2026-02-28T12:00:30Z"); fromFile.Lines[0].Period.Until != want {
		t.Errorf("a month from 31 January ends %s, want %s", fromFile.Lines[0].Period.Until, want)
	}
	if !fromFile.Sells {
		t.Error("a need that sells is read as one that buys")
	}
	if fromFile.PowerKW != 1200 || fromFile.DataSets[0].GB != 1500 || fromFile.DataSets[1].GB != 2_000_000 {
		t.Errorf("power %d kW, data %+v", fromFile.PowerKW, fromFile.DataSets)
	}
}

// Problems of flags name the flag and what to do.
func TestFlagProblems(t *testing.T) {
	_, err := need.FromFlags(map[string][]string{
		"buyer": {"Acme"}, "class": {"trainin"}, "purpose": {"research"}, "acelerators": {"H100"}, "quantity": {"-1"}, "least": {"x"},
		"start": {"0000-01-01", "2026-01-01"}, "duration": {"3 moons"}, "compute": {"12"}, "data": {"name=x,cloud=aws,size=3 TiB,place=here"}, "offers-window": {"3 days"},
	})
	want := `--accelerators: the flag is missing; add --accelerators H100, or the models that will do
--acelerators: unknown flag; did you mean --accelerators?
--buyer: "Acme": an id is lower-case letters, digits, '-' and '.', beginning with a letter or digit; did you mean acme?
--class: unknown word "trainin"; did you mean training?
--compute: "12" names no accelerator; write --compute "12000000 of H100"
--data: "3 TiB" is not a size; sizes are decimal, 1 TB is 1,000 GB; convert it and write GB, TB, PB or EB
--data: unknown key "place"; use name, cloud, region or size
--duration: "3 moons": unknown unit "moons"; use hours, days, business_days, weeks or months
--least: "x" is not a whole number; write plain digits, without separators or fractions
--offers-window: "3 days" is not counted in hours; write 72 hours
--quantity: -1 is out of range; a whole number from 1 to 1000000000 is wanted
--start: the flag is missing; add --start with the date at which the capacity is needed
--start: the flag stands twice; give it once`
	if err == nil {
		t.Fatal("broken flags were read")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A need buys unless it says otherwise.
func TestDirection(t *testing.T) {
	for _, c := range []struct {
		word  string
		sells bool
		want  string
	}{
		{"", false, ""},
		{"buys", false, ""},
		{"sells", true, ""},
		{"sell", false, `--direction: unknown word "sell"; did you mean sells?`},
	} {
		flags := map[string][]string{"buyer": {"acme"}, "class": {"batch"}, "purpose": {"internal"}, "accelerators": {"H100"}, "quantity": {"8"},
			"start": {"2026-01-01"}, "duration": {"90 days"}, "offers-window": {"24 hours"}}
		if c.word != "" {
			flags["direction"] = []string{c.word}
		}
		n, err := need.FromFlags(flags)
		if c.want != "" {
			if err == nil || err.Error() != c.want {
				t.Errorf("%q: %v, want %s", c.word, err, c.want)
			}
			continue
		}
		if err != nil || n.Sells != c.sells {
			t.Errorf("%q: sells is %v (%v), want %v", c.word, n.Sells, err, c.sells)
		}
	}
}

// Work in place of a quantity: hours over the hours of the period, rounded up.
func TestCompute(t *testing.T) {
	for _, c := range []struct {
		hours, duration string
		want            int64
	}{
		{"2160", "90 days", 1},
		{"2161", "90 days", 2},
		{"12000000", "90 days", 5556}, // 12,000,000 / 2,160 = 5,555.6
		{"8760", "12 months", 1},
		{"1", "1 hour", 1},
		{"1000000000", "1 hour", 1_000_000_000},
	} {
		n, err := need.FromFlags(map[string][]string{"buyer": {"acme"}, "class": {"batch"}, "purpose": {"internal"}, "compute": {c.hours + " of H100"},
			"start": {"2026-01-01"}, "duration": {c.duration}, "offers-window": {"24 hours"}})
		if err != nil {
			t.Errorf("%s hours over %s: %v", c.hours, c.duration, err)
			continue
		}
		l := n.Lines[0]
		if l.Quantity != c.want || l.Least != c.want || l.Reference() != "H100" {
			t.Errorf("%s hours over %s: %d of %s, at least %d; want %d", c.hours, c.duration, l.Quantity, l.Reference(), l.Least, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"../examples/needs/*.yaml", "../testdata/agreements/broken/needs/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := need.Parse("f.yaml", data)
		if err == nil {
			for i, l := range n.Lines {
				if l.Quantity < 1 || l.Quantity > capacity.MaxQuantity || l.Least < 1 || l.Least > l.Quantity || len(l.Accelerators) == 0 || l.Period.Until <= l.Period.From {
					t.Fatalf("line %d of a sound need is %+v", i, l)
				}
			}
			return
		}
		var problems strict.Problems
		if !errors.As(err, &problems) || len(problems) == 0 {
			t.Fatalf("%T: %v", err, err)
		}
		for _, p := range problems {
			if p.Line < 1 || p.Column < 1 || p.Message == "" {
				t.Fatalf("a problem without its place: %+v", p)
			}
		}
	})
}
