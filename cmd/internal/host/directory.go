package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"campaignledger/cmd/internal/keys"
	"campaignledger/events"
	"campaignledger/ledger"
)

// The checks of Examine, in their order.
const (
	CheckStore     = "store"     // NATS answers, and how many streams it has
	CheckKeys      = "keys"      // log.key is there and whole, and nobody else may read what is secret
	CheckSpace     = "space"     // there is room on the disk; the count is in MiB
	CheckOrphans   = "orphans"   // every stream belongs to a campaign that is there, every campaign that was seen has its stream
	CheckLeftovers = "leftovers" // no file of something that was cut off, or of a campaign that is not there
)

// leastFree is how much room a disk must have: a year of a large campaign with its evidence, so that a full disk is no surprise.
const leastFree = 1 << 30

// Examine looks at the data directory as a whole, beside what Doctor finds of each campaign. It changes nothing. An error means that it could not look.
func (h *Host) Examine(ctx context.Context) ([]Finding, error) {
	x := &examination{}
	names, err := h.streams.Names(ctx)
	if err != nil {
		return nil, err
	}
	x.note(CheckStore, uint64(len(names)), h.Trouble(ctx))
	x.note(CheckKeys, 1, h.checkKeys())
	free, err := freeBytes(h.cfg.Dir)
	if err == nil && free < leastFree {
		err = fmt.Errorf("%d MiB are free on the disk of %s: make room before appends fail", free>>20, h.cfg.Dir)
	}
	if !errors.Is(err, errors.ErrUnsupported) {
		x.note(CheckSpace, free>>20, err)
	}
	x.note(CheckOrphans, uint64(len(names)), h.checkOrphans(ctx, names))
	left, err := h.leftovers(names)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("%s: left by something that was cut off, or of a campaign that is not here; look at it, and remove it if you know that nothing needs it", some(left))
	}
	x.note(CheckLeftovers, uint64(len(left)), err)
	return x.findings, nil
}

// some names the first few of many.
func some(list []string) string {
	const few = 5
	if len(list) <= few {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:few], ", "), len(list)-few)
}

// secrets are the files of a directory that are its user's alone.
func secrets() []string { return []string{"log.key", "server.key", "server.json"} }

func (h *Host) checkKeys() error {
	path := filepath.Join(h.cfg.Dir, "log.key")
	info, err := keys.ReadPublic(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s is missing though this directory has signed: nothing is signed until it is brought back from a copy", path)
	case err != nil:
		return err
	case info.Public != h.logKey.Public:
		return fmt.Errorf("%s is another key than the one that signs: it was replaced while the server ran; bring the old one back", path)
	}
	for _, name := range secrets() {
		info, err := os.Stat(filepath.Join(h.cfg.Dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if others := info.Mode().Perm() & 0o077; hasModes && others != 0 {
			return fmt.Errorf("%s may be read by others (mode %#o): chmod 600 it, and think who may have read it", filepath.Join(h.cfg.Dir, name), info.Mode().Perm())
		}
	}
	return nil
}

// checkOrphans says of streams and of campaigns that were seen what belongs together and is not there.
func (h *Host) checkOrphans(ctx context.Context, names []string) error {
	var wrong []string
	here := logsAmong(names)
	for _, name := range names {
		id, ok := ledger.CampaignOfStream(name)
		if ok && !here[id] {
			wrong = append(wrong, fmt.Sprintf("stream %s is of campaign %s, which is not here", name, id))
		}
		if !ok || name != ledger.StreamName(id) {
			continue
		}
		if store, err := h.streams.Open(ctx, id); err == nil {
			if _, err := wholeCopy(ctx, store, 0); err != nil {
				wrong = append(wrong, fmt.Sprintf("campaign %s: %v", id, err))
			}
		}
	}
	for _, id := range h.head.Campaigns() {
		if !here[id] {
			wrong = append(wrong, fmt.Sprintf("this directory has seen campaign %s, and its log is gone: restore it from a backup into a new directory", id))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return errors.New(some(wrong))
}

// logsAmong are the campaigns whose logs are among streams.
func logsAmong(names []string) map[string]bool {
	here := map[string]bool{}
	for _, name := range names {
		if id, ok := ledger.CampaignOfStream(name); ok && name == ledger.StreamName(id) {
			here[id] = true
		}
	}
	return here
}

// leftovers are files that something left which was cut off, and those of campaigns that are not here; paths within the directory.
func (h *Host) leftovers(names []string) (left []string, err error) {
	here := logsAmong(names)
	err = filepath.WalkDir(h.cfg.Dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a file that comes and goes while the server works
		}
		if err != nil {
			return err
		}
		in, err := filepath.Rel(h.cfg.Dir, path)
		if err != nil {
			return err
		}
		if in == natsDir {
			return fs.SkipDir // NATS's own
		}
		dir, name := filepath.Split(in)
		id := ""
		switch filepath.Clean(dir) {
		case checkpointsDir:
			id, _ = strings.CutSuffix(name, ".txt")
		case policiesDir:
			id, _ = strings.CutSuffix(name, ".policy")
		case snapshotsDir:
			id, _ = strings.CutSuffix(name, ".snapshot")
		case summariesDir:
			id, _ = strings.CutSuffix(name, ".json")
		case treeDir:
			id = name
		}
		info, err := d.Info()
		if err != nil {
			return nil // it is gone
		}
		temporary := h.cfg.Now().Sub(info.ModTime()) > inUse && isTemporary(name)
		if temporary || events.ValidID(id) && !here[id] {
			left = append(left, in)
			if d.IsDir() {
				return fs.SkipDir
			}
		}
		return nil
	})
	return left, err
}

// inUse is how long a temporary file may be at work: longer than the restore of a large backup aside.
const inUse = time.Hour

// isTemporary reports whether a file's name is one that is given up, or changed, when what is in it is done.
func isTemporary(name string) bool {
	return strings.HasPrefix(name, ".new-") || strings.HasPrefix(name, ".campaign-") || strings.HasPrefix(name, ".probe-") ||
		(strings.HasPrefix(name, "head.") || strings.HasPrefix(name, ".")) && strings.HasSuffix(name, ".tmp")
}

// natsDir is NATS's directory.
const natsDir = "nats"
