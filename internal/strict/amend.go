package strict

import yaml "go.yaml.in/yaml/v4"

// Amend reads a mapping that gives some fields of a value, and returns the base with those fields replaced.
func Amend[T any](name string, data []byte, base T, fields ...Field[T]) (T, *File) {
	f := open(name, data)
	if f.root == nil {
		return base, f
	}
	v := Value{f, f.root, ""}
	keys := make([]string, len(fields))
	for i, field := range fields {
		keys[i] = field.key
	}
	if v.node.Kind != yaml.MappingNode {
		v.wrong("a mapping with keys such as "+keys[0], "")
		return base, f
	}
	v.knownKeys(keys)
	for _, field := range fields {
		if at, ok := v.child(field.key); ok {
			field.set(at, &base)
		}
	}
	return base, f
}
