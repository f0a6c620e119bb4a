package attack

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
)

// TestHonest: nothing is wrong with what is honest. Each attack below starts from here.
func TestHonest(t *testing.T) {
	t.Parallel()
	m := stored(t)
	if m.honest.size() != seqLast || len(m.policy.Witnesses) != 4 || m.policy.Quorum != 3 || m.policy.Colluding() != 1 {
		t.Fatalf("%d events, the policy %+v", m.honest.size(), m.policy)
	}
	against := [][]byte{m.older, m.newest}
	for _, seq := range []events.Seq{seqLakeMark, seqReview, seqVote + 3, seqLast} {
		against = append(against, m.receipts[seq])
	}
	finds(t, m.policy, m.newest, allGood+strings.Repeat(" against:ok", len(against)), against...)
	finds(t, m.policy, m.older, allGood)
	if !bytes.Equal(m.honest.bundle(t), m.newest) {
		t.Error("the attacker writes other bundles than the server")
	}
	for _, name := range witnesses() {
		good(t, watcher(t, m, name, seqLast, lie(t, m.honest.clone(), m.policy).web.URL, m.later()))
	}
	dir := m.copyOf(t)
	m.takes(t, dir, "")
	dir = m.copyOf(t)
	take(t, dir, m.honest)
	m.takes(t, dir, "")
}

// TestForgedCosignatures is attack 16: cosignatures that no witness made.
func TestForgedCosignatures(t *testing.T) {
	t.Parallel()
	m := stored(t)
	s := m.honest.clone() // a rebuilt history, whose last checkpoint shall have a quorum
	s.swap(seqNoticed, seqNoticed+1)
	s.resettle(m.policy)
	bare := string(s.points[seqLast])
	_, honest, _ := strings.Cut(string(m.honest.points[seqLast]), "\n\n")
	var moved string // the honest cosignatures, of another checkpoint
	for line := range strings.Lines(honest) {
		if strings.HasSuffix(strings.Fields(line)[1], "-w") {
			moved += line
		}
	}
	for name, note := range map[string]string{
		"those of another checkpoint": bare + moved,
		"by another key of the name":  bare + otherKeys(t, m, s),
		"with another signature":      bare + flipped(t, m, s),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forged := s.clone()
			forged.points[seqLast] = []byte(note)
			finds(t, m.policy, forged.bundle(t), "authentic:ok complete:44 witnessed:32 timely:ok admitted:ok recomputed:ok")
			// The honest server does not take them, and what somebody put into its stream counts for nothing.
			onto := strings.Replace(string(m.honest.points[seqLast]), moved, "", 1) + strings.TrimPrefix(note, bare)
			if name == "those of another checkpoint" {
				onto = bare + moved
			}
			_, c := held(t, m.copyOf(t), m.later())
			if _, err := c.Cosign(t.Context(), []byte(onto)); !errors.Is(err, host.ErrCosignature) {
				t.Errorf("the server says %v", err)
			}
		})
	}
	t.Run("twice the same", func(t *testing.T) { // one witness does not count for two
		t.Parallel()
		twice := s.clone()
		one := cosigned(s.points[seqLast], m.policy, m.ended, "hill-w")
		line := one[len(s.points[seqLast]):]
		twice.points[seqLast] = bytes.Join([][]byte{one, line, line}, nil)
		finds(t, m.policy, twice.bundle(t), "authentic:ok complete:44 witnessed:32 timely:ok admitted:ok recomputed:ok")
		twice.points[seqLast] = one
		finds(t, m.policy, twice.bundle(t), "authentic:ok complete:ok witnessed:32 timely:ok admitted:ok recomputed:ok")
	})
}

// otherKeys are the cosignature lines of three who bear witnesses' names.
func otherKeys(t *testing.T, m *master, s *story) (lines string) {
	t.Helper()
	for _, name := range witnesses()[:3] {
		signer, err := proof.CosignerAt(name, private("puppet "+name), func() time.Time { return m.ended })
		if err != nil {
			t.Fatal(err)
		}
		c, err := proof.OpenCheckpoint(s.points[seqLast], m.policy)
		if err != nil {
			t.Fatal(err)
		}
		more, err := c.Cosign(signer)
		if err != nil {
			t.Fatal(err)
		}
		lines += string(more.Marshal()[len(s.points[seqLast]):])
	}
	return lines
}

// flipped are good cosignature lines, with one bit of each signature changed.
func flipped(t *testing.T, m *master, s *story) (lines string) {
	t.Helper()
	note := cosigned(s.points[seqLast], m.policy, m.ended, witnesses()[:3]...)
	for line := range strings.Lines(string(note[len(s.points[seqLast]):])) {
		words := strings.Fields(line)
		data, err := base64.StdEncoding.DecodeString(words[2])
		if err != nil {
			t.Fatal(err)
		}
		data[40] ^= 1
		lines += words[0] + " " + words[1] + " " + base64.StdEncoding.EncodeToString(data) + "\n"
	}
	return lines
}

// TestForgedPointsOnDisk: forged cosignatures are put into the stream of checkpoints, where nothing can be taken out again.
func TestForgedPointsOnDisk(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lines  func(*testing.T, *master, *story) string
		doctor string
		export error
	}{
		"by another key of the name": {otherKeys, "", nil}, // as a witness's key of before would be: it counts for nothing
		"with another signature":     {flipped, host.CheckCheckpoints, errExport},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := stored(t)
			dir := m.copyOf(t)
			s := m.honest.clone()
			s.points[seqLast] = s.sign(seqLast, m.policy, m.ended).Marshal()
			note := string(s.points[seqLast]) + test.lines(t, m, s)
			offline(t, dir, func(js jetstream.JetStream, _ *ledger.Streams) {
				if _, err := js.Publish(t.Context(), "checkpoint."+id, []byte(note)); err != nil {
					t.Fatal(err)
				}
			})
			_, c := held(t, dir, m.later())
			if w := c.Witnessing(); w.Cosigned != 4 || w.Quorate != seqLast {
				t.Errorf("%+v", w)
			}
			if got := examined(t, c); got != test.doctor {
				t.Errorf("doctor finds %q", got)
			}
			if _, err := c.BundleEnd(t.Context(), host.Reader{}, 0); (err == nil) != (test.export == nil) {
				t.Errorf("a bundle: %v", err)
			}
		})
	}
}

// errExport: no bundle can be written.
var errExport = errors.New("no bundle can be written")

// TestClaimsChanged is attack 17: the bundle claims another result, and its last line is that of what it says.
func TestClaimsChanged(t *testing.T) {
	t.Parallel()
	const found = "authentic:ok complete:ok witnessed:ok timely:ok admitted:ok recomputed:44"
	for name, forge := range map[string]func(*story){
		"a rank in the standings": func(s *story) { s.standings = bytes.Replace(s.standings, []byte(`"rank":1`), []byte(`"rank":2`), 1) },
		"points in the standings": func(s *story) {
			s.standings = bytes.Replace(s.standings, []byte(`"points":"`), []byte(`"points":"9`), 1)
		},
		"the same, spelled otherwise": func(s *story) {
			s.standings = bytes.Replace(s.standings, []byte(`"format":1`), []byte(`"format": 1`), 1)
		},
		"standings of before": func(s *story) {
			short := s.clone()
			short.cut(sizeOpenBox)
			if err := short.claim(); err != nil {
				panic(err)
			}
			s.standings = short.standings
		},
		"a vote in the awards": func(s *story) { s.awards = bytes.Replace(s.awards, []byte(`"against":1`), []byte(`"against":0`), 1) },
		"no awards":            func(s *story) { s.awards = []byte("{}") },
		"a file that no record names": func(s *story) {
			s.evidence = append(s.evidence, strings.Repeat("0", 64))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := stored(t)
			s := m.honest.clone()
			forge(s)
			if bundle := s.bundle(t); bytes.Equal(bundle, m.newest) {
				t.Error("nothing was forged")
			} else {
				finds(t, m.policy, bundle, found)
			}
		})
	}
	t.Run("the last line not recomputed", func(t *testing.T) {
		t.Parallel()
		m := stored(t)
		forged := bytes.Replace(m.newest, []byte(`"rank":1`), []byte(`"rank":2`), 1)
		finds(t, m.policy, forged, "authentic:- complete:45 witnessed:- timely:- admitted:- recomputed:-")
	})
}

// TestPolicySwapped is attack 18: the bundle is of a log of the attacker's, with his own log key and witnesses.
func TestPolicySwapped(t *testing.T) {
	t.Parallel()
	m := stored(t)
	puppets := &proof.Policy{Origin: m.policy.Origin, Log: events.PublicKeyOf(private("puppet log")), Quorum: 3}
	for _, w := range m.policy.Witnesses {
		puppets.Witnesses = append(puppets.Witnesses, proof.Witness{Name: w.Name, Key: events.PublicKeyOf(private("puppet " + w.Name))})
	}
	s := m.honest.clone()
	s.swap(seqNoticed, seqNoticed+1)
	for size := range s.points {
		c, err := proof.Sign(s.origin, s.head(size), logSigner(s.origin, "puppet log"))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range puppets.Witnesses {
			signer, err := proof.CosignerAt(w.Name, private("puppet "+w.Name), func() time.Time { return s.recordedAt(events.Seq(size)).Add(time.Second) })
			if err != nil {
				t.Fatal(err)
			}
			more, err := c.Cosign(signer)
			if err != nil {
				t.Fatal(err)
			}
			c.Merge(more, puppets)
		}
		s.points[size] = c.Marshal()
	}
	finds(t, m.policy, s.bundle(t), "authentic:ok complete:1 witnessed:1 timely:? admitted:ok recomputed:ok")
	// His policy fits his checkpoints, but not the regulation, whose witnesses the heads signed for.
	finds(t, puppets, s.bundle(t), strings.Replace(allGood, "witnessed:ok", "witnessed:failed", 1))

	s.origin = strings.Replace(s.origin, id, "river-2027", 1)
	finds(t, m.policy, s.bundle(t), "authentic:1 complete:- witnessed:- timely:- admitted:- recomputed:-")
}
