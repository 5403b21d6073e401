package identitydb_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firstlook/internal/identity"
	"firstlook/internal/identity/identitydb"
	"firstlook/internal/identity/identitytest"
)

func open(t *testing.T, path string) *identitydb.Store {
	t.Helper()
	s, err := identitydb.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStore(t *testing.T) {
	identitytest.Run(t, func(t *testing.T) identity.Store { return open(t, filepath.Join(t.TempDir(), "identity.db")) })
}

// Two processes may have the file open: what one wrote, the other reads, and both can write.
func TestTwoOpeners(t *testing.T) {
	path := filepath.Join(t.TempDir(), "identity.db")
	a, b := open(t, path), open(t, path)
	put := func(s *identitydb.Store, value string) {
		t.Helper()
		if err := s.Update(context.Background(), func(tx identity.Tx) error { return tx.Put("k", "k", []byte(value), time.Time{}) }); err != nil {
			t.Fatal(err)
		}
	}
	put(a, "one")
	put(b, "two")
	err := a.View(context.Background(), func(tx identity.Tx) error {
		v, err := tx.Get("k", "k")
		if string(v) != "two" {
			t.Errorf("got %q", v)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The file and those beside it are the owner's alone, even where the file was there before and was not.
func TestFileMode(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "identity.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	if err := s.Update(context.Background(), func(tx identity.Tx) error { return tx.Append(1, []byte("{}")) }); err != nil {
		t.Fatal(err)
	}
	n := 0
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", d.Name(), info.Mode().Perm())
		}
		n++
		return err
	})
	if err != nil || n < 2 {
		t.Errorf("%d files: %v", n, err)
	}
}

// The audit stays as it is, also for who comes by SQL.
func TestAuditTriggers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "identity.db")
	s := open(t, path)
	if err := s.Update(context.Background(), func(tx identity.Tx) error { return tx.Append(1, []byte("{}")) }); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, query := range []string{"UPDATE audit SET body = x''", "DELETE FROM audit", "INSERT INTO audit VALUES (3, x'')", "INSERT OR REPLACE INTO audit VALUES (1, x'00')"} {
		if _, err := db.Exec(query); err == nil || !strings.Contains(err.Error(), "the audit is") {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		sql  string
		want error
	}{
		"another program's": {"CREATE TABLE theirs (x)", identitydb.ErrForeign},
		"a newer one":       {"PRAGMA application_id = 0x464c6931; PRAGMA user_version = 99", identitydb.ErrNewer},
	} {
		path := filepath.Join(t.TempDir(), "x.db")
		db, err := sql.Open("sqlite", "file:"+path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(c.sql); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := identitydb.Open(path); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := identitydb.Open(filepath.Join(t.TempDir(), "no", "such", "folder.db")); err == nil {
		t.Error("a folder that is not there: no error")
	}
}
