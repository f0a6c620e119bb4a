package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"campaignledger/cmd/internal/verify"
)

func TestUsage(t *testing.T) {
	t.Parallel()
	s := small(t, true, 1)
	policy, bundle := put(t, "policy", s.policy(1, 1).Marshal()), put(t, "bundle", s.bundle(t))
	missing := filepath.Join(t.TempDir(), "missing")
	tests := []struct {
		args []string
		code int
		says string // on stderr, or on stdout where all is well
	}{
		{[]string{"--policy", policy, bundle}, exitDone, "authentic     ok              8 signatures on 8 events are good"},
		{[]string{"--policy", policy, "--lang", "vi", bundle}, exitDone, "xác thực      đúng            8 chữ ký trên 8 sự kiện đều đúng"},
		{[]string{"--help"}, exitDone, "Examples:"},
		{[]string{bundle}, exitUsage, "--policy is missing"},
		{[]string{"--policy", policy}, exitUsage, "BUNDLE is missing"},
		{[]string{"--policy", policy, bundle, bundle}, exitUsage, "too many"},
		{[]string{"--policy", policy, "-o", "xml", bundle}, exitUsage, "table or json"},
		{[]string{"--policy", policy, "--lang", "fr", bundle}, exitUsage, "vi or en"},
		{[]string{"--policy", policy, "--document", bundle, "-"}, exitUsage, "twice"},
		{[]string{"--what", bundle}, exitUsage, "--what"},
		{[]string{"--policy", missing, bundle}, exitFailed, missing},
		{[]string{"--policy", bundle, bundle}, exitFailed, "line 1 of the policy"},
		{[]string{"--policy", policy, missing}, exitFailed, missing},
		{[]string{"--policy", policy, t.TempDir()}, exitFailed, "directory"},
		{[]string{"--policy", policy, policy}, exitFailed, "not a bundle"},
		{[]string{"--policy", policy, "--against", missing, bundle}, exitFailed, missing},
		{[]string{"--policy", policy, "--document", missing, bundle}, exitFailed, missing},
		{[]string{"--policy", policy, "--evidence", missing, bundle}, exitFailed, missing},
		{[]string{"--policy", policy, "--document", policy, bundle}, exitBad, "verification failed: document"},
	}
	for _, test := range tests {
		var out, errOut bytes.Buffer
		code := run(context.Background(), append([]string{"--lang", "en"}, test.args...), nil, &out, &errOut)
		said := errOut.String()
		if test.code == exitDone {
			said = out.String()
		}
		if code != test.code || !strings.Contains(said, test.says) {
			t.Errorf("%v: exit status %d, want %d\n%s%s", test.args[1:], code, test.code, out.String(), errOut.String())
		}
	}
}

// TestStdin: a bundle may come from a pipe, and the report as one JSON object.
func TestStdin(t *testing.T) {
	t.Parallel()
	s := small(t, false, 0)
	var out bytes.Buffer
	args := []string{"--policy", put(t, "policy", s.policy(0, 0).Marshal()), "-o", "json", "-"}
	if code := run(context.Background(), args, bytes.NewReader(s.bundle(t)), &out, &out); code != exitDone {
		t.Fatalf("exit status %d: %s", code, out.String())
	}
	var r verify.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Format != 1 || r.Signed || r.Events != 5 || len(r.Lines) != 7 {
		t.Errorf("%v: %s", err, out.String())
	}
}

// TestStopped: who stops the command gets no report.
func TestStopped(t *testing.T) {
	t.Parallel()
	s := small(t, true, 0)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errOut bytes.Buffer
	if code := run(ctx, []string{"--policy", put(t, "policy", s.policy(0, 0).Marshal()), "-"}, bytes.NewReader(s.bundle(t)), &out, &errOut); code != exitFailed || out.Len() > 0 {
		t.Errorf("exit status %d: %s%s", code, out.String(), errOut.String())
	}
}

// TestNothingSteersTheTerminal: what records say is shown without its control characters.
func TestNothingSteersTheTerminal(t *testing.T) {
	t.Parallel()
	if got := plain("a\x1b[2Jb\u202ec\u00a0d"); got != "a?[2Jb?c\u00a0d" {
		t.Errorf("%q", got)
	}
}
