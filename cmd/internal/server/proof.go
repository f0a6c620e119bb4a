package server

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"time"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// writeText answers what is text and ends with a line feed, like signed notes.
func writeText(w http.ResponseWriter, text []byte) {
	w.Header().Set("Content-Type", kindText)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(text) // the client is gone if this fails
}

// checkpoint answers the newest checkpoint, a signed note, with the cosignatures there are. Everybody may see it, also during a freeze.
func (s *Server) checkpoint(w http.ResponseWriter, r *http.Request) {
	c, _ := s.asked(w, r)
	if c == nil {
		return
	}
	newest, err := c.Newest()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeText(w, newest.Marshal())
}

// checkpoints answers every checkpoint of more than ?since= events, one after the other, each with its cosignatures; with ?limit= the first so
// many, and where the next begin in a Link header.
func (s *Server) checkpoints(w http.ResponseWriter, r *http.Request) {
	c, q := s.asked(w, r, "since", "limit")
	if c == nil {
		return
	}
	var p page[events.Seq]
	err := number(q, "since", &p.after)
	if err == nil {
		err = readLimit(q, &p.limit)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	list, err := c.Checkpoints(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	list = slices.DeleteFunc(list, func(signed *proof.Checkpoint) bool { return signed.Size <= uint64(p.after) })
	list, next := cut(p, list, func(signed *proof.Checkpoint) events.Seq { return events.Seq(signed.Size) })
	linkNext(w, r, "since", seqText(next))
	var text []byte
	for _, signed := range list {
		text = append(text, signed.Marshal()...)
	}
	writeText(w, text)
}

// cosign takes in what a witness signed.
func (s *Server) cosign(w http.ResponseWriter, r *http.Request) {
	c, _, body := s.told(w, r, proof.MaxNoteBytes)
	if c == nil {
		return
	}
	state, err := c.Cosign(r.Context(), body)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, state)
}

// receipt answers the C2SP tlog-proof of an event, with the record and its recorded time as extra data, which is left out where the record is
// hidden from who asks, and with ?record=none, for who has it.
func (s *Server) receipt(w http.ResponseWriter, r *http.Request) {
	c, q := s.asked(w, r, "record")
	if c == nil {
		return
	}
	var bare bool
	if err := choice(q, "record", "none", &bare); err != nil {
		s.fail(w, r, err)
		return
	}
	seq, err := strconv.ParseUint(r.PathValue("seq"), 10, 63)
	if last, _ := c.Ledger.Last(); err != nil || seq < 1 || events.Seq(seq) > last {
		s.fail(w, r, badRequest("campaign %s has events 1 to %d, and no event %.30q", c.ID, last, r.PathValue("seq")))
		return
	}
	made := c.Receipt
	if bare = bare || c.Hides(s.reader(r, c), events.Seq(seq)); bare {
		made = c.Prove
	}
	receipt, err := made(r.Context(), events.Seq(seq))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	text := receipt.Marshal()
	if bare {
		text = proof.WithoutLeaf(text)
	}
	writeText(w, text)
}

// growth answers the consistency proof between two sizes, a hash a line in base64.
func (s *Server) growth(w http.ResponseWriter, r *http.Request) {
	c, q := s.asked(w, r, "from", "to")
	if c == nil {
		return
	}
	var from, to events.Seq
	for key, v := range map[string]*events.Seq{"from": &from, "to": &to} {
		if err := number(q, key, v); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	hashes, err := c.Growth(from, to)
	if err != nil {
		s.fail(w, r, badRequest("%w", err))
		return
	}
	var text []byte
	for _, h := range hashes {
		text = append(base64.StdEncoding.AppendEncode(text, h[:]), '\n')
	}
	writeText(w, text)
}

// policy answers what this server takes for the policy. An auditor compares it with what he got by another way.
func (s *Server) policy(w http.ResponseWriter, r *http.Request) {
	c, _ := s.asked(w, r)
	if c == nil {
		return
	}
	p, err := c.SigningPolicy()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeText(w, p.Marshal())
}

// adoptPolicy makes the witnesses of a policy this server's, if it comes from this machine or is signed by the server's owner.
func (s *Server) adoptPolicy(w http.ResponseWriter, r *http.Request) {
	c, _, body := s.told(w, r, proof.MaxPolicyBytes)
	if c == nil || !s.mayOpen(w, r, body) {
		return
	}
	if err := c.Adopt(body); err != nil {
		s.fail(w, r, err)
		return
	}
	writeText(w, c.Policy().Marshal())
}

// bundle answers a bundle of the campaign as far as the reader may see it, up to a checkpoint; ?as_of= asks for an earlier one. The header
// BundleSizeHeader has its size in events.
func (s *Server) bundle(w http.ResponseWriter, r *http.Request) {
	c, q := s.asked(w, r, "as_of")
	if c == nil {
		return
	}
	var at events.Seq
	err := number(q, "as_of", &at)
	if err == nil {
		err = s.bundles.take(address(r))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer s.bundles.giveBack(address(r))
	end, err := c.BundleEnd(r.Context(), s.reader(r, c), at)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", kindText)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set(BundleSizeHeader, strconv.FormatUint(end.Size, 10))
	w.Header().Set("Trailer", BundleErrorTrailer)
	reader := &steady{w: w, control: http.NewResponseController(w), timeout: s.writeTimeout()}
	if err := c.Bundle(r.Context(), reader, end); err != nil && reader.err == nil { // the bundle is cut off, which its reader sees: the last line is missing
		s.Log.Error().Err(err).Str("campaign", c.ID).Msg("a bundle could not be written")
		w.Header().Set(BundleErrorTrailer, err.Error())
	}
}

// steady gives each piece of a long answer its own time: who reads slowly gets all of it, and who stops reading is dropped.
type steady struct {
	w       http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
	err     error // the reader is gone, or takes nothing
}

func (s *steady) Write(p []byte) (n int, err error) {
	_ = s.control.SetWriteDeadline(time.Now().Add(s.timeout)) // not every writer has deadlines
	if n, err = s.w.Write(p); err != nil {
		s.err = err
	}
	return n, err
}

const (
	// BundleSizeHeader says how many events a bundle has.
	BundleSizeHeader = "Campaign-Bundle-Size"
	// BundleErrorTrailer says after a bundle why it is cut off.
	BundleErrorTrailer = "Campaign-Bundle-Error"
)
