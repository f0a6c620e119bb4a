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

// The columns of the table, in letters: a name, a status, the text.
const (
	nameWidth, statusWidth = 13, 15
	textColumn             = nameWidth + 1 + statusWidth + 1
	// minTextWidth keeps texts legible on a terminal that is too narrow for them.
	minTextWidth = 30
	// standardWidth is that of what is no terminal.
	standardWidth = 80
)

// width is how many letters a line of the output has.
func width(out io.Writer) int {
	if file, ok := out.(*os.File); ok {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil && columns > 0 {
			return columns
		}
	}
	return standardWidth
}

// write writes the report, a table in lines of at most so many letters.
func write(out io.Writer, r *verify.Report, f flags, columns int) error {
	if f.output == "json" {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		return enc.Encode(r)
	}
	const maxDetails = 20
	var b strings.Builder
	row := func(name, status, text string) {
		start := pad(name, nameWidth) + " " + pad(status, statusWidth) + " "
		for _, part := range wrap(plain(text), max(columns-textColumn, minTextWidth)) {
			b.WriteString(start + part + "\n")
			start = pad("", textColumn)
		}
	}
	for _, l := range r.Lines {
		text := l.Text
		if l.File != "" {
			text = l.File + ": " + text
		}
		status := statusWord(f.lang, l.Status)
		if l.Name == verify.Unknowable {
			status = "–" // its name says it
		}
		row(nameWord(f.lang, l.Name), status, text)
		for i, d := range l.Details {
			if i == maxDetails {
				row("", "", fmt.Sprintf("… (+%d, -o json)", len(l.Details)-i))
				break
			}
			row("", "", d)
		}
	}
	const second, hundredth = 1000, 10 // ms
	end := "%s in %d.%02d s; %s, %d.%02d s of one core\n"
	if f.lang == "vi" {
		end = "%s trong %d,%02d giây; %s, %d,%02d giây của một lõi\n"
	}
	fmt.Fprintf(&b, end, verify.Count(r.Events, f.lang, "sự kiện", "event"), r.ElapsedMs/second, r.ElapsedMs%second/hundredth,
		verify.Count(r.Signatures, f.lang, "chữ ký", "signature"), r.SignatureMs/second, r.SignatureMs%second/hundredth)
	_, err := io.WriteString(out, b.String())
	return err
}

// wrap parts a text at its blanks into lines of at most so many letters; a longer word has a line of its own.
func wrap(text string, letters int) []string {
	lines, used := []string{""}, 0
	for i, word := range strings.Split(text, " ") {
		n := utf8.RuneCountInString(word)
		last := len(lines) - 1
		switch {
		case i == 0:
			lines[0], used = word, n
		case used+1+n > letters:
			lines, used = append(lines, word), n
		default:
			lines[last] += " " + word
			used += 1 + n
		}
	}
	return lines
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
