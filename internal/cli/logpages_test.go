package cli

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"firstlook/internal/translog"
)

// A server shows its transparency log at the paths of tlog-tiles, signed by the key of its data folder.
func TestLogPages(t *testing.T) {
	a := &app{data: t.TempDir(), out: io.Discard, err: io.Discard}
	r, err := a.open(context.Background(), mayMake)
	if err != nil {
		t.Fatal(err)
	}
	defer r.store.Close()
	server := httptest.NewServer(http.StripPrefix("/log", a.logPages(context.Background(), r, slog.New(slog.DiscardHandler))))
	defer server.Close()
	get := func(path string) (int, string) {
		answer, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(body)
	}
	_, signed := get("/log/checkpoint")
	s, err := translog.OpenSigners(a.data)
	if err != nil {
		t.Fatal(err)
	}
	key, err := note.NewVerifier(s.Public()[0])
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open([]byte(signed), note.VerifierList(key))
	if err != nil || !strings.HasPrefix(n.Text, s.Origin()+"\n1\n") {
		t.Errorf("checkpoint %q: %v", signed, err)
	}
	if status, tile := get("/log/tile/0/000.p/1"); status != http.StatusOK || len(tile) != 32 {
		t.Errorf("tile: %d, %d bytes", status, len(tile))
	}
	if status, _ := get("/log/tile/0/001"); status != http.StatusNotFound {
		t.Errorf("a tile that is not there: %d", status)
	}
}
