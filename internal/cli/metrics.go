package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/spf13/cobra"

	"firstlook/calendar"
	"firstlook/internal/desk"
	"firstlook/internal/httpapi"
	"firstlook/internal/identity"
	"firstlook/internal/notify"
	"firstlook/internal/outbox"
	"firstlook/right"
)

// metric is one line of docs/operations/metrics.md: what Prometheus reads of a server. No label is a party, a need or a text that
// somebody sent; each has the values of a closed set.
type metric struct {
	name   string
	kind   string // counter, gauge or histogram
	help   string
	labels []string
}

// The metrics of a server, in the order of the page. Times are in seconds.
var (
	metricBuild    = metric{"firstlook_build_info", "gauge", "1, with the version that runs.", []string{"version"}}
	metricCommands = metric{"firstlook_commands_total", "counter", "Commands on needs, by their type and how they ended: done, the code of the law's refusal, fault (the world failed), failed.", []string{"type", "outcome"}}
	metricTook     = metric{"firstlook_command_seconds", "histogram", "Time of a command with its recording, by its type.", []string{"type"}}
	metricBatch    = metric{"firstlook_commit_calls", "histogram", "Calls that one transaction of the store carried: the size of a group commit.", nil}
	metricRequests = metric{"firstlook_http_requests_total", "counter", "Requests that were answered, by method and status.", []string{"method", "status"}}
	metricOpen     = metric{"firstlook_deadlines_open", "gauge", "Needs with a deadline to come or to be fired.", nil}
	metricOverdue  = metric{"firstlook_deadlines_overdue", "gauge", "Of these, those whose deadline has come and is not fired.", nil}
	metricLate     = metric{"firstlook_deadline_late_seconds", "histogram", "How late after its instant a deadline was fired.", nil}
	metricWaiting  = metric{"firstlook_outbox_waiting", "gauge", "Letters and other acts that are still to be done, on the replica that does them.", nil}
	metricActs     = metric{"firstlook_acts_total", "counter", "Acts of the outbox that were tried: delivered or failed. What failed is tried again.", []string{"outcome"}}
	metricNotices  = metric{"firstlook_notices_total", "counter", "What came of letters by channel: sent, delivered, received, bounced, came-back, late, gave-up, no-route. After a restart an outcome may be counted again.", []string{"channel", "outcome"}}
	metricStreams  = metric{"firstlook_streams_open", "gauge", "Streams of events that are open.", nil}
	metricSignIns  = metric{"firstlook_sign_ins_total", "counter", "Sign-ins by outcome: signed-in, sign-in-refused, locked-out.", []string{"outcome"}}
	metricLaw      = metric{"firstlook_law_position", "gauge", "Position of the last record of an agreement, fact or list of providers that this replica knows.", nil}
	metricLeads    = metric{"firstlook_replica_leads", "gauge", "1 on the replica that fires deadlines and delivers acts, 0 on the others.", nil}
	metricOffset   = metric{"firstlook_clock_offset_seconds", "gauge", "The time that counts less the machine's own: on a database the database's clock is the one that counts.", nil}
	metricLeaves   = metric{"firstlook_log_leaves", "gauge", "Leaves of the transparency log.", nil}
	metricUnread   = metric{"firstlook_unread_total", "counter", "Gauges that could not be read when they were asked for, such as while the database is away.", nil}
)

// metricList is every metric of ours; Go's runtime and the process come from the client library.
var metricList = []metric{metricBuild, metricCommands, metricTook, metricBatch, metricRequests, metricOpen, metricOverdue, metricLate, metricWaiting, metricActs,
	metricNotices, metricStreams, metricSignIns, metricLaw, metricLeads, metricOffset, metricLeaves, metricUnread}

var (
	commandBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}
	batchBuckets   = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}
	lateBuckets    = []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 15, 60, 300, 3600}
)

func (m metric) counter(r prometheus.Registerer) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: m.name, Help: m.help}, m.labels)
	r.MustRegister(c)
	return c
}

func (m metric) histogram(r prometheus.Registerer, buckets []float64) *prometheus.HistogramVec {
	c := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: m.name, Help: m.help, Buckets: buckets}, m.labels)
	r.MustRegister(c)
	return c
}

func (m metric) gauge(r prometheus.Registerer, read func() float64) {
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: m.name, Help: m.help}, read))
}

// metrics counts what a server does. A nil one counts nothing.
type metrics struct {
	registry                                           *prometheus.Registry
	commands, requests, acts, notices, signIns, unread *prometheus.CounterVec
	took, batch, late                                  *prometheus.HistogramVec
	l                                                  net.Listener
}

func newMetrics() *metrics {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m := &metrics{registry: r, commands: metricCommands.counter(r), requests: metricRequests.counter(r), acts: metricActs.counter(r), notices: metricNotices.counter(r),
		signIns: metricSignIns.counter(r), unread: metricUnread.counter(r), took: metricTook.histogram(r, commandBuckets), batch: metricBatch.histogram(r, batchBuckets),
		late: metricLate.histogram(r, lateBuckets)}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: metricBuild.name, Help: metricBuild.help}, metricBuild.labels)
	r.MustRegister(build)
	build.WithLabelValues(Version).Set(1)
	m.unread.WithLabelValues() // so that it is there from the first
	return m
}

// openMetrics listens for who reads the metrics; nil where nobody is to.
func (a *app) openMetrics(cmd *cobra.Command) (*metrics, error) {
	address, _ := cmd.Flags().GetString("metrics")
	if address == "" {
		return nil, nil
	}
	m := newMetrics()
	var err error
	if open, _ := cmd.Flags().GetBool("metrics-anywhere"); open {
		m.l, err = httpapi.ListenAnywhere(address, nil)
	} else {
		m.l, err = httpapi.Listen(address)
	}
	var far *httpapi.NotLoopback
	switch {
	case errors.As(err, &far):
		return nil, bad("use 127.0.0.1, or say --metrics-anywhere where the network keeps others out", "--metrics: %v, and metrics are read without signing in", err)
	case err != nil:
		return nil, bad("write a host and a free port, such as 127.0.0.1:9780", "--metrics %s: %v", address, err)
	}
	return m, nil
}

// watch has the parts of a server counted. It is called before any of them is used.
func (m *metrics) watch(r *record, api *httpapi.API) {
	if m == nil {
		return
	}
	r.desk.Observe(desk.Observer{Command: m.command, Fired: func(late time.Duration) { m.late.WithLabelValues().Observe(late.Seconds()) }})
	count := func(n int) float64 { return float64(n) }
	metricWaiting.gauge(m.registry, func() float64 {
		if ours, _ := r.desk.Lease(); !ours {
			return 0
		}
		return count(r.desk.Open())
	})
	metricStreams.gauge(m.registry, func() float64 { return count(api.Streams()) })
	metricLaw.gauge(m.registry, func() float64 { return float64(r.desk.LawPosition()) })
	metricLeads.gauge(m.registry, func() float64 {
		if ours, _ := r.desk.Lease(); ours {
			return 1
		}
		return 0
	})
	metricOffset.gauge(m.registry, func() float64 { return r.desk.Now().Time().Sub(time.Now()).Seconds() })
	metricLeaves.gauge(m.registry, func() float64 {
		v, err := r.store.Log().View()
		if err != nil {
			return m.unknown()
		}
		return float64(v.Size())
	})
	deadlines := func(pick func(open, come int64) int64) func() float64 {
		return func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
			defer cancel()
			open, come, err := r.store.Deadlines(ctx, r.desk.Now())
			if err != nil {
				return m.unknown()
			}
			return float64(pick(open, come))
		}
	}
	metricOpen.gauge(m.registry, deadlines(func(open, _ int64) int64 { return open }))
	metricOverdue.gauge(m.registry, deadlines(func(_, come int64) int64 { return come }))
}

// scrapeTime bounds one question to the store for the metrics.
const scrapeTime = 2 * time.Second

// unknown stands for a gauge that could not be read: no value that could be taken for one.
func (m *metrics) unknown() float64 {
	m.unread.WithLabelValues().Inc()
	return math.NaN()
}

// command counts a command.
func (m *metrics) command(ask right.Ask, took time.Duration, err error) {
	kind := right.AskName(ask)
	m.commands.WithLabelValues(kind, desk.OutcomeOf(err)).Inc()
	m.took.WithLabelValues(kind).Observe(took.Seconds())
}

// methods are those that a request is counted under; a client may make up any other.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// request counts a request.
func (m *metrics) request(method string, status int, _ time.Duration) {
	if !slices.Contains(methods, method) {
		method = "other"
	}
	m.requests.WithLabelValues(method, fmt.Sprint(status)).Inc()
}

// seen is what the interface tells of requests; nil where nobody counts.
func (m *metrics) seen() func(string, int, time.Duration) {
	if m == nil {
		return nil
	}
	return m.request
}

// batched is what the store tells of its transactions; nil where nobody counts.
func (m *metrics) batched() func(int) {
	if m == nil {
		return nil
	}
	return func(calls int) { m.batch.WithLabelValues().Observe(float64(calls)) }
}

// told counts what came of a letter.
func (m *metrics) told() func(notify.Channel, string) {
	if m == nil {
		return func(notify.Channel, string) {}
	}
	return func(c notify.Channel, outcome string) { m.notices.WithLabelValues(string(c), outcome).Inc() }
}

// courier counts the acts of another.
func (m *metrics) courier(c desk.Courier) desk.Courier {
	if m == nil {
		return c
	}
	return countedCourier{c, m.acts}
}

type countedCourier struct {
	desk.Courier
	acts *prometheus.CounterVec
}

// Deliver implements [desk.Courier].
func (c countedCourier) Deliver(ctx context.Context, a outbox.Act) error {
	return c.DeliverTogether(ctx, []*outbox.Act{&a})[0]
}

// DeliverTogether implements [desk.Together]. What only waits for another act was not tried.
func (c countedCourier) DeliverTogether(ctx context.Context, acts []*outbox.Act) []error {
	errs := desk.DeliverTogether(ctx, c.Courier, acts)
	for _, err := range errs {
		switch {
		case err == nil:
			c.acts.WithLabelValues("delivered").Inc()
		case !errors.Is(err, outbox.ErrBehind):
			c.acts.WithLabelValues("failed").Inc()
		}
	}
	return errs
}

// identity counts the sign-ins in the audit of a store.
func (m *metrics) identity(s identity.Store) identity.Store {
	if m == nil {
		return s
	}
	return countedSignIns{s, m.signIns}
}

// countedSignIns counts what is appended to the audit, once it is durable.
type countedSignIns struct {
	identity.Store
	signIns *prometheus.CounterVec
}

// Update implements [identity.Store].
func (c countedSignIns) Update(ctx context.Context, f func(identity.Tx) error) error {
	var kinds []identity.EventKind
	err := c.Store.Update(ctx, func(tx identity.Tx) error {
		kinds = nil
		return f(auditedTx{tx, &kinds})
	})
	if err != nil {
		return err
	}
	for _, k := range kinds {
		switch k {
		case identity.SignedIn, identity.SignInRefused, identity.LockedOut:
			c.signIns.WithLabelValues(string(k)).Inc()
		}
	}
	return nil
}

// auditedTx notes the kinds of what is appended to the audit.
type auditedTx struct {
	identity.Tx
	kinds *[]identity.EventKind
}

// Append implements [identity.Tx].
func (t auditedTx) Append(seq int64, body []byte) error {
	var e struct{ Kind identity.EventKind }
	if err := json.Unmarshal(body, &e); err == nil {
		*t.kinds = append(*t.kinds, e.Kind)
	}
	return t.Tx.Append(seq, body)
}

// serve answers until the context ends.
func (m *metrics) serve(ctx context.Context, log *slog.Logger) {
	routes := http.NewServeMux()
	routes.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 2 * scrapeTime}))
	server := &http.Server{Handler: routes, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 3 * scrapeTime, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(m.l) }()
	select {
	case err := <-ended:
		log.Error("the metrics are not served any more", "error", err.Error())
	case <-ctx.Done():
		if err := server.Close(); err != nil {
			log.Warn("the metrics did not end", "error", err.Error())
		}
		<-ended
	}
}

// close gives the address back where it was not served.
func (m *metrics) close() {
	if m != nil {
		_ = m.l.Close() // it is closed already where it served
	}
}

// counting is a store that counts its deadlines.
type counting interface {
	Deadlines(ctx context.Context, until calendar.Instant) (open, come int64, err error)
}
