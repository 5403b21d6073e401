package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/common/testing/freeport"
	"go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/temporal"
)

// pragmas are the settings of SQLite by name.
var pragmas = map[string]map[string]string{
	"default": nil,
	"wal":     {"journal_mode": "wal", "synchronous": "full"},
}

const (
	loopback  = "127.0.0.1"
	clusterID = "active"
	namespace = "default"
	shards    = 1 // as the development server has it
)

// hello is the first line that the server's process prints; usage is its answer to each line that it reads.
type hello struct {
	Address string `json:"address"`
	Pragmas string `json:"pragmas"`
}

type usage struct {
	CPU float64 `json:"cpu_seconds"`
}

// serveTemporal is the server's process: it runs Temporal on a new file until its input ends, and says on each line what CPU it used.
func serveTemporal(file, setting string) error {
	store := &config.SQL{PluginName: sqliteplugin.PluginName, DatabaseName: file, ConnectAttributes: map[string]string{"mode": "rwc"}}
	for k, v := range pragmas[setting] {
		store.ConnectAttributes[k] = v
	}
	if err := prepare(store); err != nil {
		return err
	}
	conf := configure(store)
	server, err := newServer(conf, log.NewZapLogger(log.BuildZapLogger(log.Config{Level: "warn", OutputFile: file + ".log"})))
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	held, err := readBack(file, setting)
	if err != nil {
		return errors.Join(err, server.Stop())
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(hello{conf.PublicClient.HostPort, held}); err != nil {
		return errors.Join(err, server.Stop())
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		if err := out.Encode(usage{cpuSeconds()}); err != nil {
			return errors.Join(err, server.Stop())
		}
	}
	return server.Stop()
}

// prepare makes the tables and the namespace.
func prepare(store *config.SQL) error {
	if err := sqlite.SetupSchema(store); err != nil {
		return err
	}
	ns, err := sqlite.NewNamespaceConfig(clusterID, namespace, false, nil)
	if err != nil {
		return err
	}
	return sqlite.CreateNamespaces(store, ns)
}

// configure returns what the development server would run with.
func configure(store *config.SQL) *config.Config {
	var c config.Config
	port := freeport.MustGetFreePort()
	address := fmt.Sprintf("%s:%d", loopback, port)
	c.Global.Membership = config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: loopback}
	c.Persistence = config.Persistence{DefaultStore: "file", VisibilityStore: "file", NumHistoryShards: shards,
		DataStores: map[string]config.DataStore{"file": {SQL: store}}}
	c.ClusterMetadata = &cluster.Config{FailoverVersionIncrement: 10, MasterClusterName: clusterID, CurrentClusterName: clusterID,
		ClusterInformation: map[string]cluster.ClusterInformation{clusterID: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: address}}}
	c.DCRedirectionPolicy.Policy = "noop"
	c.Archival.History.State, c.Archival.Visibility.State = "disabled", "disabled"
	c.NamespaceDefaults.Archival.History.State, c.NamespaceDefaults.Archival.Visibility.State = "disabled", "disabled"
	c.PublicClient.HostPort = address
	c.Services = map[string]config.Service{"frontend": {RPC: config.RPC{GRPCPort: port, BindOnIP: loopback}}}
	for _, name := range []primitives.ServiceName{primitives.HistoryService, primitives.MatchingService, primitives.WorkerService} {
		c.Services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: freeport.MustGetFreePort(), BindOnIP: loopback}}
	}
	return &c
}

func newServer(c *config.Config, logger log.Logger) (temporal.Server, error) {
	authorizer, err := authorization.GetAuthorizerFromConfig(&c.Global.Authorization)
	if err != nil {
		return nil, err
	}
	claims, err := authorization.GetClaimMapperFromConfig(&c.Global.Authorization, logger)
	if err != nil {
		return nil, err
	}
	hosts := map[primitives.ServiceName]static.Hosts{}
	for name, service := range c.Services {
		hosts[primitives.ServiceName(name)] = static.SingleLocalHost(fmt.Sprintf("%s:%d", loopback, service.RPC.GRPCPort))
	}
	return temporal.NewServer(temporal.WithConfig(c), temporal.ForServices(temporal.DefaultServices), temporal.WithStaticHosts(hosts),
		temporal.WithLogger(logger), temporal.WithAuthorizer(authorizer),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return claims }),
		temporal.WithDynamicConfigClient(dynamicconfig.StaticClient{
			dynamicconfig.HistoryCacheHostLevelMaxSize.Key():                 8096,
			dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 100,
		}))
}

// readBack opens the file as the server did and says what holds, so that the table tells facts and not intentions.
func readBack(file, setting string) (string, error) {
	dsn := "file:" + file + "?mode=rwc&_pragma=busy_timeout%3D5000"
	for k, v := range pragmas[setting] {
		dsn += "&_pragma=" + k + "%3D" + v
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return "", err
	}
	defer db.Close()
	var mode string
	var sync int
	if err := db.QueryRow("PRAGMA journal_mode").Scan(&mode); err != nil {
		return "", err
	}
	if err := db.QueryRow("PRAGMA synchronous").Scan(&sync); err != nil {
		return "", err
	}
	return fmt.Sprintf("journal %s, synchronous %s", mode, map[int]string{0: "off", 1: "normal", 2: "full", 3: "extra"}[sync]), nil
}

// server is Temporal's process, seen from the callers'.
type server struct {
	hello hello
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *json.Decoder
}

// errStart is a server that ended before it was ready, which it does where its own time for that runs out.
var errStart = errors.New("the server did not start")

// startServer runs this program as a server on a new file.
func startServer(ctx context.Context, file, setting string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "-serve", file, "-settings", setting)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, in: in, out: json.NewDecoder(out)}
	if err := s.out.Decode(&s.hello); err != nil {
		return nil, errors.Join(errStart, err, s.stop())
	}
	return s, nil
}

// cpu returns the CPU seconds that the server's process used so far.
func (s *server) cpu() (float64, error) {
	if _, err := io.WriteString(s.in, "\n"); err != nil {
		return 0, err
	}
	var u usage
	err := s.out.Decode(&u)
	return u.CPU, err
}

func (s *server) stop() error { return errors.Join(s.in.Close(), s.cmd.Wait()) }

// cpuSeconds returns what this process used so far.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
