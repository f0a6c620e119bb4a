package verify

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// The campaign of the benchmark: units mark each other's leaves, in commits of an import's size with a checkpoint each.
const (
	benchUnits   = 100
	benchLeaves  = 50
	benchCommit  = 500
	benchEvents  = 200_000
	benchSigned  = 20_000
	benchID      = "bench"
	benchPoints  = 1000 // different marks
	benchPerUnit = benchUnits * benchLeaves
)

func benchKey(n int) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	binary.BigEndian.PutUint64(seed, uint64(n+1))
	return ed25519.NewKeyFromSeed(seed)
}

// benchLog writes the bundle of a campaign.
type benchLog struct {
	b        *testing.B
	signed   bool
	genesis  string
	live     *projections.Live
	recorded time.Time
	seq      events.Seq
	tree     proof.Range
	writer   *proof.BundleWriter
	out      bytes.Buffer
	records  []events.Record
}

func (l *benchLog) regulation() *events.Regulation {
	var s strings.Builder
	s.WriteString("id: bench\nlevels: [{id: panel, scorers: any}]\ncriteria:\n  set:\n    items:\n")
	for i := range benchLeaves {
		fmt.Fprintf(&s, "      - {id: L%d, method: graded, max: 100, aggregate: {method: mean}}\n", i)
	}
	s.WriteString("clusters:\n  - id: c\n    criteria: set\n    lead: u0\n    units:\n")
	for i := range benchUnits {
		fmt.Fprintf(&s, "      - {id: u%d}\n", i)
	}
	if l.signed {
		s.WriteString("members:\n")
		for i := range benchUnits {
			fmt.Fprintf(&s, "  - {id: h%d, role: head, unit: u%d, key: %q}\n", i, i, events.PublicKeyOf(benchKey(i)))
		}
	}
	r, err := events.ParseRegulation("bench.yaml", []byte(s.String()))
	if err != nil {
		l.b.Fatal(err)
	}
	return r
}

// say takes an event of a unit's head into the commit under way.
func (l *benchLog) say(by int, subject string, p events.Payload) {
	l.seq++
	id := uuid.UUID{6: 0x70, 8: 0x80}
	binary.BigEndian.PutUint32(id[12:], uint32(l.seq))
	d := events.Draft{ID: id, Campaign: benchID, Subject: subject, Time: l.recorded, Author: fmt.Sprintf("h%d", by), Payload: p}
	record, err := events.Encode(d)
	if err == nil && l.signed {
		genesis := l.genesis
		if genesis == "" {
			genesis = events.NoGenesis
		}
		record, err = events.Sign(benchKey(by), genesis, record)
	}
	if err == nil {
		d, err = events.Decode(record)
	}
	if err == nil {
		err = l.live.Admit(events.Event{Draft: d, Seq: l.seq, Recorded: l.recorded, Record: record})
	}
	if err != nil {
		l.b.Fatal(err)
	}
	l.records = append(l.records, record)
	l.tree.Append(events.LeafHash(record, l.recorded))
}

// commit writes the commit under way, and a checkpoint.
func (l *benchLog) commit() {
	if l.genesis == "" {
		l.genesis = proof.Genesis(l.records[0])
		l.writer = proof.NewBundleWriter(&l.out, proof.Origin(benchID, l.genesis))
	}
	var all []byte
	for _, r := range l.records {
		all = append(append(all, r...), '\n')
	}
	l.live.Commit()
	l.writer.Commit(l.seq+1-events.Seq(len(l.records)), l.recorded, all)
	origin := proof.Origin(benchID, l.genesis)
	signer, err := proof.LogSigner(origin, benchKey(-1))
	if err != nil {
		l.b.Fatal(err)
	}
	c, err := proof.Sign(origin, proof.Head{Size: l.tree.Size(), Root: l.tree.Root()}, signer)
	if err != nil {
		l.b.Fatal(err)
	}
	l.writer.Checkpoint(c.Marshal())
	l.records, l.recorded = l.records[:0], l.recorded.Add(time.Second)
}

// benchBundle is a bundle of n marks.
func benchBundle(b *testing.B, n int, signed bool) ([]byte, *proof.Policy) {
	b.Helper()
	l := &benchLog{b: b, signed: signed, live: projections.NewRefold(), recorded: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}
	l.say(0, "", events.NewCampaignOpened(l.regulation(), "bench.yaml", strings.Repeat("0", 64)))
	l.commit()
	if signed {
		for i := range benchUnits {
			l.say(i, fmt.Sprintf("u%d", i), &events.UnitJoined{})
		}
		l.say(0, "", &events.StageAdvanced{Stage: events.StageOpen})
		l.say(0, "", &events.StageAdvanced{Stage: events.StageScoring})
		l.commit()
	}
	for i := range n {
		cell, round := i%benchPerUnit, i/benchPerUnit
		unit := cell / benchLeaves
		by, scorer := (unit+1+round)%benchUnits, fmt.Sprintf("j%d", round)
		if signed {
			scorer = fmt.Sprintf("u%d", by)
		}
		l.say(by, fmt.Sprintf("u%d", unit), &events.ScoreEntered{Cluster: "c", Criterion: fmt.Sprintf("L%d", cell%benchLeaves), Level: "panel", Scorer: scorer,
			Mark: events.Mark{Kind: events.MarkPoints, Amount: events.Decimal(i%benchPoints) * events.DecimalOne / 10}})
		if i%benchCommit == benchCommit-1 {
			l.commit()
		}
	}
	standings, awards, err := l.live.ClaimLines()
	if err != nil {
		b.Fatal(err)
	}
	l.writer.Standings(standings)
	l.writer.Awards(awards)
	if err := l.writer.Close(); err != nil {
		b.Fatal(err)
	}
	return l.out.Bytes(), &proof.Policy{Origin: proof.Origin(benchID, l.genesis), Log: events.PublicKeyOf(benchKey(-1))}
}

// BenchmarkVerify is a whole verification of a bundle, of an unsigned campaign and of a signed one, beside a loop that only reads and hashes. One
// core and all: the first says what it costs, the second how long it takes.
//
//	go test -run xxx -bench Verify ./cmd/internal/verify
func BenchmarkVerify(b *testing.B) {
	for _, kind := range []struct {
		name   string
		events int
		signed bool
	}{{"unsigned", benchEvents, false}, {"signed", benchSigned, true}} {
		bundle, policy := benchBundle(b, kind.events, kind.signed)
		for _, cores := range []int{1, runtime.NumCPU()} {
			b.Run(fmt.Sprintf("%s/cores=%d/bare", kind.name, cores), func(b *testing.B) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
				for b.Loop() {
					readAndHash(b, bundle)
				}
				b.ReportMetric(float64(kind.events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
			})
			b.Run(fmt.Sprintf("%s/cores=%d/verify", kind.name, cores), func(b *testing.B) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
				signatures := int64(0)
				for b.Loop() {
					r, err := Run(b.Context(), Options{Policy: policy, Bundle: bytes.NewReader(bundle)})
					if err != nil || !r.OK {
						b.Fatal(err, r)
					}
					signatures += r.SignatureMs
				}
				b.ReportMetric(float64(kind.events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
				if kind.signed {
					b.ReportMetric(float64(signatures)/float64(b.N), "signature-ms/op")
				}
			})
		}
	}
}

// readAndHash is what can't be left out of any verification.
func readAndHash(b *testing.B, bundle []byte) {
	r, err := proof.NewBundleReader(bytes.NewReader(bundle))
	if err != nil {
		b.Fatal(err)
	}
	var tree proof.Range
	for {
		item, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			b.Fatal(err)
		}
		if item.Commit == nil {
			continue
		}
		for _, record := range item.Commit.Records {
			tree.Append(events.LeafHash(record, item.Commit.Recorded))
		}
	}
}
