package host

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"campaignledger/events"
	"campaignledger/ledger"
)

// evidence reads every file that is held, and says which of those that events name are not. Of an unsigned campaign nobody asks that they be held.
func (x *examination) evidence(ctx context.Context) error {
	held, _, err := x.host.streams.Held(ctx, x.ID)
	if err != nil {
		return err
	}
	missing, bad := maps.Clone(x.named), []string(nil)
	if sum := x.live.Summary(); sum.Regulation == nil || !sum.Regulation.Signed() {
		clear(missing)
	}
	var files []ledger.File
	if held {
		bucket, err := x.Evidence(ctx)
		if err == nil {
			files, err = bucket.Files(ctx)
		}
		if err != nil {
			return err
		}
		for _, f := range files {
			delete(missing, f.SHA256)
			err := bucket.Check(ctx, f.SHA256)
			if err != nil && !errors.Is(err, ledger.ErrEvidenceDamaged) {
				return err
			}
			if err != nil {
				bad = append(bad, fmt.Sprintf("%s (%s, first put by %s)", f.SHA256, f.Name, f.By))
			}
		}
	}
	x.note(CheckEvidence, uint64(len(files)), fileTrouble(bad, missing))
	return nil
}

// fileTrouble says what is wrong with files; nil if nothing is.
func fileTrouble(bad []string, missing map[string]events.Seq) error {
	var said []string
	if len(bad) > 0 {
		said = append(said, fmt.Sprintf("damaged: %s; put the same file again with campaign evidence put, which repairs it", some(bad)))
	}
	if len(missing) > 0 {
		var list []string
		for _, hash := range slices.Sorted(maps.Keys(missing)) {
			list = append(list, fmt.Sprintf("%s (named by event %d)", hash, missing[hash]))
		}
		said = append(said, fmt.Sprintf("not held: %s; put it with campaign evidence put", some(list)))
	}
	if len(said) == 0 {
		return nil
	}
	return errors.New(strings.Join(said, ". "))
}

// texts looks at every detached text that is held.
func (x *examination) texts(ctx context.Context) error {
	_, held, err := x.host.streams.Held(ctx, x.ID)
	if err != nil {
		return err
	}
	var list []ledger.Text
	if held {
		bucket, err := x.Detached(ctx)
		if err == nil {
			list, err = bucket.Texts(ctx)
		}
		if err != nil {
			return err
		}
	}
	var bad []string
	for _, t := range list {
		if t.Damaged() {
			bad = append(bad, fmt.Sprintf("%s (of %s)", t.Hash, t.By))
		}
	}
	if len(bad) > 0 {
		err = fmt.Errorf("damaged: %s; a backup from before has them: restore it aside and read them there", some(bad))
	}
	x.note(CheckTexts, uint64(len(list)), err)
	return nil
}
