package demo

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"slices"
	"strings"

	"firstlook/internal/identity"
	"firstlook/internal/webui"
	"firstlook/party"
)

// seatCookie says who sits before a browser: the seat, a random text, and the mark of this process.
const seatCookie = "fl_seat"

// Seating takes the place of signing in: a page with every seat, each taken by one click.
type Seating struct {
	secret [32]byte
	guard  *http.CrossOriginProtection
}

// NewSeating returns seats that are valid as long as the process lives.
func NewSeating() *Seating {
	s := &Seating{guard: http.NewCrossOriginProtection()}
	_, _ = rand.Read(s.secret[:]) // it never fails
	return s
}

// mark is what only this process can write of a text.
func (s *Seating) mark(kind, text string) string {
	m := hmac.New(sha256.New, s.secret[:])
	m.Write([]byte(kind + "\x00" + text))
	return hex.EncodeToString(m.Sum(nil))
}

// Who is who sits before the browser of a request.
func (s *Seating) Who(r *http.Request) (webui.Subject, bool) {
	c, err := r.Cookie(seatCookie)
	if err != nil {
		return webui.Subject{}, false
	}
	text, mark, ok := cutLast(c.Value)
	if !ok || !hmac.Equal([]byte(mark), []byte(s.mark("seat", text))) {
		return webui.Subject{}, false
	}
	id, _, _ := strings.Cut(text, ".")
	i := slices.IndexFunc(Seats, func(x Seat) bool { return x.ID == id })
	if i < 0 {
		return webui.Subject{}, false
	}
	seat := &Seats[i]
	role := identity.Role(seat.Role)
	return webui.Subject{Party: seat.Party, Person: seat.Person, Roles: []string{webui.RoleWords(role)}, All: role == identity.Auditor, CSRF: s.mark("csrf", text), Leave: "/demo/leave",
		May: func(action string) bool { return role.May(identity.Action(action)) }}, true
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// Handler serves the page with the seats, and everything else by pages.
//
//	GET  /demo        the seats
//	POST /demo/sit    seat=ID: takes it, and goes to its desk
//	POST /demo/leave  leaves it
func (s *Seating) Handler(pages http.Handler) http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /demo", s.page)
	m.HandleFunc("POST /demo/sit", s.sit)
	m.HandleFunc("POST /demo/leave", s.leave)
	m.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }) // whoever has gone away needs no answer
	m.Handle("/", pages)
	guarded := s.guard.Handler(m)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !namesThisMachine(r.Host) {
			http.Error(w, "the demonstration answers for names of this machine only", http.StatusMisdirectedRequest)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

// namesThisMachine reports whether a Host header names this machine: a page elsewhere whose name leads here does not.
func namesThisMachine(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	ip := net.ParseIP(strings.Trim(name, "[]"))
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

func (s *Seating) page(w http.ResponseWriter, r *http.Request) {
	var groups []webui.SeatGroup
	for _, seat := range Seats {
		party := partyNames[seat.Party]
		if n := len(groups); n == 0 || groups[n-1].Party != party {
			groups = append(groups, webui.SeatGroup{Party: party})
		}
		g := &groups[len(groups)-1]
		g.Seats = append(g.Seats, webui.Seat{ID: seat.ID, Person: seat.Person, Role: webui.RoleWords(identity.Role(seat.Role)), Says: seat.Says})
	}
	webui.SeatsPage(w, groups, r.URL.Query().Get("return"))
}

// partyNames are how the parties of the seats are called.
var partyNames = map[party.ID]string{acme: "Acme Labs, a buyer", northwind: "Northwind Compute, a right holder", contoso: "Contoso Cloud, a right holder and rival",
	fabrikam: "Fabrikam Compute, a rival", buyer: "OpenAI, in the public founding case", holder: "Microsoft, in the public founding case", Seats[9].Party: "The independent auditor"}

func (s *Seating) sit(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	id := r.PostFormValue("seat")
	if !slices.ContainsFunc(Seats, func(x Seat) bool { return x.ID == id }) {
		http.Error(w, "there is no such seat", http.StatusNotFound)
		return
	}
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	text := id + "." + hex.EncodeToString(b[:])
	http.SetCookie(w, &http.Cookie{Name: seatCookie, Value: text + "." + s.mark("seat", text), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	to := r.PostFormValue("return")
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") || strings.HasPrefix(to, "/demo") {
		to = "/"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (s *Seating) leave(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: seatCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/demo", http.StatusSeeOther)
}
