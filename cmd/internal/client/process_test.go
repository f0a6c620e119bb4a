package client_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/cli"
	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
)

const regulation = `id: small
title: Small
period: {start: 2017-01-01, end: 2017-12-31, zone: Asia/Ho_Chi_Minh}
levels: [{id: score, scorers: any}]
criteria:
  default:
    items:
      - {id: I, title: one, method: graded, max: 1000, aggregate: {method: sum}}
      - {id: S, title: two, method: graded, max: 100}
clusters:
  - {id: c, criteria: default, lead: a, units: [{id: a}, {id: b}, {id: d}]}
`

// asCommand makes the test binary the command: processes that can be killed need no build of their own.
const asCommand = "CAMPAIGN_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// process is a campaign serve.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	log    *processLog
	dir    string
	ready  chan struct{} // closed once it serves
	ended  chan struct{}
	failed error // of the process, once it has ended
	client *client.Client
}

// processLog is what a process has logged so far.
type processLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *processLog) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.WriteString(line + "\n")
}

func (l *processLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// serveProcess starts campaign serve on dir and waits until it is ready.
func serveProcess(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	p := startProcess(t, dir, args...)
	p.waitServing()
	return p
}

// startProcess starts campaign serve on dir.
func startProcess(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	p := &process{t: t, log: &processLog{}, dir: dir, ready: make(chan struct{}), ended: make(chan struct{})}
	p.cmd = exec.Command(os.Args[0], append([]string{"serve", "--listen", "127.0.0.1:0", "--data", dir}, args...)...)
	p.cmd.Env = append(os.Environ(), asCommand+"=1")
	errors, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		for lines := bufio.NewScanner(errors); lines.Scan(); {
			p.log.add(lines.Text())
			if strings.Contains(lines.Text(), `"message":"serving"`) {
				close(p.ready)
			}
		}
		p.failed = p.cmd.Wait() // how it ended is the test's to know
	}()
	t.Cleanup(p.kill)
	return p
}

// waitServing waits until the process serves, and is ready.
func (p *process) waitServing() {
	t, dir := p.t, p.dir
	t.Helper()
	const patience = 30 * time.Second
	select {
	case <-p.ready:
	case <-p.ended:
		t.Fatalf("serve ended:\n%s", p.log)
	case <-time.After(patience):
		t.Fatalf("serve does not become ready:\n%s", p.log)
	}
	info, err := server.ReadInfo(dir)
	if err != nil {
		t.Fatal(err)
	}
	p.client = &client.Client{URL: info.URL, Token: info.Token, HTTP: &http.Client{Transport: &http.Transport{TLSClientConfig: server.TrustLeft(dir)}}}
	t.Cleanup(p.client.HTTP.CloseIdleConnections)
	waitFor(t, "readiness", func() error {
		status, body, err := p.readyz()
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("readyz answers %d: %s\n%s", status, body, p.log)
		}
		return err
	})
}

// readyz is the server's answer whether it is ready.
func (p *process) readyz() (status int, body string, err error) {
	answer, err := p.client.HTTP.Get(p.client.URL + "/readyz")
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

// waitFor looks again and again until look has no error.
func waitFor(t *testing.T, what string, look func() error) {
	t.Helper()
	const patience, again = 30 * time.Second, 50 * time.Millisecond
	for end := time.Now().Add(patience); ; <-time.After(again) {
		err := look()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %v", what, err)
		}
	}
}

// kill ends the process as a power cut would, but for the disk.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

func (p *process) open() {
	p.t.Helper()
	if _, err := p.client.Open(p.t.Context(), "small.yaml", "en", []byte(regulation)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) summary() server.CampaignSummary {
	p.t.Helper()
	s, err := p.client.Summary(p.t.Context(), "small", "en")
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

// log is the whole log by sequence.
func (p *process) events() (list []client.Event) {
	p.t.Helper()
	err := p.client.Events(p.t.Context(), "small", 0, false, func(e client.Event, _ []byte) error {
		list = append(list, e)
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

func draft(unit, scorer string, id string) []byte {
	return fmt.Appendf(nil, `{"id":%q,"type":"score.entered","subject":%q,"data":{"cluster":"c","criterion":"I","level":"score","scorer":%q,"points":"1"}}`, id, unit, scorer)
}

func table(n int) []byte {
	var b strings.Builder
	b.WriteString("cluster,unit,criterion,level,scorer,points\n")
	for i := range n {
		fmt.Fprintf(&b, "c,%s,I,score,row%d,1\n", string("abd"[i%3]), i)
	}
	return []byte(b.String())
}

func standings(t *testing.T, c *client.Client) string {
	t.Helper()
	line, err := c.Standings(t.Context(), "small", nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(line)
}

func parseSeq(t *testing.T, line []byte) (e client.Event) {
	t.Helper()
	if err := json.Unmarshal(line, &e); err != nil {
		t.Errorf("%q: %v", line, err)
	}
	return e
}

// connect reaches dir as any command does.
func connect(t *testing.T, dir string) (*client.Client, func(), error) {
	t.Helper()
	const wait = 5 * time.Second
	return client.Connect(t.Context(), host.Config{Dir: dir, LockWait: wait, Log: zerolog.New(io.Discard)})
}
