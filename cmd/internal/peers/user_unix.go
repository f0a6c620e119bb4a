//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	osuser "os/user"
	"strconv"
	"syscall"
)

// user is whom a server runs as; nil is who runs this program.
type user struct{ uid, gid int }

// unprivileged is nil, or for root the user that PostgreSQL's package makes: it refuses to run as root.
func unprivileged() (*user, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	found, err := osuser.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no user postgres: %w", err)
	}
	uid, err := strconv.Atoi(found.Uid)
	if err != nil {
		return nil, fmt.Errorf("user postgres: %w", err)
	}
	gid, err := strconv.Atoi(found.Gid)
	if err != nil {
		return nil, fmt.Errorf("user postgres: %w", err)
	}
	return &user{uid, gid}, nil
}

// run has a command run as the user.
func (u *user) run(cmd *exec.Cmd) {
	if u != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(u.uid), Gid: uint32(u.gid)}}
	}
}

// own gives a directory to the user.
func (u *user) own(dir string) error {
	if u == nil {
		return nil
	}
	return os.Chown(dir, u.uid, u.gid)
}
