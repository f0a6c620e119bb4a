package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"campaignledger/cmd/internal/verify"
	"campaignledger/ledger/proof"
)

// What to do about a file that is not there, by the flag that names it.
const (
	policyRemedy   = "campaign policy CAMPAIGN prints one; get it from somebody you trust, and compare it with the pact"
	bundleRemedy   = "campaign export CAMPAIGN --bundle F writes one"
	againstRemedy  = "name something that you kept of the log, or the directory it is in"
	documentRemedy = "name a PDF or ZIP that the program made"
	evidenceRemedy = "name the directory that holds the evidence files"
)

// stat looks at what a flag names; the error says what to do.
func stat(flag, path, remedy string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s %s: there is no such file; %s", flag, path, remedy)
	case err != nil:
		return nil, fmt.Errorf("%s: %w; name a file that you may read", flag, err)
	}
	return info, nil
}

// statFile refuses a directory too.
func statFile(flag, path, remedy string) (fs.FileInfo, error) {
	info, err := stat(flag, path, remedy)
	if err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s %s: it is a directory, not a file; %s", flag, path, remedy)
	}
	return info, err
}

// readPolicy reads a policy's file as far as it may go.
func readPolicy(path string) (*proof.Policy, error) {
	if _, err := statFile("--policy", path, policyRemedy); err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--policy: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, proof.MaxPolicyBytes+1))
	if err != nil {
		return nil, fmt.Errorf("--policy: %w", err)
	}
	policy, err := proof.ParsePolicy(text)
	if err != nil {
		return nil, fmt.Errorf("--policy %s: %w", path, err)
	}
	return policy, nil
}

// keptSuffixes end the names of what a member or a witness keeps of a log; a witness's checkpoints are all in keptName.
var keptSuffixes = []string{".receipt", ".refusal", ".lodging", ".other"}

const keptName = "checkpoints.txt"

// keptFiles are a file, or those of a directory and the directories in it that are kept of a log, sorted.
func keptFiles(path string) (list []string, err error) {
	info, err := stat("--against", path, againstRemedy)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	for _, pattern := range []string{"*", filepath.Join("*", "*")} {
		names, err := fs.Glob(os.DirFS(path), filepath.ToSlash(pattern))
		if err != nil {
			return nil, fmt.Errorf("--against: %w", err)
		}
		for _, name := range names {
			file := filepath.Join(path, filepath.FromSlash(name))
			info, err := os.Stat(file)
			if err == nil && info.Mode().IsRegular() && (slices.Contains(keptSuffixes, filepath.Ext(name)) || filepath.Base(name) == keptName) {
				list = append(list, file)
			}
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("--against %s: neither it nor the directories in it hold a file *.receipt, *.refusal, *.lodging, *.other or %s; %s", path, keptName, againstRemedy)
	}
	slices.Sort(list)
	return list, nil
}

// sources are files that are opened once they are read: a directory may hold more than can be open at a time.
func sources(paths []string) (list []verify.Source, closeAll func()) {
	files := make([]*lazyFile, len(paths))
	for i, path := range paths {
		files[i] = &lazyFile{path: path}
		list = append(list, verify.Source{Name: path, Reader: files[i]})
	}
	return list, func() {
		for _, f := range files {
			f.close()
		}
	}
}

// lazyFile is a file from its first reading to its end.
type lazyFile struct {
	path string
	file *os.File
	err  error // of the last reading; it stays
}

func (f *lazyFile) Read(p []byte) (n int, err error) {
	if f.err == nil && f.file == nil {
		f.file, f.err = os.Open(f.path)
	}
	if f.err != nil {
		return 0, f.err
	}
	if n, f.err = f.file.Read(p); f.err != nil {
		f.close()
	}
	return n, f.err
}

func (f *lazyFile) close() {
	if f.file != nil {
		f.file.Close()
		f.file = nil
	}
}
