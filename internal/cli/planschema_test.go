package cli

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	yaml "go.yaml.in/yaml/v4"

	"firstlook/internal/door"
	"firstlook/schema"
)

var updateOffersSchema = flag.Bool("update-offers-schema", false, "rewrite schema/offers.schema.json")

// The published schema of offers files is what the parser's table says; the examples are valid under it, and a file
// with an unknown key or without terms is not.
func TestOffersSchema(t *testing.T) {
	want, err := door.OffersSchema()
	if err != nil {
		t.Fatal(err)
	}
	if *updateOffersSchema {
		if err := os.WriteFile("../../schema/offers.schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), string(schema.Offers)); diff != "" {
		t.Fatalf("schema/offers.schema.json is not what the parser reads; run go test ./internal/cli -run TestOffersSchema -update-offers-schema\n%s", diff)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mem:///offers.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mem:///offers.json")
	if err != nil {
		t.Fatal(err)
	}
	valid := func(text string) error {
		var v any
		if err := yaml.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		return s.Validate(v)
	}
	files, err := filepath.Glob("../../examples/plan/*/offers.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		// An editor sees dates as text.
		if err := valid(string(datesAsText(data))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"offers: [{id: o1, need: n, provider: p, valid_until: '2026-11-30'}]", "offers: []\nprice: 3", "steps: []"} {
		if valid(text) == nil {
			t.Errorf("the schema accepts %s", text)
		}
	}
}

func datesAsText(data []byte) []byte {
	return bytes.ReplaceAll(data, []byte("valid_until: 2026-11-30,"), []byte("valid_until: '2026-11-30',"))
}
