package systemd

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// parse reads a unit file as systemd.syntax(7) has it: sections, and in each keys with their values in order.
func parse(t *testing.T, unit string) map[string][]string {
	t.Helper()
	known := map[string]bool{"Unit": true, "Service": true, "Install": true}
	all, section := map[string][]string{}, ""
	for line := range strings.Lines(unit) {
		line = strings.TrimSuffix(line, "\n")
		switch name, ok := strings.CutPrefix(line, "["); {
		case line == "" || strings.HasPrefix(line, "#"):
		case ok:
			section = strings.TrimSuffix(name, "]")
			if !known[section] {
				t.Errorf("there is no section %q", line)
			}
		default:
			key, value, ok := strings.Cut(line, "=")
			if !ok || section == "" || strings.TrimSpace(key) != key || strings.HasSuffix(line, `\`) {
				t.Errorf("%q is no setting", line)
			}
			all[section+"."+key] = append(all[section+"."+key], value)
		}
	}
	return all
}

func units() map[string]Unit {
	return map[string]Unit{
		"plain": {Program: "/usr/bin/true", Data: "/var/lib/campaign-ledger", Stop: 90 * time.Second, Args: []string{"--listen", "127.0.0.1:7117"}},
		"elsewhere": {Program: "/usr/bin/true", Data: "/srv/year 2017", Stop: 2 * time.Minute, LowPort: true, Args: []string{"--listen", ":443", "--open-to-all=true", "--owner", `a"b\c %n $HOME`},
			Credentials: []Credential{{"tls-cert", "tls-cert", "/etc/ssl/chain.pem"}, {"tls-key", "tls-key", "/etc/ssl/key.pem"}}},
	}
}

// TestUnit: the unit has what it must have, and every setting stands where it belongs.
func TestUnit(t *testing.T) {
	t.Parallel()
	for name, u := range units() {
		got := parse(t, u.String())
		want := map[string]string{"Service.Type": "notify", "Service.WatchdogSec": "60", "Service.NoNewPrivileges": "yes", "Service.ProtectSystem": "strict", "Service.LimitNOFILE": "65536",
			"Service.RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6", "Install.WantedBy": "multi-user.target", "Service.Restart": "on-failure"}
		switch name {
		case "plain":
			want["Service.ExecStart"] = "/usr/bin/true serve --data /var/lib/campaign-ledger --listen 127.0.0.1:7117"
			want["Service.DynamicUser"], want["Service.StateDirectory"], want["Service.TimeoutStopSec"] = "yes", "campaign-ledger", "90"
			want["Service.CapabilityBoundingSet"], want["Service.PrivateUsers"] = "", "yes"
		default:
			want["Service.ExecStart"] = `/usr/bin/true serve --data "/srv/year 2017" --listen :443 --open-to-all=true --owner "a\"b\\c %%n $$HOME" --tls-cert %d/tls-cert --tls-key %d/tls-key`
			want["Service.User"], want["Service.ReadWritePaths"], want["Service.TimeoutStopSec"] = "campaign-ledger", `"/srv/year 2017"`, "120"
			want["Service.AmbientCapabilities"] = "CAP_NET_BIND_SERVICE"
		}
		for key, value := range want {
			if !slices.Equal(got[key], []string{value}) {
				t.Errorf("%s: %s is %q, want %q", name, key, got[key], value)
			}
		}
		if len(got["Service.SystemCallFilter"]) != 2 || name != "plain" && len(got["Service.LoadCredential"]) != 2 {
			t.Errorf("%s: %q, %q", name, got["Service.SystemCallFilter"], got["Service.LoadCredential"])
		}
	}
}

// TestUnitIsVerified has systemd itself read the unit, where it is installed; without it the parser above is what there is.
func TestUnitIsVerified(t *testing.T) {
	t.Parallel()
	for name, u := range units() {
		path := filepath.Join(t.TempDir(), "campaign-ledger.service")
		if name != "plain" {
			u.Credentials = nil // files that are not there
		}
		if err := os.WriteFile(path, []byte(u.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		tool, err := exec.LookPath("systemd-analyze")
		if err != nil {
			parse(t, u.String())
			continue
		}
		out, err := exec.Command(tool, "verify", "--man=no", path).CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, "campaign-ledger.service") {
				t.Errorf("%s: %s", name, line)
			}
		}
		if err != nil && strings.Contains(string(out), "campaign-ledger.service") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUnitAtHome: a program or data in somebody's home is seen.
func TestUnitAtHome(t *testing.T) {
	t.Parallel()
	for want, u := range map[string]Unit{"yes": {Program: "/usr/bin/campaign", Data: "/srv/x"}, "read-only": {Program: "/home/me/campaign", Data: "/srv/x"}} {
		if got := parse(t, u.String())["Service.ProtectHome"]; !slices.Equal(got, []string{want}) {
			t.Errorf("%+v: %q", u, got)
		}
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{"a": "a", "": `""`, "a b": `"a b"`, "50%": "50%%", "$x": "$$x", `\`: `"\\"`, "a'b": `"a'b"`, "a\nb": `"a\nb"`} {
		if got := quote(word); got != want {
			t.Errorf("%q is written %s, want %s", word, got, want)
		}
	}
}
