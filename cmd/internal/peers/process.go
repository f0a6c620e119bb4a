package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"campaignledger/cmd/internal/bench"
)

const (
	// serverStart bounds how long a server takes to answer, serverStop how long it takes to end.
	serverStart = 30 * time.Second
	serverStop  = 30 * time.Second
	// startPoll is how often it is asked.
	startPoll = 20 * time.Millisecond
)

// process is a server that this program started.
type process struct {
	cmd    *exec.Cmd
	output *bytes.Buffer
	ended  chan struct{}
	err    error // once it ended
}

// startProcess starts a server, as another user where as is not nil.
func startProcess(dir string, as *user, name string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(name, args...), output: new(bytes.Buffer), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, p.output, p.output
	as.run(p.cmd)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() { // ends with the process, for which stop waits
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// until asks until the server answers.
func (p *process) until(ctx context.Context, ask func() error) error {
	deadline := time.Now().Add(serverStart)
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended: %w\n%s", p.cmd.Path, p.err, p.output)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(startPoll):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s does not answer after %s: %w", p.cmd.Path, serverStart, err)
		}
	}
}

// stop ends the server and waits for it.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGINT) // PostgreSQL's fast shutdown; Redis ends too
	select {
	case <-p.ended:
	case <-time.After(serverStop):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
	return nil
}

// memory is the resident memory of the process and of those that it started, where they share some in proportion.
func (p *process) memory() (int64, error) {
	total, err := memoryOf(p.cmd.Process.Pid)
	if err != nil {
		return 0, err
	}
	children, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range children {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // ended
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		if f := strings.Fields(rest); len(f) > 1 && f[1] == strconv.Itoa(p.cmd.Process.Pid) {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
				child, _ := memoryOf(pid)
				total += child
			}
		}
	}
	return total, nil
}

// errNoMemory: this system does not say what a process takes.
var errNoMemory = errors.New("memory is read from /proc, which only Linux has")

// memoryOf is a process's proportional resident memory.
func memoryOf(pid int) (int64, error) {
	rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errNoMemory, err)
	}
	for line := range strings.Lines(string(rollup)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "Pss:" {
			kib, err := strconv.ParseInt(f[1], 10, 64)
			return kib << 10, err
		}
	}
	return 0, errNoMemory
}

// childMemory is the hidden way of starting this program that memoryOfChild uses.
const childMemory = "--memory-of"

// memoryOfChild is the memory of a new process that has opened a store on dir.
func memoryOfChild(ctx context.Context, store, dir string) (int64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("find this program: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, childMemory, store, dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("open %s in a process of its own: %w", store, err)
	}
	return strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
}

// reportMemory is that process: it opens the store, as one that was there before, and says what it takes.
func reportMemory(ctx context.Context, store, dir string) (err error) {
	var log eventLog
	switch store {
	case "ledger":
		log, err = openLedger(ctx, dir, bench.Usual())
	case "jetstream":
		log, err = openBare(ctx, dir, false)
	case "sqlite":
		log, err = openSQLite(ctx, dir)
		if err == nil {
			for range log.read(ctx) { // its cache is filled
				continue
			}
		}
	default:
		err = fmt.Errorf("there is no store %q", store)
	}
	if err != nil {
		return err
	}
	settle()
	bytes, err := memoryOf(os.Getpid())
	if err == nil {
		fmt.Println(bytes)
	}
	return errors.Join(err, log.close())
}

// dirSize is the bytes of all files below dir; 0 if it is not there.
func dirSize(dir string) (size int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}

// machine says on what the figures were taken.
func machine() string {
	name := runtime.GOARCH
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "model name" {
			name = strings.TrimSpace(value)
			break
		}
	}
	return fmt.Sprintf("%d cores (%s), %s, %s", runtime.NumCPU(), name, runtime.GOOS, runtime.Version())
}

// versions names the programs and modules that are measured.
func versions(ctx context.Context) (list []string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, path := range []string{"github.com/nats-io/nats-server/v2", "modernc.org/sqlite"} {
		for _, m := range info.Deps {
			if m.Path == path {
				list = append(list, path+" "+m.Version)
			}
		}
	}
	for _, name := range []string{"postgres", "redis-server"} {
		program, err := pgProgram(name) // which looks in the path first
		if err != nil {
			continue
		}
		if out, err := exec.CommandContext(ctx, program, "--version").Output(); err == nil {
			list = append(list, strings.TrimSpace(string(out)))
		}
	}
	return list
}
