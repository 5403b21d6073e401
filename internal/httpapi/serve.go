package httpapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"firstlook/internal/identity"
)

// Limits of a connection. A command takes milliseconds; whoever is slower than this is not a client of ours.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	drainTimeout  = 10 * time.Second
	maxHeader     = 64 << 10
)

// NotLoopback says that an address could be reached from other machines.
type NotLoopback struct{ Address string }

// Error names the address and why it is refused.
func (e *NotLoopback) Error() string {
	return fmt.Sprintf("%s could be reached from other machines", e.Address)
}

// Listen listens on a loopback address, such as 127.0.0.1:7780; port 0 takes a free one. Any other address is a
// [*NotLoopback], and nothing is opened.
func Listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, &NotLoopback{address}
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	if at, ok := l.Addr().(*net.TCPAddr); !ok || !at.IP.IsLoopback() { // localhost is what the machine says it is
		return nil, errors.Join(&NotLoopback{address}, l.Close())
	}
	return l, nil
}

// ListenAnywhere listens on any address, for a server that signs people in; encrypted with certificates where they are given.
func ListenAnywhere(address string, certificates *identity.Certificates) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil || certificates == nil {
		return l, err
	}
	return tls.NewListener(l, certificates.Config()), nil
}

// Serve answers requests until the context ends, then lets those under way come to their end.
func (a *API) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{Handler: a, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader}
	warm, cold := context.WithCancel(ctx)
	var lists sync.WaitGroup
	lists.Go(func() {
		if err := a.local.Lists.Warm(warm); err != nil && warm.Err() == nil {
			a.log.Error("the lists are not made beforehand", "error", err.Error())
		}
	})
	defer lists.Wait()
	defer cold()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	a.draining.Store(true)
	if a.linger > 0 {
		a.log.Info("no longer ready", "ends in", a.linger.String())
		select {
		case err := <-ended:
			return err
		case <-time.After(a.linger):
		}
	}
	a.hub.end.Do(func() { close(a.hub.ending) }) // a stream has no end of its own
	a.log.Info("draining", "at most", drainTimeout.String())
	// The context that ended must not cut off what is under way.
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err := server.Shutdown(limit)
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.Join(err, server.Close())
	}
	return err
}
