package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/httpapi"
	"firstlook/internal/identity"
	"firstlook/internal/translog"
	"firstlook/internal/webui"
	"firstlook/party"
)

func (a *app) serveCommand() *cobra.Command {
	c := leaf("serve", "Fire deadlines, deliver acts, and answer the parties over HTTP", 0, 0, a.serve)
	c.Long = "Runs the desk on the data folder until it is told to stop (SIGTERM, Ctrl-C): deadlines are fired and notices are delivered when they are due, and the " +
		"HTTP interface answers. Requests under way are finished before it ends.\n\n" +
		"Everybody signs in: people at an OpenID provider, by a one-time link or by password, machines with tokens; the session or token says for which party. While nobody administers " +
		"the server, each start prints a one-time link for the first administrator. With --no-sign-in whoever can reach the address acts for every party; that is for trying things out, on loopback.\n\n" +
		"Plain HTTP is for loopback. Other addresses need --tls-cert and --tls-key, or --insecure-http, with which every secret travels readably."
	f := c.Flags()
	f.String("listen", "127.0.0.1:7780", "Address; port 0 takes a free one")
	f.String("log", "text", "How diagnostics are written to standard error: text or json")
	f.Bool("demo", false, "Serve a populated demonstration with a seat at each desk, in a folder of its own; loopback only")
	f.Bool("no-sign-in", false, "Nobody signs in and everybody may everything; loopback only")
	f.String("origin", "", "Where browsers reach the server, such as https://firstlook.example; made of --listen where left out")
	f.String("tls-cert", "", "File of the certificate (PEM); it may be replaced while the server runs")
	f.String("tls-key", "", "File of its key (PEM)")
	f.Bool("insecure-http", false, "Answer other machines without encryption")
	f.StringSlice("trusted-proxy", nil, "Network of proxies that may say for whom they speak, such as 10.0.0.0/8")
	f.Bool("passwords", false, "People may sign in with an e-mail address and a password")
	f.String("first-operator", "operator", "Party of the first administrator")
	f.String("oidc-issuer", "", "OpenID provider at which people sign in, such as https://accounts.google.com")
	f.String("oidc-client-id", "", "How the provider knows this server")
	f.String("oidc-client-secret-file", "", "File of the client's secret; $"+oidcSecretVariable+" where left out")
	f.String("oidc-name", "", "Name of the provider on the sign-in page; its host where left out")
	f.StringVar(&a.notify, "notify", "", "File that says how notices travel; "+notifyName+" of the data folder where left out")
	f.String("metrics", "", "Address at which Prometheus reads metrics, such as 127.0.0.1:9780; none where left out")
	f.Bool("metrics-anywhere", false, "Let other machines read the metrics, without signing in")
	f.Duration("drain-wait", 0, "How long the server goes on, no longer ready, before it drains: as long as a load balancer needs to see that")
	c.MarkFlagsRequiredTogether("tls-cert", "tls-key")
	c.MarkFlagsRequiredTogether("oidc-issuer", "oidc-client-id")
	c.MarkFlagsMutuallyExclusive("tls-cert", "insecure-http")
	for _, other := range []string{"tls-cert", "insecure-http", "oidc-issuer", "passwords"} {
		c.MarkFlagsMutuallyExclusive("no-sign-in", other)
	}
	_ = c.RegisterFlagCompletionFunc("log", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp)) // defined above
	return c
}

// oidcSecretVariable holds the secret by which an OpenID provider knows the server.
const oidcSecretVariable = "FIRSTLOOK_OIDC_CLIENT_SECRET"

// servingJSON is what serve prints once it answers.
type servingJSON struct {
	Address string `json:"address"`
	Data    string `json:"data"`
}

// collectAt lets a server's heap grow to five times what lives before it is collected, which saves a tenth of its CPU.
const collectAt = 400

// sweepEvery is how often what has ended is deleted from the identity store.
const sweepEvery = time.Hour

// server is a server in the making.
type server struct {
	log   *slog.Logger
	l     net.Listener
	gate  *identity.Gate // nil where nobody signs in
	store identity.Store
	where servingJSON
	meter *metrics     // nil where nobody reads metrics
	post  *post        // nil where letters are only written to the folder
	back  net.Listener // of mail that comes back; nil where none is taken
}

func (a *app) serve(cmd *cobra.Command, _ []string) error {
	if play, _ := cmd.Flags().GetBool("demo"); play {
		return a.serveDemo(cmd)
	}
	out := newLaterLines(a.err)
	defer out.Close()
	log, err := diagnostics(cmd, out)
	if err != nil {
		return err
	}
	debug.SetGCPercent(collectAt) // what lives is small: the needs at work
	s := &server{log: log}
	if err := a.listen(cmd, s); err != nil {
		return err
	}
	if s.meter, err = a.openMetrics(cmd); err != nil {
		return errors.Join(err, s.l.Close())
	}
	a.batched = s.meter.batched()
	r, err := a.open(cmd.Context(), mayMake)
	if err != nil {
		s.meter.close()
		return errors.Join(err, s.l.Close())
	}
	if err = a.admit(cmd, s); err == nil {
		err = s.openPost(r)
	}
	if err == nil {
		err = a.announce(cmd, s, r)
	}
	if err == nil {
		var key []byte
		if key, err = streamKey(filepath.Join(a.data, "stream.key")); err != nil {
			return errors.Join(err, s.close(), r.store.Close())
		}
		lists := r.desk.NewIndex()
		api := httpapi.New(httpapi.Options{Desk: r.desk, Lists: lists, Store: r.store, Tables: tables(), Gate: s.gate, Log: log, StreamKey: key, Proofs: &proofs{a: a, r: r}, Letters: s.letters(), Unnumbered: s.gate != nil,
			Ready: readyChecks(r, log), Seen: s.meter.seen(), Linger: drainWait(cmd)})
		s.meter.watch(r, api)
		if s.post != nil {
			api.Linked(linkPath, s.post)
		}
		api.Mount("/log", a.logPages(cmd.Context(), r, log))
		if s.gate != nil {
			if _, err := a.signLog(cmd.Context(), r); err != nil { // the keys are made before several requests want them at once
				log.Error("the log is not signed", "error", err.Error())
			}
			a.mountPages(api, r, s, lists, log)
		}
		err = run(cmd.Context(), r, api, s)
		log.Info("stopped")
	}
	return errors.Join(err, s.close(), r.store.Close())
}

// mountPages serves the pages for people beside the interface, to who signed in.
func (a *app) mountPages(api *httpapi.API, r *record, s *server, lists *desk.Index, log *slog.Logger) {
	pages := webui.New(webui.Options{Desk: r.desk, Lists: lists, Who: webui.SignedIn, Still: webui.StillIn(s.gate), People: s.gate, Letters: s.letters(), Feed: webui.NewFeed(r.desk, r.store, log), Log: r.store.Log(), Receipt: a.receiptFor(r), Diagnostics: log})
	api.Pages(pages)
	api.Public("/ui/style.css", pages)
	api.Public("/ui/page.js", pages)
}

// drainWait is how long the server goes on after it was told to end.
func drainWait(cmd *cobra.Command) time.Duration {
	wait, _ := cmd.Flags().GetDuration("drain-wait")
	return wait
}

// openPost reads how notices travel, so that a file which does not read stops the server before it answers.
func (s *server) openPost(r *record) (err error) {
	if s.post, err = r.post(); err != nil || s.post == nil {
		return err
	}
	s.post.log, s.post.told = s.log, s.meter.told()
	s.back, err = s.post.listenReturns()
	return err
}

// letters is the post as the interface wants it: none where there is no file.
func (s *server) letters() httpapi.Letters {
	if s.post == nil {
		return nil
	}
	return s.post
}

// close gives back what the server holds; a listener that served is closed already.
func (s *server) close() error {
	err := s.l.Close()
	s.meter.close()
	if s.back != nil {
		_ = s.back.Close() // it is closed already where it served
	}
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	if s.store != nil {
		err = errors.Join(err, s.store.Close())
	}
	return err
}

// streamKey reads the key that seals the positions of event streams, and makes it at the first start.
func streamKey(file string) ([]byte, error) {
	key, err := os.ReadFile(file)
	if err == nil && len(key) == 32 {
		return key, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	key = make([]byte, 32)
	_, _ = rand.Read(key) // it never fails: the runtime ends the program where there is no randomness
	return key, os.WriteFile(file, key, 0o600)
}

// proofs makes what a party takes along, with the keys of the data folder.
type proofs struct {
	a    *app
	r    *record
	sign sync.Mutex // one checkpoint at a time
}

// Receipt implements [httpapi.Proofs].
func (p *proofs) Receipt(ctx context.Context, id capacity.NeedID, who party.ID) ([]byte, error) {
	p.sign.Lock()
	defer p.sign.Unlock()
	as := *p.a
	as.as = string(who)
	s, err := as.signLog(ctx, p.r)
	if err != nil {
		return nil, err
	}
	receipt, err := as.receipt(ctx, p.r, s, id, 0)
	if err != nil {
		return nil, err
	}
	return receipt.Format(), nil
}

// Evidence implements [httpapi.Proofs].
func (p *proofs) Evidence(ctx context.Context, id capacity.NeedID, who party.ID) ([]byte, error) {
	p.sign.Lock()
	defer p.sign.Unlock()
	as := *p.a
	as.as = string(who)
	archive, _, err := as.evidence(ctx, p.r, id)
	return archive, err
}

// diagnostics writes to out as --log says.
func diagnostics(cmd *cobra.Command, out io.Writer) (*slog.Logger, error) {
	switch style, _ := cmd.Flags().GetString("log"); style {
	case "text":
		return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{ReplaceAttr: redacted})), nil
	case "json":
		return slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{ReplaceAttr: redacted})), nil
	default:
		return nil, usage(cmd, "--log: %q is none of text, json", style)
	}
}

// listen opens the address, before anything else is touched: on loopback as it is, elsewhere only encrypted or where a flag says so.
func (a *app) listen(cmd *cobra.Command, s *server) error {
	flags := cmd.Flags()
	address, _ := flags.GetString("listen")
	cert, _ := flags.GetString("tls-cert")
	key, _ := flags.GetString("tls-key")
	insecure, _ := flags.GetBool("insecure-http")
	var err error
	switch {
	case cert != "":
		var certificates *identity.Certificates
		if certificates, err = identity.LoadCertificates(cert, key, s.log, nil); err != nil {
			return bad("give a certificate and the key that fits it, as PEM", "--tls-cert: %v", err)
		}
		s.l, err = httpapi.ListenAnywhere(address, certificates)
	case insecure:
		s.l, err = httpapi.ListenAnywhere(address, nil)
	default:
		s.l, err = httpapi.Listen(address)
	}
	var open *httpapi.NotLoopback
	var form *net.AddrError
	switch {
	case errors.As(err, &form):
		return usage(cmd, "--listen %q: write a host and a port, such as 127.0.0.1:7780", address)
	case errors.As(err, &open):
		return bad("give --tls-cert and --tls-key, use 127.0.0.1 behind a proxy, or say --insecure-http", "--listen: %v, and plain HTTP shows them every secret", err)
	case err != nil:
		return bad("use another port with --listen, or 127.0.0.1:0 for a free one", "--listen %s: %v", address, err)
	}
	s.where = servingJSON{"http://" + s.l.Addr().String(), a.data}
	if cert != "" {
		s.where.Address = "https://" + s.l.Addr().String()
	}
	if origin, _ := flags.GetString("origin"); origin != "" {
		s.where.Address = origin
	} else if at, ok := s.l.Addr().(*net.TCPAddr); ok && at.IP.IsUnspecified() {
		return errors.Join(bad("name it, such as --origin https://firstlook.example", "--origin is missing: %s is every address of this machine, and browsers need one", address), s.l.Close())
	}
	return nil
}

// admit opens the identity store of the data folder and puts a gate before the server.
func (a *app) admit(cmd *cobra.Command, s *server) error {
	if open, _ := cmd.Flags().GetBool("no-sign-in"); open {
		return nil
	}
	o := identity.Options{Origin: s.where.Address, Log: s.log, Page: webui.SignInPage}
	o.Passwords, _ = cmd.Flags().GetBool("passwords")
	o.AllowPlainHTTP, _ = cmd.Flags().GetBool("insecure-http")
	proxies, _ := cmd.Flags().GetStringSlice("trusted-proxy")
	for _, text := range proxies {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return bad("write a network such as 10.0.0.0/8 or 10.1.2.3/32", "--trusted-proxy: %v", err)
		}
		o.TrustedProxies = append(o.TrustedProxies, p)
	}
	provider, err := a.openIDProvider(cmd)
	if err != nil {
		return err
	}
	if provider.Issuer != "" {
		o.Providers = []identity.Provider{provider}
	}
	if s.store, err = a.openIdentity(cmd.Context()); err != nil {
		return err
	}
	s.store = s.meter.identity(s.store)
	if s.gate, err = identity.New(s.store, o); err != nil {
		return bad("see `firstlook serve --help`", "%v", err)
	}
	return nil
}

// identityFile is where the data folder keeps who may sign in.
func (a *app) identityFile() string { return filepath.Join(a.data, "identity.db") }

// openIDProvider reads the flags of the OpenID provider; its Issuer is empty where there is none.
func (a *app) openIDProvider(cmd *cobra.Command) (p identity.Provider, err error) {
	flags := cmd.Flags()
	if p.Issuer, _ = flags.GetString("oidc-issuer"); p.Issuer == "" {
		return p, nil
	}
	p.ID = "oidc"
	p.ClientID, _ = flags.GetString("oidc-client-id")
	host := strings.TrimPrefix(strings.TrimPrefix(p.Issuer, "https://"), "http://")
	host, _, _ = strings.Cut(host, "/")
	name, _ := flags.GetString("oidc-name")
	p.Name = cmp.Or(name, host)
	p.ClientSecret = os.Getenv(oidcSecretVariable)
	if file, _ := flags.GetString("oidc-client-secret-file"); file != "" {
		text, err := a.file(file)
		if err != nil {
			return p, err
		}
		p.ClientSecret = strings.TrimSpace(string(text))
	}
	return p, nil
}

// announce says where the server answers, and how its first administrator comes in.
func (a *app) announce(cmd *cobra.Command, s *server, r *record) error {
	if a.json {
		if err := a.document(s.where); err != nil {
			return err
		}
	} else {
		a.say("listening on %s, data folder %s", s.where.Address, s.where.Data)
		if os.Getenv(clockVariable) != "" {
			a.say("the clock is stopped at %s: no deadline comes while the server runs", instant(r.desk.Now()))
		}
	}
	if s.gate == nil {
		s.log.Warn("nobody signs in: whoever reaches the address acts for every party")
		return nil
	}
	of, _ := cmd.Flags().GetString("first-operator")
	if err := party.Check(of); err != nil {
		return bad("name a party by its id", "--first-operator: %v", err)
	}
	out := a.out
	if a.json {
		out = a.err // standard output holds one document
	}
	_, err := s.gate.Bootstrap(cmd.Context(), party.ID(of), out, "")
	return err
}

// logPages serves the transparency log (C2SP tlog-tiles). Who signs it is settled with the first request: a server that nobody
// asks for its log needs no keys.
func (a *app) logPages(ctx context.Context, r *record, log *slog.Logger) http.Handler {
	var once sync.Mutex
	var pages http.Handler
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		once.Lock()
		if pages == nil {
			s, err := a.signLog(ctx, r)
			if err != nil {
				once.Unlock()
				log.Error("the log is not signed", "error", err.Error())
				http.Error(w, "the log cannot be signed; the operator's diagnostics say why", http.StatusServiceUnavailable)
				return
			}
			pages = translog.Handler(r.store.Log(), s.signers)
		}
		once.Unlock()
		pages.ServeHTTP(w, req)
	})
}

// run runs the desk's loop and the interface side by side; when the context ends the interface drains first, then the loop
// stops, so that what the last requests brought about is still delivered.
func run(ctx context.Context, r *record, api *httpapi.API, s *server) error {
	loop, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wait sync.WaitGroup
	wait.Go(func() {
		// It ends with its context alone; what goes wrong on the way is reported and tried again.
		_ = r.desk.Run(loop, s.meter.courier(r.carriers()), func(err error) { s.log.Error("not done yet, will be tried again", "error", err.Error()) })
	})
	if s.gate != nil {
		wait.Go(func() { sweep(loop, s) })
	}
	if s.meter != nil {
		wait.Go(func() { s.meter.serve(loop, s.log) })
	}
	if s.post != nil {
		wait.Go(func() { s.post.run(loop) })
	}
	if s.back != nil {
		wait.Go(func() { s.post.takeReturns(loop, s.back) })
	}
	err := api.Serve(ctx, s.l)
	stop()
	wait.Wait()
	return errors.Join(err, deliverLast(ctx, r, s))
}

// lastDelivery bounds how long a server that ends goes on delivering. What is left is in the record, and the next start does it.
const lastDelivery = 5 * time.Second

// deliverLast delivers what the last requests brought about.
func deliverLast(ctx context.Context, r *record, s *server) error {
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastDelivery)
	defer cancel()
	err := r.desk.Deliver(limit, s.meter.courier(r.carriers()))
	if limit.Err() != nil {
		s.log.Info("letters are left for the next start", "letters", r.desk.Open())
		return nil
	}
	return err
}

// sweep deletes ended sessions and links now and then.
func sweep(ctx context.Context, s *server) {
	every := time.NewTicker(sweepEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			n, err := s.gate.Sweep(ctx)
			if err != nil {
				s.log.Error("the identity store was not swept, will be tried again", "error", err.Error())
				continue
			}
			s.log.Info("swept", "records", fmt.Sprint(n))
		}
	}
}
