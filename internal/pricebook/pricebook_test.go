package pricebook

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
)

var (
	update = flag.Bool("update", false, "rewrite the golden files of this package")
	seed   = flag.Uint64("seed", 20260502, "seed of the random books")
)

func mustImport(t *testing.T, name string, o Options) (Book, Report) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	b, r, err := Import(name, bytes.NewReader(data), o)
	if err != nil {
		t.Fatal(err)
	}
	return b, r
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; rewrite with -update):\n%s", path, diff)
	}
}

// Each fixture has the quirks of its layout; the golden file shows every row that it became and what was left out.
func TestImport(t *testing.T) {
	sky := Options{AsOf: "2026-04", Source: "test catalog"}
	for _, tc := range []struct {
		file string
		o    Options
	}{
		{"instance.csv", Options{}}, {"pergpu.csv", Options{Name: "per-gpu"}}, {"nebius/vms.csv", sky}, {"gcp/vms.csv", sky}, {"vast/vms.csv", sky},
	} {
		b, r := mustImport(t, tc.file, tc.o)
		golden(t, strings.ReplaceAll(strings.TrimSuffix(tc.file, ".csv"), "/", "-")+".golden", r.String()+"\n\n"+string(b.Encode()))
	}
}

func TestCloudOfASkyPilotFile(t *testing.T) {
	const data = "InstanceType,AcceleratorName,AcceleratorCount,Price,Region\nx,H100,8,1,r\n"
	for file, want := range map[string]capacity.Cloud{"catalogs/v8/lambda/vms.csv": "lambda", `v8\oci\vms.csv`: "oci", "v1/gcp.csv": "gcp", "vms.csv": "", "prices.csv": ""} {
		b, _, err := Import(file, strings.NewReader(data), Options{AsOf: "2026", Source: "s"})
		switch {
		case want == "" && err == nil:
			t.Errorf("%s: taken for cloud %s", file, b.Rows[0].Cloud)
		case want != "" && (err != nil || b.Rows[0].Cloud != want):
			t.Errorf("%s: got %v %v, want %s", file, b, err, want)
		}
	}
	b, _, err := Import("prices.csv", strings.NewReader(data), Options{Cloud: "north", AsOf: "2026", Source: "s"})
	if err != nil || b.Rows[0].Cloud != "north" {
		t.Errorf("the option does not name the cloud: %v %v", b, err)
	}
}

// Every broken file is refused whole, with its problems where they are.
func TestBrokenFiles(t *testing.T) {
	const head = "cloud,region,instance_type,accelerator,accel_count,usd_hour,spot_usd_hour,kind,as_of,source\n"
	const good = "north,n1,big-8,H100,8,20.00,,on_demand,2026-05-01,page\n"
	line := func(fields ...string) string { return strings.Join(fields, ",") + "\n" }
	cases := []struct{ name, data string }{
		{"empty", ""},
		{"header only", head},
		{"unknown header", "a,b,c\n1,2,3\n"},
		{"nearly instance", "cloud,region,instance_type,accelerator,accel_count,price\n"},
		{"column twice", strings.Replace(head, "kind", "cloud", 1) + good},
		{"nul byte", head + good + "north,n1,\x00,H100,8,1,,,2026,page\n"},
		{"not utf-8", head + good + "n\xff,n1,x,H100,8,1,,,2026,page\n"},
		{"every number wrong", head +
			line("north", "n1", "a", "H100", "8", "-3", "", "", "2026", "page") +
			line("north", "n1", "b", "H100", "8", "nan", "", "", "2026", "page") +
			line("north", "n1", "c", "H100", "8", "", "", "", "2026", "page") +
			line("north", "n1", "d", "H100", "8", "0", "", "", "2026", "page") +
			line("north", "n1", "e", "H100", "8", "$3.00", "", "", "2026", "page") +
			line("north", "n1", "f", "H100", "8", `"1,234.50"`, "", "", "2026", "page") +
			line("north", "n1", "g", "H100", "8", "1e99", "", "", "2026", "page") +
			line("north", "n1", "h", "H100", "8", "99999999999", "", "", "2026", "page") +
			line("north", "n1", "i", "H100", "8", "inf", "", "", "2026", "page") +
			line("north", "n1", "j", "H100", "8", "1", "-1", "", "2026", "page") +
			line("north", "n1", "k", "H100", "0", "1", "", "", "2026", "page") +
			line("north", "n1", "l", "H100", "-8", "1", "", "", "2026", "page") +
			line("north", "n1", "m", "H100", "eight", "1", "", "", "2026", "page") +
			line("north", "n1", "n", "H100", "99999999999999999999", "1", "", "", "2026", "page")},
		{"every word wrong", head +
			line("", "n1", "a", "H100", "8", "1", "", "", "2026", "page") +
			line("../etc", "n1", "b", "H100", "8", "1", "", "", "2026", "page") +
			line("north", "n1", "c", "", "8", "1", "", "", "2026", "page") +
			line("north", "n1", "d", "H100", "8", "1", "", "auction", "2026", "page") +
			line("north", "n1", "e", "H100", "8", "1", "", "", "yesterday", "page") +
			line("north", "n1", "f", "H100", "8", "1", "", "", "0000-01-01", "page") +
			line("north", "n1", "g", "H100", "8", "1", "", "", "", "page") +
			line("north", "n1", "h", "H100", "8", "1", "", "", "2026", "")},
		{"not csv", head + "north,n1,\"big,H100,8,1,,,2026,page\n"},
		{"stray quote and a short line", head + "north,n1,b\"ig,H100,8,1,,,2026,page\nnorth,n1\n" + good},
		{"per gpu", "provider,gpu_model,vram_gb,is_spot,usd_per_gpu_hour\nsouth,H100,big,maybe,1\n"},
		{"own, version", "firstlook-prices,9,x\n"},
		{"own, header", "firstlook-prices,1,x\ncloud,region\n"},
		{"own, rows", "firstlook-prices,1,x\n" + strings.Join(ownColumns, ",") + "\nnorth,,,,H100,,0.5,2.00,on_demand,,,,2026,page\nnorth,,,,H100,,8,2.00 USD,on_demand,,,token-ring,2026,page\n"},
	}
	var out strings.Builder
	for _, tc := range cases {
		b, _, err := Import("prices.csv", strings.NewReader(tc.data), Options{})
		var problems *Problems
		if !errors.As(err, &problems) || len(b.Rows) > 0 {
			t.Errorf("%s: got %d rows and %v, want problems and nothing imported", tc.name, len(b.Rows), err)
			continue
		}
		for _, p := range problems.List {
			if p.Hint == "" || p.Message == "" {
				t.Errorf("%s: a problem without message or hint: %+v", tc.name, p)
			}
		}
		fmt.Fprintf(&out, "# %s\n%v\n\n", tc.name, err)
	}
	golden(t, "broken.golden", out.String())

	_, _, err := Import("prices.csv", strings.NewReader(head+strings.Repeat(line("north", "n1", "a", "H100", "8", "-3", "", "", "2026", "page"), MaxProblems+7)), Options{})
	var problems *Problems
	if !errors.As(err, &problems) || len(problems.List) != MaxProblems || !strings.HasSuffix(err.Error(), "prices.csv: and 7 more problems") {
		t.Errorf("more problems than are listed: %v", err)
	}
}

func TestHugeFile(t *testing.T) {
	endless := zeros{}
	_, _, err := Import("huge.csv", endless, Options{Limit: 1 << 20})
	if err == nil || !strings.Contains(err.Error(), "larger than 1048576 bytes") {
		t.Errorf("got %v", err)
	}
}

// zeros is a file without an end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = '0'
	}
	return len(b), nil
}

func TestParsePrice(t *testing.T) {
	for _, tc := range []struct {
		in      string
		nanos   int64
		rounded bool
	}{
		{"20", 20e9, false}, {"20.00", 20e9, false}, {".5", 5e8, false}, {"1e-7", 100, false}, {"1.5E-7", 150, false}, {"2e3", 2000e9, false},
		{"1.25e1", 12.5e9, false}, {"0.0000000000000", 0, false}, {"23.599999999999998", 23_600_000_000, true}, {"0.9999999999", 1e9, true},
		{"1e-10", 0, true}, {"0.0000000005", 1, true}, {"6.5000000000", 6.5e9, false}, {"1.", 1e9, false},
	} {
		got, rounded, err := parsePrice(tc.in)
		if err != nil || got != tc.nanos || rounded != tc.rounded {
			t.Errorf("%s: got %d %v %v, want %d %v", tc.in, got, rounded, err, tc.nanos, tc.rounded)
		}
	}
	for _, in := range []string{"-1", "1e", "e5", "1e400", "1..2", "0x10", "1_000", "١", "+1", "1 2", strings.Repeat("9", 100)} {
		if got, _, err := parsePrice(in); err == nil || errors.Is(err, errNoPrice) {
			t.Errorf("%s: read as %d", in, got)
		}
	}
}

func TestNormalise(t *testing.T) {
	for _, tc := range []struct {
		model string
		gb    int64
		want  capacity.Accelerator
	}{
		{"NVIDIA H100 SXM5", 80, "H100"}, {"NVIDIA HGX H100 SXM", 80, "H100"}, {"NVIDIA H100 PCIe", 80, "H100-PCIE"}, {"NVIDIA H100 PCIe NVLink", 80, "H100-PCIE"},
		{"NVIDIA H100 NVL", 94, "H100-NVL"}, {"H100", 94, "H100-NVL"}, {"NVIDIA A100", 40, "A100"}, {"NVIDIA A100", 80, "A100-80GB"},
		{"NVIDIA A100 SXM4 80GB", 80, "A100-80GB"}, {"A100", 0, "A100"}, {"Tesla V100 SXM2", 16, "V100"}, {"V100-32G", 0, "V100-32GB"},
		{"AMD MI300X", 192, "MI300X"}, {"RTXPro6000", 0, "RTXPRO6000"}, {"NVIDIA RTX PRO-A6000 SE", 96, "RTXPRO6000"}, {"RTX 4090 (High freq.)", 24, "RTX4090"},
		{"RTX A6000", 48, "A6000"}, {"NVIDIA A6000", 48, "A6000"}, {"RTX 3080 Ti", 12, "RTX3080Ti"}, {"Trainium2", 0, "Trainium2"}, {"NVIDIA X900", 0, "X900"},
	} {
		if got := Normalise(tc.model, tc.gb); got != tc.want {
			t.Errorf("%s with %d GB: got %s, want %s", tc.model, tc.gb, got, tc.want)
		}
	}
	for key, name := range models {
		if again := Normalise(string(name), 0); again != name {
			t.Errorf("%s is normalised to %s, and that to %s", key, name, again)
		}
	}
}

func TestQuote(t *testing.T) {
	b := &Book{Name: "b", Rows: []Row{
		{Cloud: "north", Region: "n1", Instance: "big-8", Accelerator: "H100", Count: 8, Price: money.Nanos(20e9, money.USD), Kind: OnDemand, AsOf: "2026-05-01", Source: "page"},
		{Cloud: "south", Accelerator: "H100", Count: 1, Price: money.Nanos(2.4e9, money.USD), Kind: OnDemand, AsOf: "2026-05-02", Source: "page"},
		{Cloud: "north", Region: "n2", Accelerator: "H100", Count: 8, Price: money.Nanos(8e9, money.USD), Kind: Spot, AsOf: "2026-05-01", Source: "page"},
		{Cloud: "north", Region: "n2", Accelerator: "B200", Count: 8, Price: money.Nanos(8e9, money.USD), Kind: OnDemand, AsOf: "2026-05-01", Source: "page"},
		{Cloud: "euro", Region: "n2", Accelerator: "H100", Count: 8, Price: money.Nanos(1e9, "EUR"), Kind: OnDemand, AsOf: "2026-05-01", Source: "page"},
	}}
	from, _ := calendar.Parse("2026-06-01")
	day := calendar.Span{From: from, Until: from + 24*calendar.Instant(calendar.Hour)}
	ask := func(q Query) (out []string) {
		t.Helper()
		quotes, err := b.Quote(q)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range quotes {
			if x.Binds != BindsNobody || !strings.Contains(x.String(), "binds nobody") {
				t.Errorf("the quote does not say that it binds nobody: %s", x.String())
			}
			out = append(out, x.String())
		}
		return out
	}
	h100 := []capacity.Accelerator{"H100"}
	if diff := cmp.Diff([]string{
		"south/any region H100 x9: 2.40 USD per accelerator-hour, 518.40 USD in all (on_demand as of 2026-05-02, binds nobody; source: page)",
		"north/n1 big-8 H100 x16: 2.50 USD per accelerator-hour, 960.00 USD in all (on_demand as of 2026-05-01, binds nobody; source: page)",
	}, ask(Query{Accelerators: h100, Quantity: 9, Period: day})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for name, tc := range map[string]struct {
		q    Query
		want int
	}{
		"one hour of one, any kind of accelerator": {Query{}, 3}, "spot only when asked for": {Query{Kind: Spot}, 1},
		"a region, and what holds in every one": {Query{Regions: []capacity.Region{"n1"}}, 2}, "a cloud": {Query{Clouds: []capacity.Cloud{"south"}}, 1},
		"another currency": {Query{Currency: "EUR"}, 1}, "nothing": {Query{Accelerators: []capacity.Accelerator{"TX-1"}}, 0},
	} {
		if got := ask(tc.q); len(got) != tc.want {
			t.Errorf("%s: got %d quotes, want %d: %v", name, len(got), tc.want, got)
		}
	}
	for _, q := range []Query{{Quantity: -1}, {Quantity: capacity.MaxQuantity}, {Period: calendar.Span{From: 2, Until: 1}}} {
		if got, err := b.Quote(q); err == nil {
			t.Errorf("%+v: got %v, want an error", q, got)
		}
	}
}

// An offer at the list price costs what the quote says, within the rounding of its rate.
func TestTerms(t *testing.T) {
	row := Row{Cloud: "north", Region: "n1", Country: "US", Accelerator: "H100", Count: 6, Price: money.Nanos(10e9, money.USD), Kind: OnDemand, Interconnect: capacity.RoCE}
	from, _ := calendar.Parse("2026-06-01")
	week := calendar.Span{From: from, Until: from + 7*24*calendar.Instant(calendar.Hour)}
	terms, err := row.Terms(100, week)
	if err != nil {
		t.Fatal(err)
	}
	if terms.Quantity != 102 || terms.Least != 6 || terms.Price[0].Rate.String() != "1.666666667 USD" || terms.Country != "US" || terms.Interconnect != capacity.RoCE {
		t.Errorf("100 accelerators in machines of six: %+v", terms)
	}
	cost, err := terms.Cost(102, week)
	if err != nil {
		t.Fatal(err)
	}
	if low, high := int64(17*168*10e6), int64(17*168*10e6+102*168); cost.Micros() < low || cost.Micros() > high {
		t.Errorf("cost %s, the machines cost 28,560 USD", cost)
	}
	for _, n := range []int64{0, -1, capacity.MaxQuantity} {
		if _, err := row.Terms(n, week); err == nil {
			t.Errorf("terms for %d accelerators", n)
		}
	}
}

// Whatever text a row holds comes back; equal books have equal bytes in whatever order their rows were.
func TestRoundTrip(t *testing.T) {
	t.Logf("go test ./internal/pricebook -run %s -seed %d", t.Name(), *seed)
	rng := rand.New(rand.NewPCG(*seed, 1))
	words := []string{"a", "b,c", `say "x"`, "d  e", "#f", "Hafnarfjarðar", "-", ""}
	word := func() string { return words[rng.IntN(len(words))] }
	for range 200 {
		b := Book{Name: "book, " + fmt.Sprint(rng.IntN(9))}
		for range rng.IntN(20) {
			b.Rows = append(b.Rows, Row{Cloud: "north", Region: capacity.Region(word()), Country: "US", Instance: word(), Accelerator: "H100", Model: word(),
				Count: 1 + rng.Int64N(16), Price: money.Nanos(1+rng.Int64N(1e12), money.USD), Kind: Kinds[rng.IntN(3)], Tier: word(), Form: word(),
				Interconnect: capacity.RoCE, AsOf: "2026-05", Source: "s" + word()})
		}
		bytes1 := b.Encode()
		back, err := Decode(bytes1)
		if err != nil {
			t.Fatal(err)
		}
		rng.Shuffle(len(b.Rows), func(i, j int) { b.Rows[i], b.Rows[j] = b.Rows[j], b.Rows[i] })
		if !bytes.Equal(bytes1, b.Encode()) || !bytes.Equal(bytes1, back.Encode()) {
			t.Fatalf("the bytes differ:\n%s", bytes1)
		}
		rows, _ := sorted(b.Rows)
		if diff := cmp.Diff(rows, back.Rows, cmp.Comparer(func(x, y money.Rate) bool { return x == y })); diff != "" && len(rows) > 0 {
			t.Fatalf("-written +read:\n%s", diff)
		}
	}
	if _, err := Decode([]byte("provider,gpu_model,usd_per_gpu_hour,collected_at,source_url\nx,H100,1,2026,s\n")); err == nil {
		t.Error("a foreign catalog was decoded as a book")
	}
}

// What is embedded is canonical, dated, sourced and enough for the tour.
func TestEmbedded(t *testing.T) {
	b := Embedded()
	if !bytes.Equal(b.Encode(), priceFile) {
		t.Error("embedded/prices.csv is not in the form that Encode writes")
	}
	if n := len(b.Rows); n < 30 || n > 70 {
		t.Errorf("%d rows", n)
	}
	have := map[string]bool{}
	bf16, mlperf := EmbeddedThroughputs()[0], EmbeddedThroughputs()[1]
	for _, r := range b.Rows {
		have[string(r.Cloud)], have[string(r.Accelerator)] = true, true
		if bf16.Milli[r.Accelerator] == 0 {
			t.Errorf("%s has no throughput", r.Accelerator)
		}
	}
	for _, want := range []string{"azure", "aws", "gcp", "oci", "coreweave", "nebius", "lambda", "H100", "H200", "A100-80GB", "B200", "MI300X"} {
		if !have[want] {
			t.Errorf("no row for %s", want)
		}
	}
	if n, _ := bf16.Equivalent(100, "B200", "H100"); bf16.Name != BF16Dense || n != 227 {
		t.Errorf("100 B200 are %d H100 by %s", n, bf16.Name)
	}
	if n, _ := mlperf.Equivalent(100, "B200", "H100"); mlperf.Name != MLPerf || n != 247 || !strings.Contains(mlperf.Source, "unverified") {
		t.Errorf("100 B200 are %d H100 by %s", n, mlperf.Name)
	}
	if _, ok := EmbeddedThroughput(MLPerf); !ok {
		t.Error("the second table is not found by its name")
	}
	if _, ok := EmbeddedThroughput("x"); ok {
		t.Error("an unknown table was found")
	}
}

// Ten terabytes out of every cloud, by the embedded table.
func TestEmbeddedEgress(t *testing.T) {
	for _, tc := range []struct {
		cloud  capacity.Cloud
		region capacity.Region
		to     capacity.Cloud
		target capacity.Region
		want   string
	}{
		{"aws", "us-east-1", "azure", "eastus", "891.00 USD"},
		{"aws", "us-gov-west-1", "azure", "eastus", "1550.00 USD"},
		{"aws", "us-east-1", "aws", "us-east-2", "100.00 USD"},
		{"aws", "us-east-1", "aws", "eu-west-1", "200.00 USD"},
		{"azure", "eastus", "aws", "us-east-1", "861.30 USD"},
		{"azure", "eastus", "azure", "westus3", "200.00 USD"},
		{"azure", "eastus", "azure", "swedencentral", "500.00 USD"},
		{"azure", "", "aws", "us-east-1", "1810.00 USD"},          // unknown region: the dearest
		{"gcp", "us-central1", "aws", "us-east-1", "1110.24 USD"}, // 1,024 x 0.12 + 8,976 x 0.11
		{"gcp", "us-central1", "gcp", "us-east4", "200.00 USD"},
		{"gcp", "us-central1", "gcp", "europe-west4", "800.00 USD"},
		{"oci", "us-ashburn-1", "aws", "us-east-1", "0.00 USD"},
		{"nebius", "eu-north1", "aws", "us-east-1", "150.00 USD"},
		{"lambda", "us-west-1", "aws", "us-east-1", "0.00 USD"},
		{"coreweave", "us-east", "azure", "eastus", "0.00 USD"},
	} {
		got, err := EmbeddedEgress().Price(capacity.DataSet{Name: "d", Cloud: tc.cloud, Region: tc.region, GB: 10_000}, tc.to, tc.target)
		if err != nil || got.Amount.String() != tc.want {
			t.Errorf("%s/%s to %s/%s: got %s %v, want %s", tc.cloud, tc.region, tc.to, tc.target, got.Amount, err, tc.want)
		}
	}
	if got, err := EmbeddedEgress().Price(capacity.DataSet{Name: "d", Cloud: "gcp", Region: "australia-southeast1", GB: 1}, "aws", ""); err == nil {
		t.Errorf("Australia is not in the table, priced at %s", got.Amount)
	}
}

func TestBrokenTables(t *testing.T) {
	const egress = "firstlook-egress,1,t,s\ncloud,from,to,into,from_gb,rate_per_gb,as_of,source\n"
	const rates = "firstlook-throughput,1,t,s\naccelerator,milli,basis\n"
	var out strings.Builder
	for _, data := range []string{"", "firstlook-egress,2,t,s\n", "firstlook-egress,1,t,s\ncloud\n", egress + "AWS !,us-*,moon,,x,0.09,sometime,\n",
		egress + "aws,,internet,,10,0.09 USD,2026,page\n", egress + "aws,,internet,,0,0.09 EUR,2026,page\naws,,internet,,5,0.09 USD,2026,page\n"} {
		got, err := ParseEgress("egress.csv", []byte(data))
		if err == nil {
			t.Fatalf("%q was read as %+v", data, got)
		}
		fmt.Fprintf(&out, "%v\n\n", err)
	}
	for _, data := range []string{rates + "H100,-1,\nH100,many,\n,5,\nB200,1,\nB200,2,\n"} {
		got, err := ParseThroughput("throughput.csv", []byte(data))
		if err == nil {
			t.Fatalf("%q was read as %+v", data, got)
		}
		fmt.Fprintf(&out, "%v\n\n", err)
	}
	golden(t, "tables.golden", out.String())
}

// Whatever bytes come in, an import returns rows that hold their own rules, or problems with hints; it never panics.
func FuzzImport(f *testing.F) {
	for _, name := range []string{"instance.csv", "pergpu.csv", "nebius/vms.csv", "gcp/vms.csv", "vast/vms.csv"} {
		data, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(name, data)
	}
	f.Add("book", priceFile)
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		b, _, err := Import(name, bytes.NewReader(data), Options{AsOf: "2026", Source: "fuzz", Limit: 1 << 16})
		var problems *Problems
		if err != nil {
			if !errors.As(err, &problems) || problems.Total == 0 || len(b.Rows) > 0 {
				t.Fatalf("%v with %d rows", err, len(b.Rows))
			}
			return
		}
		for i := range b.Rows {
			if column, err := b.Rows[i].check(); err != nil {
				t.Fatalf("a row with a bad %s: %v", column, err)
			}
		}
		back, err := Decode(b.Encode())
		if err != nil || !bytes.Equal(back.Encode(), b.Encode()) {
			t.Fatalf("the book does not come back: %v", err)
		}
	})
}
