package webui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"strings"
)

//go:embed asset page
var files embed.FS

// pages are the names of the templates in folder page, each with the frame around it.
var pages = []string{"desk", "needs", "newneed", "need", "matter", "act", "review", "market", "prices", "agreements", "agreement", "edit", "records", "record", "failure", "signin", "seats", "operator", "people", "tokens", "letters", "handed"}

var templates = parse()

func parse() map[string]*template.Template {
	base := template.Must(template.New("base").Funcs(functions).ParseFS(files, "page/frame.html.tmpl", "page/parts.html.tmpl"))
	out := map[string]*template.Template{}
	for _, name := range pages {
		out[name] = template.Must(template.Must(base.Clone()).ParseFS(files, "page/"+name+".html.tmpl"))
	}
	return out
}

// asset serves one embedded file, compressed where the browser takes it. Its tag is its hash, so that a browser keeps it and asks whether
// it is still the same.
func asset(name, kind string) http.HandlerFunc {
	data, err := files.ReadFile("asset/" + name)
	if err != nil {
		panic("bug: no asset " + name)
	}
	sum := sha256.Sum256(data)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is one that there is
	_, err = z.Write(data)
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic("bug: " + err.Error()) // a buffer takes everything
	}
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", tag)
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", kind)
		body := data
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = packed.Bytes()
		}
		_, _ = w.Write(body) // a browser that has gone away needs no file
	}
}
