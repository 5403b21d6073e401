package notify

import (
	"bytes"
	"embed"
	"html/template"
	"strings"
)

//go:embed letter.html.tmpl page.html.tmpl
var pages embed.FS

// Both pages are written in place: no script, no font, no picture and no style comes from anywhere.
var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"head":     func(d Document) []Row { return head(&d) },
	"sentence": func(s string) string { return strings.ToUpper(s[:1]) + s[1:] },
}).ParseFS(pages, "*.html.tmpl"))

// HTML writes a document as one page that shows and prints without anything from outside. The link, where there is one, leads to
// the page on which the letter is read once.
func HTML(d *Document, link string) []byte {
	return execute("letter.html.tmpl", struct {
		Document
		Link string
	}{*d, link})
}

// page is what a link shows before it is used, or in place of the letter.
type page struct{ Title, Text, Button string }

func (p page) html() []byte { return execute("page.html.tmpl", p) }

func execute(name string, data any) []byte {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		panic("bug: " + err.Error()) // a buffer takes everything, and the data has the fields that the template names
	}
	return b.Bytes()
}
