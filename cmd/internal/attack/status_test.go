package attack

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"campaignledger/cmd/internal/cli"
	"campaignledger/cmd/internal/keys"
)

// put writes a file of the test's.
func put(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// exitAlarm is the status of what was verified and found wrong.
const exitAlarm = 3

// TestStatus: the commands end with status 3 where the checks of this package fail, and with 0 where they do not.
func TestStatus(t *testing.T) {
	t.Parallel()
	m := stored(t)
	forged := m.honest.clone()
	forged.replace(seqVote+4, `"vote":"against"`, `"vote":"for"`)
	forged.resettle(m.policy)
	policy := put(t, "policy", m.policy.Marshal())
	t.Run("verify", func(t *testing.T) {
		t.Parallel()
		program := filepath.Join(t.TempDir(), "verify")
		if out, err := exec.Command("go", "build", "-o", program, "campaignledger/cmd/verify").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		for _, test := range []struct {
			bundle, kept []byte
			status       int
			says         string
		}{
			{m.newest, m.older, 0, ""},
			{forged.bundle(t), m.older, exitAlarm, "authentic, event 39"},
			{m.older, m.newest, exitAlarm, "event 19"},
			{m.newest, m.lodging, exitAlarm, "event 20"},
		} {
			cmd := exec.Command(program, "--policy", policy, "--lang", "en", "--against", put(t, "kept", test.kept), put(t, "bundle", test.bundle))
			var errOut bytes.Buffer
			cmd.Stderr = &errOut
			err := cmd.Run()
			var exit *exec.ExitError
			if status := cmd.ProcessState.ExitCode(); err != nil && !errors.As(err, &exit) || status != test.status || !strings.Contains(errOut.String(), test.says) {
				t.Errorf("status %d, %s; want %d, %q", status, errOut.String(), test.status, test.says)
			}
		}
	})
	t.Run("witness", func(t *testing.T) {
		t.Parallel()
		key := filepath.Join(t.TempDir(), "witness.key")
		if err := keys.Write(key, keyFile(keys.Witness, "hill-w"), nil); err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			shown  *story
			status int
		}{{m.honest.clone(), 0}, {forged, exitAlarm}} {
			dir := t.TempDir()
			if err := copyDir(filepath.Join(watchedDir(seqLast), "hill-w"), dir); err != nil {
				t.Fatal(err)
			}
			runs(t, test.status, "witness", "--once", "--policy", policy, "--key", key, "--dir", dir, "--server", lie(t, test.shown, m.policy).web.URL)
		}
	})
	t.Run("doctor", func(t *testing.T) {
		t.Parallel()
		dir := m.copyOf(t)
		runs(t, 0, "doctor", id, "--data", dir)
		rewrite(t, dir, forged.messages())
		runs(t, exitAlarm, "doctor", id, "--data", dir)
	})
}

// runs runs a command of campaign.
func runs(t *testing.T, status int, args ...string) {
	t.Helper()
	var out, errOut bytes.Buffer
	if got := cli.Run(t.Context(), args, nil, &out, &errOut); got != status {
		t.Errorf("campaign %s ends with status %d: %s%s", args[0], got, out.String(), errOut.String())
	}
}
