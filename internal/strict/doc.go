// Package strict reads the files that people write: agreements, needs, providers. It refuses what it does not know and
// says everything that is wrong at once, each problem with its place and the next step:
//
//	a.yaml:12:5: clauses[2].window.length: "10 bizdays": unknown unit "bizdays"; did you mean business_days?
//
// # What a file may be
//
// One YAML document in UTF-8 of at most [MaxSize] bytes, nested at most [MaxDepth] levels, made of mappings, lists
// and scalars. Anchors, aliases, merge keys and tags are refused, so that a file is as large as it looks. So are control
// characters, bidirectional overrides (text that displays differently from what it says), duplicate keys, and a second
// document. Size and depth are bounded before and while the text is parsed, not after.
//
// # Forms
//
// A [Form] says what one kind of value looks like, and does two things with that: it reads a value, and it describes
// itself as a JSON Schema. A file type is therefore one table, and its parser, its published schema and its
// documentation cannot part:
//
//	var party = strict.Object("party", "A company that signed.",
//		strict.Key("id", "Short name.", strict.ID[party.ID](), func(p *Party) *party.ID { return &p.ID }).Required(),
//		strict.Key("zone", "Time zone.", strict.Zone(), func(p *Party) *calendar.Zone { return &p.Zone }),
//	)
//	p, file := strict.Read("party.yaml", data, party)
//
// What concerns several values (references, spans that cross) is checked after reading, with [File.Report] by the path of
// the value; a path that already has a problem is not reported again. [File.Err] then returns all of them, sorted.
//
// The package reads no clock and opens no file.
package strict
