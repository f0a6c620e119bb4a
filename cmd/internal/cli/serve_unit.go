package cli

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"campaignledger/cmd/internal/systemd"
)

// unitData is the data directory of a unit where no other was named.
const unitData = "/var/lib/campaign-ledger"

// stopMargin is what ending takes at most after the drain: cancelled requests, the last commits on a store that does not answer, the newest
// checkpoints.
const stopMargin = time.Minute

// printUnit prints a systemd unit that serves with the flags of this call.
func (a *app) printUnit(cmd *cobra.Command, f serveFlags) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's file for the unit: %w", err)
	}
	unit := systemd.Unit{Program: program, Data: unitData, Stop: f.drainTimeout + stopMargin}
	// These the unit's user can't read.
	files := map[string]bool{"tls-cert": true, "tls-key": true, "nats-creds": true, "nats-ca": true, "nats-cert": true, "nats-key": true}
	var wrong error
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		value := flag.Value.String()
		if list, ok := flag.Value.(pflag.SliceValue); ok {
			value = strings.Join(list.GetSlice(), ",")
		}
		switch {
		case flag.Name == "print-unit":
		case flag.Name == "nats" && strings.Contains(value, "@"):
			wrong = errors.Join(wrong, usageError{errors.New("everybody can read a unit: leave user and password out of --nats, and name a file with --nats-creds, or with --nats-cert and --nats-key")})
		case flag.Name == "data":
			unit.Data, err = filepath.Abs(value)
			wrong = errors.Join(wrong, err)
		case files[flag.Name]:
			path, err := filepath.Abs(value)
			wrong = errors.Join(wrong, err)
			unit.Credentials = append(unit.Credentials, systemd.Credential{Flag: flag.Name, Name: flag.Name, File: path})
		case flag.Value.Type() == "bool":
			unit.Args = append(unit.Args, "--"+flag.Name+"="+value)
		default:
			unit.Args = append(unit.Args, "--"+flag.Name, value)
		}
		if flag.Name == "listen" || flag.Name == "nats-listen" || flag.Name == "metrics-listen" {
			unit.LowPort = unit.LowPort || lowPort(value)
		}
	})
	if wrong != nil {
		return wrong
	}
	_, err = fmt.Fprint(a.out, unit)
	return err
}

// lowPort reports whether an address needs a right to listen on.
func lowPort(address string) bool {
	const first = 1024 // that everybody may listen on
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	n, err := strconv.Atoi(port)
	return err == nil && n > 0 && n < first
}
