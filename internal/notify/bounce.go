package notify

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"strings"
)

// ErrReturn says that a message did not come back to an address that was given out here.
var ErrReturn = errors.New("no letter was sent from this address")

const (
	returnPrefix = "b-"
	returnMAC    = 8 // bytes
	idLength     = 32
	// maxReturned is how much of a message that came back is read.
	maxReturned = 1 << 20
)

// returnPath is the envelope's sender of a delivery: what comes back to it is about that delivery and no other. Its end is a MAC, so
// that nobody makes such an address up; the servers on the way see it, and so a report to it is evidence for a person, not proof.
func (m *Mail) returnPath(id string) string {
	return returnPrefix + id + "-" + hex.EncodeToString(mac(m.Secret, "return", id)[:returnMAC]) + "@" + m.Bounces
}

// returned reads the delivery from the address that a message came back to. Letter case is the way's to change.
func (m *Mail) returned(to string) (id string, ok bool) {
	to = strings.ToLower(strings.Trim(to, "<> "))
	rest, ok := strings.CutPrefix(to, returnPrefix)
	if !ok || len(rest) < idLength {
		return "", false
	}
	id = rest[:idLength]
	return id, hmac.Equal([]byte(strings.ToLower(m.returnPath(id))), []byte(to))
}

// report is what a message that came back says.
type report struct {
	action    string // of a delivery status notification (RFC 3464): failed, delayed, delivered, relayed, expanded; reply; unknown
	diagnosis string
	evidence  string // SHA-256 of the message, hex
}

const (
	actionReply   = "reply"   // somebody's automatic answer, no report
	actionUnknown = "unknown" // no report that can be read
)

// readReport reads a message that came back. What cannot be read is unknown, never an error: a person looks at it.
func readReport(message []byte) report {
	sum := sha256.Sum256(message)
	out := report{action: actionUnknown, diagnosis: "the message that came back is no delivery report", evidence: hex.EncodeToString(sum[:])}
	m, err := mail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		return out
	}
	out.diagnosis = shorten(m.Header.Get("Subject"))
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err == nil && kind == "multipart/report" {
		for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
			p, err := parts.NextPart()
			if err != nil {
				break
			}
			if k, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type")); k == "message/delivery-status" || k == "message/global-delivery-status" {
				if action, diagnosis := readStatus(p); action != "" {
					out.action, out.diagnosis = action, diagnosis
				}
				return out
			}
		}
	}
	// Reports say auto-replied too, and came to an end above.
	auto := strings.FieldsFunc(strings.ToLower(m.Header.Get("Auto-Submitted")), func(r rune) bool { return r == ';' || r == ' ' || r == '(' })
	if kind != "multipart/report" && len(auto) > 0 && auto[0] == "auto-replied" {
		out.action = actionReply
	}
	return out
}

// readStatus reads the fields of a delivery status: of the message, a blank line, of its one recipient.
func readStatus(r io.Reader) (action, diagnosis string) {
	fields := textproto.NewReader(bufio.NewReader(r))
	for range 8 { // some write blank lines more than one
		h, err := fields.ReadMIMEHeader()
		if a := strings.ToLower(strings.TrimSpace(h.Get("Action"))); a != "" {
			return a, shorten(strings.TrimSpace(h.Get("Status") + " " + h.Get("Diagnostic-Code")))
		}
		if err != nil {
			return "", ""
		}
	}
	return "", ""
}

// Returned takes a message that came to the domain for bounces: to is the address of its envelope. A report of success is a delivery,
// one of failure a bounce, which a person is told of; neither starts or stops a clock here.
func (n *Notifier) Returned(ctx context.Context, to string, message io.Reader) error {
	if n.o.Mail == nil {
		return ErrReturn
	}
	id, ok := n.o.Mail.returned(to)
	if !ok {
		return ErrReturn
	}
	d, err := n.known(ctx, id)
	if err != nil {
		return err
	}
	if d == nil {
		return ErrReturn
	}
	body, err := io.ReadAll(io.LimitReader(message, maxReturned))
	if err != nil {
		return fmt.Errorf("a message to %s broke off: %w", to, err)
	}
	r := readReport(body)
	result := Bounced
	switch r.action {
	case actionReply, "relayed", "expanded":
		return nil // nothing is known by it that was not
	case "delayed":
		return n.tell(ctx, n.trouble(d, Late, r.diagnosis))
	case "delivered":
		result = Delivered
	}
	o := d.outcome(result, ByReport, n.o.Clock.Now(), r.diagnosis)
	o.Evidence = r.evidence
	return n.settle(ctx, id, o)
}
