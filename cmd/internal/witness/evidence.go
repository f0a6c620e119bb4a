package witness

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/durable"
)

const (
	evidenceName = "evidence"
	// maxWanted bounds the files that wait to be fetched; those beyond it are found again at the next start.
	maxWanted = 100_000
	// filesARound and evidenceTime bound what a round spends on files, so that they do not hold up cosigning; maxEvidenceBytes what they take of
	// the disk.
	filesARound      = 8
	evidenceTime     = 5 * time.Minute
	maxEvidenceBytes = 64 << 30
)

// evidence is the files that records name, as far as the server gives them. It proves nothing more; it keeps them from being lost.
type evidence struct {
	dir     string
	waiting []string
	known   map[string]bool // wanted before, whatever became of it
	held    int64           // bytes
	full    bool
}

func (e *evidence) open(dir string) {
	e.dir, e.known = dir, map[string]bool{}
	files, _ := os.ReadDir(dir) // none yet
	for _, f := range files {
		if info, err := f.Info(); err == nil {
			e.held += info.Size()
			e.known[f.Name()] = true // a name is only given to what was checked
		}
	}
}

// want is told of a file that a record names.
func (e *evidence) want(sha256 string) {
	if !e.known[sha256] && len(e.waiting) < maxWanted {
		e.known[sha256] = true
		e.waiting = append(e.waiting, sha256)
	}
}

// fetchEvidence fetches some of the files that wait. What goes wrong is logged once and left.
func (w *Witness) fetchEvidence(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, evidenceTime)
	defer cancel()
	e := &w.evidence
	refused := 0
	for range filesARound {
		if len(e.waiting) == 0 || ctx.Err() != nil {
			break
		}
		if e.held > maxEvidenceBytes {
			if !e.full {
				w.cfg.Log.Warn().Int64("bytes", e.held).Msg("the copy of the evidence is full; no more files are kept")
			}
			e.full = true
			return
		}
		hash := e.waiting[0]
		content, err := w.cfg.Server.GetEvidence(ctx, w.id, hash, io.Discard)
		var no *client.Error
		switch {
		case err == nil:
			if err := e.keep(hash, content); err != nil {
				w.cfg.Log.Warn().Err(err).Msg("a file could not be kept")
				return
			}
		case errors.As(err, &no) && (no.Status == http.StatusUnauthorized || no.Status == http.StatusForbidden || no.Status == http.StatusNotFound):
			refused++
		case errors.Is(err, client.ErrOtherContent):
			w.cfg.Log.Error().Err(err).Str("sha256", hash).Msg("the server gives another file than the record names")
		default:
			w.cfg.Log.Warn().Err(err).Int("waiting", len(e.waiting)).Msg("the evidence waits for a later round")
			return
		}
		e.waiting = e.waiting[1:]
	}
	if refused > 0 {
		w.cfg.Log.Info().Int("files", refused).Bool("login", w.cfg.Login != nil).
			Msg("files of evidence are not given to this reader; a member's key (--login) shows more, and the next start asks again")
	}
}

// keep puts a file that was checked into its place.
func (e *evidence) keep(sha256 string, content []byte) error {
	if err := os.MkdirAll(e.dir, dirMode); err != nil {
		return err
	}
	e.held += int64(len(content))
	return durable.Replace(filepath.Join(e.dir, sha256), content)
}
