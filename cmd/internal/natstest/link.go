//go:build unix

package natstest

import (
	"io"
	"net"
	"sync"
)

// link is a way to a node: a listener of the test that passes connections on, until it is cut. It is how a network is cut without being root.
type link struct {
	listener net.Listener
	running  sync.WaitGroup

	mu     sync.Mutex
	target string // host:port; "" while the node is down
	cut    bool
	conns  map[net.Conn]bool // both ends of what is passed on
}

func newLink() (*link, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &link{listener: listener, conns: map[net.Conn]bool{}}
	l.running.Go(l.accept)
	return l, nil
}

func (l *link) address() string { return l.listener.Addr().String() }

// aim says where the node is now.
func (l *link) aim(target string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.target = target
}

// setCut closes what is open and lets nothing through, or lets it through again.
func (l *link) setCut(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut = cut; cut {
		for conn := range l.conns {
			conn.Close()
		}
	}
}

// inUse reports whether a connection goes through.
func (l *link) inUse() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.conns) > 0
}

// close ends the link and waits for all it runs.
func (l *link) close() {
	l.listener.Close()
	l.setCut(true)
	l.running.Wait()
}

func (l *link) accept() {
	for {
		near, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.running.Go(func() { l.pass(near) })
	}
}

// pass copies both ways until either end is closed.
func (l *link) pass(near net.Conn) {
	defer near.Close()
	l.mu.Lock()
	target, cut := l.target, l.cut
	l.mu.Unlock()
	if cut || target == "" {
		return
	}
	far, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer far.Close()
	if !l.keep(near, far) {
		return
	}
	defer l.drop(near, far)
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(near, far) // how it ended is nothing to a wire
		near.Close()
	})
	_, _ = io.Copy(far, near)
	far.Close()
	back.Wait()
}

// keep remembers a connection so that a cut closes it; false where the link was cut meanwhile.
func (l *link) keep(ends ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return false
	}
	for _, end := range ends {
		l.conns[end] = true
	}
	return true
}

func (l *link) drop(ends ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, end := range ends {
		delete(l.conns, end)
	}
}
