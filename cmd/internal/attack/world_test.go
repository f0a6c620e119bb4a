package attack

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/cmd/internal/keys"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// id is the campaign's. Its five units are harbor, which leads, hill, lake, mill and moor; all names are invented.
const id = "river-2026"

// regulationText names everybody. KEY-x stands for the key of x.
const regulationText = `id: river-2026
title: River year
period: {start: 2026-01-01, end: 2026-12-31, zone: Asia/Ho_Chi_Minh}
clock: live
levels:
  - {id: self, scorers: own-unit}
  - {id: cross, scorers: peer-units}
criteria:
  default:
    items:
      - {id: A, method: graded, max: 100, aggregate: {method: mean}}
      - {id: B, method: graded, max: 50}
clusters:
  - {id: one, criteria: default, lead: harbor, units: [{id: harbor}, {id: hill}, {id: lake}, {id: mill}, {id: moor}]}
calendar: [{for: self, until: "2026-03-02T17:00", late: refuse}]
council: {seats-per-unit: 1, recuse-own: true}
awards: [{id: flag, title: Flag, authority: Ministry, places: 1, vote: {threshold: 1/2, base: present, quorum: 2/3}}]
witnesses:
  colluding: 1
  keys: [{id: hill-w, unit: hill, key: "KEY-hill-w"}, {id: lake-w, unit: lake, key: "KEY-lake-w"}, {id: mill-w, unit: mill, key: "KEY-mill-w"}, {id: moor-w, unit: moor, key: "KEY-moor-w"}]
members:
`

func units() []string     { return []string{"harbor", "hill", "lake", "mill", "moor"} }
func witnesses() []string { return []string{"hill-w", "lake-w", "mill-w", "moor-w"} }

// began is the morning of the campaign's one day, at eight; its marks are due at five in the afternoon.
var began = time.Date(2026, time.March, 2, 1, 0, 0, 0, time.UTC)

// private is the key of somebody; the same in every run.
func private(who string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(who))
	return ed25519.NewKeyFromSeed(seed[:])
}

// keyFile is the key of somebody for a purpose.
func keyFile(purpose keys.Purpose, who string) *keys.Key {
	k, err := keys.New(purpose, who, bytes.NewReader(private(who).Seed()))
	if err != nil {
		panic(err)
	}
	return k
}

// regulation is the honest one; edits are pairs of what is replaced and by what.
func regulation(edits ...string) *events.Regulation {
	var b strings.Builder
	b.WriteString(regulationText)
	for _, unit := range units() {
		for _, role := range []string{"head", "officer", "council"} {
			fmt.Fprintf(&b, "  - {id: %s-%s, role: %[2]s, unit: %[1]s, key: \"KEY-%[1]s-%[2]s\"}\n", unit, role)
		}
	}
	b.WriteString("  - {id: ministry, role: authority, key: \"KEY-ministry\"}\n")
	parts := strings.Split(strings.NewReplacer(edits...).Replace(b.String()), "KEY-")
	for i := 1; i < len(parts); i++ {
		who, rest, _ := strings.Cut(parts[i], `"`)
		parts[i] = events.PublicKeyOf(private(who)).String() + `"` + rest
	}
	r, err := events.ParseRegulation("river.yaml", []byte(strings.Join(parts, "")))
	if err != nil {
		panic(err)
	}
	return r
}

// clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return c.now
}

// eventID is the id of event n of a story; the same in every run.
func eventID(story string, n int) uuid.UUID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", story, n))
	made := uuid.UUID(sum[:16])
	var stamp [8]byte
	binary.BigEndian.PutUint64(stamp[:], uint64(began.UnixMilli()+int64(n)))
	copy(made[:6], stamp[2:])
	made[6], made[8] = made[6]&0x0f|0x70, made[8]&0x3f|0x80
	return made
}

// signed is a draft's record by an author's key, or by another one.
func signed(d events.Draft, genesis string, key ed25519.PrivateKey) events.Record {
	record, err := events.Encode(d)
	if err == nil {
		record, err = events.Sign(key, genesis, record)
	}
	if err != nil {
		panic(err)
	}
	return record
}

// master is the honest campaign: what lies on the server's disk, and what others keep. Nobody changes it.
type master struct {
	dir       string // the server's data directory, in which no server runs
	witnesses string // has a directory for each witness
	policy    *proof.Policy
	honest    *story
	older     []byte // a bundle that a member kept from the noon of the day
	newest    []byte // the server's last honest one
	receipts  map[events.Seq][]byte
	lodging   []byte // of a draft that the server never recorded, by lake-w
	ended     time.Time
}

// The places of what is attacked, and how many events there are. The master's builder holds them to it.
const (
	seqJoined     = 2  // the first of the five
	seqMarks      = 9  // harbor's two marks, as one commit; then those of hill, lake, mill and moor
	seqLakeMark   = 13 // lake's mark on A, by lake-officer
	seqMoorMark   = 17
	seqReview     = 20 // stage.advanced by harbor-head: the first event behind the deadline
	seqCross      = 21 // the first of five marks by peers
	seqNominated  = 29 // lake, by hill-council
	seqBallot     = 31 // opened by harbor-head
	seqNoticed    = 32 // lake-head has notice of the nomination; then mill-head and moor-head, a minute apart
	seqVote       = 35 // harbor-council's; then hill's, lake's, mill's and moor's
	seqClosed     = 40 // the ballot
	seqProposed   = 42
	seqDecided    = 43 // granted by the ministry
	seqLast       = 44
	sizeNoon      = 18 // what the witnesses saw before the deadline, and the older bundle holds
	sizeOpenBox   = 31 // and when the ballot was opened
	firstSeen     = 8  // and before any mark
	seqCorrection = 19 // of moor's mark, after noon
)

// theMaster is made once.
var theMaster = sync.OnceValues(buildMaster)

// root is removed when the tests are over.
var root string

func TestMain(m *testing.M) {
	var err error
	if root, err = os.MkdirTemp("", "attack-"); err != nil {
		panic(err)
	}
	code := m.Run()
	if err := os.RemoveAll(root); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// stored is the honest campaign.
func stored(t testing.TB) *master {
	t.Helper()
	m, err := theMaster()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// copyDir copies a directory with the modes of its files.
func copyDir(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		content, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(filepath.Join(to, rel), content, 0o600)
		}
		return err
	})
}

// copyOf is a copy of the server's data directory.
func (m *master) copyOf(t testing.TB) string {
	t.Helper()
	to := t.TempDir()
	if err := copyDir(m.dir, to); err != nil {
		t.Fatal(err)
	}
	return to
}
