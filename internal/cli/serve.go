package cli

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync"

	"github.com/spf13/cobra"

	"firstlook/internal/httpapi"
	"firstlook/internal/translog"
)

func (a *app) serveCommand() *cobra.Command {
	c := leaf("serve", "Fire deadlines, deliver acts, and answer a JSON interface on this machine", 0, 0, a.serve)
	c.Long = "Runs the desk on the data folder until it is told to stop (SIGTERM, Ctrl-C): deadlines are fired and notices are delivered when they are due, and a JSON " +
		"interface answers on a loopback address. Requests under way are finished before it ends.\n\n" +
		"Until there is sign-in, whoever can reach the address acts for every party; other addresses than loopback are refused."
	c.Flags().String("listen", "127.0.0.1:7780", "Loopback address; port 0 takes a free one")
	c.Flags().String("log", "text", "How diagnostics are written to standard error: text or json")
	_ = c.RegisterFlagCompletionFunc("log", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp)) // defined above
	return c
}

// servingJSON is what serve prints once it answers.
type servingJSON struct {
	Address string `json:"address"`
	Data    string `json:"data"`
}

// collectAt lets a server's heap grow to five times what lives before it is collected, which saves a tenth of its CPU.
const collectAt = 400

func (a *app) serve(cmd *cobra.Command, _ []string) error {
	address, _ := cmd.Flags().GetString("listen")
	style, _ := cmd.Flags().GetString("log")
	var handler slog.Handler
	switch style {
	case "text":
		handler = slog.NewTextHandler(a.err, nil)
	case "json":
		handler = slog.NewJSONHandler(a.err, nil)
	default:
		return usage(cmd, "--log: %q is none of text, json", style)
	}
	log := slog.New(handler)
	debug.SetGCPercent(collectAt) // what lives is small: the needs at work
	l, err := httpapi.Listen(address)
	var open *httpapi.NotLoopback
	var form *net.AddrError
	switch {
	case errors.As(err, &form):
		return usage(cmd, "--listen %q: write a host and a port, such as 127.0.0.1:7780", address)
	case errors.As(err, &open):
		return bad("use 127.0.0.1 or localhost; another machine can reach it through a tunnel", "--listen: %v", err)
	case err != nil:
		return bad("use another port with --listen, or 127.0.0.1:0 for a free one", "--listen %s: %v", address, err)
	}
	r, err := a.open(cmd.Context(), mayMake)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	where := servingJSON{"http://" + l.Addr().String(), a.data}
	if a.json {
		err = a.document(where)
	} else {
		a.say("listening on %s, data folder %s", where.Address, where.Data)
		if os.Getenv(clockVariable) != "" {
			a.say("the clock is stopped at %s: no deadline comes while the server runs", instant(r.desk.Now()))
		}
	}
	api := httpapi.New(r.desk, log)
	api.Mount("/log", a.logPages(cmd.Context(), r, log))
	err = errors.Join(err, run(cmd.Context(), r, api, l, log))
	log.Info("stopped")
	return errors.Join(err, r.store.Close())
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
func run(ctx context.Context, r *record, api *httpapi.API, l net.Listener, log *slog.Logger) error {
	loop, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wait sync.WaitGroup
	wait.Go(func() {
		// It ends with its context alone; what goes wrong on the way is reported and tried again.
		_ = r.desk.Run(loop, r.courier, func(err error) { log.Error("not done yet, will be tried again", "error", err.Error()) })
	})
	err := api.Serve(ctx, l)
	stop()
	wait.Wait()
	return errors.Join(err, r.desk.Deliver(context.WithoutCancel(ctx), r.courier))
}
