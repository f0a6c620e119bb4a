package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"campaignledger/events"
)

const (
	kindJSON  = "application/json"
	kindText  = "text/plain; charset=utf-8"
	kindLines = "application/x-ndjson"
)

// writeRead answers what was read, as JSON with an ETag.
func (s *Server) writeRead(w http.ResponseWriter, r *http.Request, v any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil { // our own types can't fail
		s.fail(w, r, err)
		return
	}
	writeTagged(w, r, b.Bytes())
}

// answerRead answers what was read, or why it could not be.
func (s *Server) answerRead(w http.ResponseWriter, r *http.Request, v any, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.writeRead(w, r, v)
}

// writeLine answers one line of JSON with an ETag.
func writeLine(w http.ResponseWriter, r *http.Request, line []byte) {
	writeTagged(w, r, append(line, '\n'))
}

// writeTagged answers JSON with an ETag, its hash, since another directory may be served at the same address later; with the same tag in
// If-None-Match it answers 304. What somebody reads who says who it is stays out of caches that several people share.
func writeTagged(w http.ResponseWriter, r *http.Request, content []byte) {
	sum := sha256.Sum256(content)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	if r.Header.Get("Authorization") != "" || r.Header.Get(MemberHeader) != "" || r.Header.Get("Cookie") != "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	h.Set("ETag", tag)
	if names(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", kindJSON)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content) // the client is gone if this fails
}

// names reports whether a list of entity tags, as If-None-Match has it, names tag, which holds no comma. The comparison is the weak one.
func names(list []string, tag string) bool {
	for _, line := range list {
		for given := range strings.SplitSeq(line, ",") {
			if given = strings.TrimSpace(given); given == "*" || strings.TrimPrefix(given, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// maxPage bounds what a reader may ask for at once with ?limit=; without it a list is answered whole, as it always was: who leaves limit out
// can read a list of any length and gets no cut one without noticing.
const maxPage = 100_000

// page is what of a list the request asks for: ?limit= and ?after=, where the page before ended.
type page[T ~string | ~uint64] struct {
	after T
	limit int // 0: all
}

// readLimit reads ?limit=. One of 0 was always all.
func readLimit(q url.Values, limit *int) error {
	err := number(q, "limit", limit)
	if err == nil && *limit > maxPage {
		err = badRequest("limit=%d: a page has at most %d; leave limit out for all", *limit, maxPage)
	}
	return err
}

// textPage reads a page of a list that is in the order of ids.
func textPage(q url.Values) (p page[string], err error) {
	if p.after = q.Get("after"); p.after != "" && !events.ValidID(p.after) {
		return p, badRequest("after=%.80q is not an id: give the next of the page before", p.after)
	}
	return p, readLimit(q, &p.limit)
}

// cut cuts a list, which begins after p.after, to the page's length, and is where the next page begins; zero at the end of the list.
func cut[T ~string | ~uint64, E any](p page[T], list []E, key func(E) T) (_ []E, next T) {
	if p.limit == 0 || len(list) <= p.limit {
		return list, next
	}
	return list[:p.limit], key(list[p.limit-1])
}

// linkNext sets the header that names the next page, where parameter is set to next and everything else is as it was asked.
func linkNext(w http.ResponseWriter, r *http.Request, parameter, next string) {
	if next == "" {
		return
	}
	q := r.URL.Query()
	q.Set(parameter, next)
	w.Header().Set("Link", "<"+r.URL.EscapedPath()+"?"+q.Encode()+`>; rel="next"`)
}

// seqText is a sequence as a cursor; "" for none.
func seqText(seq events.Seq) string {
	if seq == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(seq), 10)
}
