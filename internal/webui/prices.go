package webui

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"strings"

	"firstlook/capacity"
	"firstlook/internal/pricebook"
	"firstlook/internal/strict"
	"firstlook/party"
)

// pricesMain is the form for a price catalog, or what was read of one.
type pricesMain struct {
	CSRF     string
	Fields   []field
	Problem  string              // with the form as a whole
	Problems []pricebook.Problem // with the file
	More     int64               // problems that are not listed
	// What follows is set once a file was read.
	Name, Text, Person, Party string
	Report                    *pricebook.Report
	Rows                      []priceRow // the first of them
	All                       int64
	Replaces                  bool // a book of this name is recorded
}

const (
	// maxCatalog bounds the encoding of a book that a form carries from one step to the next, in bytes.
	maxCatalog = 1 << 20
	// pricesShown is how many rows of a catalog are shown before it is recorded.
	pricesShown = 20
)

func (u *UI) pricesPage(v *visit) error {
	return u.pricesForm(v, pricesMain{}, http.StatusOK)
}

func (u *UI) pricesForm(v *visit, m pricesMain, status int) error {
	m.CSRF = v.who.CSRF
	m.Fields = []field{
		{Name: "name", Label: "Name of the book", Kind: "text", Hint: "Letters, digits and . _ -; the file's name where left out. A later book of a name takes the place of the earlier."},
		{Name: "cloud", Label: "Cloud, where the file does not say", Kind: "text", Hint: "SkyPilot catalogs have one file for each cloud."},
		{Name: "as_of", Label: "Date of the prices, where the file has none", Kind: "text", Hint: "Such as 2026-05-24, 2026-05 or 2026."},
		{Name: "source", Label: "Where the prices are from, where the file does not say", Kind: "text"},
	}
	for i := range m.Fields {
		m.Fields[i].refill(v.r.PostForm)
	}
	u.render(v, status, "prices", "Import prices", m)
	return nil
}

// pricesPost reads a catalog and shows what was read, or records what was shown.
func (u *UI) pricesPost(v *visit) error {
	if v.r.PostForm.Get("step") == "record" {
		return u.recordPrices(v)
	}
	book, report, err := v.catalog()
	var wrong *pricebook.Problems
	var mend problem
	switch {
	case errors.As(err, &wrong):
		return u.pricesForm(v, pricesMain{Problems: wrong.List, More: int64(wrong.Total - len(wrong.List))}, http.StatusUnprocessableEntity)
	case errors.As(err, &mend):
		return u.pricesForm(v, pricesMain{Problem: sentence(err.Error())}, http.StatusUnprocessableEntity)
	case err != nil:
		return err
	}
	m := pricesMain{CSRF: v.who.CSRF, Name: book.Name, Text: string(book.Encode()), Person: v.who.Person, Party: nameOf(v.law, v.who.Party), Report: &report, All: int64(len(book.Rows))}
	if len(m.Text) > maxCatalog {
		return u.pricesForm(v, pricesMain{Problem: fmt.Sprintf("The book has %s bytes, and this page takes %s. Import fewer clouds at a time, or use firstlook prices import.", thousands(int64(len(m.Text))), thousands(maxCatalog))},
			http.StatusUnprocessableEntity)
	}
	books, err := u.books(v)
	if err != nil {
		return err
	}
	for i := range books {
		m.Replaces = m.Replaces || books[i].Name == book.Name
	}
	for i := range book.Rows[:min(len(book.Rows), pricesShown)] {
		r := &book.Rows[i]
		hour, err := r.PerHour()
		if err != nil {
			return err
		}
		m.Rows = append(m.Rows, priceRow{Cloud: string(r.Cloud), Region: region(r.Region), Accelerator: string(r.Accelerator), PerHour: hour.String(), Machine: r.Price.String(), Count: fmt.Sprint(r.Count),
			Kind: plain(r.Kind), AsOf: string(r.AsOf), Source: r.Source})
	}
	u.render(v, http.StatusOK, "prices", "Import prices", m)
	return nil
}

// catalog reads the file that was sent.
func (v *visit) catalog() (book pricebook.Book, report pricebook.Report, err error) {
	name, text, err := v.upload()
	if err != nil {
		return book, report, err
	}
	form := func(key string) string { return strings.TrimSpace(v.r.PostForm.Get(key)) }
	o := pricebook.Options{Name: form("name"), Cloud: capacity.Cloud(form("cloud")), AsOf: pricebook.AsOf(form("as_of")), Source: form("source")}
	if o.Name == "" {
		o.Name = strings.TrimSuffix(path.Base(name), path.Ext(name))
	}
	if err := bookName(o.Name); err != nil {
		return book, report, err
	}
	if o.Cloud != "" && party.Check(string(o.Cloud)) != nil {
		return book, report, problem("The cloud is written in small letters, digits and hyphens, such as azure")
	}
	if o.AsOf != "" {
		if err := o.AsOf.Check(); err != nil {
			return book, report, problem(fmt.Sprintf("The date of the prices does not read: %v", err))
		}
	}
	return pricebook.Import(name, bytes.NewReader(text), o)
}

func bookName(name string) error {
	if strict.CheckWord(name) != nil || strings.Contains(name, "/") {
		return problem(fmt.Sprintf("%q cannot be the name of a book: write letters, digits and . _ -", name))
	}
	if name == pricebook.Embedded().Name {
		return problem(name + " is the book that is built in; name yours otherwise")
	}
	return nil
}

// upload is the file of a form.
func (v *visit) upload() (name string, text []byte, err error) {
	var sent []*multipart.FileHeader
	if v.r.MultipartForm != nil {
		sent = v.r.MultipartForm.File["file"]
	}
	if len(sent) == 0 {
		return "", nil, problem("Choose a file")
	}
	f, err := sent[0].Open()
	if err != nil {
		return "", nil, errForm
	}
	defer f.Close()
	if text, err = io.ReadAll(f); err != nil { // the whole form is bounded
		return "", nil, errForm
	}
	return path.Base(strings.ReplaceAll(sent[0].Filename, "\\", "/")), text, nil
}

// recordPrices records the book that the page before showed: it is read anew, since a form may come from anywhere.
func (u *UI) recordPrices(v *visit) error {
	book, err := pricebook.Decode([]byte(strings.ReplaceAll(v.r.PostForm.Get("text"), "\r\n", "\n")))
	if err != nil {
		return errForm
	}
	if err := bookName(book.Name); err != nil {
		return errForm
	}
	if err := u.Desk.PutPrices(v.r.Context(), book.Name, v.who.Party, book.Encode()); err != nil {
		return err
	}
	return v.see("/market?done=1")
}
