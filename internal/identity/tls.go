package identity

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Certificates is a certificate and its key in two PEM files, which may be replaced while the server runs.
type Certificates struct {
	cert, key string
	log       *slog.Logger
	now       func() time.Time

	mu     sync.Mutex
	loaded *tls.Certificate
	marks  [2]mark
	looked time.Time
}

// mark is how a file looked when it was read.
type mark struct {
	changed time.Time
	size    int64
}

// lookEvery is how often the files are looked at, at most; only handshakes look.
const lookEvery = 10 * time.Second

// LoadCertificates reads the two files; they must fit. A file that is replaced later by one that does not read or fit is logged, and
// what was loaded before is served on. now may be nil.
func LoadCertificates(cert, key string, log *slog.Logger, now func() time.Time) (*Certificates, error) {
	if now == nil {
		now = time.Now
	}
	c := &Certificates{cert: cert, key: key, log: log, now: now}
	if err := c.load(); err != nil {
		return nil, err
	}
	return c, nil
}

// Config is for a server: TLS 1.2 at least, HTTP/2, with Go's choice of suites.
func (c *Certificates) Config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.get(), nil }}
}

// get returns what the files hold, as of lookEvery ago at most.
func (c *Certificates) get() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.looked) >= lookEvery {
		if err := c.load(); err != nil {
			c.log.Error("the certificate's files changed and do not read; the earlier ones are served on", "error", err.Error())
		}
	}
	return c.loaded
}

// load reads the files if they look other than last time.
func (c *Certificates) load() error {
	c.looked = c.now()
	var marks [2]mark
	for i, path := range []string{c.cert, c.key} {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		marks[i] = mark{info.ModTime(), info.Size()}
	}
	if marks == c.marks && c.loaded != nil {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w", c.cert, c.key, err)
	}
	c.loaded, c.marks = &pair, marks
	return nil
}
