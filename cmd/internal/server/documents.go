package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"campaignledger/cmd/internal/documents"
	"campaignledger/events"
	"campaignledger/projections"
)

const (
	// SeqHeader says of which event a document is.
	SeqHeader = "Campaign-Seq"
	// GenesisHeader names the campaign that a document is of, where it is signed.
	GenesisHeader = "Campaign-Genesis"
)

// ReprDigest is a SHA-256 as RFC 9530 has it in a header.
func ReprDigest(sum [sha256.Size]byte) string {
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

// documentList is what the campaign has on paper, and what it gives out.
type documentList struct {
	Campaign string                      `json:"campaign"`
	Genesis  string                      `json:"genesis,omitempty"`
	Seq      events.Seq                  `json:"seq"` // that the list is as of
	Issued   []projections.DocumentState `json:"issued"`
	Kinds    []documents.Kind            `json:"kinds"`
}

// documents answers the documents that were issued, and the kinds of files that are made when they are asked for.
func (s *Server) documents(w http.ResponseWriter, r *http.Request) {
	c, _ := s.asked(w, r)
	if c == nil {
		return
	}
	state, err := c.Awards(r.Context(), s.reader(r, c), language(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.writeRead(w, r, documentList{c.ID, c.Summary().Genesis, state.Seq, state.Documents, documents.Kinds()})
}

// document answers a file of the campaign as far as the reader may see it; ?as_of= asks for an earlier one.
func (s *Server) document(w http.ResponseWriter, r *http.Request) {
	c, q := s.asked(w, r, "cluster", "award", "ballot", "unit", "level", "as_of")
	if c == nil {
		return
	}
	f, err := s.shelf.Make(r.Context(), c, s.reader(r, c), q.Get("as_of"), documentRequest(r.PathValue("kind"), language(r), q))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", `"`+f.Hash()+`"`)
	h.Set("Repr-Digest", ReprDigest(f.SHA256))
	h.Set(SeqHeader, strconv.FormatUint(uint64(f.Seq), 10))
	if f.Genesis != "" {
		h.Set(GenesisHeader, f.Genesis)
	}
	http.ServeContent(&withProblems{ResponseWriter: w}, r, "", time.Time{}, bytes.NewReader(f.Content))
}

func documentRequest(kind, lang string, q url.Values) documents.Request {
	return documents.Request{Kind: kind, Lang: lang, Options: documents.Options{Cluster: q.Get("cluster"), Award: q.Get("award"), Ballot: q.Get("ballot"),
		Unit: q.Get("unit"), Level: q.Get("level")}}
}
