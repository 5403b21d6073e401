package cli

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"firstlook/capacity"
	"firstlook/internal/demo"
	"firstlook/internal/httpapi"
	"firstlook/internal/sqlite"
	"firstlook/internal/webui"
	"firstlook/party"
)

// demoNote stands above every page of the demonstration.
const demoNote = "A demonstration on this machine alone. Nobody signs in, and the companies are invented but for the public founding case."

// serveDemo serves a populated record with a seat at each desk, on loopback only: in a folder of its own that goes when the server
// ends, or in the folder of --data, where it stays.
func (a *app) serveDemo(cmd *cobra.Command) (err error) {
	if a.database() != "" || a.server != "" {
		return bad("leave --db and --server out and unset "+databaseVariable+" and "+serverVariable, "the demonstration keeps a folder of its own and touches no other record")
	}
	if !cmd.Flags().Changed("data") {
		dir, err := os.MkdirTemp("", "firstlook-demo-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		a.data = dir
	}
	address, _ := cmd.Flags().GetString("listen")
	l, err := httpapi.Listen(address)
	if err != nil {
		return bad("use 127.0.0.1:0 for a free port; the demonstration answers this machine only", "--listen %s: %v", address, err)
	}
	if err := a.populate(cmd.Context()); err != nil {
		return errors.Join(err, l.Close())
	}
	r, err := a.open(cmd.Context(), mustExist)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	log := slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	seats := demo.NewSeating()
	pages := webui.New(webui.Options{Desk: r.desk, Who: seats.Who, Feed: webui.NewFeed(r.desk, r.store, log), Log: r.store.Log(), Receipt: a.receiptFor(r), SignIn: "/demo",
		Note: demoNote, Diagnostics: log})
	where := servingJSON{"http://" + l.Addr().String() + "/demo", a.data}
	if a.json {
		err = a.document(where)
	} else {
		a.say("open %s and take a seat; Ctrl-C ends it", where.Address)
	}
	return errors.Join(err, a.runDemo(cmd.Context(), r, seats.Handler(pages), l, log), r.store.Close())
}

// populate fills the record of the data folder where there is none.
func (a *app) populate(ctx context.Context) error {
	if a.exists() {
		return nil
	}
	c, err := clock()
	if err != nil {
		return err
	}
	store, err := sqlite.Open(a.data, sqlite.Options{})
	if err != nil {
		return err
	}
	if err := demo.Populate(ctx, store, tables(), c.Now()); err != nil {
		// Half a demonstration would be taken for a whole one the next time.
		return errors.Join(err, store.Close(), os.Remove(filepath.Join(a.data, "firstlook.db")))
	}
	return store.Close()
}

// receiptFor writes what a party may verify offline of a need.
func (a *app) receiptFor(r *record) func(context.Context, capacity.NeedID, party.ID) ([]byte, error) {
	var once sync.Mutex // keys are made with the first receipt, once
	return func(ctx context.Context, id capacity.NeedID, who party.ID) ([]byte, error) {
		once.Lock()
		s, err := a.signLog(ctx, r)
		once.Unlock()
		if err != nil {
			return nil, err
		}
		records, open, err := r.desk.Proven(ctx, id, who)
		if err != nil {
			return nil, err
		}
		receipt, err := s.view.Receipt(ctx, string(who), records, open, s.checkpoint)
		if err != nil {
			return nil, err
		}
		return receipt.Format(), nil
	}
}

// runDemo answers until the context ends.
func (a *app) runDemo(ctx context.Context, r *record, pages http.Handler, l net.Listener, log *slog.Logger) error {
	server := &http.Server{Handler: pages, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), BaseContext: func(net.Listener) context.Context { return ctx }}
	loop, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wait sync.WaitGroup
	wait.Go(func() {
		_ = r.desk.Run(loop, r.courier, func(err error) { log.Error("not done yet, will be tried again", "error", err.Error()) }) // it ends with its context alone
	})
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		if err = server.Shutdown(limit); errors.Is(err, context.DeadlineExceeded) {
			err = server.Close() // a browser that keeps a connection open and says nothing
		}
		cancel()
	}
	stop()
	wait.Wait()
	return err
}
