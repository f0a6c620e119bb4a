package systemd

import (
	"fmt"
	"path"
	"strings"
	"time"
)

// Unit is what a unit file is made of.
type Unit struct {
	Program string   // its absolute path
	Args    []string // without --data and what Credentials name
	// Data is the data directory. One right below /var/lib is systemd's to make, for a user that exists while the program runs; another one belongs to
	// the user named like the program, who must be there.
	Data        string
	Credentials []Credential
	Environment []string // NAME=value
	LowPort     bool     // it listens below 1024
	Stop        time.Duration
}

// Credential is a file that only root may read, and the flag that names it.
type Credential struct{ Flag, Name, File string }

const (
	// state is where systemd makes directories of services.
	state = "/var/lib/"
	// user is who runs the program where the directory is not systemd's.
	user = "campaign-ledger"
	// watchdog is how long the program may be silent. A commit waits five seconds for a store that does not answer, and a large import is planned in
	// some seconds on a slow machine.
	watchdog = time.Minute
	// start is how long folding all campaigns may take.
	start = 15 * time.Minute
	// openFiles are a socket for each of 10,000 feeds, and the files of NATS.
	openFiles = 65536
)

// String is the unit file.
func (u Unit) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Campaign Ledger. Install: campaign serve --print-unit > /etc/systemd/system/campaign-ledger.service")
	line("#          systemctl daemon-reload && systemctl enable --now campaign-ledger")
	line("[Unit]")
	line("Description=Campaign Ledger")
	line("After=network-online.target")
	line("Wants=network-online.target")
	line("")
	line("[Service]")
	line("Type=notify")
	line("ExecStart=%s", u.command())
	for _, e := range u.Environment {
		line("Environment=%s", quote(e))
	}
	for _, c := range u.Credentials {
		line("# Read at each start: restart after it was renewed.")
		line("LoadCredential=%s:%s", c.Name, strings.ReplaceAll(c.File, "%", "%%"))
	}
	line("# The program pings only while its requests and every campaign's appender answer.")
	line("WatchdogSec=%d", int(watchdog.Seconds()))
	line("Restart=on-failure")
	line("RestartSec=2")
	line("TimeoutStartSec=%d", int(start.Seconds()))
	line("# More than the drain, the checkpoints of what is new and the last commits take.")
	line("TimeoutStopSec=%d", int(u.Stop.Seconds()))
	line("LimitNOFILE=%d", openFiles)
	line("")
	line("# Who it is, and what of the machine it sees.")
	if name, ok := u.stateDirectory(); ok {
		line("DynamicUser=yes")
		line("StateDirectory=%s", name)
		line("StateDirectoryMode=0700")
	} else {
		line("# Make the user, and the directory its own: useradd --system %s; chown -R %s: %s", user, user, u.Data)
		line("User=%s", user)
		line("ReadWritePaths=%s", quote(u.Data))
	}
	line("ProtectHome=%s", u.home())
	for _, hard := range hardening {
		line("%s", hard)
	}
	capabilities := ""
	if u.LowPort {
		capabilities = "CAP_NET_BIND_SERVICE"
	}
	line("CapabilityBoundingSet=%s", capabilities)
	line("AmbientCapabilities=%s", capabilities)
	if !u.LowPort {
		line("PrivateUsers=yes")
	}
	line("")
	line("[Install]")
	line("WantedBy=multi-user.target")
	return b.String()
}

// hardening is the same for all.
var hardening = []string{
	"UMask=0077",
	"NoNewPrivileges=yes",
	"ProtectSystem=strict",
	"PrivateTmp=yes",
	"PrivateDevices=yes",
	"ProtectClock=yes",
	"ProtectHostname=yes",
	"ProtectKernelLogs=yes",
	"ProtectKernelModules=yes",
	"ProtectKernelTunables=yes",
	"ProtectControlGroups=yes",
	"ProtectProc=invisible",
	"RestrictNamespaces=yes",
	"RestrictRealtime=yes",
	"RestrictSUIDSGID=yes",
	"LockPersonality=yes",
	"MemoryDenyWriteExecute=yes",
	"RemoveIPC=yes",
	"KeyringMode=private",
	"RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
	"SystemCallArchitectures=native",
	"SystemCallFilter=@system-service",
	"SystemCallFilter=~@privileged @resources",
	"SystemCallErrorNumber=EPERM",
}

// home is what it sees of people's directories: nothing, unless the program or its data are there.
func (u Unit) home() string {
	for _, place := range []string{"/home/", "/root/", "/run/user/"} {
		if strings.HasPrefix(u.Data, place) || strings.HasPrefix(u.Program, place) {
			return "read-only"
		}
	}
	return "yes"
}

// stateDirectory is the name of a directory that systemd makes; false where the data is elsewhere.
func (u Unit) stateDirectory() (string, bool) {
	name, ok := strings.CutPrefix(path.Clean(u.Data), state)
	return name, ok && name != "" && !strings.Contains(name, "/") && !strings.ContainsAny(name, " \"'\\%")
}

func (u Unit) command() string {
	words := []string{quote(u.Program), "serve", "--data", quote(u.Data)}
	for _, arg := range u.Args {
		words = append(words, quote(arg))
	}
	for _, c := range u.Credentials {
		words = append(words, "--"+c.Flag, "%d/"+c.Name) // %d is where systemd puts credentials
	}
	return strings.Join(words, " ")
}

// quote writes a word as systemd reads it: % and $ stand for themselves, and so does all else.
func quote(word string) string {
	word = strings.NewReplacer("%", "%%", "$", "$$").Replace(word)
	if word != "" && !strings.ContainsAny(word, " \t\n\"'\\;") {
		return word
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(word) + `"`
}
