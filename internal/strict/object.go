package strict

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
)

// object is a JSON object whose keys keep their order, so that a published schema reads like the file that it describes.
type object []member

type member struct {
	key   string
	value any
}

func (o *object) put(key string, value any) { *o = append(*o, member{key, value}) }

func (o *object) putText(key, value string) {
	if value != "" {
		o.put(key, value)
	}
}

func (o *object) putInt(key string, value int) {
	if value != 0 {
		o.put(key, value)
	}
}

func (o object) sort() {
	slices.SortFunc(o, func(a, b member) int { return cmp.Compare(a.key, b.key) })
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(m.key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
