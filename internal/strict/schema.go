package strict

import (
	"bytes"
	"encoding/json"
)

// Schema describes a form as JSON Schema, draft 2020-12. Only the keywords that forms need are here.
type Schema struct {
	Name        string // under which it stands in $defs; empty to stand in place
	Title       string
	Description string
	Type        []string
	Const       string
	Enum        []string
	Pattern     string
	Minimum     *int64
	Maximum     *int64
	MinLength   int
	MaxLength   int
	Items       *Schema
	MinItems    int
	Unique      bool
	Properties  []Property
	Required    []string
	Closed      bool    // no further properties
	Each        *Schema // of every property, where the keys are open
	AnyOf       []*Schema
	When        []Condition
	Examples    []string
	Never       bool // nothing is valid
}

// Property is one key of an object.
type Property struct {
	Key         string
	Description string
	Schema      *Schema
}

// Condition adds demands where a key has a value.
type Condition struct {
	Key, Is string
	Forbid  []string // keys that must be absent
	Require []string // keys that must be present
}

// Document writes a form's schema as a whole document with an id.
func Document(id, title string, s *Schema) ([]byte, error) {
	defs := map[string]*Schema{}
	collect(s, defs)
	delete(defs, s.Name)
	o := object{}
	o.put("$schema", "https://json-schema.org/draft/2020-12/schema")
	o.put("$id", id)
	o.put("title", title)
	s.fill(&o)
	names := make(object, 0, len(defs))
	for name, d := range defs {
		var body object
		d.fill(&body)
		names = append(names, member{name, body})
	}
	names.sort()
	if len(names) > 0 {
		o.put("$defs", names)
	}
	raw, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// collect finds the named schemas below s.
func collect(s *Schema, defs map[string]*Schema) {
	if s == nil {
		return
	}
	if s.Name != "" {
		if defs[s.Name] != nil {
			return
		}
		defs[s.Name] = s
	}
	collect(s.Items, defs)
	collect(s.Each, defs)
	for _, p := range s.Properties {
		collect(p.Schema, defs)
	}
	for _, a := range s.AnyOf {
		collect(a, defs)
	}
}

// in returns s as it stands inside another schema: by reference where it has a name.
func (s *Schema) in(description string) any {
	if s.Never {
		return false
	}
	var o object
	if description != "" {
		o.put("description", description)
	}
	if s.Name != "" {
		o.put("$ref", "#/$defs/"+s.Name)
		return o
	}
	body := *s
	if description != "" {
		body.Description = ""
	}
	body.fill(&o)
	return o
}

func (s *Schema) fill(o *object) {
	o.putText("title", s.Title)
	o.putText("description", s.Description)
	switch len(s.Type) {
	case 0:
	case 1:
		o.put("type", s.Type[0])
	default:
		o.put("type", s.Type)
	}
	o.putText("const", s.Const)
	if s.Enum != nil {
		o.put("enum", s.Enum)
	}
	o.putText("pattern", s.Pattern)
	o.putInt("minLength", s.MinLength)
	o.putInt("maxLength", s.MaxLength)
	if s.Minimum != nil {
		o.put("minimum", *s.Minimum)
	}
	if s.Maximum != nil {
		o.put("maximum", *s.Maximum)
	}
	if s.Items != nil {
		o.put("items", s.Items.in(""))
	}
	o.putInt("minItems", s.MinItems)
	if s.Unique {
		o.put("uniqueItems", true)
	}
	s.fillObject(o)
	if s.Examples != nil {
		o.put("examples", s.Examples)
	}
}

func (s *Schema) fillObject(o *object) {
	if s.Properties != nil {
		var props object
		for _, p := range s.Properties {
			props.put(p.Key, p.Schema.in(p.Description))
		}
		o.put("properties", props)
	}
	if s.Required != nil {
		o.put("required", s.Required)
	}
	if s.Closed {
		o.put("additionalProperties", false)
	}
	if s.Each != nil {
		o.put("additionalProperties", s.Each.in(""))
	}
	if s.AnyOf != nil {
		var any []any
		for _, a := range s.AnyOf {
			any = append(any, a.in(""))
		}
		o.put("anyOf", any)
	}
	var all []any
	for _, c := range s.When {
		all = append(all, c.object())
	}
	if all != nil {
		o.put("allOf", all)
	}
}

func (c Condition) object() object {
	var is, forbidden, if_, then object
	is.put(c.Key, object{{"const", c.Is}})
	if_.put("properties", is)
	if_.put("required", []string{c.Key})
	for _, k := range c.Forbid {
		forbidden.put(k, false)
	}
	if forbidden != nil {
		then.put("properties", forbidden)
	}
	if c.Require != nil {
		then.put("required", c.Require)
	}
	return object{{"if", if_}, {"then", then}}
}
