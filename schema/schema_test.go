package schema

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	yaml "go.yaml.in/yaml/v4"

	"firstlook/agreement"
	"firstlook/need"
)

var update = flag.Bool("update", false, "rewrite the schemas and the golden file")

// The published files are what the tables of the parsers say.
func TestInStep(t *testing.T) {
	for name, c := range map[string]struct {
		make      func() ([]byte, error)
		published []byte
	}{
		"agreement.schema.json": {agreement.Schema, Agreement},
		"need.schema.json":      {need.Schema, Need},
		"providers.schema.json": {agreement.ProvidersSchema, Providers},
	} {
		want, err := c.make()
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(string(want), string(c.published)); diff != "" {
			t.Errorf("%s is not what the parser reads; run go generate ./schema\n%s", name, diff)
		}
	}
}

// fresh compiles what the parsers' tables say now, so that one run with -update brings everything in step.
func fresh(t *testing.T, make func() ([]byte, error)) *jsonschema.Schema {
	t.Helper()
	data, err := make()
	if err != nil {
		t.Fatal(err)
	}
	return compile(t, data)
}

// Every key of every object teaches: it has a description.
func TestEveryKeyIsDescribed(t *testing.T) {
	for name, data := range map[string][]byte{"agreement": Agreement, "need": Need, "providers": Providers, "offers": Offers} {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		keys := 0
		var walk func(path string, v any)
		walk = func(path string, v any) {
			m, ok := v.(map[string]any)
			if !ok {
				return
			}
			if props, ok := m["properties"].(map[string]any); ok && !strings.Contains(path, "/then") && !strings.Contains(path, "/if") {
				for key, p := range props {
					keys++
					if s, ok := p.(map[string]any); !ok || s["description"] == nil {
						t.Errorf("%s: %s/%s has no description", name, path, key)
					}
				}
			}
			for key, inner := range m {
				walk(path+"/"+key, inner)
			}
		}
		walk("", doc)
		if keys < 6 {
			t.Errorf("%s: found only %d keys", name, keys)
		}
	}
}

func compile(t *testing.T, data []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mem:///schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mem:///schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// instance turns YAML into what an editor hands to a validator: dates stay text.
func instance(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.DocumentNode:
		return instance(n.Content[0])
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			v, err := instance(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			m[n.Content[i].Value] = v
		}
		return m, nil
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			v, err := instance(item)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	switch n.Tag {
	case "!!int", "!!float":
		return jsonschema.UnmarshalJSON(strings.NewReader(n.Value))
	case "!!bool":
		return n.Value == "true", nil
	case "!!null":
		return nil, nil
	}
	return n.Value, nil
}

func validate(t *testing.T, s *jsonschema.Schema, file string) error {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Load(data, &doc); err != nil {
		return err
	}
	v, err := instance(&doc)
	if err != nil {
		return err
	}
	return s.Validate(v)
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	out, err := filepath.Glob(pattern)
	if err != nil || len(out) == 0 {
		t.Fatalf("%s: no files (%v)", pattern, err)
	}
	return out
}

// Every example is valid.
func TestExamples(t *testing.T) {
	a, n, p := fresh(t, agreement.Schema), fresh(t, need.Schema), fresh(t, agreement.ProvidersSchema)
	for _, file := range files(t, "../examples/*.yaml") {
		s := a
		if strings.HasPrefix(filepath.Base(file), "providers") {
			s = p
		}
		if err := validate(t, s, file); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	for _, file := range files(t, "../examples/needs/*.yaml") {
		if err := validate(t, n, file); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// Of the broken files of the parsers, the golden file says which the schema catches too; the others need the whole file
// to be seen, which a schema cannot.
func TestBroken(t *testing.T) {
	a, n, p := fresh(t, agreement.Schema), fresh(t, need.Schema), fresh(t, agreement.ProvidersSchema)
	var got strings.Builder
	for _, pattern := range []string{"../testdata/agreements/broken/*.yaml", "../testdata/agreements/broken/needs/*.yaml"} {
		for _, file := range files(t, pattern) {
			s := a
			switch base := filepath.Base(file); {
			case strings.Contains(pattern, "needs"):
				s = n
			case strings.HasPrefix(base, "providers"):
				s = p
			}
			verdict := "rejects"
			if validate(t, s, file) == nil {
				verdict = "accepts"
			}
			got.WriteString(verdict + " " + strings.TrimPrefix(file, "../testdata/agreements/broken/") + "\n")
		}
	}
	golden := "testdata/broken.golden"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s: %s", golden, diff)
	}
}
