package server

import (
	"net/http"
	"strings"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
)

// BackupErrorTrailer says after a backup why it is cut off.
const BackupErrorTrailer = "Campaign-Backup-Error"

// maxReasonBytes bounds the body of a take-over: a reason.
const maxReasonBytes = events.MaxTextBytes

// Restored is what a restored copy that nobody took over says of itself, and what its take-over has to say.
type Restored struct {
	Seq    events.Seq `json:"seq"`    // the backup's last event
	Root   string     `json:"root"`   // of the tree of events 1 to seq
	Made   string     `json:"made"`   // when the backup was made
	OldKey string     `json:"oldKey"` // that signed the log it was made of
	Key    string     `json:"key"`    // of this server, which will sign
}

// restoredOf is what take-over needs; nil where there is nothing to take over.
func restoredOf(c *host.Campaign) *Restored {
	if c.Untaken() == nil {
		return nil
	}
	p, _ := c.TakeOverOf("") // where the key is no new one, the take-over says so
	if p == nil {
		return nil // the tree can't be read, which shows elsewhere
	}
	return &Restored{Seq: p.Seq, Root: p.Root, Made: events.FormatTime(p.Made), OldKey: p.OldKey.String(), Key: p.Key.String()}
}

// machineOnly answers a request that is not of this machine's owner.
func (s *Server) machineOnly(w http.ResponseWriter, r *http.Request, detail string) bool {
	if s.trusted(r) {
		return true
	}
	problem{Status: http.StatusForbidden, Code: "machine", Detail: detail}.write(w)
	return false
}

// backup answers a backup of the campaign, for this machine only: it has in it what is hidden from members and from the hall. A trailer says why it is
// cut off; its own last line is missing then.
func (s *Server) backup(w http.ResponseWriter, r *http.Request) {
	q, err := parameters(r, "good_prefix")
	good := false
	if err == nil {
		err = choice(q, "good_prefix", "true", &good)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !s.machineOnly(w, r, "a campaign is backed up from the server's own machine: campaign backup") {
		return
	}
	c := s.caughtUp(w, r)
	if c == nil {
		return
	}
	if err := s.refolds.take(); err != nil {
		s.fail(w, r, err)
		return
	}
	defer s.refolds.giveBack()
	out := &steady{w: w, control: http.NewResponseController(w), timeout: s.writeTimeout()}
	body := &begun{to: out}
	w.Header().Set("Content-Type", kindBackup)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Trailer", BackupErrorTrailer)
	err = c.Backup(r.Context(), body, good, func(_, _ uint64) {})
	switch {
	case err == nil:
	case !body.began:
		w.Header().Del("Trailer")
		s.fail(w, r, err)
	case out.err == nil:
		s.Log.Error().Err(err).Str("campaign", c.ID).Msg("a backup could not be written")
		w.Header().Set(BackupErrorTrailer, strings.Join(strings.Fields(err.Error()), " "))
	}
}

// kindBackup is a backup's media type.
const kindBackup = "application/vnd.campaign-ledger.backup"

// begun tells whether anything was written.
type begun struct {
	to    *steady
	began bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.began = true
	return b.to.Write(p)
}

// takeOver takes over an unsigned campaign's restored copy, for the reason in the body and at this machine's word.
func (s *Server) takeOver(w http.ResponseWriter, r *http.Request) {
	if !s.machineOnly(w, r, "a restored copy of an unsigned campaign is taken over from the server's own machine: campaign restore --take-over") {
		return
	}
	c, _, body := s.told(w, r, maxReasonBytes)
	if c == nil {
		return
	}
	receipt, err := c.TakeOver(r.Context(), strings.TrimSpace(string(body)))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", kindJSON)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append(appendWrapped(nil, receipt.Seq, receipt.Recorded, receipt.Record), '\n')) // the client is gone if this fails
}

// TakeOver is the event that takes the copy over.
func (r *Restored) TakeOver(reason string) (*events.LedgerTakenOver, error) {
	made, err := events.ParseTime(r.Made)
	if err != nil {
		return nil, err
	}
	p := &events.LedgerTakenOver{Made: made, Reason: reason, Root: r.Root, Seq: r.Seq}
	if p.Key, err = events.ParsePublicKey(r.Key); err == nil {
		p.OldKey, err = events.ParsePublicKey(r.OldKey)
	}
	if err != nil {
		return nil, err
	}
	return p, p.Validate()
}
