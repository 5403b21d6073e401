package cli

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// issueToken makes a person of a party and a token that this person answers for: token DATA PARTY ROLE,ROLE FILE.
func issueToken(ts *testscript.TestScript, _ bool, args []string) {
	run := func(line ...string) string {
		var out bytes.Buffer
		if code := Run(context.Background(), append(line, "--data", ts.MkAbs(args[0])), strings.NewReader(""), &out, &out); code != 0 {
			ts.Fatalf("firstlook %s: exit code %d\n%s", strings.Join(line, " "), code, out.String())
		}
		return out.String()
	}
	id, _, _ := strings.Cut(run("identity", "person", "add", "Sam of "+args[1], "--party", args[1], "--role", args[2]), ":")
	run("identity", "token", "issue", "script", "--person", id, "--role", args[2], "--out", ts.MkAbs(args[3]))
}

// makeCertificate writes a certificate of this machine that vouches for itself, and its key: certificate CERT KEY.
func makeCertificate(ts *testscript.TestScript, _ bool, args []string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "test"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	ts.Check(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
}

// waitTLS waits until an encrypted address answers; whose certificate it is does not matter here: waittls URL.
func waitTLS(ts *testscript.TestScript, _ bool, args []string) {
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer c.CloseIdleConnections()
	for range 1200 {
		if resp, err := c.Get(args[0]); err == nil {
			ts.Check(resp.Body.Close())
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s does not answer", args[0])
}
