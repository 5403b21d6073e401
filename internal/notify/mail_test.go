package notify_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"firstlook/internal/notify"
	"firstlook/internal/outbox"
	"firstlook/party"
	"firstlook/right"
)

// received is one message as a mail server took it.
type received struct {
	from, to string
	options  smtp.MailOptions
	notify   []smtp.DSNNotify
	secure   bool
	user     string
	body     []byte
}

// postOffice is a real mail server in this process.
type postOffice struct {
	address string
	pool    *x509.CertPool

	mu   sync.Mutex
	mail []received
	rcpt []error       // what it answers to the next recipients
	slow time.Duration // before it answers to DATA
}

func (p *postOffice) box() []received {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]received(nil), p.mail...)
}

// session is one conversation with it.
type session struct {
	p    *postOffice
	conn *smtp.Conn
	m    received
}

func (s *session) Reset()        { s.m = received{user: s.m.user} }
func (s *session) Logout() error { return nil }

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "open sesame" {
			return smtp.ErrAuthFailed
		}
		s.m.user = user
		return nil
	}), nil
}

func (s *session) Mail(from string, o *smtp.MailOptions) error {
	s.m.from, s.m.options = from, *o
	_, s.m.secure = s.conn.TLSConnectionState()
	return nil
}

func (s *session) Rcpt(to string, o *smtp.RcptOptions) error {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if len(s.p.rcpt) > 0 {
		err := s.p.rcpt[0]
		s.p.rcpt = s.p.rcpt[1:]
		return err
	}
	s.m.to, s.m.notify = to, o.Notify
	return nil
}

func (s *session) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.p.mu.Lock()
	slow := s.p.slow
	s.p.mu.Unlock()
	time.Sleep(slow)
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.m.body = body
	s.p.mail = append(s.p.mail, s.m)
	return nil
}

// openPost starts a mail server with a certificate for 127.0.0.1; implicit says that it speaks TLS from the first byte, and bare that
// it has none.
func openPost(t *testing.T, implicit, bare bool) *postOffice {
	t.Helper()
	cert, pool := certificate(t)
	p := &postOffice{pool: pool}
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{p: p, conn: c}, nil }))
	s.Domain, s.EnableDSN, s.ErrorLog = "mx.example", true, silent{}
	s.ReadTimeout, s.WriteTimeout = 10*time.Second, 10*time.Second
	if !bare {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.address = l.Addr().String()
	if implicit {
		l = tls.NewListener(l, s.TLSConfig)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		<-served
	})
	return p
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// mailBy is how mail is sent through a server.
func mailBy(p *postOffice, s notify.Security) *notify.Mail {
	return &notify.Mail{Server: p.address, Security: s, TLS: &tls.Config{RootCAs: p.pool}, Hello: "desk.firstlook.example", From: mail.Address{Name: "Acme Labs, notices", Address: "notices@firstlook.example"},
		Bounces: "back.firstlook.example", Secret: bytes.Repeat([]byte("s"), 32), Timeout: 5 * time.Second}
}

func mailTo(addresses ...string) *book {
	b := &book{routes: map[party.ID][]notify.Route{}}
	for _, a := range addresses {
		b.routes["northwind"] = append(b.routes["northwind"], notify.Route{Channel: notify.Email, Address: a, Person: "Ölaf O'Desk"})
	}
	return b
}

// The notice travels over TLS, under the addresses that SPF speaks for, with its text, page and calendar entry whole; a second handing over sends
// nothing twice.
func TestMail(t *testing.T) {
	for _, security := range []notify.Security{notify.StartTLS, notify.TLS} {
		t.Run(string(security), func(t *testing.T) {
			post := openPost(t, security == notify.TLS, false)
			w := enter(t, "information-tolls", nil)
			w.play(3)
			var h heard
			n := w.notifier(w.store, &h, mailTo("desk@northwind.example"), func(o *notify.Options) {
				o.Mail = mailBy(post, security)
				o.Mail.User, o.Mail.Password = "acme", "open sesame"
				o.Links = &notify.Links{Keys: [][]byte{bytes.Repeat([]byte("k"), 32)}, Life: 72 * time.Hour, Base: origin + "/read/"}
			})
			w.give(n, "noticed", "northwind")
			w.give(n, "noticed", "northwind")
			w.pass(n)
			w.pass(n)
			h.expect(t, "noticed sent server")
			box := post.box()
			if len(box) != 1 {
				t.Fatalf("%d messages came", len(box))
			}
			m := box[0]
			if !m.secure || m.user != "acme" || m.to != "desk@northwind.example" || m.options.Return != smtp.DSNReturnHeaders || len(m.notify) != 3 {
				t.Errorf("the envelope is %+v", m)
			}
			if !strings.HasPrefix(m.from, "b-"+h.outcomes[0].Delivery+"-") || !strings.HasSuffix(m.from, "@back.firstlook.example") {
				t.Errorf("it came from %s", m.from)
			}
			if !strings.HasPrefix(h.outcomes[0].Reply, "250 ") {
				t.Errorf("the server's word is kept as %q", h.outcomes[0].Reply)
			}
			checkMessage(t, w, m.body)
		})
	}
}

// checkMessage reads a message as a mail program does and compares its parts with the document.
func checkMessage(t *testing.T, w *world, body []byte) {
	t.Helper()
	_, d := w.document("noticed", "northwind")
	for _, line := range strings.Split(string(body), "\r\n") {
		if len(line) > 998 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	m, err := mail.ReadMessage(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	to, err := m.Header.AddressList("To")
	if err != nil || to[0].Name != "Ölaf O'Desk" {
		t.Errorf("to %v: %v", to, err)
	}
	title, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || title != d.Title {
		t.Errorf("the subject is %q: %v", title, err)
	}
	if _, err := m.Header.Date(); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{"Auto-Submitted": "auto-generated", "Mime-Version": "1.0"} {
		if m.Header.Get(name) != want {
			t.Errorf("%s: %q", name, m.Header.Get(name))
		}
	}
	if id := m.Header.Get("Message-ID"); !strings.HasSuffix(id, ".notice@firstlook.example>") {
		t.Errorf("the message is %s", id)
	}
	parts := map[string]string{}
	split(t, m.Header.Get("Content-Type"), m.Body, parts)
	text, tail, ok := strings.Cut(strings.ReplaceAll(parts["text/plain"], "\r\n", "\n"), "-- \n")
	if !ok || text != d.Text || !strings.Contains(tail, d.Hash) || !strings.Contains(tail, origin+"/read/n1.") {
		t.Errorf("the text part differs from the document (-want +got):\n%s\n%s", cmp.Diff(d.Text, text), tail)
	}
	if !strings.Contains(parts["text/html"], "Content hash") || !strings.Contains(parts["text/html"], origin+"/read/n1.") {
		t.Error("the page is not whole")
	}
	if got := parts["text/calendar"]; got != string(notify.Calendar(&d, "firstlook.example")) || got == "" {
		t.Errorf("the calendar entry is %q", got)
	}
}

// split reads the parts of a message, those within parts too.
func split(t *testing.T, kind string, body io.Reader, into map[string]string) {
	t.Helper()
	k, params, err := mime.ParseMediaType(kind)
	if err != nil {
		t.Fatal(err)
	}
	r := multipart.NewReader(body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		in, _, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		var decoded io.Reader = p
		switch p.Header.Get("Content-Transfer-Encoding") {
		case "base64":
			decoded = base64.NewDecoder(base64.StdEncoding, p)
		case "quoted-printable":
			decoded = quotedprintable.NewReader(p)
		}
		if strings.HasPrefix(in, "multipart/") {
			split(t, p.Header.Get("Content-Type"), p, into)
			continue
		}
		b, err := io.ReadAll(decoded)
		if err != nil {
			t.Fatalf("%s in %s: %v", in, k, err)
		}
		into[in] = string(b)
	}
}

// A server that says "later" is asked again, later each time, with the same message; a person is told after the third.
func TestGreylisting(t *testing.T) {
	post := openPost(t, false, false)
	grey := &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted, come back later"}
	post.rcpt = []error{grey, grey, grey}
	w := enter(t, "information-tolls", nil)
	w.play(3)
	var h heard
	n := w.notifier(w.store, &h, mailTo("desk@northwind.example"), func(o *notify.Options) { o.Mail = mailBy(post, notify.StartTLS) })
	w.give(n, "noticed", "northwind")
	for _, wait := range []time.Duration{0, time.Minute, 2 * time.Minute, 4 * time.Minute} {
		if wait > 0 {
			w.clock.add(wait - time.Second)
			w.pass(n)
			if len(post.box()) > 0 {
				t.Fatalf("it came %s early", time.Second)
			}
			w.clock.add(time.Second)
		}
		w.pass(n)
	}
	h.expect(t, "noticed sent server", "trouble late")
	if len(post.box()) != 1 {
		t.Errorf("%d messages came", len(post.box()))
	}
	if got := h.troubles[0]; got.Reply != "451 4.7.1 greylisted, come back later" || got.For != "acme" || got.About != "northwind" {
		t.Errorf("the person is told %+v", got)
	}
}

// A server that says "never" is not asked again: the letter bounced, a person is told what that means for the clock, and a redrive sends it
// once the address is right.
func TestRefusal(t *testing.T) {
	post := openPost(t, false, false)
	no := &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	post.rcpt = []error{no, no}
	w := enter(t, "information-tolls", nil)
	w.play(3)
	var h heard
	n := w.notifier(w.store, &h, mailTo("gone@northwind.example"), func(o *notify.Options) { o.Mail = mailBy(post, notify.StartTLS) })
	w.give(n, "noticed", "northwind")
	w.pass(n)
	w.clock.add(24 * time.Hour)
	w.pass(n)
	h.expect(t, "noticed bounced server", "trouble came-back")
	if text := h.troubles[0].Text; !strings.Contains(text, "counts from sending: the window runs") {
		t.Errorf("of the clock it says: %s", text)
	}
	dead, err := n.Dead(context.Background())
	if err != nil || len(dead) != 1 || dead[0].Address != "gone@northwind.example" {
		t.Fatalf("dead letters: %v, %v", dead, err)
	}
	if err := n.Redrive(context.Background(), dead[0].ID, "", ""); err == nil {
		t.Error("a redrive without a person is taken")
	}
	for range 2 { // refused once more, then taken
		if err := n.Redrive(context.Background(), dead[0].ID, "A. Planner", "the mailbox is there now"); err != nil {
			t.Fatal(err)
		}
		w.pass(n)
	}
	h.expect(t, "noticed bounced server", "noticed bounced server", "noticed sent server", "trouble came-back", "trouble came-back")
	if dead, err = n.Dead(context.Background()); err != nil || len(dead) != 0 {
		t.Errorf("dead letters: %v, %v", dead, err)
	}
	if err := n.Redrive(context.Background(), "none", "A. Planner", "why not"); !errors.Is(err, notify.ErrNotDead) {
		t.Errorf("a letter that is not dead is redriven: %v", err)
	}
}

// What is not the recipient's doing is no bounce: a server that is slow, away, without TLS, with another's certificate, or that does not know us. The
// letter waits, and nothing of it travels in the clear.
func TestTroubleOnTheWay(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(t *testing.T) (*postOffice, *notify.Mail)
		want string
	}{
		{"slow", func(t *testing.T) (*postOffice, *notify.Mail) {
			p := openPost(t, false, false)
			p.slow = time.Second
			m := mailBy(p, notify.StartTLS)
			m.Timeout = 300 * time.Millisecond
			return p, m
		}, "took longer than"},
		{"away", func(t *testing.T) (*postOffice, *notify.Mail) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			p := &postOffice{address: l.Addr().String()}
			l.Close()
			return p, mailBy(p, notify.StartTLS)
		}, "connection refused"},
		{"no TLS", func(t *testing.T) (*postOffice, *notify.Mail) {
			p := openPost(t, false, true)
			return p, mailBy(p, notify.StartTLS)
		}, "STARTTLS"},
		{"another's certificate", func(t *testing.T) (*postOffice, *notify.Mail) {
			p := openPost(t, false, false)
			m := mailBy(p, notify.StartTLS)
			m.TLS = &tls.Config{RootCAs: x509.NewCertPool()}
			return p, m
		}, "certificate"},
		{"wrong password", func(t *testing.T) (*postOffice, *notify.Mail) {
			p := openPost(t, false, false)
			m := mailBy(p, notify.StartTLS)
			m.User, m.Password = "acme", "guess"
			return p, m
		}, "refuses this sender"},
	} {
		t.Run(c.name, func(t *testing.T) {
			post, by := c.set(t)
			w := enter(t, "information-tolls", nil)
			w.play(3)
			var h heard
			n := w.notifier(w.store, &h, mailTo("desk@northwind.example"), func(o *notify.Options) { o.Mail = by })
			w.give(n, "noticed", "northwind")
			for range 3 {
				w.pass(n)
				w.clock.add(time.Hour)
			}
			h.expect(t, "trouble late")
			if got := h.troubles[0].Reply; !strings.Contains(got, c.want) {
				t.Errorf("the reason is %q", got)
			}
			for _, m := range post.box() {
				if !m.secure {
					t.Error("the letter travelled in the clear")
				}
			}
			w.clock.add(96 * time.Hour)
			w.pass(n)
			h.expect(t, "trouble late", "trouble gave-up")
		})
	}
}

// A server that is the recipient's own has delivered what it takes; that starts the clock where the clause counts from delivery.
func TestFinalServerDelivers(t *testing.T) {
	post := openPost(t, false, false)
	w := enter(t, "tail-from-notice", func(s string) string { return strings.Replace(s, "clock: received", "clock: delivered", 1) })
	w.play(1)
	var h heard
	n := w.notifier(w.store, &h, mailTo("desk@northwind.example"), func(o *notify.Options) {
		o.Mail = mailBy(post, notify.StartTLS)
		o.Mail.Final = true
	})
	w.give(n, "noticed", "northwind")
	w.clock.add(time.Minute)
	w.pass(n)
	h.expect(t, "noticed delivered server")
	s := w.state()
	c, why, ok := notify.Receipt(&s, h.outcomes[0])
	if !ok || c.By != "acme" {
		t.Fatalf("the receipt is %+v: %s", c, why)
	}
	out, err := w.desk.Do(context.Background(), w.need.Need, c, "")
	if err != nil {
		t.Fatal(err)
	}
	if m := out.State.Matter(1); m.Status != right.Open || m.ReceivedAt != w.clock.Now() {
		t.Errorf("the matter is %s, received at %s", m.Status, m.ReceivedAt)
	}
}

// dsn is a delivery report as mail servers write it.
func dsn(action, status string) string {
	return strings.ReplaceAll(fmt.Sprintf(`From: MAILER-DAEMON@mx.example
To: b-x@back.firstlook.example
Subject: Delivery Status Notification
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

Your message had a fate.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; desk@northwind.example
Action: %s
Status: %s
Diagnostic-Code: smtp; %s what the last server said

--b1--
`, action, status, status), "\n", "\r\n")
}

// What comes back is known by its address: a failure is told to a person and starts nothing, a success is a delivery, an absence note is
// nothing, and an address that was made up is refused.
func TestReturned(t *testing.T) {
	for _, c := range []struct {
		name, message string
		want          []string
	}{
		{"failed", dsn("failed", "5.1.1"), []string{"noticed sent server", "noticed bounced report", "trouble came-back"}},
		{"delivered", dsn("delivered", "2.0.0"), []string{"noticed sent server", "noticed delivered report"}},
		{"delayed", dsn("delayed", "4.4.1"), []string{"noticed sent server", "trouble late"}},
		{"relayed", dsn("relayed", "2.0.0"), []string{"noticed sent server"}},
		{"absence note", "Subject: I am away\r\nAuto-Submitted: auto-replied (vacation)\r\n\r\nback on Monday\r\n", []string{"noticed sent server"}},
		{"absence note, plainly", "Subject: I am away\r\nAuto-Submitted: auto-replied\r\n\r\nback on Monday\r\n", []string{"noticed sent server"}},
		{"old style", "Subject: Undelivered Mail\r\n\r\nno such user\r\n", []string{"noticed sent server", "noticed bounced report", "trouble came-back"}},
		{"no message", "\x00", []string{"noticed sent server", "noticed bounced report", "trouble came-back"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			post := openPost(t, false, false)
			w := enter(t, "tail-from-notice", nil)
			w.play(1)
			var h heard
			n := w.notifier(w.store, &h, mailTo("desk@northwind.example"), func(o *notify.Options) { o.Mail = mailBy(post, notify.StartTLS) })
			w.give(n, "noticed", "northwind")
			w.pass(n)
			from := post.box()[0].from
			for range 2 { // servers repeat themselves
				if err := n.Returned(context.Background(), strings.ToUpper("<"+from+">"), strings.NewReader(c.message)); err != nil {
					t.Fatal(err)
				}
				if c.name == "delayed" {
					break
				}
			}
			h.expect(t, c.want...)
			s := w.state()
			for _, o := range h.outcomes {
				if _, _, ok := notify.Receipt(&s, o); ok {
					t.Errorf("%s by %s starts a clock that counts from receipt", o.Result, o.By)
				}
			}
			if s.Matter(1).Status != right.Sent {
				t.Errorf("the matter is %s", s.Matter(1).Status)
			}
			if len(h.troubles) > 0 && !strings.Contains(h.troubles[0].Text, "nothing of this starts the window") {
				t.Errorf("of the clock it says: %s", h.troubles[0].Text)
			}
			for _, bad := range []string{"", "b-", "notices@firstlook.example", strings.Replace(from, "b-", "b-0", 1), from[:40] + "0" + from[41:]} {
				if bad != from && !errors.Is(n.Returned(context.Background(), bad, strings.NewReader("x")), notify.ErrReturn) {
					t.Errorf("a message to %q is taken", bad)
				}
			}
		})
	}
}

// A bounce after a delivery says so to the person: the window may run.
func TestBounceAfterDelivery(t *testing.T) {
	post := openPost(t, false, false)
	w := enter(t, "tail-from-notice", nil)
	w.play(1)
	var h heard
	n := w.notifier(w.store, &h, mailTo("desk@northwind.example"), func(o *notify.Options) {
		o.Mail = mailBy(post, notify.StartTLS)
		o.Mail.Final = true
	})
	w.give(n, "noticed", "northwind")
	w.pass(n)
	if err := n.Returned(context.Background(), post.box()[0].from, strings.NewReader(dsn("failed", "5.2.2"))); err != nil {
		t.Fatal(err)
	}
	h.expect(t, "noticed delivered server", "noticed bounced report", "trouble came-back")
	if text := h.troubles[0].Text; !strings.Contains(text, "counted as delivered before") {
		t.Errorf("the person is told: %s", text)
	}
	if h.outcomes[1].Evidence == "" || h.outcomes[1].Reply != "5.2.2 smtp; 5.2.2 what the last server said" {
		t.Errorf("the evidence is %+v", h.outcomes[1])
	}
}

// A title in any script reads as it was written, on lines that mail allows, and cannot add a header.
func TestSubject(t *testing.T) {
	post := openPost(t, false, false)
	name := "Nørdwind Größen 北風 " + strings.Repeat("sehr lange Firma ", 8)
	w := enter(t, "information-tolls", func(s string) string { return s })
	w.play(1)
	b := mailTo()
	b.routes["contoso"] = []notify.Route{{Channel: notify.Email, Address: "desk@contoso.example"}}
	n := w.notifier(w.store, &heard{}, b, func(o *notify.Options) {
		o.Mail, o.Source = mailBy(post, notify.StartTLS), titled{w.source, name + "\r\nBcc: all@example.org"}
	})
	w.give(n, "", "contoso")
	w.pass(n)
	m, err := mail.ReadMessage(bytes.NewReader(post.box()[0].body))
	if err != nil {
		t.Fatal(err)
	}
	got, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || got != name+"\r\nBcc: all@example.org" || m.Header.Get("Bcc") != "" {
		t.Errorf("the subject is %q, Bcc %q: %v", got, m.Header.Get("Bcc"), err)
	}
	for _, line := range strings.Split(string(post.box()[0].body), "\r\n") {
		if strings.HasPrefix(line, "Subject") && len(line) > 100 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}

// titled gives documents another title.
type titled struct {
	notify.Source
	title string
}

func (s titled) Document(ctx context.Context, a outbox.Act) (notify.Document, error) {
	d, err := s.Source.Document(ctx, a)
	d.Title = s.title
	return d, err
}

// Options that cannot be meant are refused before anything is sent.
func TestMailOptions(t *testing.T) {
	w := enter(t, "information-tolls", nil)
	for name, spoil := range map[string]func(*notify.Mail){
		"bounces elsewhere":  func(m *notify.Mail) { m.Bounces = "bounces.example" },
		"bounces like ours":  func(m *notify.Mail) { m.Bounces = "notfirstlook.example" },
		"plain far away":     func(m *notify.Mail) { m.Security, m.Server = notify.Plain, "mx.example:25" },
		"password in clear":  func(m *notify.Mail) { m.Security, m.User = notify.Plain, "acme" },
		"no such security":   func(m *notify.Mail) { m.Security = "maybe" },
		"short secret":       func(m *notify.Mail) { m.Secret = []byte("short") },
		"no port":            func(m *notify.Mail) { m.Server = "mx.example" },
		"no sender's domain": func(m *notify.Mail) { m.From.Address = "notices" },
	} {
		m := mailBy(&postOffice{address: "127.0.0.1:25"}, notify.StartTLS)
		spoil(m)
		_, err := notify.New(notify.Options{Source: w.source, Directory: mailTo(), Record: notify.OnJournal(w.store), Listener: &heard{}, Clock: w.clock, Mail: m})
		if err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// A notice that is to go by e-mail to a party without an address is told to a person at once.
func TestNoAddress(t *testing.T) {
	w := enter(t, "tail-from-notice", nil)
	w.play(1)
	var h heard
	n := w.notifier(w.store, &h, mailTo(), func(*notify.Options) {})
	w.give(n, "noticed", "northwind")
	h.expect(t, "trouble no-route")
}
