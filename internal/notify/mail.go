package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Security says how the connection to the mail server is protected. There is no falling back from one to another.
type Security string

// How a connection is protected.
const (
	StartTLS Security = "starttls" // begins in the clear and must turn to TLS before anything is said
	TLS      Security = "tls"      // TLS from the first byte
	Plain    Security = "plain"    // none; for loopback alone
)

// Mail says how e-mail is sent.
type Mail struct {
	Server   string // host:port of the server that takes our mail
	Security Security
	TLS      *tls.Config // for a private certificate authority; nil for those of the machine
	User     string      // for AUTH PLAIN, over TLS alone; empty for none
	Password string
	Hello    string       // our name for EHLO
	From     mail.Address // shown as the sender
	ReplyTo  string       // where people answer; empty for the sender
	// Bounces is the domain that takes what comes back, with an address for each delivery. It is the domain of From or lies below
	// it, so that SPF speaks for the domain that people see.
	Bounces string
	// Secret signs the addresses for what comes back; at least 32 bytes.
	Secret []byte
	// Final says that the server is the recipients' own: what it takes is delivered. Otherwise it is a relay, and only sent.
	Final   bool
	Timeout time.Duration // of one message; a minute where unset
}

const mailTimeout = time.Minute

func (m *Mail) check() error {
	host, _, err := net.SplitHostPort(m.Server)
	if err != nil {
		return fmt.Errorf("mail server %q: write host:port", m.Server)
	}
	domain := domainOf(m.From.Address)
	switch {
	case domain == "" || m.Hello == "":
		return errors.New("mail needs a sender's address and a name for EHLO")
	case m.Bounces != domain && !strings.HasSuffix(m.Bounces, "."+domain):
		return fmt.Errorf("the domain for bounces, %q, does not lie in the sender's, %q: SPF would not speak for it", m.Bounces, domain)
	case len(m.Secret) < 32:
		return errors.New("the secret of bounce addresses has fewer than 32 bytes")
	case m.Security == Plain && !loopback(host):
		return fmt.Errorf("mail to %s without TLS: only for a server on this machine", m.Server)
	case m.Security == Plain && m.User != "":
		return errors.New("a password is not sent without TLS")
	case m.Security != StartTLS && m.Security != TLS && m.Security != Plain:
		return fmt.Errorf("mail security %q: write starttls, tls or plain", m.Security)
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// domainOf is the domain of an address; empty if it has none.
func domainOf(address string) string {
	i := strings.LastIndexByte(address, '@')
	if i <= 0 || i == len(address)-1 {
		return ""
	}
	return address[i+1:]
}

// Attachment is a file that travels with a letter by e-mail. The letter is whole without it: what it proves is in the file.
type Attachment struct {
	Name string // of the file: letters of ASCII, digits, full stops and hyphens
	Type string // its media type
	Body []byte
}

// carry sends a letter by e-mail. A connection serves one letter: a notice is rare, and what was said to the server is then about it alone.
func (m *Mail) carry(ctx context.Context, d *Delivery, link string, with []Attachment) attempt {
	if a, err := mail.ParseAddress(d.Address); err != nil || a.Address != d.Address {
		return attempt{forGood: true, reply: "the address is no plain e-mail address"}
	}
	timeout := m.Timeout
	if timeout == 0 {
		timeout = mailTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	reply, err := m.say(ctx, d, m.message(d, link, with))
	if err == nil {
		a := attempt{result: Sent, reply: shorten(reply)}
		if m.Final {
			a.result = Delivered
		}
		return a
	}
	var said *smtp.SMTPError
	if errors.As(err, &said) {
		// The library has the code and the text apart; 4xx is not yet, 5xx is never.
		return attempt{forGood: said.Code >= 500, bounced: said.Code >= 500, reply: shorten(fmt.Sprintf("%d %d.%d.%d %s", said.Code,
			said.EnhancedCode[0], said.EnhancedCode[1], said.EnhancedCode[2], said.Message))}
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("the server took longer than %s: %w", timeout, err)
	}
	return attempt{reply: shorten(err.Error())}
}

// say holds the whole conversation about one message, and returns what the server said when it took it.
func (m *Mail) say(ctx context.Context, d *Delivery, message []byte) (string, error) {
	c, err := m.dial(ctx)
	if err != nil {
		return "", err
	}
	defer c.Close() // after Quit this is nothing; before, it is all that is left
	if err := c.Hello(m.Hello); err != nil {
		return "", notOurs(err)
	}
	if m.User != "" {
		if err := c.Auth(sasl.NewPlainClient("", m.User, m.Password)); err != nil {
			return "", notOurs(err)
		}
	}
	mailOptions, rcptOptions := &smtp.MailOptions{Size: int64(len(message))}, &smtp.RcptOptions{}
	if ok, _ := c.Extension("DSN"); ok {
		mailOptions.Return, mailOptions.EnvelopeID = smtp.DSNReturnHeaders, d.ID
		rcptOptions.Notify = []smtp.DSNNotify{smtp.DSNNotifySuccess, smtp.DSNNotifyFailure, smtp.DSNNotifyDelayed}
	}
	if ok, _ := c.Extension("SIZE"); !ok {
		mailOptions.Size = 0
	}
	if err := c.Mail(m.returnPath(d.ID), mailOptions); err != nil {
		return "", notOurs(err)
	}
	if err := c.Rcpt(d.Address, rcptOptions); err != nil {
		return "", err
	}
	w, err := c.Data()
	if err != nil {
		return "", err
	}
	if _, err := w.Write(message); err != nil {
		return "", err
	}
	response, err := w.CloseWithResponse()
	if err != nil {
		return "", err
	}
	_ = c.Quit() // it has the message; a server that hangs up in place of saying goodbye changes nothing
	return "250 " + response.StatusText, nil
}

// notOurs keeps a refusal of us, our password or our sender's address from counting against the recipient: it is not a bounce, and is tried again.
func notOurs(err error) error {
	var said *smtp.SMTPError
	if errors.As(err, &said) {
		return fmt.Errorf("the server refuses this sender: %d %s", said.Code, said.Message)
	}
	return err
}

// dial connects and, where asked, turns to TLS. The connection ends with the context.
func (m *Mail) dial(ctx context.Context) (*smtp.Client, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", m.Server)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { conn.Close() })
	config := &tls.Config{}
	if m.TLS != nil {
		config = m.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(m.Server) // checked when the options were
	}
	switch m.Security {
	case TLS:
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return smtp.NewClient(secure), nil
	case StartTLS:
		c, err := smtp.NewClientStartTLS(conn, config) // closes the connection where it fails
		if err != nil {
			return nil, notOurs(err)
		}
		return c, nil
	}
	return smtp.NewClient(conn), nil
}

// messageID is the same for every attempt at one delivery, so that a mailbox shows it once.
func (m *Mail) messageID(d *Delivery) string { return d.ID + ".notice@" + domainOf(m.From.Address) }

// thread ties the letters of a matter together in a mailbox.
func (m *Mail) thread(d *Delivery) string {
	x := &d.Document
	return deliveryID(fmt.Sprintf("%s/%s", x.Need, x.Matter), x.To.ID, Email, d.Address) + ".matter@" + domainOf(m.From.Address)
}

// message writes a letter as it travels, byte for byte the same for every attempt with the same attachments: text and HTML as
// alternatives, the calendar entry, the attachments.
func (m *Mail) message(d *Delivery, link string, with []Attachment) []byte {
	var b bytes.Buffer
	x := &d.Document
	outer, inner := boundary(d.ID, "mixed"), boundary(d.ID, "alternative")
	header := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	header("From", m.From.String())
	header("To", (&mail.Address{Name: d.Person, Address: d.Address}).String())
	if m.ReplyTo != "" {
		header("Reply-To", (&mail.Address{Address: m.ReplyTo}).String())
	}
	header("Subject", subject(x.Title))
	header("Date", d.Queued.Time().UTC().Format("Mon, 02 Jan 2006 15:04:05 +0000"))
	header("Message-ID", "<"+m.messageID(d)+">")
	if x.Matter != 0 {
		header("References", "<"+m.thread(d)+">")
	}
	header("Auto-Submitted", "auto-generated")
	header("Content-Language", "en")
	header("MIME-Version", "1.0")
	header("Content-Type", `multipart/mixed; boundary="`+outer+`"`)
	b.WriteString("\r\n")
	mixed := writer(&b, outer)
	alternatives := part(mixed, "Content-Type", `multipart/alternative; boundary="`+inner+`"`)
	alternative := writer(alternatives, inner)
	quoted(alternative, "text/plain; charset=utf-8", plainBody(x, link))
	quoted(alternative, "text/html; charset=utf-8", string(HTML(x, link)))
	done(alternative)
	if entry := Calendar(x, domainOf(m.From.Address)); entry != nil {
		method := "PUBLISH"
		if x.Entry.State == Over {
			method = "CANCEL"
		}
		encode(mixed, Attachment{"deadline.ics", "text/calendar; charset=utf-8; method=" + method + `; name="deadline.ics"`, entry})
	}
	for _, a := range with {
		encode(mixed, a)
	}
	done(mixed)
	return b.Bytes()
}

// plainBody is the text part: the document's text, byte for byte, and behind a line its hash and the link.
func plainBody(d *Document, link string) string {
	s := d.Text + "-- \n" + "Content hash: SHA-256 " + d.Hash + " of all above the line\n"
	if link != "" {
		s += "Read this letter once, and so record its receipt: " + link + "\n"
	}
	return s
}

// subject encodes a title, each word of at most 75 characters on a line of its own.
func subject(title string) string {
	s := mime.QEncoding.Encode("utf-8", title)
	if s != title {
		return strings.ReplaceAll(s, "?= =?", "?=\r\n =?")
	}
	return strings.ReplaceAll(strings.TrimRight(wrap(title, " "), "\n"), "\n", "\r\n")
}

func boundary(id, which string) string { return which + "-" + id }

// The parts below are written to a buffer, which takes everything; an error would be a bug in the boundary.
func writer(w io.Writer, boundary string) *multipart.Writer {
	mw := multipart.NewWriter(w)
	must(mw.SetBoundary(boundary))
	return mw
}

func part(w *multipart.Writer, headers ...string) io.Writer {
	h := textproto.MIMEHeader{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	p, err := w.CreatePart(h)
	must(err)
	return p
}

func quoted(w *multipart.Writer, kind, body string) {
	q := quotedprintable.NewWriter(part(w, "Content-Type", kind, "Content-Transfer-Encoding", "quoted-printable"))
	_, err := io.WriteString(q, strings.ReplaceAll(body, "\n", "\r\n"))
	must(err)
	must(q.Close())
}

func encode(w *multipart.Writer, a Attachment) {
	p := part(w, "Content-Type", a.Type, "Content-Transfer-Encoding", "base64", "Content-Disposition", `attachment; filename="`+a.Name+`"`)
	text := base64.StdEncoding.EncodeToString(a.Body)
	for len(text) > 0 {
		n := min(76, len(text))
		_, err := io.WriteString(p, text[:n]+"\r\n")
		must(err)
		text = text[n:]
	}
}

func done(w *multipart.Writer) { must(w.Close()) }

func must(err error) {
	if err != nil {
		panic("bug: " + err.Error())
	}
}

// attempt is what came of carrying a letter once.
type attempt struct {
	result   Result // empty where it failed
	forGood  bool   // trying again is of no use
	bounced  bool   // the other side refused the recipient or the letter
	reply    string
	evidence string
	wait     time.Duration // the other side asks to be left alone for so long
}
