// Package durable writes files so that a crash leaves the old state or the new one. They are readable by their user only, and so are the
// directories that are made for them.
package durable

import (
	"errors"
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

// Create puts a file into its place if none is there, else it is fs.ErrExist and nothing changes.
func Create(path string, content []byte) error {
	return put(path, content, func(written string) error { return link(written, path) })
}

// link places a file where none is.
func link(written, path string) error {
	err := os.Link(written, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) { // a file system without links
		return errors.Join(fs.ErrExist, err)
	}
	return os.Rename(written, path)
}

// put writes a file beside its place and has it placed.
func put(path string, content []byte, place func(written string) error) error {
	p, err := Begin(path)
	if err != nil {
		return err
	}
	defer p.Drop()
	if _, err := p.Write(content); err != nil {
		return err
	}
	return p.keep(place)
}

// Pending is a file that is written beside its place, for what is too large for memory or is looked at before it counts.
type Pending struct {
	*os.File
	path string
}

// Begin begins a file that shall be at path. Whoever begins one drops it in the end, which does nothing where it was kept.
func Begin(path string) (*Pending, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return nil, err
	}
	return &Pending{file, path}, nil
}

// Keep puts the file into its place, if none is there or replace says so, else it is fs.ErrExist and nothing changes.
func (p *Pending) Keep(replace bool) error {
	if replace {
		return p.keep(func(written string) error { return os.Rename(written, p.path) })
	}
	return p.keep(func(written string) error { return link(written, p.path) })
}

// Drop removes the file, unless it was kept.
func (p *Pending) Drop() {
	_ = p.Close()           // it may be closed
	_ = os.Remove(p.Name()) // it is gone where it was renamed
}

func (p *Pending) keep(place func(written string) error) error {
	if err := errors.Join(p.Sync(), p.Close()); err != nil {
		return err
	}
	if err := place(p.Name()); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(p.path))
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
