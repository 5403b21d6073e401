package strict

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// Form is what one kind of value looks like: how it is read, and its JSON Schema.
type Form[T any] struct {
	read   func(Value) (T, bool)
	schema *Schema
}

// Schema returns the form's JSON Schema.
func (f Form[T]) Schema() *Schema { return f.schema }

// Read parses a file of one form. The value is as complete as the file is sound; ask [File.Err] after all checks.
func Read[T any](name string, data []byte, form Form[T]) (T, *File) {
	f := open(name, data)
	var out T
	if f.root != nil {
		out, _ = form.read(Value{f, f.root, ""})
	}
	return out, f
}

// ReadFlags reads a form from the values of flags, which have no lines and no types: a text, a list of texts, or a
// mapping of those, by key.
func ReadFlags[T any](values map[string]any, form Form[T]) (T, *File) {
	f := &File{places: map[string]place{}, reported: map[string]bool{}}
	f.root = flagNode(values)
	f.index(Value{f, f.root, ""}, 1)
	out, _ := form.read(Value{f, f.root, ""})
	return out, f
}

// looseTag marks a scalar that came without a type.
const looseTag = "!!loose"

func flagNode(v any) *yaml.Node {
	switch v := v.(type) {
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: k}, flagNode(v[k]))
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range v {
			n.Content = append(n.Content, flagNode(item))
		}
		return n
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: looseTag, Value: fmt.Sprint(v)}
}

// Value is one value of a file with its place.
type Value struct {
	file *File
	node *yaml.Node
	path string
}

// Problem reports what is wrong with the value, and returns false.
func (v Value) Problem(message, hint string) bool {
	v.file.add(v.node.Line, v.node.Column, v.path, message, hint)
	return false
}

// fault reports an error of a parser; its text may carry the hint behind a semicolon, a hint given here goes before it.
func (v Value) fault(err error, hint string) bool {
	message, own, _ := strings.Cut(err.Error(), "; ")
	if hint == "" {
		hint = own
	}
	return v.Problem(message, hint)
}

// what names the value as a reader of the file would.
func (v Value) what() string {
	switch v.node.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch v.node.Tag {
	case "!!null":
		return "empty"
	case "!!bool":
		return v.node.Value
	case "!!int", "!!float":
		return "the number " + v.node.Value
	}
	return "the text " + quote(v.node.Value)
}

// wrong reports a value of the wrong type.
func (v Value) wrong(wanted, hint string) bool {
	if v.file.reported[v.path] {
		return false // an alias or a tag, which the index has refused
	}
	if v.node.Tag == "!!null" && v.node.Kind == yaml.ScalarNode {
		return v.Problem("the value is empty", "give it, or leave the key out")
	}
	return v.Problem(fmt.Sprintf("%s stands where %s is wanted", v.what(), wanted), hint)
}

// scalar returns the text of a scalar whose type is one of tags; wanted and hint say what should stand there.
func (v Value) scalar(wanted, hint string, tags ...string) (string, bool) {
	if v.node.Kind != yaml.ScalarNode || !slices.Contains(tags, v.node.Tag) && v.node.Tag != looseTag {
		return "", v.wrong(wanted, hint)
	}
	return v.node.Value, true
}

// Field is one key of an object of type T.
type Field[T any] struct {
	key, doc string
	required bool
	schema   *Schema
	set      func(Value, *T) bool
	get      func(*T) any
}

// Key is a field whose value goes to a place in T.
func Key[T, V any](key, doc string, form Form[V], at func(*T) *V) Field[T] {
	f := Set(key, doc, form, func(t *T, v V) { *at(t) = v })
	f.get = func(t *T) any { return *at(t) }
	return f
}

// Set is a field whose value is put into T by a function.
func Set[T, V any](key, doc string, form Form[V], put func(*T, V)) Field[T] {
	return Field[T]{key: key, doc: doc, schema: form.schema, set: func(v Value, t *T) bool {
		out, ok := form.read(v)
		put(t, out)
		return ok
	}}
}

// Required marks a field that must be there.
func (f Field[T]) Required() Field[T] {
	f.required = true
	return f
}

// Key returns the field's key, and Doc what it means.
func (f Field[T]) Key() string { return f.key }

// Doc returns what the field means.
func (f Field[T]) Doc() string { return f.doc }

// Value returns the field's value in t; false for a field that is put there by a function, see [Set].
func (f Field[T]) Value(t *T) (any, bool) {
	if f.get == nil {
		return nil, false
	}
	return f.get(t), true
}

// Object is a mapping with known keys. An object whose fields are not all sound is returned as far as it could be read.
func Object[T any](name, doc string, fields ...Field[T]) Form[T] {
	s := &Schema{Name: name, Description: doc, Type: []string{"object"}, Closed: true}
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
		s.Properties = append(s.Properties, Property{f.key, f.doc, f.schema})
		if f.required {
			s.Required = append(s.Required, f.key)
		}
	}
	return Form[T]{schema: s, read: func(v Value) (T, bool) {
		var out T
		if v.node.Kind != yaml.MappingNode {
			return out, v.wrong("a mapping of keys and values", v.keysHint(keys[0], s.Required))
		}
		sound := v.knownKeys(keys)
		for _, f := range fields {
			at, ok := v.child(f.key)
			switch {
			case ok:
				sound = f.set(at, &out) && sound
			case f.required:
				v.file.Report(Path(v.path, f.key), "the key is missing", "add "+f.key+": ("+firstSentence(f.doc)+")")
				sound = false
			}
		}
		return out, sound
	}}
}

// firstSentence returns the beginning of a description as it stands inside another sentence.
func firstSentence(s string) string {
	s, _, _ = strings.Cut(s, ". ")
	return strings.TrimSuffix(strings.ToLower(s[:1])+s[1:], ".")
}

// keysHint says how a mapping is written where something else stands.
func (v Value) keysHint(first string, required []string) string {
	if v.path == "" {
		return "begin the file with " + first + ":"
	}
	if len(required) == 0 {
		required = []string{first}
	}
	return "write {" + strings.Join(required, ": ..., ") + ": ...}"
}

// child returns the value of a key.
func (v Value) child(key string) (Value, bool) {
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		if k := v.node.Content[i]; k.Kind == yaml.ScalarNode && k.Value == key {
			return Value{v.file, v.node.Content[i+1], Path(v.path, key)}, true
		}
	}
	return Value{}, false
}

func (v Value) knownKeys(keys []string) bool {
	sound := true
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		k := v.node.Content[i]
		if k.Kind == yaml.ScalarNode && k.Tag != "!!merge" && !slices.Contains(keys, k.Value) {
			at := Value{v.file, k, Path(v.path, k.Value)}
			if !v.file.reported[at.path] {
				sound = at.Problem("unknown key "+quote(k.Value), meant(k.Value, keys))
				if near := Suggest(k.Value, keys); near != "" {
					v.file.reported[Path(v.path, near)] = true // it is there, misspelt
				}
			}
		}
	}
	return sound
}

// Table is a mapping whose keys are data, in the order of the file. Key checks a key.
func Table[V any](keyExample, doc string, key func(string) error, form Form[V]) Form[[]Row[V]] {
	s := &Schema{Description: doc, Type: []string{"object"}, Each: form.schema}
	return Form[[]Row[V]]{schema: s, read: func(v Value) ([]Row[V], bool) {
		if v.node.Kind != yaml.MappingNode {
			return nil, v.wrong("a mapping of keys and values", v.keysHint(keyExample, nil))
		}
		var out []Row[V]
		sound := true
		seen := map[string]bool{}
		for i := 0; i+1 < len(v.node.Content); i += 2 {
			k := v.node.Content[i]
			if k.Kind != yaml.ScalarNode || seen[k.Value] {
				continue // reported when the file was indexed
			}
			seen[k.Value] = true
			at := Value{v.file, k, Path(v.path, k.Value)}
			if err := key(k.Value); err != nil {
				sound = at.fault(err, "")
			}
			at.node = v.node.Content[i+1]
			value, ok := form.read(at)
			sound = sound && ok
			out = append(out, Row[V]{k.Value, value})
		}
		return out, sound
	}}
}

// Row is one key of a [Table] with its value.
type Row[V any] struct {
	Key   string
	Value V
}

// List is a list of values of one form, with at least one.
func List[T any](form Form[T]) Form[[]T] {
	s := &Schema{Type: []string{"array"}, Items: form.schema, MinItems: 1}
	return Form[[]T]{schema: s, read: func(v Value) ([]T, bool) {
		items, ok := v.items(len(form.schema.Properties) > 0)
		if !ok {
			return nil, false
		}
		out := make([]T, 0, len(items))
		for _, item := range items {
			value, sound := form.read(item)
			ok = ok && sound
			out = append(out, value)
		}
		return out, ok
	}}
}

// items returns the values of a list; mappings says that it is a list of those.
func (v Value) items(mappings bool) ([]Value, bool) {
	if v.node.Kind == yaml.ScalarNode && v.node.Tag == looseTag {
		return []Value{v}, true
	}
	if v.node.Kind != yaml.SequenceNode {
		example := ""
		if mappings {
			example = "write one entry for each, on lines that begin with -"
		} else if v.node.Kind == yaml.ScalarNode && v.node.Tag != "!!null" && len(v.node.Value) < 40 {
			example = "write [" + v.node.Value + "]"
		}
		return nil, v.wrong("a list", example)
	}
	if len(v.node.Content) == 0 {
		return nil, v.Problem("the list is empty", "leave the key out, or name at least one")
	}
	out := make([]Value, len(v.node.Content))
	for i, n := range v.node.Content {
		out[i] = Value{v.file, n, fmt.Sprintf("%s[%d]", v.path, i)}
	}
	return out, true
}

// Distinct is a list in which no value stands twice.
func Distinct[T comparable](form Form[T]) Form[[]T] {
	list := List(form)
	s := *list.schema
	s.Unique = true
	return Form[[]T]{schema: &s, read: func(v Value) ([]T, bool) {
		out, ok := list.read(v)
		for i, value := range out {
			if slices.Index(out, value) < i {
				var zero T
				if value != zero { // a value that could not be read is reported already
					v.file.Report(fmt.Sprintf("%s[%d]", v.path, i), fmt.Sprintf("%v stands twice in the list", value), "remove one")
					ok = false
				}
			}
		}
		return out, ok
	}}
}

// Map turns a form of A into one of B. An error of turn is a problem of the value.
func Map[A, B any](form Form[A], turn func(A) (B, error)) Form[B] {
	return Form[B]{schema: form.schema, read: func(v Value) (B, bool) {
		var out B
		a, ok := form.read(v)
		if !ok {
			return out, false
		}
		out, err := turn(a)
		if err != nil {
			return out, v.fault(err, "")
		}
		return out, true
	}}
}

// Or is a form that may be replaced by one word; the value is then nil.
func Or[T any](word, doc string, form Form[T]) Form[*T] {
	s := &Schema{AnyOf: []*Schema{{Const: word, Description: doc}, form.schema}}
	return Form[*T]{schema: s, read: func(v Value) (*T, bool) {
		if v.node.Kind == yaml.ScalarNode && v.node.Value == word {
			return nil, true
		}
		out, ok := form.read(v)
		return &out, ok
	}}
}

// Short is a form that may be written as a scalar of a shorter one.
func Short[T any](short, long Form[T]) Form[T] {
	s := &Schema{AnyOf: []*Schema{short.schema, long.schema}}
	return Form[T]{schema: s, read: func(v Value) (T, bool) {
		if v.node.Kind == yaml.ScalarNode {
			return short.read(v)
		}
		return long.read(v)
	}}
}

// When adds conditions to a form's schema; the reader's side of them is a check after reading.
func When[T any](form Form[T], conditions ...Condition) Form[T] {
	s := *form.schema
	s.When = append(slices.Clip(s.When), conditions...)
	return Form[T]{form.read, &s}
}
