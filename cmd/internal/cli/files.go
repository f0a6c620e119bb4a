package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/schollz/progressbar/v3"
)

// forceFlag is what the flag that lets a file be replaced does.
const forceFlag = "replace the file if it is there"

// writeFile writes what a command made: to stdout for "-", as it is, and else to a file. A file that is there is replaced only with force, and in
// one step.
func (a *app) writeFile(path string, content []byte, force bool) error {
	return a.writeTo(path, force, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// writeTo is writeFile for what write makes piece by piece.
func (a *app) writeTo(path string, force bool, write func(io.Writer) error) error {
	if path == "-" {
		return write(a.verbatim())
	}
	if _, err := os.Lstat(path); !force && !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			return fmt.Errorf("%s: %w; choose another path with --out", path, errors.Unwrap(err))
		}
		return fmt.Errorf("%s is there; choose another name with --out, or replace it with --force", path)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file; choose another name with --out", path)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".campaign-*")
	if err != nil {
		var cause *fs.PathError // names a file that nobody asked for
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return fmt.Errorf("write %s: %w; choose another path with --out", path, err)
	}
	defer os.Remove(file.Name()) // it is gone where all went well
	const mode = 0o644
	if err := write(file); err != nil {
		_ = file.Close() // it is removed
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err = errors.Join(file.Chmod(mode), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(file.Name(), path)
}

// verbatim is stdout for what must not be altered on its way: records, files.
func (a *app) verbatim() io.Writer {
	if shown, ok := a.out.(plainText); ok {
		return shown.w
	}
	return a.out
}

// barFrom is the size from which on a transfer shows a bar; what is smaller is there at once.
const barFrom = 1 << 20

// bar shows on a terminal how much of size bytes passed, where they are many or, with -1, unknown. done ends it.
func (a *app) bar(name string, size int64) (through io.Writer, done func()) {
	if !isTerminal(a.err) || size >= 0 && size < barFrom {
		return io.Discard, func() {}
	}
	bar := progressbar.NewOptions64(size, progressbar.OptionSetWriter(a.err), progressbar.OptionSetDescription(name),
		progressbar.OptionShowBytes(true), progressbar.OptionClearOnFinish())
	return bar, func() { _ = bar.Finish() } // a bar that can't be drawn is no reason to stop
}
