package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/server"
)

const importsPath = base + "/small/imports?name=scores.csv"

// table is a file of n good rows, in batches of 500.
func table(n int) string {
	var b strings.Builder
	b.WriteString("cluster,unit,criterion,level,scorer,points\n")
	for i := range n {
		fmt.Fprintf(&b, "c,%s,I,score,s%d,%d\n", string("abd"[i%3]), i, i%7)
	}
	return b.String()
}

// importLines parses an import's answer.
func importLines(t *testing.T, a answer) (progress []server.ImportLine, last server.ImportLine) {
	t.Helper()
	if a.Code != http.StatusOK || a.Header.Get("Content-Type") != "application/x-ndjson" {
		t.Fatalf("import: %d %s", a.Code, a.Body)
	}
	for line := range strings.Lines(a.Body) {
		var l struct {
			Stored, Rows int
			Result       *server.ImportResult
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		last = server.ImportLine{Stored: l.Stored, Rows: l.Rows, Result: l.Result}
		progress = append(progress, last)
	}
	return progress[:len(progress)-1], last
}

func TestImport(t *testing.T) {
	t.Parallel()
	const rows = 3200
	s := newSite(t)
	file := table(rows)
	_, last := importLines(t, s.do(http.MethodPost, importsPath+"&dry_run=true", file))
	if r := last.Result; r == nil || !r.DryRun || r.New != rows || r.Seq != 1 || len(r.Outcomes) != rows {
		t.Fatalf("dry run: %+v", r)
	}
	progress, last := importLines(t, s.do(http.MethodPost, importsPath, file))
	if r := last.Result; r == nil || r.New != rows || r.Seq != rows+2 || r.Bad != 0 || r.Resumed != 0 {
		t.Fatalf("import: %+v", r)
	}
	if len(progress) == 0 || progress[len(progress)-1].Rows != rows {
		t.Errorf("progress %+v", progress)
	}
	_, last = importLines(t, s.do(http.MethodPost, importsPath, file))
	if r := last.Result; r.New != 0 || r.Already != rows || r.Seq != rows+2 {
		t.Errorf("again: %+v", r)
	}
	_, last = importLines(t, s.do(http.MethodPost, importsPath, strings.Replace(file, "c,a,I,score,s0,0", "c,a,I,score,s0,1", 1)))
	if r := last.Result; !r.Refused || r.Bad != 1 || len(r.Outcomes) != 1 || r.Outcomes[0].Column != "reason" || r.Outcomes[0].Line != 2 || r.Seq != rows+2 {
		t.Errorf("a change without a reason: %+v", r)
	}
	_, last = importLines(t, s.do(http.MethodPost, importsPath+"&reason=typo", strings.Replace(file, "c,a,I,score,s0,0", "c,a,I,score,s0,1", 1)))
	if r := last.Result; r.Refused || r.Replaced != 1 || r.Unchanged != rows-1 || r.Seq != rows+4 {
		t.Errorf("a change with a reason: %+v", r)
	}
}

func TestImportBadRows(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	file := table(6) + "c,zz,I,score,s,1\nc,a,I,score,late,1\nc,a,I,score,s0,x\n"
	_, last := importLines(t, s.do(http.MethodPost, importsPath, file))
	if r := last.Result; !r.Refused || r.Bad != 2 || r.Seq != 1 || r.Outcomes[0].Line != 8 || r.Outcomes[1].Column != "points" {
		t.Errorf("refused: %+v", r)
	}
	_, last = importLines(t, s.do(http.MethodPost, importsPath+"&keep_good=true", file))
	if r := last.Result; r.Refused || r.Bad != 2 || r.New != 7 || r.Seq != 9 {
		t.Errorf("the good ones: %+v", r)
	}
	for query, want := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"":                              {file, 400, "bad-request"},
		"?name=x.csv&dry_run=yes":       {file, 400, "bad-request"},
		"?name=x.csv&keep_good=1":       {file, 400, "bad-request"},
		"?name=x.csv&dryrun=true":       {file, 400, "bad-request"},
		"?name=x.csv":                   {"", 422, "empty"},
		"?name=x.csv&reason=x":          {"cluster,unit\n", 422, "format"},
		"?name=x.csv&reason=y":          {"a,b\x00\n", 422, "format"},
		"?name=x.csv&dry_run=true&lang": {file, 400, "bad-request"},
	} {
		s.do(http.MethodPost, base+"/small/imports"+query, want.body).expect(t, want.status, want.code)
	}
	s.do(http.MethodPost, base+"/other/imports?name=x.csv", file).expect(t, 404, "no-campaign")
}

// TestImportResumes: an import whose client goes away leaves a note; the same file again completes it, and stores nothing twice.
func TestImportResumes(t *testing.T) {
	t.Parallel()
	const rows = 40_000
	s := newSite(t)
	file := table(rows)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+importsPath, strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 10) // the first progress
	if _, err := a.Body.Read(buffer); err != nil {
		t.Fatal(err)
	}
	cancel()
	_ = a.Body.Close()
	standings := ""
	waitFor(t, "the import has stopped or is complete", func() bool {
		standings = s.do(http.MethodGet, base+"/small/standings?detail=none", "").Body
		return strings.Contains(standings, "import unfinished") || newestSeq(standings) == rows+2
	})
	// Another writer in between waits for the hold to end, and then is stored. What it says is not in the file.
	if got := s.append(draft("a", "in-between", 1)); got[0].Seq < 2 {
		t.Errorf("%+v", got)
	}
	_, last := importLines(t, s.do(http.MethodPost, importsPath, file))
	if res := last.Result; res == nil || res.New+res.Already != rows || res.Seq != rows+3 {
		t.Errorf("resumed: %+v", res)
	}
	standings = s.do(http.MethodGet, base+"/small/standings?detail=none", "").Body
	if strings.Contains(standings, "import unfinished") {
		t.Errorf("afterwards: %s", standings)
	}
}

// TestImportReaderSlowsNobody: the import's client does not read; others append all the same, and the import completes.
func TestImportReaderSlowsNobody(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *server.Server) { s.WriteTimeout = 100 * time.Millisecond })
	file := table(20_000)
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.(*net.TCPConn).SetReadBuffer(1); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(c, "POST %s&keep_good=true HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", importsPath, len(file), file); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the import has begun", func() bool { return newestSeq(s.do(http.MethodGet, base+"/small", "").Body) > 1 })
	if got := s.append(draft("a", "another", 1)); got[0].Seq != 20_003 {
		t.Errorf("%+v", got)
	}
}
