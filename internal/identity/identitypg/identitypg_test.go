package identitypg_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"firstlook/internal/identity"
	"firstlook/internal/identity/identitypg"
	"firstlook/internal/identity/identitytest"
	"firstlook/internal/postgres/postgrestest"
)

var server *postgrestest.Server

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "firstlook-identity-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		if server, err = postgrestest.Start(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer server.Stop()
		return m.Run()
	}())
}

func open(t *testing.T, url string) *identitypg.Store {
	t.Helper()
	s, err := identitypg.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	identitytest.Run(t, func(t *testing.T) identity.Store { return open(t, server.URL()) })
}

// What one replica writes the next one reads, and updates of both run one at a time.
func TestReplicas(t *testing.T) {
	url := server.URL()
	replicas := []*identitypg.Store{open(t, url), open(t, url)}
	done := make(chan error)
	for i := range 8 {
		go func() {
			for range 10 {
				err := replicas[i%2].Update(context.Background(), func(tx identity.Tx) error {
					b, err := tx.Get("n", "n")
					if err != nil && !errors.Is(err, identity.ErrNotFound) {
						return err
					}
					return errors.Join(tx.Put("n", "n", append(b, '.'), time.Time{}), tx.Append(int64(len(b)+1), b))
				})
				if err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	err := open(t, url).View(context.Background(), func(tx identity.Tx) error {
		b, err := tx.Get("n", "n")
		if len(b) != 80 {
			t.Errorf("%d of 80 additions were kept", len(b))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The audit is kept from SQL that does not mean to change it, and no error shows a password.
func TestGuarded(t *testing.T) {
	url := server.URL()
	s := open(t, url)
	if err := s.Update(t.Context(), func(tx identity.Tx) error {
		return errors.Join(tx.Append(1, []byte("one")), tx.Append(2, []byte("two")))
	}); err != nil {
		t.Fatal(err)
	}
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	for _, sql := range []string{"UPDATE identity_audit SET body = 'x'", "DELETE FROM identity_audit", "TRUNCATE identity_audit", "INSERT INTO identity_audit VALUES (4, 'x')"} {
		if _, err := c.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "the audit is") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if _, err := c.Exec(t.Context(), "INSERT INTO identity_step VALUES (1000)"); err != nil {
		t.Fatal(err)
	}
	if _, err := identitypg.Open(t.Context(), url); !errors.Is(err, identitypg.ErrNewer) {
		t.Errorf("a newer one: %v", err)
	}
	for _, bad := range []string{"postgres://u:very-secret@127.0.0.1:1/x", "postgres://u:very-secret@[::1/x"} {
		if _, err := identitypg.Open(t.Context(), bad); err == nil || strings.Contains(err.Error(), "very-secret") {
			t.Errorf("%v", err)
		}
	}
}
