package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"campaignledger/cmd/internal/demo"
	"campaignledger/cmd/internal/papers"
	"campaignledger/cmd/internal/verify"
	"campaignledger/events"
	"campaignledger/projections"
)

// stream is bytes that look random and are the same in every run.
type stream struct{ n int }

func (s *stream) Read(p []byte) (int, error) {
	s.n++
	sum := sha256.Sum256(fmt.Appendf(nil, "seed %d", s.n))
	return copy(p, sum[:]), nil
}

// told is the demonstration year, with its minutes logged as the last event but one, and their signed copy as the last.
type told struct {
	story   *story
	minutes []byte
}

var yearOnce = sync.OnceValues(func() (told, error) {
	dir, err := os.MkdirTemp("", "verify-")
	if err != nil {
		return told{}, err
	}
	defer os.RemoveAll(dir)
	keys, err := demo.MakeKeys(dir, &stream{})
	if err != nil {
		return told{}, err
	}
	bodies, err := demo.Year(keys)
	if err != nil {
		return told{}, err
	}
	s := &story{campaign: "cum2-2017"}
	live := projections.NewRefold()
	for i, b := range bodies {
		c := commit{recorded: began.Add(time.Duration(i) * time.Second)}
		for _, p := range b.Proposals {
			c.records = append(c.records, p.Record)
			last, _ := live.Last()
			if err := live.Admit(events.Event{Draft: p.Draft, Seq: last + 1, Recorded: c.recorded, Record: p.Record}); err != nil {
				return told{}, err
			}
		}
		live.Commit()
		s.commits = append(s.commits, c)
	}
	sum := events.RecordHash(s.commits[0].records[0])
	s.genesis = hex.EncodeToString(sum[:])
	minutes, err := issue(s, live, keys)
	return told{s, minutes}, err
})

// issue makes the minutes, and logs them and a signed copy.
func issue(s *story, live *projections.Live, keys demo.Keys) ([]byte, error) {
	last, recorded := live.Last()
	root := s.head(uint64(last)).Root
	var b bytes.Buffer
	err := papers.Write(&b, papers.Source{Live: live, Seq: last, Root: hex.EncodeToString(root[:])},
		papers.Options{Kind: events.DocumentMinutes, Lang: "vi", Cluster: "cum2", Place: "Lạng Sơn", Number: "12/BB"})
	if err != nil {
		return nil, err
	}
	p := &events.DocumentIssued{Kind: events.DocumentMinutes, Lang: "vi", Cluster: "cum2", Place: "Lạng Sơn", Number: "12/BB", Seq: int(last), Name: "m.pdf",
		SHA256: fmt.Sprintf("%x", sha256.Sum256(b.Bytes()))}
	copied := *p
	copied.SHA256 = fmt.Sprintf("%x", sha256.Sum256([]byte("scan")))
	list := s.commits[len(s.commits)-1].records
	newest, err := events.Decode(list[len(list)-1])
	if err != nil {
		return nil, err
	}
	for i, p := range []*events.DocumentIssued{p, &copied} {
		d := events.Draft{ID: events.NewID(), Campaign: s.campaign, Time: newest.Time, Author: "lang-son-head", Payload: p}
		if i == 0 {
			copied.Of = d.ID
		}
		record, err := events.Encode(d)
		if err == nil {
			record, err = events.Sign(keys["lang-son-head"].Private(), s.genesis, record)
		}
		if err != nil {
			return nil, err
		}
		s.commits = append(s.commits, commit{recorded, []events.Record{record}})
	}
	return b.Bytes(), nil
}

// year is the demonstration year with checkpoints of three witnesses, and its minutes.
func year(t testing.TB) (*story, []byte) {
	t.Helper()
	y, err := yearOnce()
	if err != nil {
		t.Fatal(err)
	}
	s := y.story.clone()
	s.points = map[uint64][]byte{}
	for i, end := range s.ends() {
		if i%20 == 0 {
			s.points[end] = s.sign(t, s.head(end), s.recordedAt(end), s.recordedAt(end), s.recordedAt(end)).Marshal()
		}
	}
	last := s.ends()[len(s.commits)-1]
	s.points[last] = s.sign(t, s.head(last), s.recordedAt(last), time.Time{}, s.recordedAt(last)).Marshal()
	s.claim(t)
	return s, y.minutes
}

func TestYear(t *testing.T) {
	t.Parallel()
	s, minutes := year(t)
	p, bundle := s.policy(3, 2), s.bundle(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "other"), []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := mustPass(t, p, bundle, "--document", put(t, "minutes.pdf", minutes), "--evidence", dir)
	for _, l := range r.Lines {
		if l.Status != verify.OK && l.Name != verify.Unknowable && l.Name != verify.Evidence {
			t.Errorf("%+v", l)
		}
	}
	if l := lineOf(t, r, verify.Document); !strings.Contains(l.Text, "byte for byte") {
		t.Errorf("%+v", l)
	}
	if l := lineOf(t, r, verify.Evidence); l.Status != verify.NotCheckable || len(l.Details) != len(s.evidence) || len(s.evidence) == 0 {
		t.Errorf("%+v", l)
	}
	mustPass(t, p, bundle, "--document", put(t, "scan.pdf", []byte("scan")))
	mustFail(t, p, bundle, map[string]events.Seq{verify.Document: 0}, "--document", put(t, "minutes.pdf", append(minutes, '\n')))

	forged := append(bytes.Clone(minutes), "% forged\n"...)
	lied := s.clone()
	last := len(lied.commits) - 2
	record := lied.commits[last].records[0]
	seq := lied.ends()[last]
	lied.commits[last].records[0] = bytes.Replace(record, fmt.Appendf(nil, "%x", sha256.Sum256(minutes)), fmt.Appendf(nil, "%x", sha256.Sum256(forged)), 1)
	mustFail(t, p, bundle, map[string]events.Seq{verify.Document: 0}, "--document", put(t, "forged.pdf", forged))
	r = mustFail(t, p, lied.bundle(t), map[string]events.Seq{verify.Authentic: events.Seq(seq), verify.Complete: lastCovered(s) + 1, verify.Witnessed: lastCovered(s) + 1},
		"--document", put(t, "forged.pdf", forged))
	if l := lineOf(t, r, verify.Document); l.Status != verify.NotReached {
		t.Errorf("%+v", l)
	}
}

// lastCovered is the size of the last checkpoint but one.
func lastCovered(s *story) (last events.Seq) {
	ends := s.ends()
	for size := range s.points {
		if size != ends[len(ends)-1] {
			last = max(last, events.Seq(size))
		}
	}
	return last
}
