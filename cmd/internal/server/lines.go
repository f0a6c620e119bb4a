package server

import (
	"encoding/json"
	"net/http"
	"time"
)

// lines writes lines of JSON that reach the client at once. Progress comes from the goroutine that appends for everyone, so
// that a client which does not read must not hold it up: a line that can't be sent yet gives way to the next.
type lines struct {
	w       http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
	newest  chan ImportLine // holds one
	begun   bool            // something was written; belongs to the writing goroutine until end
	done    chan struct{}
}

// newLines starts the goroutine that writes progress; end ends it.
func (s *Server) newLines(w http.ResponseWriter) *lines {
	l := &lines{w: w, control: http.NewResponseController(w), timeout: s.writeTimeout(), newest: make(chan ImportLine, 1), done: make(chan struct{})}
	go func() {
		defer close(l.done)
		for line := range l.newest {
			l.write(line)
		}
	}()
	return l
}

// progress tells how far an import has come. It does not block, and is called by one goroutine at a time.
func (l *lines) progress(stored, rows int) {
	select {
	case <-l.newest: // not sent yet, and old by now
	default:
	}
	l.newest <- ImportLine{Stored: stored, Rows: rows}
}

// end waits until what progress there was is written, and reports whether anything was. Nothing calls progress any more.
func (l *lines) end() bool {
	close(l.newest)
	<-l.done
	return l.begun
}

func (l *lines) write(v ImportLine) {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", kindLines)
		l.w.Header().Set("Cache-Control", "no-store")
	}
	_ = l.control.SetWriteDeadline(time.Now().Add(l.timeout)) // not every writer has deadlines
	enc := json.NewEncoder(l.w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // the client is gone if this or the flush fails; what is stored stays
	_ = l.control.Flush()
}
