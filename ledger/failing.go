package ledger

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// failing listens to what the embedded server would log, for a write that the disk refused: the server tells nobody else, answers the publish
// that it lost with silence, and takes nothing more in that stream until it is started again. Everything else it says is dropped.
type failing struct {
	failed context.Context // done once a write failed; its cause is a *BrokenError
	fail   context.CancelCauseFunc
}

func newFailing() *failing {
	f := new(failing)
	f.failed, f.fail = context.WithCancelCause(context.Background())
	return f
}

// writeFailures are how the server's messages name it, of a stream, of its files, and of JetStream as a whole, and writeFailure how each of these
// begins: what a client has a say in begins with the client's address.
var (
	writeFailures = []string{"critical write error", "jetstream out of", "disabling jetstream"}
	writeFailure  = regexp.MustCompile(`^(JetStream |File ?system permission denied |Filestore \[)`)
)

func (f *failing) hear(format string, args []any) {
	if !writeFailure.MatchString(format) {
		return
	}
	text := fmt.Sprintf(format, args...)
	for _, words := range writeFailures {
		if strings.Contains(strings.ToLower(text), words) {
			f.fail(&BrokenError{Err: ErrStoreFailed, Reason: "the NATS server says: " + text}) // the first stays
			return
		}
	}
}

// Errorf implements the server's Logger.
func (f *failing) Errorf(format string, args ...any) { f.hear(format, args) }

// Warnf implements the server's Logger.
func (f *failing) Warnf(format string, args ...any) { f.hear(format, args) }

// Fatalf implements the server's Logger.
func (f *failing) Fatalf(format string, args ...any) { f.hear(format, args) }

// Noticef implements the server's Logger.
func (f *failing) Noticef(string, ...any) {}

// Debugf implements the server's Logger.
func (f *failing) Debugf(string, ...any) {}

// Tracef implements the server's Logger.
func (f *failing) Tracef(string, ...any) {}

// Room is nil if n more bytes can be stored. Else it wraps ErrDiskFull, which ends once there is room, or ErrStoreFailed, which does not. A nil
// Embedded, which is a server elsewhere, has room.
func (e *Embedded) Room(n int64) error {
	done, err := e.Take(n)
	if err == nil {
		done()
	}
	return err
}

// Take is Room for who writes at once; see Disk.Take.
func (e *Embedded) Take(n int64) (done func(), err error) {
	if e == nil {
		return func() {}, nil
	}
	if err := e.Failed(); err != nil {
		return nil, err
	}
	return e.disk.Take(n)
}

// Failed is a *BrokenError that wraps ErrStoreFailed once the disk refused a write; nil before, and for a nil Embedded.
func (e *Embedded) Failed() error {
	if e == nil {
		return nil
	}
	var broken *BrokenError
	if cause := context.Cause(e.failing.failed); errors.As(cause, &broken) {
		again := *broken // its readers may add to it
		return &again
	}
	return nil
}

// onFailure calls do once the disk refuses a write; the returned function ends that.
func (e *Embedded) onFailure(do func()) (end func()) {
	if e == nil {
		return func() {}
	}
	stop := context.AfterFunc(e.failing.failed, do)
	return func() { stop() }
}
