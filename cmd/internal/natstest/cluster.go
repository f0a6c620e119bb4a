//go:build unix

// Package natstest runs clusters of real nats-server processes for tests: of the version that go.mod names, on loopback, JetStream with
// sync_interval always. A test kills nodes, stops and continues them, and cuts them off from the others.
//
// All connections, those between nodes and those of clients, go through links of the test, which it cuts. Nodes are told no address but
// the links'.
package natstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// patience bounds every wait; on a busy machine an election takes up to ten seconds.
	patience = 60 * time.Second
	// again is the time between two looks at what is waited for.
	again = 50 * time.Millisecond
	// module is the server's main package; go.mod says which version.
	module = "github.com/nats-io/nats-server/v2"
)

// Config is how a cluster differs from the plainest.
type Config struct {
	Nodes  int           // 0 stands for 3
	More   string        // added to every node's configuration file, with accounts for example
	Client []nats.Option // with which the test itself connects
}

// Cluster is a cluster of nats-server processes.
type Cluster struct {
	Nodes []*Node

	t      testing.TB
	binary string
	cfg    Config
}

// Node is one of its processes.
type Node struct {
	Name string

	cluster *Cluster
	at      int
	dir     string
	address string  // of its clients' port; "" while it is down
	clients []*link // to that port: the first for any client, others each for one
	routes  []*link // to each other node's routes; nil for itself
	cmd     *exec.Cmd
	ended   chan struct{}
	paused  bool
}

// Start starts a cluster and waits until JetStream has a leader. It ends with the test.
func Start(t testing.TB, cfg Config) *Cluster {
	t.Helper()
	if cfg.Nodes == 0 {
		cfg.Nodes = 3
	}
	binary, err := Build()
	if err != nil {
		t.Fatal(err)
	}
	c := &Cluster{t: t, binary: binary, cfg: cfg}
	for i := range cfg.Nodes {
		n := &Node{Name: fmt.Sprintf("n%d", i+1), cluster: c, at: i, dir: t.TempDir(), routes: make([]*link, cfg.Nodes)}
		n.clients = []*link{c.newLink()}
		for to := range cfg.Nodes {
			if to != i {
				n.routes[to] = c.newLink()
			}
		}
		c.Nodes = append(c.Nodes, n)
	}
	t.Cleanup(func() {
		for _, n := range c.Nodes {
			n.Kill()
		}
	})
	for _, n := range c.Nodes {
		n.Start()
	}
	c.WaitReady()
	c.waitWhole()
	return c
}

// waitWhole waits until all nodes are known to one another, so that a stream can have a replica on each.
func (c *Cluster) waitWhole() {
	c.t.Helper()
	const probe = "PROBE"
	js := c.JetStream()
	err := until(func() error {
		_, err := js.CreateStream(c.t.Context(), jetstream.StreamConfig{Name: probe, Subjects: []string{probe}, Replicas: len(c.Nodes)})
		return err
	})
	if err == nil {
		err = until(func() error { return js.DeleteStream(c.t.Context(), probe) })
	}
	if err != nil {
		c.t.Fatalf("the cluster does not come together: %v", err)
	}
}

func (c *Cluster) newLink() *link {
	c.t.Helper()
	l, err := newLink()
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(l.close)
	return l
}

// Build makes the binary, once in a process.
func Build() (path string, err error) { return build() }

// build's binary stays until the machine cleans its temporary files, as the build cache does.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "nats-server-*")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "nats-server")
	out, err := exec.Command("go", "build", "-o", binary, module).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build %s: %w: %s", module, err, out)
	}
	return binary, nil
})

// URLs are the addresses of all nodes, as --nats takes them.
func (c *Cluster) URLs() string {
	var list []string
	for _, n := range c.Nodes {
		list = append(list, n.URL())
	}
	return strings.Join(list, ",")
}

// URL is where clients reach the node.
func (n *Node) URL() string { return "nats://" + n.clients[0].address() }

// Ways are ways of one client's own to every node.
type Ways struct {
	cluster *Cluster
	links   []*link
}

// Ways makes ways for one client. The test that makes them starts and ends no node meanwhile.
func (c *Cluster) Ways() *Ways {
	c.t.Helper()
	w := &Ways{cluster: c}
	for _, n := range c.Nodes {
		l := c.newLink()
		l.aim(n.address)
		n.clients, w.links = append(n.clients, l), append(w.links, l)
	}
	return w
}

// URLs are the client's addresses of all nodes, as --nats takes them.
func (w *Ways) URLs() string {
	var list []string
	for _, l := range w.links {
		list = append(list, "nats://"+l.address())
	}
	return strings.Join(list, ",")
}

// Steer has the client connect to one node by cutting its ways to all others, until it has done so.
func (w *Ways) Steer(to *Node) {
	w.cluster.t.Helper()
	for at, l := range w.links {
		l.setCut(at != to.at)
	}
	err := until(func() error {
		if !w.links[to.at].inUse() {
			return errors.New("the client does not connect to " + to.Name)
		}
		return nil
	})
	for _, l := range w.links {
		l.setCut(false)
	}
	if err != nil {
		w.cluster.t.Fatal(err)
	}
}

// config writes the node's configuration file.
func (n *Node) config() string {
	n.cluster.t.Helper()
	var routes []string
	for _, l := range n.routes {
		if l != nil {
			routes = append(routes, fmt.Sprintf("%q", "nats-route://"+l.address()))
		}
	}
	// What a node tells others of its address leads nowhere: they would go past the links.
	text := fmt.Sprintf(`server_name: %s
listen: "127.0.0.1:-1"
ports_file_dir: %q
jetstream { store_dir: %q, sync_interval: always, max_memory_store: 64MB, max_file_store: 4GB }
cluster {
  name: test, listen: "127.0.0.1:-1", no_advertise: true, advertise: "127.0.0.1:1"
  routes: [%s]
}
%s
`, n.Name, n.dir, filepath.Join(n.dir, "store"), strings.Join(routes, ", "), n.cluster.cfg.More)
	path := filepath.Join(n.dir, "nats.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		n.cluster.t.Fatal(err)
	}
	return path
}

// Start starts the process, also after it was killed, and waits until it has its ports.
func (n *Node) Start() {
	t := n.cluster.t
	t.Helper()
	log, err := os.OpenFile(filepath.Join(n.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	n.cmd = exec.Command(n.cluster.binary, "-c", n.config())
	n.cmd.Stdout, n.cmd.Stderr = log, log
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	n.ended = ended
	go func(cmd *exec.Cmd) {
		defer close(ended)
		_ = cmd.Wait() // how it ended is the test's to know
	}(n.cmd)
	clients, routes := n.ports()
	n.aimClients(clients)
	for _, other := range n.cluster.Nodes {
		if l := other.routes[n.at]; l != nil {
			l.aim(routes)
		}
	}
}

// ports waits for the file in which the server says where it listens.
func (n *Node) ports() (clients, routes string) {
	t := n.cluster.t
	t.Helper()
	path := filepath.Join(n.dir, fmt.Sprintf("nats-server_%d.ports", n.cmd.Process.Pid))
	err := until(func() error {
		select {
		case <-n.ended:
			return fmt.Errorf("%s ended:\n%s", n.Name, n.Log())
		default:
		}
		var file struct{ NATS, Cluster []string }
		content, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(content, &file)
		}
		if err != nil {
			return err
		}
		if len(file.NATS) == 0 || len(file.Cluster) == 0 {
			return errors.New("ports are missing")
		}
		clients, routes = hostOf(file.NATS[0]), hostOf(file.Cluster[0])
		return nil
	})
	if err != nil {
		t.Fatalf("%s does not tell its ports: %v", n.Name, err)
	}
	return clients, routes
}

func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}

// until looks again and again until it is nil, or patience is over.
func until(look func() error) error {
	for end := time.Now().Add(patience); ; time.Sleep(again) {
		err := look()
		if err == nil || time.Now().After(end) {
			return err
		}
	}
}

// Messages is the directory with the files of a stream of the global account.
func (n *Node) Messages(stream string) string {
	return filepath.Join(n.dir, "store", "jetstream", "$G", "streams", stream, "msgs")
}

// Log is what the node has logged.
func (n *Node) Log() string {
	content, err := os.ReadFile(filepath.Join(n.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(content)
}

// Kill ends the process as a power cut would, but for the disk.
func (n *Node) Kill() {
	if n.cmd != nil {
		n.end(syscall.SIGKILL)
	}
}

// Stop ends the process in good order.
func (n *Node) Stop() { n.end(syscall.SIGTERM) }

func (n *Node) end(how syscall.Signal) {
	n.Resume()
	_ = n.cmd.Process.Signal(how) // it may have ended
	<-n.ended
	n.aimClients("")
}

func (n *Node) aimClients(address string) {
	n.address = address
	for _, l := range n.clients {
		l.aim(address)
	}
}

// Pause stops the process, as a machine that hangs: its connections stay open. Resume lets it go on.
func (n *Node) Pause() {
	n.paused = n.cmd.Process.Signal(syscall.SIGSTOP) == nil
}

// Resume lets a paused process go on.
func (n *Node) Resume() {
	if n.paused {
		n.paused = false
		_ = n.cmd.Process.Signal(syscall.SIGCONT) // it may have ended
	}
}

// Cut cuts the node off from all others; its clients still reach it. Heal undoes it.
func (n *Node) Cut() { n.setCut(true) }

// Heal connects the node with the others again.
func (n *Node) Heal() { n.setCut(false) }

func (n *Node) setCut(cut bool) {
	for _, other := range n.cluster.Nodes {
		for _, l := range []*link{n.routes[other.at], other.routes[n.at]} {
			if l != nil {
				l.setCut(cut)
			}
		}
	}
}

// CutClients cuts the node off from its clients, or lets them reach it again.
func (n *Node) CutClients(cut bool) {
	for _, l := range n.clients {
		l.setCut(cut)
	}
}

// Connect connects to the cluster; the connection ends with the test.
func (c *Cluster) Connect(options ...nats.Option) *nats.Conn {
	c.t.Helper()
	return c.connect(c.URLs(), options...)
}

// ConnectTo connects to one node alone.
func (c *Cluster) ConnectTo(n *Node, options ...nats.Option) *nats.Conn {
	c.t.Helper()
	return c.connect(n.URL(), options...)
}

func (c *Cluster) connect(urls string, options ...nats.Option) *nats.Conn {
	c.t.Helper()
	nc, err := nats.Connect(urls, append(append([]nats.Option{nats.MaxReconnects(-1), nats.ReconnectWait(again)}, c.cfg.Client...), options...)...)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(nc.Close)
	return nc
}

// JetStream is JetStream as the test reaches it through any node.
func (c *Cluster) JetStream() jetstream.JetStream {
	c.t.Helper()
	js, err := jetstream.New(c.Connect())
	if err != nil {
		c.t.Fatal(err)
	}
	return js
}

// WaitReady waits until JetStream has a leader that every node reaches.
func (c *Cluster) WaitReady() {
	c.t.Helper()
	for _, n := range c.Nodes {
		err := until(func() error {
			nc, err := nats.Connect(n.URL(), c.cfg.Client...)
			if err != nil {
				return err
			}
			defer nc.Close()
			js, err := jetstream.New(nc)
			if err != nil {
				return err
			}
			_, err = js.AccountInfo(c.t.Context())
			return err
		})
		if err != nil {
			c.t.Fatalf("JetStream is not ready at %s: %v\n%s", n.Name, err, n.Log())
		}
	}
}

// Leader is the node that leads a stream, once there is one.
func (c *Cluster) Leader(js jetstream.JetStream, stream string) *Node {
	c.t.Helper()
	var leader *Node
	err := until(func() error {
		s, err := js.Stream(c.t.Context(), stream)
		if err != nil {
			return err
		}
		info := s.CachedInfo().Cluster
		for _, n := range c.Nodes {
			if info != nil && n.Name == info.Leader {
				leader = n
				return nil
			}
		}
		return errors.New("it has no leader")
	})
	if err != nil {
		c.t.Fatalf("ask who leads %s: %v", stream, err)
	}
	return leader
}
