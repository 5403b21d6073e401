package httpapi

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"firstlook/internal/identity"
)

const documentFile = "../../docs/spec/openapi.json"

// The document that is checked in is the one that the types make.
func TestDocumentInStep(t *testing.T) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(Document()); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(documentFile, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("docs/spec/openapi.json is not what the types make (-file +types); -update writes it:\n%s", diff)
	}
}

// compiler reads the document once.
var compiler = sync.OnceValues(func() (*jsonschema.Compiler, error) {
	text, err := json.Marshal(Document())
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	return c, c.AddResource("urn:openapi", doc)
})

// schemaOf compiles the schema at a place of the document.
func schemaOf(t *testing.T, place string) *jsonschema.Schema {
	t.Helper()
	c, err := compiler()
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("urn:openapi#" + place)
	if err != nil {
		t.Fatalf("%s: %v", place, err)
	}
	return s
}

// What the document says is held against answers: one that lacks a key, or has another type, is found.
func TestSchemasBite(t *testing.T) {
	s := schemaOf(t, "/components/schemas/Done")
	for _, text := range []string{`{}`, `{"need":1,"repeated":false,"events":[],"next":[],"at":"x","by":"y","buys":true}`, `{"need":"n1","repeated":false,"events":[{}],"next":[],"at":"x","by":"y","buys":true}`} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("%s passes for an answer to a command", text)
		}
	}
}

// Every schema of the document compiles, by a reader of JSON Schema that is not ours, and every reference leads somewhere.
func TestSchemasCompile(t *testing.T) {
	all := Document()["components"].(object)["schemas"].(object)
	if len(all) < 40 {
		t.Errorf("%d schemas", len(all))
	}
	for name := range all {
		schemaOf(t, "/components/schemas/"+name)
	}
}

// matching is the operation that answers a request.
func matching(method, path string) *Operation {
	path, _, _ = strings.Cut(path, "?")
	for i := range operations {
		op := &operations[i]
		if op.Method == method && fits(strings.Split(op.Path, "/"), strings.Split(path, "/")) {
			return op
		}
	}
	return nil
}

func fits(pattern, path []string) bool {
	if len(pattern) != len(path) {
		return false
	}
	for i := range pattern {
		if pattern[i] != path[i] && !strings.HasPrefix(pattern[i], "{") {
			return false
		}
	}
	return true
}

// conforms checks an answer against the document; what no operation answers is a problem document.
func conforms(t *testing.T, method, path string, status int, kind string, body []byte) {
	t.Helper()
	op := matching(method, path)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Errorf("%s %s: the answer is not JSON: %v", method, path, err)
		return
	}
	place := "/components/schemas/Problem"
	if status < 300 && op != nil {
		escaped := strings.ReplaceAll(strings.ReplaceAll(op.Path, "~", "~0"), "/", "~1")
		place = "/paths/" + strings.NewReplacer("{", "%7B", "}", "%7D").Replace(escaped) + "/" + strings.ToLower(method) + "/responses/" + statusText(op) + "/content/application~1json/schema"
	} else if status < 300 || kind != "application/problem+json" {
		return
	}
	if err := schemaOf(t, place).Validate(value); err != nil {
		t.Errorf("%s %s: the answer is not what the document says: %v\n%s", method, path, err, body)
	}
}

func statusText(op *Operation) string {
	if op.Status != 0 {
		return "201"
	}
	return "200"
}

// Every command that a role may ask for is in the document, and every one of the document some role may ask for.
func TestEveryCommandHasARole(t *testing.T) {
	named := map[identity.Action]bool{}
	for _, ask := range Asks {
		named[identity.Action(AskName(ask))] = true
	}
	other := map[identity.Action]bool{identity.RecordAgreement: true, identity.CertifyFact: true, identity.SetProviders: true, identity.PutPrices: true}
	asked := map[identity.Action]bool{}
	for _, r := range identity.Roles {
		for _, a := range r.Actions() {
			asked[a] = true
			if !named[a] && !other[a] && !strings.HasPrefix(string(a), "view/") && !strings.HasPrefix(string(a), "identity/") {
				t.Errorf("role %s may ask for %s, which is no command", r, a)
			}
		}
	}
	for a := range named {
		if !asked[a] {
			t.Errorf("no role may ask for %s", a)
		}
	}
}
