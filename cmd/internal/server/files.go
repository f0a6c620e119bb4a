package server

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// putEvidence stores the file in the body, named by ?name=, for a member; it answers how events name it.
func (s *Server) putEvidence(w http.ResponseWriter, r *http.Request) {
	q, err := parameters(r, "name")
	if err == nil && q.Get("name") == "" {
		err = badRequest("name the file with ?name=")
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.withEvidence(w, r, func(c *host.Campaign, reader host.Reader, evidence *ledger.Evidence) error {
		if untaken := c.Untaken(); untaken != nil {
			return untaken
		}
		if err := s.uploads.take(); err != nil {
			return err
		}
		defer s.uploads.giveBack()
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.bodyTimeout())) // not every reader has deadlines
		file, err := evidence.Put(r.Context(), reader.Member, q.Get("name"), http.MaxBytesReader(w, r.Body, ledger.MaxEvidenceBytes+1))
		if err != nil {
			return err
		}
		if !mayRead(c, reader, file.By) { // another stored the same bytes before, which is hidden
			file.By, file.Name = reader.Member, q.Get("name")
		}
		writeJSON(w, http.StatusCreated, file)
		return nil
	})
}

// mayRead reports whether a member may read what another stored: its own always, and that of others unless a freeze holds.
func mayRead(c *host.Campaign, reader host.Reader, by string) bool {
	return reader.Member == by || reader.Entitled() || c.Summary().Frozen == 0
}

// getEvidence answers a file to a member. Its bytes were checked.
func (s *Server) getEvidence(w http.ResponseWriter, r *http.Request) {
	if _, err := parameters(r); err != nil {
		s.fail(w, r, err)
		return
	}
	s.withEvidence(w, r, func(c *host.Campaign, reader host.Reader, evidence *ledger.Evidence) error {
		hash := r.PathValue("sha256")
		held, found, err := evidence.Held(r.Context(), hash)
		if err == nil && (!found || !mayRead(c, reader, held.By)) { // what is hidden answers like what is not there
			err = fmt.Errorf("%.80s: %w", hash, ledger.ErrNoEvidence)
		}
		if err != nil {
			return err
		}
		file, content, err := evidence.Open(r.Context(), hash)
		if err != nil {
			return err
		}
		defer content.Close()
		h := w.Header()
		h.Set("Content-Type", file.Type)
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
		h.Set("ETag", `"`+file.SHA256+`"`)
		h.Set("Cache-Control", "private, no-cache")
		http.ServeContent(&withProblems{ResponseWriter: w}, r, "", time.Time{}, content)
		return nil
	})
}

// detachedText is a text that stands outside the log.
type detachedText struct {
	Hash string `json:"hash"`
	Text string `json:"text,omitempty"`
	Salt string `json:"salt,omitempty"`
}

// putDetached keeps the text in the body for a member and answers the hash that a record names it by.
func (s *Server) putDetached(w http.ResponseWriter, r *http.Request) {
	body, err := s.readAll(w, r, events.MaxTextBytes+1)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.withDetached(w, r, func(c *host.Campaign, reader host.Reader, texts *ledger.Detached) error {
		if untaken := c.Untaken(); untaken != nil { // erasing goes on: a copy must not keep what has to go
			return untaken
		}
		hash, err := texts.Put(r.Context(), reader.Member, string(body))
		if err == nil {
			writeJSON(w, http.StatusCreated, detachedText{Hash: hash})
		}
		return err
	})
}

// getDetached answers a text to a member, with the salt that proves it.
func (s *Server) getDetached(w http.ResponseWriter, r *http.Request) {
	s.withDetached(w, r, func(c *host.Campaign, reader host.Reader, texts *ledger.Detached) error {
		hash := r.PathValue("hash")
		if _, err := textBy(r, texts, func(by string) bool { return mayRead(c, reader, by) }); err != nil {
			return err
		}
		text, salt, err := texts.Get(r.Context(), hash)
		if err == nil {
			s.writeRead(w, r, detachedText{hash, text, salt})
		}
		return err
	})
}

// textBy is who kept the text that the path names. What the asker may not know of answers like what is not there.
func textBy(r *http.Request, texts *ledger.Detached, mayKnow func(by string) bool) (string, error) {
	hash := r.PathValue("hash")
	by, err := texts.By(r.Context(), hash)
	if errors.Is(err, ledger.ErrNoDetached) || err == nil && !mayKnow(by) {
		return "", fmt.Errorf("%.80s: %w", hash, ledger.ErrNoDetached)
	}
	return by, err
}

// eraseDetached erases a text: its author may, and the head of the author's unit.
func (s *Server) eraseDetached(w http.ResponseWriter, r *http.Request) {
	s.withDetached(w, r, func(c *host.Campaign, reader host.Reader, texts *ledger.Detached) error {
		hash := r.PathValue("hash")
		mayErase := func(by string) bool {
			author, _ := c.Member(by)
			return by == reader.Member || reader.Role == events.RoleHead && author.Unit == reader.Unit
		}
		by, err := textBy(r, texts, func(by string) bool { return mayErase(by) || mayRead(c, reader, by) })
		if err != nil {
			return err
		}
		if !mayErase(by) {
			return &projections.Refusal{Code: projections.CodeMember, Field: "member", Problem: "this text is of " + by, Remedy: "let " + by + " erase it, or the head of that unit"}
		}
		if err := texts.Erase(r.Context(), hash); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
}

// withEvidence runs do for a member.
func (s *Server) withEvidence(w http.ResponseWriter, r *http.Request, do func(*host.Campaign, host.Reader, *ledger.Evidence) error) {
	s.withFiles(w, r, func(c *host.Campaign, reader host.Reader) error {
		evidence, err := c.Evidence(r.Context())
		if err != nil {
			return err
		}
		return do(c, reader, evidence)
	})
}

// withDetached runs do for a member.
func (s *Server) withDetached(w http.ResponseWriter, r *http.Request, do func(*host.Campaign, host.Reader, *ledger.Detached) error) {
	if _, err := parameters(r); err != nil {
		s.fail(w, r, err)
		return
	}
	s.withFiles(w, r, func(c *host.Campaign, reader host.Reader) error {
		texts, err := c.Detached(r.Context())
		if err != nil {
			return err
		}
		return do(c, reader, texts)
	})
}

// withFiles runs do for a member, and answers its error.
func (s *Server) withFiles(w http.ResponseWriter, r *http.Request, do func(*host.Campaign, host.Reader) error) {
	c := s.campaign(w, r)
	if c == nil {
		return
	}
	reader, ok := s.member(w, r, c)
	if !ok {
		return
	}
	if err := do(c, reader); err != nil {
		s.fail(w, r, err)
	}
}
