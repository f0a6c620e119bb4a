package server

import (
	"mime"
	"net/http"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
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
	c := s.campaign(w, r)
	if c == nil {
		return
	}
	reader, ok := s.member(w, r, c)
	if !ok {
		return
	}
	if err := s.uploads.take(); err != nil {
		s.fail(w, r, err)
		return
	}
	defer s.uploads.giveBack()
	evidence, err := c.Evidence(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.bodyTimeout())) // not every reader has deadlines
	file, err := evidence.Put(r.Context(), reader.Member, q.Get("name"), http.MaxBytesReader(w, r.Body, ledger.MaxEvidenceBytes+1))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, file)
}

// mayRead reports whether a member may read what another stored: its own always, and that of others unless a freeze holds.
func mayRead(c *host.Campaign, reader host.Reader, by string) bool {
	return reader.Member == by || reader.Entitled() || c.Summary().Frozen == 0
}

// getEvidence answers a file to a member. Its bytes were checked.
func (s *Server) getEvidence(w http.ResponseWriter, r *http.Request) {
	c := s.campaign(w, r)
	if c == nil {
		return
	}
	reader, ok := s.member(w, r, c)
	if !ok {
		return
	}
	evidence, err := c.Evidence(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	file, content, err := evidence.Open(r.Context(), r.PathValue("sha256"))
	if err == nil && !mayRead(c, reader, file.By) {
		_ = content.Close() // nothing was written to it
		err = ledger.ErrNoEvidence
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer content.Close()
	h := w.Header()
	h.Set("Content-Type", file.Type)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
	h.Set("ETag", `"`+file.SHA256+`"`)
	h.Set("Cache-Control", "private, no-cache")
	http.ServeContent(w, r, "", time.Time{}, content)
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
		by, err := texts.By(r.Context(), hash)
		if err == nil && !mayRead(c, reader, by) {
			err = ledger.ErrNoDetached
		}
		if err != nil {
			return err
		}
		text, salt, err := texts.Get(r.Context(), hash)
		if err == nil {
			writeJSON(w, http.StatusOK, detachedText{hash, text, salt})
		}
		return err
	})
}

// eraseDetached erases a text: its author may, and the head of the author's unit.
func (s *Server) eraseDetached(w http.ResponseWriter, r *http.Request) {
	s.withDetached(w, r, func(c *host.Campaign, reader host.Reader, texts *ledger.Detached) error {
		hash := r.PathValue("hash")
		by, err := texts.By(r.Context(), hash)
		if err != nil {
			return err
		}
		author, _ := c.Member(by)
		if by != reader.Member && (reader.Role != events.RoleHead || author.Unit != reader.Unit) {
			return refuseLogin("only " + by + " and the head of its unit may erase this text")
		}
		if err := texts.Erase(r.Context(), hash); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
}

// withDetached runs do for a member.
func (s *Server) withDetached(w http.ResponseWriter, r *http.Request, do func(*host.Campaign, host.Reader, *ledger.Detached) error) {
	c := s.campaign(w, r)
	if c == nil {
		return
	}
	reader, ok := s.member(w, r, c)
	if !ok {
		return
	}
	texts, err := c.Detached(r.Context())
	if err == nil {
		err = do(c, reader, texts)
	}
	if err != nil {
		s.fail(w, r, err)
	}
}
