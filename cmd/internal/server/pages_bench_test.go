package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
)

// BenchmarkStandingsPage is the server's time for the board of a cluster of 1,000 units, while a mark arrives before each, beside the same
// standings as JSON.
func BenchmarkStandingsPage(b *testing.B) {
	const units = 1000
	h, err := host.Open(b.Context(), host.Config{Dir: b.TempDir(), Log: zerolog.Nop()})
	if err != nil {
		b.Fatal(err)
	}
	defer h.Close()
	handler := (&server.Server{Host: h, Log: zerolog.Nop()}).Handler()
	do := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Host, r.RemoteAddr = "localhost", "127.0.0.1:1"
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code >= http.StatusBadRequest {
			b.Fatal(path, w.Code, w.Body)
		}
		return w
	}
	var list []string
	for u := range units {
		list = append(list, fmt.Sprintf("{id: u-%d, title: {vi: 'Đơn vị %d', en: 'Unit %d'}}", u, u, u))
	}
	head, _, _ := strings.Cut(regulation, "    units:")
	do(http.MethodPost, "/api/v1/campaigns?name=large.yaml", strings.Replace(head, "lead: a", "lead: u-0", 1)+"    units: ["+strings.Join(list, ", ")+"]\n")
	rows := []string{"cluster,unit,criterion,level,scorer,points"}
	for u := range units {
		rows = append(rows, fmt.Sprintf("c,u-%d,I,score,x,%d.25", u, u*7919%1000))
	}
	do(http.MethodPost, "/api/v1/campaigns/small/imports?name=f.csv", strings.Join(rows, "\n")+"\n")
	scorer := 0
	for _, page := range []struct{ name, path string }{{"page", "/campaigns/small"}, {"JSON", "/api/v1/campaigns/small/standings"}} {
		b.Run(page.name, func(b *testing.B) {
			size := 0
			for b.Loop() {
				b.StopTimer()
				scorer++
				do(http.MethodPost, "/api/v1/campaigns/small/events", fmt.Sprintf(`{"type":"score.entered","subject":"u-%d","data":{"cluster":"c","criterion":"I","level":"score","scorer":"s-%d","points":"3"}}`, scorer%units, scorer))
				b.StartTimer()
				size = do(http.MethodGet, page.path, "").Body.Len()
			}
			b.ReportMetric(float64(size)/1024, "KiB")
		})
	}
}
