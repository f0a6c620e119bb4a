package bench

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/scores"
	"campaignledger/events"
)

// signer is a signed campaign's members: the head of every unit, and of the lead.
type signer struct {
	keys    []ed25519.PrivateKey // of the units' heads in their order, then of the lead's
	genesis string
}

// maxSigned is how many entries a signed campaign takes here: one of each unit for every unit and leaf.
const maxSigned = Units * Leaves * Units

func newSigner() *signer {
	s := &signer{genesis: events.NoGenesis}
	for i := range Units + 1 {
		seed := make([]byte, ed25519.SeedSize)
		seed[0], seed[1] = 1, byte(i)
		s.keys = append(s.keys, ed25519.NewKeyFromSeed(seed))
	}
	return s
}

// unit is the i-th member's unit; its head's id is "h-" and the unit's.
func (s *signer) unit(i int) string {
	if i == Units {
		return "lead"
	}
	return fmt.Sprintf("u%d", i)
}

// regulation is that of the unsigned campaign with a lead more and a head for every unit.
func (s *signer) regulation() []byte {
	var b strings.Builder
	b.Write(Regulation())
	b.WriteString("      - {id: lead}\n    lead: lead\nmembers:\n")
	for i, key := range s.keys {
		fmt.Fprintf(&b, "  - {id: h-%s, role: head, unit: %[1]s, key: %q}\n", s.unit(i), events.PublicKeyOf(key))
	}
	return []byte(b.String())
}

// sign makes d a record of the i-th member.
func (s *signer) sign(b *testing.B, i int, d events.Draft) events.Record {
	b.Helper()
	d.ID, d.Campaign, d.Author, d.Time = events.NewID(), Campaign, "h-"+s.unit(i), events.Milliseconds(time.Now())
	record, err := events.Encode(d)
	if err == nil {
		record, err = events.Sign(s.keys[i], s.genesis, record)
	}
	if err != nil {
		b.Fatal(err)
	}
	return record
}

// openSigned opens the bench campaign with members on a directory of its own, up to where it takes scores.
func openSigned(b *testing.B) (*host.Host, *host.Campaign, *signer) {
	b.Helper()
	s := newSigner()
	r, err := events.ParseRegulation("bench.yaml", s.regulation())
	if err != nil {
		b.Fatal(err)
	}
	h, err := host.Open(b.Context(), host.Config{Dir: b.TempDir(), Log: zerolog.Nop()})
	if err != nil {
		b.Fatal(err)
	}
	opening := s.sign(b, Units, events.Draft{Payload: events.NewCampaignOpened(r, "bench.yaml", strings.Repeat("0", 64))})
	c, _, err := h.OpenSigned(b.Context(), opening)
	if err != nil {
		b.Fatal(err)
	}
	sum := events.RecordHash(opening)
	s.genesis = hex.EncodeToString(sum[:])
	var body []events.Proposal
	for i := range s.keys {
		body = append(body, events.Proposal{Record: s.sign(b, i, events.Draft{Subject: s.unit(i), Payload: &events.UnitJoined{}})})
	}
	for _, stage := range []events.Stage{events.StageOpen, events.StageScoring} {
		body = append(body, events.Proposal{Record: s.sign(b, Units, events.Draft{Payload: &events.StageAdvanced{Stage: stage}})})
	}
	if _, err := c.Ledger.Append(b.Context(), body...); err != nil {
		b.Fatal(err)
	}
	return h, c, s
}

// author is the member that signs the i-th entry: every unit and leaf is scored by one unit's head, then by the next one's.
func author(i int) int { return (i + i/(Units*Leaves)) % Units }

// records are n signed entries of about EventBytes and a signature.
func (s *signer) records(b *testing.B, n int) []events.Record {
	b.Helper()
	if n > maxSigned {
		b.Skipf("a campaign takes %d signed entries here, not %d", maxSigned, n)
	}
	list := make([]events.Record, n)
	for i := range list {
		d, by := Draft(i), author(i)
		p := d.Payload.(*events.ScoreEntered)
		p.Scorer, p.Evidence = s.unit(by), "sha256:"+strings.Repeat("e", 64)
		list[i] = s.sign(b, by, d)
	}
	return list
}

// importRows imports n rows from CSV as the lead's head, who enters them for their scorers.
func (s *signer) importRows(b *testing.B, c *host.Campaign, csv []byte, n int) {
	b.Helper()
	f, err := scores.Read("bench.csv", csv)
	if err != nil {
		b.Fatal(err)
	}
	plan, id, err := c.PlanSigned(b.Context(), host.Reader{}, f, host.ImportOptions{Author: "h-lead"})
	if err != nil || plan.Bad > 0 || plan.Rows != n {
		b.Fatal(err, plan.Bad, plan.Rows)
	}
	record, err := events.Sign(s.keys[Units], s.genesis, plan.Started.Record)
	if err == nil {
		_, err = c.StoreSigned(b.Context(), host.Reader{}, id, record, nil)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// signature is what ed25519.Verify takes.
type signature struct {
	key           ed25519.PublicKey
	message, sign []byte
}

// signatures are those of records.
func (s *signer) signatures(b *testing.B, list []events.Record) []signature {
	b.Helper()
	signatures := make([]signature, len(list))
	for i, r := range list {
		digits := r[len(r)-len(`"}`)-2*ed25519.SignatureSize : len(r)-len(`"}`)]
		sign, err := hex.DecodeString(string(digits))
		if err != nil {
			b.Fatal(err)
		}
		key, _ := s.keys[author(i)].Public().(ed25519.PublicKey)
		signatures[i] = signature{key, []byte("campaign-ledger/event/v1\n" + s.genesis + "\n" + string(r.Unsigned())), sign}
	}
	return signatures
}

// roundEvents is how many events are appended before as many signatures are checked alone: short enough that both meet the same machine.
const roundEvents = 2000

// BenchmarkAppendSigned: writers that each wait for the acknowledgement of their own signed record, in turns with all cores checking the
// same signatures and doing nothing else (alone/s). ratio is what is left of that with everything else: strict parse, admission, commit,
// fsync, fold.
func BenchmarkAppendSigned(b *testing.B) {
	for _, writers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			h, c, s := openSigned(b)
			defer h.Close()
			list := s.records(b, b.N)
			signatures := s.signatures(b, list)
			var alone time.Duration
			b.ResetTimer()
			for from := 0; from < b.N; from += roundEvents {
				to := min(from+roundEvents, b.N)
				burst(b, writers, from, to, func(i int) error {
					_, err := c.Ledger.Append(context.Background(), events.Proposal{Record: list[i]})
					return err
				})
				b.StopTimer()
				start := time.Now()
				burst(b, runtime.GOMAXPROCS(0), from, to, func(i int) error {
					if one := &signatures[i]; !ed25519.Verify(one.key, one.message, one.sign) {
						return fmt.Errorf("record %d: bad signature", i)
					}
					return nil
				})
				alone += time.Since(start)
				b.StartTimer()
			}
			report(b)
			b.ReportMetric(float64(b.N)/alone.Seconds(), "alone/s")
			b.ReportMetric(alone.Seconds()/b.Elapsed().Seconds(), "ratio")
		})
	}
}
