package httpapi

import (
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/calendar"
	"firstlook/internal/door"
	"firstlook/money"
	"firstlook/right"
)

// object is a JSON object of the document.
type object = map[string]any

// Document is the OpenAPI 3.1 document of the interface, made of [Operations] and of the Go types that the handlers read and write.
func Document() map[string]any {
	s := &schemas{all: object{}, names: map[reflect.Type]string{}}
	paths := object{}
	for i := range operations {
		op := &operations[i]
		item, ok := paths[op.Path].(object)
		if !ok {
			item = object{}
			paths[op.Path] = item
		}
		item[strings.ToLower(op.Method)] = s.operation(op)
	}
	return object{
		"openapi": "3.1.1",
		"info": object{"title": "Firstlook", "version": "1", "license": object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
			"description": "Capacity under agreements: rights, offers and awards, as each party may see them. docs/spec/api.md says how to use it."},
		"servers":  []any{object{"url": "http://127.0.0.1:7780"}},
		"security": []any{object{"token": []any{}}, object{"session": []any{}}},
		"paths":    paths,
		"components": object{
			"schemas": s.all,
			"securitySchemes": object{
				"token":   object{"type": "http", "scheme": "bearer", "description": "a token of a machine"},
				"session": object{"type": "apiKey", "in": "cookie", "name": "__Host-fl_session", "description": "of a browser; what changes something also carries X-CSRF-Token"},
			},
		},
	}
}

var pathParam = regexp.MustCompile(`\{([a-z]+)\}`)

func (s *schemas) operation(op *Operation) object {
	out := object{"summary": op.Summary, "operationId": operationID(op)}
	if op.Action != "" {
		out["x-action"] = string(op.Action)
	}
	if params := op.parameters(); len(params) > 0 {
		out["parameters"] = params
	}
	if op.Body != nil {
		out["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": s.of(reflect.TypeOf(op.Body))}}}
	}
	good := object{"description": "done"}
	switch {
	case op.Media != "":
		good["content"] = object{op.Media: object{"schema": object{"type": "string"}}}
	case op.List != "":
		good["content"] = object{"application/json": object{"schema": object{"type": "object", "required": []string{op.List}, "properties": object{
			op.List: object{"type": "array", "items": s.of(reflect.TypeOf(op.Answer))}, "cursor": object{"type": "string", "description": "of the next page, where there is one"}}}}}
		good["headers"] = object{"Link": object{"description": "where the next page is: rel=next", "schema": object{"type": "string"}}}
	case op.Answer != nil:
		good["content"] = object{"application/json": object{"schema": s.of(reflect.TypeOf(op.Answer))}}
	}
	answers := object{strconv.Itoa(max(op.Status, http.StatusOK)): good, "default": object{"description": "what went wrong (RFC 9457)",
		"content": object{"application/problem+json": object{"schema": s.of(reflect.TypeFor[problem]())}}}}
	if op.Method == http.MethodGet && op.Media == "" {
		answers["304"] = object{"description": "it is as it was"}
	}
	out["responses"] = answers
	return out
}

// operationID is "get-needs-id-offers" of GET /v1/needs/{id}/offers.
func operationID(op *Operation) string {
	path := strings.TrimPrefix(op.Path, "/v1/")
	return strings.ToLower(op.Method) + "-" + strings.NewReplacer("/", "-", "{", "", "}", "", ".", "-").Replace(path)
}

func (op *Operation) parameters() []any {
	var out []any
	add := func(in, name, means string, required bool) {
		out = append(out, object{"name": name, "in": in, "required": required, "description": means, "schema": object{"type": "string"}})
	}
	means := map[string]string{"id": "a need, such as n1", "matter": "a matter, such as m1", "agreement": "an agreement", "book": "a price book", "person": "a person", "rule": "a rule", "token": "a token"}
	for _, m := range pathParam.FindAllStringSubmatch(op.Path, -1) {
		add("path", m[1], means[m[1]], true)
	}
	for _, p := range op.Query {
		add("query", p.Name, p.Means, false)
	}
	if op.Paged {
		add("query", "limit", fmt.Sprintf("at most so many, 1 to %d; %d where left out", maxLimit, defaultLimit), false)
		add("query", "cursor", "of the page before", false)
	}
	switch {
	case op.Media == "text/event-stream":
		add("header", "Last-Event-ID", "of the last event that was seen: what came since is sent first", false)
	case op.Method == http.MethodGet:
		add("header", "If-None-Match", "an ETag that is kept: 304 where nothing has changed", false)
	case reflect.TypeOf(op.Body) == reflect.TypeFor[right.Command]():
		add("header", "Idempotency-Key", "1 to 200 visible characters: sent again with the same key, the command does nothing", false)
		if op.Path != "/v1/needs" {
			add("header", "If-Match", "the ETag of the need: 412, and nothing recorded, where it looks other than then", false)
		}
	}
	return out
}

// schemas collects the schemas of named types.
type schemas struct {
	all   object
	names map[reflect.Type]string
}

// texts are types that are written as a text of a form of their own.
var textForms = map[reflect.Type]object{
	reflect.TypeFor[calendar.Instant](): {"type": "string", "description": "an instant in UTC: 2026-03-02T12:00Z; empty where it is not set"},
	reflect.TypeFor[calendar.Date]():    {"type": "string", "description": "a day: 2026-03-02"},
	reflect.TypeFor[calendar.Length]():  {"type": "string", "description": "a length of time: 72 hours"},
	reflect.TypeFor[money.Amount]():     {"type": "string", "description": "money: 2.10 USD"},
	reflect.TypeFor[money.Rate]():       {"type": "string", "description": "money for a unit: 2.10 USD/gpu-h"},
}

// of is the schema of a type: a reference where the type has a name of ours.
func (s *schemas) of(t reflect.Type) object {
	if form, ok := textForms[t]; ok {
		return maps.Clone(form)
	}
	switch t {
	case reflect.TypeFor[right.Command]():
		return s.named(t, "Command", s.command)
	case reflect.TypeFor[right.Event](), reflect.TypeFor[oneEvent]():
		return s.named(reflect.TypeFor[right.Event](), "Event", eventSchema)
	case reflect.TypeFor[door.Events]():
		return object{"type": "array", "items": s.of(reflect.TypeFor[right.Event]())}
	case reflect.TypeFor[json.RawMessage]():
		return object{}
	case reflect.TypeFor[award.Comparison](), reflect.TypeFor[agreement.Change](), reflect.TypeFor[agreement.Example]():
		return object{"type": "object"} // a form of its own, described with the package
	}
	if t.Kind() == reflect.Pointer {
		return nullable(s.of(t.Elem()))
	}
	if t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return object{"type": "string"}
	}
	if t.Implements(reflect.TypeFor[json.Marshaler]()) || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Marshaler]()) {
		return object{}
	}
	return s.plain(t)
}

func (s *schemas) plain(t reflect.Type) object {
	switch t.Kind() {
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return object{"type": "integer"}
	case reflect.Slice:
		return object{"type": []string{"array", "null"}, "items": s.of(t.Elem())}
	case reflect.Array:
		return object{"type": "array", "items": s.of(t.Elem()), "minItems": t.Len(), "maxItems": t.Len()}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Struct:
		if t.Name() == "" {
			return s.structure(t)
		}
		return s.named(t, "", func() object { return s.structure(t) })
	}
	return object{}
}

// named keeps the schema of a type under a name and refers to it.
func (s *schemas) named(t reflect.Type, name string, of func() object) object {
	known, ok := s.names[t]
	if !ok {
		known = name
		if known == "" {
			known = strings.ToUpper(t.Name()[:1]) + t.Name()[1:]
		}
		if _, taken := s.all[known]; taken {
			pkg := t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]
			known = strings.ToUpper(pkg[:1]) + pkg[1:] + known
		}
		s.names[t] = known
		s.all[known] = object{} // a type may hold itself
		s.all[known] = of()
	}
	return object{"$ref": "#/components/schemas/" + known}
}

// structure is an object with the keys that encoding/json writes.
func (s *schemas) structure(t reflect.Type) object {
	properties, required := object{}, []string{}
	s.fields(t, properties, &required)
	out := object{"type": "object", "properties": properties}
	if len(required) > 0 {
		slices.Sort(required)
		out["required"] = required
	}
	return out
}

func (s *schemas) fields(t reflect.Type, properties object, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
			s.fields(f.Type, properties, required)
			continue
		}
		if !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		properties[name] = s.of(f.Type)
		if !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero") {
			*required = append(*required, name)
		}
	}
}

func nullable(schema object) object {
	return object{"anyOf": []any{schema, object{"type": "null"}}}
}

func eventSchema() object {
	return object{"type": "object", "required": []string{"at", "type", "fact"}, "properties": object{
		"at": maps.Clone(textForms[reflect.TypeFor[calendar.Instant]()]), "recorded": maps.Clone(textForms[reflect.TypeFor[calendar.Instant]()]),
		"by":   object{"type": "string", "description": "the party that caused it; left out where time did"},
		"type": object{"type": "string", "description": "the stable name of the fact"},
		"fact": object{"type": "object", "description": "docs/spec/rights.md has the facts"}}}
}

// Asks are the commands, one value of each.
var Asks = []right.Ask{right.Submit{}, right.Withdraw{}, right.Notice{}, right.Receipt{}, right.Answer{}, right.Respond{}, right.Determine{}, right.SubmitOffer{},
	right.WithdrawOffer{}, right.RequestOffers{}, right.Reoffer{}, right.Choose{}, right.Sign{}, right.FallThrough{}, right.Settle{}, right.Propose{},
	right.RequestInformation{}, right.SupplyInformation{}, right.Stay{}, right.Lift{}, right.Extend{}, right.Change{}, right.Consent{}, right.Assign{},
	right.NonPerform{}, right.Cure{}}

// AskName is the stable name of a command, such as "submit-offer".
func AskName(a right.Ask) string {
	var c struct{ Type string }
	b, err := json.Marshal(right.Command{By: "x", Ask: a})
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		panic("bug: a command has no name: " + err.Error())
	}
	return c.Type
}

// command is one schema for each command, told apart by type.
func (s *schemas) command() object {
	var each []any
	mapping := object{}
	for _, ask := range Asks {
		name := AskName(ask)
		t := reflect.TypeOf(ask)
		title := "Command" + t.Name()
		s.all[title] = object{"type": "object", "required": []string{"type"}, "properties": object{
			"type":   object{"type": "string", "const": name},
			"by":     object{"type": "string", "description": "the party; that of the token or session where left out"},
			"person": object{"type": "string", "description": "who acts for it; who is signed in where left out"},
			"ask":    s.structure(t)}}
		each = append(each, object{"$ref": "#/components/schemas/" + title})
		mapping[name] = "#/components/schemas/" + title
	}
	return object{"oneOf": each, "discriminator": object{"propertyName": "type", "mapping": mapping}}
}
