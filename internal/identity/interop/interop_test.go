package interop_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v3"
	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/handler/openid"
	"github.com/ory/fosite/storage"
	"github.com/ory/fosite/token/jwt"
	"golang.org/x/crypto/bcrypt"

	"firstlook/internal/identity"
	"firstlook/internal/identity/memory"
)

const clientID, clientSecret = "firstlook", "a secret of the two servers alone"

// provider is fosite with its store in memory, one client, and one user who always agrees.
type provider struct {
	*httptest.Server
	t      *testing.T
	fosite fosite.OAuth2Provider
	key    *rsa.PrivateKey
	asked  []url.Values // what the authorisation endpoint was asked
}

func newProvider(t *testing.T, redirect string) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	hashed, err := bcrypt.GenerateFromPassword([]byte(clientSecret), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, key: key}
	m := http.NewServeMux()
	p.Server = httptest.NewServer(m)
	t.Cleanup(p.Close)
	store := storage.NewMemoryStore()
	store.Clients[clientID] = &fosite.DefaultClient{ID: clientID, Secret: hashed, RedirectURIs: []string{redirect}, GrantTypes: []string{"authorization_code"},
		ResponseTypes: []string{"code"}, Scopes: []string{"openid", "email", "profile"}}
	config := &fosite.Config{GlobalSecret: []byte(rand.Text() + rand.Text())[:32], IDTokenIssuer: p.URL, EnforcePKCE: true, MinParameterEntropy: fosite.MinParameterEntropy}
	p.fosite = compose.ComposeAllEnabled(config, store, key)
	m.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.reply(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/oauth2/auth", "token_endpoint": p.URL + "/oauth2/token", "jwks_uri": p.URL + "/keys",
			"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	m.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.reply(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "fosite", Use: "sig", Algorithm: "RS256"}}})
	})
	m.HandleFunc("GET /oauth2/auth", p.authorize)
	m.HandleFunc("POST /oauth2/token", p.token)
	return p
}

func (p *provider) reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.t.Error(err)
	}
}

func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	p.asked = append(p.asked, r.URL.Query())
	ask, err := p.fosite.NewAuthorizeRequest(ctx, r)
	if err != nil {
		p.fosite.WriteAuthorizeError(ctx, w, ask, err)
		return
	}
	for _, scope := range ask.GetRequestedScopes() {
		ask.GrantScope(scope)
	}
	now := time.Now()
	session := &openid.DefaultSession{Subject: "user-42", Headers: &jwt.Headers{Extra: map[string]any{"kid": "fosite"}}, Claims: &jwt.IDTokenClaims{Issuer: p.URL, Subject: "user-42",
		RequestedAt: now, AuthTime: now, Extra: map[string]any{"email": "ana@acme.example", "email_verified": true, "name": "Ana"}}}
	answer, err := p.fosite.NewAuthorizeResponse(ctx, ask, session)
	if err != nil {
		p.fosite.WriteAuthorizeError(ctx, w, ask, err)
		return
	}
	p.fosite.WriteAuthorizeResponse(ctx, w, ask, answer)
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	ask, err := p.fosite.NewAccessRequest(ctx, r, &openid.DefaultSession{Headers: &jwt.Headers{}, Claims: &jwt.IDTokenClaims{}})
	if err != nil {
		p.fosite.WriteAccessError(ctx, w, ask, err)
		return
	}
	answer, err := p.fosite.NewAccessResponse(ctx, ask)
	if err != nil {
		p.fosite.WriteAccessError(ctx, w, ask, err)
		return
	}
	p.fosite.WriteAccessResponse(ctx, w, ask, answer)
}

// serve starts a server with a gate and its provider, and lets Ana in by her address.
func serve(t *testing.T, secret string) (*httptest.Server, *provider, *identity.Gate) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	origin := "https://" + server.Listener.Addr().String()
	p := newProvider(t, origin+"/signin/callback/fosite")
	gate, err := identity.New(memory.New(), identity.Options{Origin: origin, Log: slog.New(slog.DiscardHandler),
		Providers: []identity.Provider{{ID: "fosite", Name: "Fosite", Issuer: p.URL, ClientID: clientID, ClientSecret: secret}}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = gate.AddRule(context.Background(), identity.Console("host"), identity.Rule{Issuer: p.URL, Email: "ana@acme.example", Party: "acme", Roles: []identity.Role{identity.Planner}})
	if err != nil {
		t.Fatal(err)
	}
	m := http.NewServeMux()
	for _, path := range identity.Paths {
		m.Handle(path, gate.Handler())
	}
	m.Handle("/", gate.Authenticate(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, _ := identity.FromContext(r.Context())
		_, _ = io.WriteString(w, who.Name+" of "+string(who.Party)+" at "+r.URL.Path)
	})))
	server.Config.Handler = m
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, p, gate
}

func browse(t *testing.T, s *httptest.Server, path string, c *http.Client) (int, string) {
	t.Helper()
	r, err := http.NewRequest("GET", s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func browser(t *testing.T, s *httptest.Server) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Transport: s.Client().Transport}
}

func TestSignIn(t *testing.T) {
	s, p, _ := serve(t, clientSecret)
	for range 2 { // by her rule, then by her login
		c := browser(t, s)
		if _, body := browse(t, s, "/need/n1", c); !strings.Contains(body, `href="/signin/to/fosite?return=%2Fneed%2Fn1"`) {
			t.Fatalf("the sign-in page: %s", body)
		}
		if status, body := browse(t, s, "/signin/to/fosite?return=%2Fneed%2Fn1", c); body != "Ana of acme at /need/n1" {
			t.Fatalf("%d %s", status, body)
		}
	}
	for _, q := range p.asked {
		if q.Get("code_challenge_method") != "S256" || len(q.Get("nonce")) < 32 || len(q.Get("state")) < 32 || q.Get("scope") != "openid email profile" {
			t.Errorf("asked with %v", q)
		}
	}
}

// What the provider refuses comes to nothing, and the audit says so.
func TestProviderRefuses(t *testing.T) {
	s, _, gate := serve(t, "not the secret")
	c := browser(t, s)
	if status, body := browse(t, s, "/signin/to/fosite", c); status != http.StatusUnauthorized {
		t.Errorf("%d %s", status, body)
	}
	events, err := gate.Audit(context.Background(), identity.Console("host"), identity.AuditQuery{Limit: 1})
	if err != nil || len(events) != 1 || events[0].Kind != identity.SignInRefused {
		t.Errorf("audit: %v, %v", events, err)
	}
}
