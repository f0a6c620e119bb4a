package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"campaignledger/cmd/internal/certtest"
	"campaignledger/cmd/internal/keys"
	"campaignledger/cmd/internal/server"
)

// fillkeys TEMPLATE OUT: writes TEMPLATE with @NAME.key@ replaced by the public key in NAME.key, which the program makes if it is not there.
func fillkeys(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fillkeys TEMPLATE OUT")
	}
	filled := regexp.MustCompile(`@[a-z-]+\.key@`).ReplaceAllStringFunc(ts.ReadFile(args[0]), func(place string) string {
		file := strings.Trim(place, "@")
		if _, err := os.Stat(ts.MkAbs(file)); errors.Is(err, fs.ErrNotExist) {
			ts.Check(ts.Exec("campaign", "key", "new", file))
		}
		info, err := keys.ReadPublic(ts.MkAbs(file))
		ts.Check(err)
		return info.Public.String()
	})
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(filled), 0o666))
}

// public VARIABLE FILE: sets VARIABLE to the public key in FILE.
func public(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: public VARIABLE FILE")
	}
	info, err := keys.ReadPublic(ts.MkAbs(args[1]))
	ts.Check(err)
	ts.Setenv(args[0], info.Public.String())
}

// capture VARIABLE: sets VARIABLE to what the last command printed, without white space around it.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: capture VARIABLE")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// fill TEMPLATE OUT: writes TEMPLATE with its $VARIABLES filled in.
func fill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fill TEMPLATE OUT")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(os.Expand(ts.ReadFile(args[0]), ts.Getenv)), 0o666))
}

// verifier FILE: builds the offline verifier as FILE.
func verifier(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: verifier FILE")
	}
	if out, err := exec.Command("go", "build", "-o", ts.MkAbs(args[0]), "campaignledger/cmd/verify").CombinedOutput(); err != nil {
		ts.Fatalf("go build: %v: %s", err, out)
	}
}

// alter IN OUT OLD NEW: writes IN with the first OLD replaced by NEW. With a number in place of OLD and no NEW, one bit of that byte is changed.
func alter(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args) > 4 {
		ts.Fatalf("usage: alter IN OUT OLD NEW | alter IN OUT BYTE")
	}
	content := []byte(ts.ReadFile(args[0]))
	if len(args) == 3 {
		n, err := strconv.Atoi(args[2])
		ts.Check(err)
		if n >= len(content) {
			ts.Fatalf("%s has %d bytes", args[0], len(content))
		}
		content[n] ^= 1
	} else {
		if !bytes.Contains(content, []byte(args[2])) {
			ts.Fatalf("%s does not hold %q", args[0], args[2])
		}
		content = bytes.Replace(content, []byte(args[2]), []byte(args[3]), 1)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), content, 0o666))
}

// certificate: writes a new TLS certificate for this machine as cert.pem and key.pem; one that was there is old-cert.pem then.
func certificate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: certificate")
	}
	if err := os.Rename(ts.MkAbs("cert.pem"), ts.MkAbs("old-cert.pem")); !errors.Is(err, fs.ErrNotExist) {
		ts.Check(err)
	}
	_, _, err := certtest.Write(ts.MkAbs("."))
	ts.Check(err)
}

// address VARIABLE: sets VARIABLE to the URL of the server that runs.
func address(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: address VARIABLE")
	}
	info, err := server.ReadInfo(ts.Getenv("CAMPAIGN_DATA"))
	ts.Check(err)
	ts.Setenv(args[0], info.URL)
}
