package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"campaignledger/cmd/internal/verify"
)

// nameWord is a line's name as the table has it.
func nameWord(lang, name string) string {
	if lang != "vi" {
		return strings.ReplaceAll(name, "-", " ")
	}
	switch name {
	case verify.Authentic:
		return "xác thực"
	case verify.Complete:
		return "đầy đủ"
	case verify.Witnessed:
		return "nhân chứng"
	case verify.Timely:
		return "thời gian"
	case verify.Admitted:
		return "đúng quy tắc"
	case verify.Recomputed:
		return "tính lại"
	case verify.Against:
		return "đối chiếu"
	case verify.Document:
		return "văn bản"
	case verify.Evidence:
		return "minh chứng"
	case verify.Unknowable:
		return "ngoài tầm"
	}
	return name
}

// statusWord is a status as the table has it.
func statusWord(lang string, s verify.Status) string {
	vi, en := "", ""
	switch s {
	case verify.OK:
		vi, en = "đúng", "ok"
	case verify.Failed:
		vi, en = "SAI", "FAILED"
	case verify.NotCheckable:
		vi, en = "không kiểm được", "not checkable"
	case verify.NotReached:
		vi, en = "không tới", "not reached"
	}
	if lang == "vi" {
		return vi
	}
	return en
}

// write writes the report.
func write(out io.Writer, r *verify.Report, f flags) error {
	if f.output == "json" {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		return enc.Encode(r)
	}
	const nameWidth, statusWidth, maxDetails = 13, 15, 20
	var b strings.Builder
	for _, l := range r.Lines {
		text := plain(l.Text)
		if l.File != "" {
			text = plain(l.File) + ": " + text
		}
		status := statusWord(f.lang, l.Status)
		if l.Name == verify.Unknowable {
			status = "–" // its name says it
		}
		fmt.Fprintf(&b, "%s %s %s\n", pad(nameWord(f.lang, l.Name), nameWidth), pad(status, statusWidth), text)
		for i, d := range l.Details {
			if i == maxDetails {
				d = fmt.Sprintf("… (+%d, -o json)", len(l.Details)-i)
			} else if i > maxDetails {
				break
			}
			fmt.Fprintf(&b, "%s %s\n", pad("", nameWidth+1+statusWidth), plain(d))
		}
	}
	end := "%s events in %d.%02d s; %s signatures, %d.%02d s of one core\n"
	if f.lang == "vi" {
		end = "%s sự kiện trong %d,%02d giây; %s chữ ký, %d,%02d giây của một lõi\n"
	}
	const second, hundredth = 1000, 10 // ms
	fmt.Fprintf(&b, end, verify.Figure(r.Events, f.lang), r.ElapsedMs/second, r.ElapsedMs%second/hundredth,
		verify.Figure(r.Signatures, f.lang), r.SignatureMs/second, r.SignatureMs%second/hundredth)
	_, err := io.WriteString(out, b.String())
	return err
}

// pad fills a word up to a width in letters.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

// plain is text that can't steer a terminal: records are others' words.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return '?'
		}
		return r
	}, s)
}

// progress shows on a terminal how far the reading has come.
type progress struct {
	mu    sync.Mutex // the reader may still be at it when the end is there
	out   io.Writer  // nil: not shown
	size  int64
	last  time.Time
	drawn bool
}

func newProgress(errOut io.Writer, size int64) *progress {
	const worthIt = 8 << 20 // bytes: less takes no time to speak of
	file, ok := errOut.(*os.File)
	if !ok || size < worthIt || !term.IsTerminal(int(file.Fd())) {
		return &progress{}
	}
	return &progress{out: errOut, size: size}
}

// show draws at most ten times a second.
func (p *progress) show(read int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); p.out != nil && now.Sub(p.last) >= 100*time.Millisecond {
		const width = 40
		done := int(min(width, width*read/p.size))
		p.last, p.drawn = now, true
		fmt.Fprintf(p.out, "\r[%s%s] %3d%% %d MiB", strings.Repeat("=", done), strings.Repeat(" ", width-done), min(100, 100*read/p.size), read>>20)
	}
}

// end clears the line.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	p.out = nil
}
