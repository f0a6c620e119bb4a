// Package durable writes small files so that a crash leaves the old state or the new one. They are readable by their user only, and so are the
// directories that are made for them.
package durable

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

const dirMode = 0o700

// Replace puts a file into its place, whatever is there.
func Replace(path string, content []byte) error {
	return put(path, content, func(written string) error { return os.Rename(written, path) })
}

// ReplaceFrom is Replace for what is too much to hold twice.
func ReplaceFrom(path string, write func(io.Writer) error) error {
	return putFrom(path, write, func(written string) error { return os.Rename(written, path) })
}

// Create puts a file into its place if none is there, else it is fs.ErrExist and nothing changes.
func Create(path string, content []byte) error {
	return put(path, content, func(written string) error {
		err := os.Link(written, path)
		if err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) { // a file system without links
			return errors.Join(fs.ErrExist, err)
		}
		return os.Rename(written, path)
	})
}

// put writes a file beside its place and has it placed.
func put(path string, content []byte, place func(written string) error) error {
	return putFrom(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	}, place)
}

func putFrom(path string, write func(io.Writer) error, place func(written string) error) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // it is gone where it was renamed
	if err = write(file); err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := place(file.Name()); err != nil {
		return err
	}
	return SyncDir(dir)
}

// SyncDir makes the names in a directory durable, where a directory can be synced.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
