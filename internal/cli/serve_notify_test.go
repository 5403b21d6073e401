package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/mail"
	netsmtp "net/smtp"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// mailbox is a real mail server in this process, for one recipient.
type mailbox struct {
	mu   sync.Mutex
	got  []letter
	come chan struct{}
}

// letter is a message as it came, with its envelope.
type letter struct {
	from, to string
	body     []byte
}

// talk is one conversation with it.
type talk struct {
	b *mailbox
	l letter
}

func (s *talk) Reset()        { s.l = letter{} }
func (s *talk) Logout() error { return nil }
func (s *talk) Mail(from string, _ *smtp.MailOptions) error {
	s.l.from = from
	return nil
}
func (s *talk) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.l.to = to
	return nil
}
func (s *talk) Data(r io.Reader) (err error) {
	if s.l.body, err = io.ReadAll(r); err != nil {
		return err
	}
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.b.got = append(s.b.got, s.l)
	s.b.come <- struct{}{}
	return nil
}

func openMailbox(t *testing.T) (*mailbox, string) {
	t.Helper()
	b := &mailbox{come: make(chan struct{}, 100)}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &talk{b: b}, nil }))
	s.Domain = "mx.example"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close(); <-done })
	return b, l.Addr().String()
}

// next waits for the n-th letter.
func (b *mailbox) next(t *testing.T, n int) letter {
	t.Helper()
	for end := time.After(time.Minute); ; {
		b.mu.Lock()
		if len(b.got) >= n {
			defer b.mu.Unlock()
			return b.got[n-1]
		}
		b.mu.Unlock()
		select {
		case <-b.come:
		case <-end:
			t.Fatalf("letter %d does not come", n)
		}
	}
}

// mailed is a server on a folder with a notify.yaml, and how to speak to it.
type mailed struct {
	t       *testing.T
	dir     string
	address string
	returns string
	tokens  map[string]string
}

const emailAgreement = `agreement: acme-northwind
title: Acme and Northwind, by e-mail
source: invented for tests
grantor: acme
direction: buys
parties:
  - {id: acme, name: Acme Labs, zone: UTC}
  - {id: northwind, name: Northwind Compute, zone: UTC, clouds: [northwind]}
clauses:
  - id: first-call
    kind: first_call
    cite: "section 3"
    text: "Acme uses Northwind's capacity unless Northwind certifies that it cannot supply."
    effective: 2026-01-01..2027-01-01
    holder: northwind
    scope: {tenures: [new]}
    survival: run_off
    notice: {content: [quantity, accelerator, period], channel: email, clock: received}
    window: 72 hours
    silence: lapse
    partial: allowed
    counter: window_continues
    rate_card: {H100: 3.00 USD}
    release_on: [unable]
    tail: {length: 720 hours, cap: none}
    reopen: [tail_over, fell_through]
`

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// serveMail starts a server that sends mail to a mail server, with people and tokens of both parties.
func serveMail(t *testing.T, server string) *mailed {
	t.Helper()
	m := &mailed{t: t, dir: t.TempDir(), address: freeAddress(t), returns: freeAddress(t), tokens: map[string]string{}}
	t.Setenv(clockVariable, "2026-03-02T12:00Z")
	write := func(name, text string) string {
		path := filepath.Join(m.dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	m.run("agreement", "add", write("acme-northwind.yaml", emailAgreement))
	write(notifyName, fmt.Sprintf("public: http://%s\nmail: {server: %s, security: plain, from: Acme desk <desk@acme.example>, returns: %s, recipients_own: true}\nparties: {northwind: {emails: [noor@northwind.example]}}\n",
		m.address, server, m.returns))
	for party, roles := range map[string]string{"acme": "planner,counsel", "northwind": "holder-desk", "contoso": "provider-desk"} {
		id, _, _ := strings.Cut(m.run("identity", "person", "add", "Sam of "+party, "--party", party, "--role", roles), ":")
		file := filepath.Join(m.dir, party+".token")
		m.run("identity", "token", "issue", "test", "--person", id, "--role", roles, "--out", file)
		token, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m.tokens[party] = strings.TrimSpace(string(token))
	}
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	var log bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- Run(ctx, []string{"serve", "--listen", m.address, "--data", m.dir}, strings.NewReader(""), in, &log)
		_ = in.Close()
	}()
	answers := make(chan struct{})
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "listening on") {
				close(answers)
			}
		}
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("serve ends with %d\n%s", code, log.String())
		}
		if t.Failed() {
			t.Log(log.String())
		}
	})
	select {
	case <-answers:
	case code := <-ended:
		ended <- code
		t.Fatalf("serve ends at once\n%s", log.String())
	}
	return m
}

func (m *mailed) run(args ...string) string {
	m.t.Helper()
	var out bytes.Buffer
	if code := Run(context.Background(), append(args, "--data", m.dir), strings.NewReader(""), &out, &out); code != 0 {
		m.t.Fatalf("firstlook %s: exit code %d\n%s", strings.Join(args, " "), code, out.String())
	}
	return out.String()
}

// remote runs a command for a party against the server.
func (m *mailed) remote(party string, args ...string) string {
	m.t.Helper()
	return m.run(append(args, "--server", "http://"+m.address, "--token-file", filepath.Join(m.dir, party+".token"))...)
}

// ask sends a request for a party and returns what was answered.
func (m *mailed) ask(party, method, path, body string) (int, string) {
	m.t.Helper()
	r, err := http.NewRequest(method, "http://"+m.address+path, strings.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	if party != "" {
		r.Header.Set("Authorization", "Bearer "+m.tokens[party])
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		m.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// submit submits a need and returns its id.
func (m *mailed) submit() string {
	m.t.Helper()
	out := m.remote("acme", "need", "submit", "--json", "--buyer", "acme", "--class", "training", "--purpose", "research",
		"--accelerators", "H100", "--quantity", "64", "--start", "2026-06-01", "--duration", "90 days", "--offers-window", "48 hours")
	var done struct {
		Need string `json:"need"`
	}
	if err := json.Unmarshal([]byte(out), &done); err != nil || done.Need == "" {
		m.t.Fatalf("%v\n%s", err, out)
	}
	return done.Need
}

// status is that of the first matter of a need, as the grantor sees it.
func (m *mailed) status(need string) string {
	m.t.Helper()
	var list struct {
		Notices []struct {
			Matter, Status string
		}
	}
	code, text := m.ask("acme", "GET", "/v1/notices?need="+need, "")
	if err := json.Unmarshal([]byte(text), &list); err != nil || code != 200 || len(list.Notices) == 0 {
		m.t.Fatalf("%d %v\n%s", code, err, text)
	}
	return list.Notices[0].Status
}

// eventually waits until a condition holds.
func (m *mailed) eventually(what string, holds func() bool) {
	m.t.Helper()
	for range 2400 {
		if holds() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	m.t.Fatalf("it does not come about that %s", what)
}

// parts reads a message: its text and the names of its attachments.
func parts(t *testing.T, message []byte) (text string, files map[string][]byte) {
	t.Helper()
	msg, err := mail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	_, p, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	files = map[string][]byte{}
	for mixed := multipart.NewReader(msg.Body, p["boundary"]); ; {
		part, err := mixed.NextPart()
		if err == io.EOF {
			return text, files
		}
		if err != nil {
			t.Fatal(err)
		}
		kind, p, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		if kind != "multipart/alternative" {
			if files[part.FileName()], err = io.ReadAll(part); err != nil {
				t.Fatal(err)
			}
			continue
		}
		first, err := multipart.NewReader(part, p["boundary"]).NextPart()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(first)
		if err != nil {
			t.Fatal(err)
		}
		text = string(body)
	}
}

// A need is submitted; the holder's mail comes with its calendar entry, the receipt of the proof and a link. To open the link changes
// nothing; its button shows the letter, once, records the receipt and so starts the clock of the clause; a person then answers, signed in.
func TestNoticeByMail(t *testing.T) {
	box, server := openMailbox(t)
	m := serveMail(t, server)
	need := m.submit()
	l := box.next(t, 1)
	if l.to != "noor@northwind.example" || !strings.HasSuffix(l.from, "@acme.example") {
		t.Errorf("the letter goes from %s to %s", l.from, l.to)
	}
	text, files := parts(t, l.body)
	receipt := ""
	for name := range files {
		if strings.HasSuffix(name, ".receipt") {
			receipt = name
		}
	}
	if files["deadline.ics"] == nil && receipt == "" {
		t.Errorf("the letter brings %v", files)
	}
	if !strings.Contains(receipt, need+".") {
		t.Errorf("the letter brings no receipt: %v", files)
	}
	link := regexp.MustCompile(`http://` + regexp.QuoteMeta(m.address) + `(/read/\S+)`).FindStringSubmatch(text)
	if link == nil {
		t.Fatalf("no link in\n%s", text)
	}
	if out := m.remote("acme", "notify", "dead"); !strings.Contains(out, "no dead letters") {
		t.Errorf("dead letters: %s", out)
	}
	if got := m.status(need); got != "noticed" {
		t.Errorf("what the server took starts a clock that counts from receipt: %s", got)
	}
	if code, page := m.ask("", "GET", link[1], ""); code != 200 || !strings.Contains(page, "<button") || m.status(need) != "noticed" {
		t.Errorf("the link shows %d\n%s", code, page)
	}
	if code, page := m.ask("", "GET", link[1]+"x", ""); code != 404 {
		t.Errorf("a link that was changed shows %d\n%s", code, page)
	}
	if code, page := m.ask("", "POST", link[1], ""); code != 200 || !strings.Contains(page, "64") {
		t.Errorf("the button shows %d\n%s", code, page)
	}
	m.eventually("the window opens", func() bool { return m.status(need) == "open" })
	if code, _ := m.ask("", "POST", link[1], ""); code != http.StatusGone {
		t.Errorf("the link is used twice: %d", code)
	}
	answer := `{"type":"answer","ask":{"matter":"m1","kind":"exercise"}}`
	if code, text := m.ask("", "POST", "/v1/needs/"+need+"/commands", answer); code != 401 {
		t.Errorf("an answer without signing in: %d %s", code, text)
	}
	m.remote("northwind", "answer", need, "m1", "exercise")
	if got := m.status(need); got != "exercised" {
		t.Errorf("after the answer the matter is %s", got)
	}
	text = m.remote("northwind", "need", "show", need, "--history")
	if !strings.Contains(text, "received m1") || !strings.Contains(text, "exercised m1") {
		t.Errorf("the record says\n%s", text)
	}
}

// What comes back is a bounce: no clock starts, the grantor is told what the clause makes of it and sees the dead letter, nobody else
// does; a person sends it again, and it comes under the same Message-ID.
func TestBounceStartsNoClock(t *testing.T) {
	box, server := openMailbox(t)
	m := serveMail(t, server)
	need := m.submit()
	l := box.next(t, 1)
	report := "From: mailer-daemon@northwind.example\r\nTo: <" + l.from + ">\r\nSubject: failed\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\nno such person\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n" +
		"Final-Recipient: rfc822; noor@northwind.example\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such person\r\n\r\n--b--\r\n"
	if err := netsmtp.SendMail(m.returns, nil, "", []string{"b-00@acme.example"}, []byte(report)); err == nil || !strings.Contains(err.Error(), "550") {
		t.Errorf("a report about no letter is answered %v", err)
	}
	if err := netsmtp.SendMail(m.returns, nil, "", []string{l.from}, []byte(report)); err != nil {
		t.Fatal(err)
	}
	if got := m.status(need); got != "noticed" {
		t.Errorf("a bounce makes the matter %s", got)
	}
	var dead struct {
		Letters []struct{ Letter, Reply, To string }
	}
	_, text := m.ask("acme", "GET", "/v1/letters/dead", "")
	if err := json.Unmarshal([]byte(text), &dead); err != nil || len(dead.Letters) != 1 || dead.Letters[0].To != "northwind" || !strings.Contains(dead.Letters[0].Reply, "no such person") {
		t.Fatalf("dead letters: %v\n%s", err, text)
	}
	if _, text = m.ask("acme", "GET", "/v1/troubles", ""); !strings.Contains(text, "came-back") || !strings.Contains(text, "nothing of this starts the window") {
		t.Errorf("troubles: %s", text)
	}
	if out := m.remote("acme", "notify", "troubles"); !strings.Contains(out, "came-back") {
		t.Errorf("the command line tells of no trouble: %s", out)
	}
	if out := m.remote("acme", "notify", "dead"); !strings.Contains(out, "no such person") {
		t.Errorf("dead letters: %s", out)
	}
	for party, sees := range map[string]bool{"acme": true, "northwind": false} {
		if code, text := m.ask(party, "GET", "/letters", ""); code != 200 || strings.Contains(text, "no such person") != sees {
			t.Errorf("the page for %s: %d\n%s", party, code, text)
		}
	}
	if _, text = m.ask("northwind", "GET", "/v1/troubles", ""); strings.Contains(text, "came-back") {
		t.Errorf("northwind sees %s", text)
	}
	if _, text = m.ask("northwind", "GET", "/v1/letters/dead", ""); strings.Contains(text, need) {
		t.Errorf("northwind sees %s", text)
	}
	again := "/v1/letters/" + dead.Letters[0].Letter + "/redrive"
	for party, want := range map[string]int{"": 401, "contoso": 403, "northwind": 403} {
		if code, text := m.ask(party, "POST", again, `{"reason":"please"}`); code != want {
			t.Errorf("%q sends a letter again: %d %s", party, code, text)
		}
	}
	if code, text := m.ask("acme", "POST", again, `{"reason":"the mailbox is open again"}`); code != 200 {
		t.Fatalf("%d %s", code, text)
	}
	if code, text := m.ask("acme", "POST", again, `{"reason":"twice"}`); code != 404 {
		t.Errorf("a letter that is not dead is sent again: %d %s", code, text)
	}
	second := box.next(t, 2)
	id := regexp.MustCompile(`(?mi)^Message-ID: (\S+)`)
	if a, b := id.FindString(string(l.body)), id.FindString(string(second.body)); a == "" || a != b {
		t.Errorf("the letter comes again as %s, before as %s", b, a)
	}
}
