package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
)

// TestBodyLimits: a body of as many bytes as a path takes is read (and refused for what is in it), one byte more is too big, and the limit is named.
func TestBodyLimits(t *testing.T) {
	t.Parallel()
	h, err := host.Open(t.Context(), host.Config{Dir: t.TempDir(), Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	s := serve(t, h)
	s.open()
	for path, limit := range server.BodyLimits {
		header := []string{"Authorization", "Bearer " + token}
		if !strings.HasPrefix(path, "/campaigns") {
			path = base + path
		} else {
			header = append(header, "Content-Type", "application/x-www-form-urlencoded")
		}
		if got := s.do(http.MethodPost, path, strings.Repeat("x", limit), header...); got.Code == http.StatusRequestEntityTooLarge || got.Code < http.StatusBadRequest {
			t.Errorf("%s, at the limit: %d %.300s", path, got.Code, got.Body)
		}
		got := s.do(http.MethodPost, path, strings.Repeat("x", limit+1), header...)
		if got.Code != http.StatusRequestEntityTooLarge || !strings.Contains(got.Body, fmt.Sprint(limit)) {
			t.Errorf("%s, above the limit of %d: %d %.300s", path, limit, got.Code, got.Body)
		}
	}
}
