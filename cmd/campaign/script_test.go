package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"campaign": main})
}

// TestScripts runs the real program as its users meet it. Each script has a data directory of its own and the files of
// testdata/shared beside it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "text": text, "repeat": repeat, "narrow": narrow, "flip": flip, "await": await,
			"fillkeys": fillkeys, "alter": alter, "public": public, "capture": capture, "fill": fill, "cells": cells, "holds": holds, "verifier": verifier,
			"certificate": certificate, "address": address,
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("there is no condition %s", name)
		},
	})
}

func setup(env *testscript.Env) error {
	for _, name := range []string{"CAMPAIGN_NATS", "CAMPAIGN_KEY", "CAMPAIGN_RECEIPTS", "XDG_CONFIG_HOME", "LC_ALL", "LC_MESSAGES", "XDG_DATA_HOME"} {
		env.Setenv(name, "")
	}
	env.Setenv("LANG", "en_US.UTF-8")
	env.Setenv("CAMPAIGN_DATA", filepath.Join(env.WorkDir, "data"))
	env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
	return os.CopyFS(env.WorkDir, os.DirFS("testdata/shared"))
}

// exits STATUS ARGS...: the program ends with exactly this exit status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits STATUS ARGS...")
	}
	status := 0
	err := ts.Exec("campaign", args[1:]...)
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		status = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if fmt.Sprint(status) != args[0] {
		ts.Fatalf("campaign %s: exit status %d, want %s", strings.Join(args[1:], " "), status, args[0])
	}
}

// text FILE LINE...: writes the lines, in which \n, \r and \x.. mean what they mean in Go; nothing is added between them.
func text(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: text FILE LINE...")
	}
	var content strings.Builder
	for _, line := range args[1:] {
		content.WriteString(unescape(ts, line))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(content.String()), 0o666))
}

func unescape(ts *testscript.TestScript, line string) string {
	content, err := strconv.Unquote(`"` + strings.ReplaceAll(line, `"`, `\"`) + `"`)
	ts.Check(err)
	return content
}

// repeat FILE N TEXT: appends TEXT, escaped as text has it, N times.
func repeat(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: repeat FILE N TEXT")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	file, err := os.OpenFile(ts.MkAbs(args[0]), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	ts.Check(err)
	_, err = file.WriteString(strings.Repeat(unescape(ts, args[2]), n))
	ts.Check(errors.Join(err, file.Close()))
}

// narrow: no line of the last command's stdout is wider than a terminal of 80 columns.
func narrow(ts *testscript.TestScript, neg bool, _ []string) {
	const width = 80
	for _, line := range strings.Split(ts.ReadFile("stdout"), "\n") {
		if n := len([]rune(line)); n > width != neg {
			ts.Fatalf("a line has %d columns: %s", n, line)
		}
	}
}

// flip CAMPAIGN TEXT: changes one byte within the stored record that holds TEXT.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: flip CAMPAIGN TEXT")
	}
	flipped := 0
	ts.Check(filepath.WalkDir(ts.Getenv("CAMPAIGN_DATA"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".blk" || !strings.Contains(path, "CAMPAIGN_"+args[0]+string(filepath.Separator)) {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if i := bytes.Index(content, []byte(args[1])); i >= 0 {
			content[i] ^= 1
			flipped++
		}
		return os.WriteFile(path, content, 0o600)
	}))
	if flipped != 1 {
		ts.Fatalf("%q stands in %d files, want 1", args[1], flipped)
	}
}

// await FILE: waits until the file is there.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await FILE")
	}
	const patience, interval = 20 * time.Second, 5 * time.Millisecond
	for start := time.Now(); ; time.Sleep(interval) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		if time.Since(start) > patience {
			ts.Fatalf("%s did not come within %s", args[0], patience)
		}
	}
}
