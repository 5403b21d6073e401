package cli

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"firstlook/internal/notify"
	"firstlook/internal/strict"
	"firstlook/party"
)

// notifyName is the file of the data folder that says how notices travel.
const notifyName = "notify.yaml"

// notifyFile says how notices travel and where each party wants its own. Files that it names lie beside it, unless their names are whole
// paths; secrets stand in files of their own.
type notifyFile struct {
	public   string
	mail     *mailFile
	webhooks webhookFile
	links    linksFile
	parties  []strict.Row[partyFile]
	dir      string // of the file
}

type mailFile struct {
	server, hello, user, password, ca string
	security                          notify.Security
	from                              mail.Address
	replyTo, bounces, returns         string
	own                               bool
}

type webhookFile struct {
	allow []netip.Prefix
	plain bool
}

type linksFile struct {
	key  string
	days int
}

type partyFile struct {
	emails   []mail.Address
	webhooks []hookFile
	remind   *remindFile
}

type hookFile struct{ url, secret string }

type remindFile struct{ percent, minutes []int }

var (
	addressForm = strict.Map(strict.Text(), func(s string) (mail.Address, error) {
		a, err := mail.ParseAddress(s)
		if err != nil {
			return mail.Address{}, errors.New("it is no e-mail address; write desk@northwind.example or Northwind desk <desk@northwind.example>")
		}
		return *a, nil
	})
	endpointForm = strict.Map(strict.Text(), func(s string) (string, error) {
		if _, _, err := net.SplitHostPort(s); err != nil {
			return "", errors.New("write host:port, such as smtp.example:587")
		}
		return s, nil
	})
	networkForm = strict.Map(strict.Text(), netip.ParsePrefix)
	originForm  = strict.Map(strict.Text(), func(s string) (string, error) {
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
			return "", errors.New("write https://host or https://host:port")
		}
		return u.Scheme + "://" + u.Host, nil
	})
	hookURLForm = strict.Map(strict.Text(), func(s string) (string, error) {
		if u, err := url.Parse(s); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return "", errors.New("write https://host/path")
		}
		return s, nil
	})
)

var mailForm = strict.Object("mail", "The mail server that takes our letters.",
	strict.Key("server", "Host and port of the server: smtp.example:587.", endpointForm, func(m *mailFile) *string { return &m.server }).Required(),
	strict.Key("security", "starttls, tls (from the first byte), or plain (for a server on this machine alone). It never falls back.",
		strict.Enum([]notify.Security{notify.StartTLS, notify.TLS, notify.Plain}), func(m *mailFile) *notify.Security { return &m.security }).Required(),
	strict.Key("user", "Name for the server, where it wants one.", strict.Text(), func(m *mailFile) *string { return &m.user }),
	strict.Key("password_file", "File of the password.", strict.Text(), func(m *mailFile) *string { return &m.password }),
	strict.Key("ca_file", "Certificates (PEM) of the authority that vouches for the server, where the machine does not know it.", strict.Text(), func(m *mailFile) *string { return &m.ca }),
	strict.Key("hello", "Our name for the server; the host of public where left out.", strict.Text(), func(m *mailFile) *string { return &m.hello }),
	strict.Key("from", "Sender that people see: Acme desk <desk@acme.example>.", addressForm, func(m *mailFile) *mail.Address { return &m.from }).Required(),
	strict.Key("reply_to", "Address where people answer; the sender where left out.", strict.Text(), func(m *mailFile) *string { return &m.replyTo }),
	strict.Key("bounces", "Domain that takes what comes back, the sender's or one below it; the sender's where left out.", strict.Text(), func(m *mailFile) *string { return &m.bounces }),
	strict.Key("returns", "Address at which the server takes by SMTP what comes back to that domain: 127.0.0.1:2525. The mail server hands it on to there.", endpointForm, func(m *mailFile) *string { return &m.returns }),
	strict.Key("recipients_own", "The server is the recipients' own, so that what it takes is delivered; otherwise it is a relay, and what it takes is sent.", strict.Bool(), func(m *mailFile) *bool { return &m.own }),
)

var partyForm = strict.Object("party", "Where a party wants its letters.",
	strict.Key("emails", "E-mail addresses.", strict.List(addressForm), func(p *partyFile) *[]mail.Address { return &p.emails }),
	strict.Key("webhooks", "Webhooks.", strict.List(strict.Object("webhook", "A program that takes letters as signed CloudEvents.",
		strict.Key("url", "Where it is called.", hookURLForm, func(h *hookFile) *string { return &h.url }).Required(),
		strict.Key("secret_file", "File of the secrets that sign, a line each, the newest first, of 24 bytes at least.", strict.Text(), func(h *hookFile) *string { return &h.secret }).Required(),
	)), func(p *partyFile) *[]hookFile { return &p.webhooks }),
	strict.Set("remind", "When the party is reminded of a window that runs; at half of it, a day and two hours before its end where left out.", strict.Object("remind", "Times of reminders.",
		strict.Key("percent", "Of the window that has passed, 0 to 99; 0 when it opens.", strict.Distinct(strict.Integer[int](0, 99)), func(r *remindFile) *[]int { return &r.percent }),
		strict.Key("minutes_before", "Minutes before its end.", strict.Distinct(strict.Integer[int](1, 525_600)), func(r *remindFile) *[]int { return &r.minutes }),
	), func(p *partyFile, r remindFile) { p.remind = &r }),
)

var notifyForm = strict.Object("notify", "How notices travel.",
	strict.Key("public", "Where browsers reach the server: https://firstlook.example. Links in letters begin with it.", originForm, func(f *notifyFile) *string { return &f.public }).Required(),
	strict.Set("mail", "How e-mail is sent; none is where left out.", mailForm, func(f *notifyFile, m mailFile) { f.mail = &m }),
	strict.Key("webhooks", "Which webhooks may be called, beside those of public addresses by https.", strict.Object("webhooks", "Exceptions for webhooks.",
		strict.Key("allow", "Networks that may be called although they are private: 10.20.0.0/16.", strict.Distinct(networkForm), func(w *webhookFile) *[]netip.Prefix { return &w.allow }),
		strict.Key("plain", "In these networks http may be spoken.", strict.Bool(), func(w *webhookFile) *bool { return &w.plain }),
	), func(f *notifyFile) *webhookFile { return &f.webhooks }),
	strict.Key("links", "One-time links in letters.", strict.Object("links", "One-time links.",
		strict.Key("key_file", "File of the key that signs them, 32 bytes; made at the first start. Replicas share it. notify.key where left out.", strict.Text(), func(l *linksFile) *string { return &l.key }),
		strict.Key("days", "How long a link lives; 30 where left out.", strict.Integer[int](1, 366), func(l *linksFile) *int { return &l.days }),
	), func(f *notifyFile) *linksFile { return &f.links }),
	strict.Key("parties", "The parties by their ids. Who is not here reads at the desk alone.", strict.Table("northwind", "Parties by id.", party.Check, partyForm),
		func(f *notifyFile) *[]strict.Row[partyFile] { return &f.parties }).Required(),
)

// NotifySchema is the JSON Schema of notify.yaml, made from the table that its parser reads.
func NotifySchema() ([]byte, error) {
	return strict.Document("urn:firstlook:schema:notify", "Firstlook notices", notifyForm.Schema())
}

// readNotify reads the file; nil where there is none and nobody named one.
func readNotify(name string, named bool) (*notifyFile, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil, nil
	}
	if err != nil {
		return nil, bad("name a file that can be read with --notify", "--notify: %v", err)
	}
	out, f := strict.Read(filepath.Base(name), data, notifyForm)
	if m := out.mail; m != nil && m.user != "" && m.password == "" {
		f.Report("mail.password_file", "it is missing, and user is there", "name the file of the password")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	out.dir = filepath.Dir(name)
	return &out, nil
}

// beside is the path of a file that the file names.
func (f *notifyFile) beside(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(f.dir, name)
}

// options are those of the notifier that the file decides.
func (f *notifyFile) options() (notify.Options, error) {
	o := notify.Options{Directory: f, Reminders: notify.DefaultReminders, RemindersOf: map[party.ID]notify.Reminders{},
		Webhooks: &notify.Webhooks{Source: f.public, Allow: f.webhooks.allow, Plain: f.webhooks.plain}}
	name := f.links.key
	if name == "" {
		name = "notify.key"
	}
	key, err := streamKey(f.beside(name))
	if err != nil {
		return o, err
	}
	days := f.links.days
	if days == 0 {
		days = 30
	}
	o.Links = &notify.Links{Keys: [][]byte{key}, Life: time.Duration(days) * 24 * time.Hour, Base: f.public + linkPath}
	for _, p := range f.parties {
		if r := p.Value.remind; r != nil {
			own := notify.Reminders{Percent: r.percent}
			for _, m := range r.minutes {
				own.Before = append(own.Before, time.Duration(m)*time.Minute)
			}
			o.RemindersOf[party.ID(p.Key)] = own
		}
	}
	if f.mail != nil {
		o.Mail, err = f.mailOptions(key)
	}
	return o, err
}

func (f *notifyFile) mailOptions(key []byte) (*notify.Mail, error) {
	m := f.mail
	secret, err := hkdf.Key(sha256.New, key, nil, "firstlook bounce addresses", 32)
	if err != nil {
		return nil, err
	}
	out := &notify.Mail{Server: m.server, Security: m.security, User: m.user, Hello: m.hello, From: m.from, ReplyTo: m.replyTo, Bounces: m.bounces, Secret: secret, Final: m.own}
	if out.Hello == "" {
		u, err := url.Parse(f.public)
		if err != nil {
			return nil, err
		}
		out.Hello = u.Hostname()
	}
	if out.Bounces == "" {
		out.Bounces = m.from.Address[strings.LastIndexByte(m.from.Address, '@')+1:]
	}
	if m.password != "" {
		text, err := os.ReadFile(f.beside(m.password))
		if err != nil {
			return nil, bad("name a file that can be read", "mail.password_file: %v", err)
		}
		out.Password = strings.TrimSpace(string(text))
	}
	if m.ca != "" {
		text, err := os.ReadFile(f.beside(m.ca))
		if err != nil {
			return nil, bad("name a file that can be read", "mail.ca_file: %v", err)
		}
		out.TLS = &tls.Config{RootCAs: x509.NewCertPool()}
		if !out.TLS.RootCAs.AppendCertsFromPEM(text) {
			return nil, bad("give certificates as PEM", "mail.ca_file: %s holds no certificate", m.ca)
		}
	}
	return out, nil
}

// Routes implements [notify.Directory]. Secrets are read each time, so that they can be replaced while the server runs.
func (f *notifyFile) Routes(ctx context.Context, who party.ID) ([]notify.Route, error) {
	i := slices.IndexFunc(f.parties, func(r strict.Row[partyFile]) bool { return r.Key == string(who) })
	if i < 0 {
		return nil, nil
	}
	p := f.parties[i].Value
	var out []notify.Route
	for _, a := range p.emails {
		out = append(out, notify.Route{Channel: notify.Email, Address: a.Address, Person: a.Name})
	}
	for _, h := range p.webhooks {
		text, err := os.ReadFile(f.beside(h.secret))
		if err != nil {
			return nil, fmt.Errorf("the webhook of %s: %w", who, err)
		}
		r := notify.Route{Channel: notify.Webhook, Address: h.url}
		for _, line := range strings.Fields(string(text)) {
			r.Secrets = append(r.Secrets, []byte(line))
		}
		out = append(out, r)
	}
	return out, nil
}
