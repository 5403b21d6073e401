package webui_test

import (
	"bytes"
	"context"
	"errors"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
)

// sendFile sends a form with a file in it.
func (w *world) sendFile(seat, path, name, content string, pairs ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	pairs = append(pairs, "csrf", token)
	for i := 0; i+1 < len(pairs); i += 2 {
		if err := m.WriteField(pairs[i], pairs[i+1]); err != nil {
			w.t.Fatal(err)
		}
	}
	f, err := m.CreateFormFile("file", name)
	if err == nil {
		_, err = f.Write([]byte(content))
	}
	if err = errors.Join(err, m.Close()); err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Seat", seat)
	out := httptest.NewRecorder()
	w.pages.ServeHTTP(out, r)
	return out
}

var textField = regexp.MustCompile(`name="text" value="([^"]*)"`)

// A catalog is read and shown, and recorded once it is confirmed; what does not read comes back with each problem by its line.
func TestImportPrices(t *testing.T) {
	w := newWorld(t)
	csv, err := os.ReadFile("../pricebook/testdata/instance.csv")
	if err != nil {
		t.Fatal(err)
	}
	review := w.sendFile("planner", "/market/prices", "north.csv", string(csv), "step", "review")
	golden(t, "review-prices", words(review.Body.String()))
	if books, err := w.desk.Prices(context.Background()); err != nil || len(books) != 0 {
		t.Fatalf("looking recorded something: %v %v", books, err)
	}
	m := textField.FindStringSubmatch(review.Body.String())
	if m == nil {
		t.Fatal("the review carries no book")
	}
	text := html.UnescapeString(m[1])
	for seat, want := range map[string]int{"northwind": http.StatusForbidden, "fabrikam": http.StatusForbidden, "auditor": http.StatusForbidden, "finance": http.StatusForbidden} {
		if out := w.post(seat, "/market/prices", "step", "record", "text", text); out.Code != want {
			t.Errorf("%s: %d", seat, out.Code)
		}
	}
	if out := w.post("planner", "/market/prices", "step", "record", "text", strings.Replace(text, "firstlook-prices", "prices", 1)); out.Code != http.StatusForbidden {
		t.Errorf("a book that does not read: %d", out.Code)
	}
	if out := w.post("planner", "/market/prices", "step", "record", "text", text); out.Code != http.StatusSeeOther || out.Header().Get("Location") != "/market?done=1" {
		t.Fatalf("%d\n%s", out.Code, words(out.Body.String()))
	}
	if books, err := w.desk.Prices(context.Background()); err != nil || len(books) != 1 || books[0].Name != "north" {
		t.Fatalf("%v %v", books, err)
	}
	if out := words(w.get("fabrikam", "/market?accelerator=H100&cloud=north").Body.String()); !strings.Contains(out, "north price page") {
		t.Errorf("the market does not show the book:\n%s", out)
	}
	for name, c := range map[string]struct{ file, content, says string }{
		"lines":   {"x.csv", "cloud,region,instance_type,accelerator,accel_count,usd_hour\nnorth,n1,big-8,H100,eight,20.00\nnorth,n1,big-8,H100,8,much\n", "line 2"},
		"second":  {"x.csv", "cloud,region,instance_type,accelerator,accel_count,usd_hour\nnorth,n1,big-8,H100,eight,20.00\nnorth,n1,big-8,H100,8,much\n", "line 3"},
		"name":    {"a b.csv", string(csv), "cannot be the name of a book"},
		"header":  {"x.csv", "a,b\n1,2\n", "does not read"},
		"nothing": {"x.csv", "\x00", "does not read"},
	} {
		if out := w.sendFile("planner", "/market/prices", c.file, c.content, "step", "review"); out.Code != http.StatusUnprocessableEntity || !strings.Contains(words(out.Body.String()), c.says) {
			t.Errorf("%s: %d\n%s", name, out.Code, words(out.Body.String()))
		}
	}
	if out := w.post("planner", "/market/prices", "step", "review"); out.Code != http.StatusUnprocessableEntity {
		t.Errorf("no file: %d", out.Code)
	}
}
