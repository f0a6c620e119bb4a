package attack

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/note"

	"campaignledger/events"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// commit is one of a story.
type commit struct {
	recorded time.Time
	records  []events.Record
}

// story is a log with all that a bundle says of it. Whoever forges one changes a copy.
type story struct {
	origin            string
	commits           []commit
	points            map[uint64][]byte // notes by size
	evidence          []string
	standings, awards []byte
}

// readStory reads a bundle.
func readStory(bundle []byte) (*story, error) {
	r, err := proof.NewBundleReader(bytes.NewReader(bundle))
	if err != nil {
		return nil, err
	}
	s := &story{origin: r.Origin(), points: map[uint64][]byte{}}
	for {
		item, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return s, nil
		case err != nil:
			return nil, err
		case item.Commit != nil:
			s.commits = append(s.commits, commit{item.Commit.Recorded, item.Commit.Records})
		case item.Checkpoint != nil:
			s.points[s.size()] = item.Checkpoint
		case item.Evidence != "":
			s.evidence = append(s.evidence, item.Evidence)
		case item.Standings != nil:
			s.standings = item.Standings
		default:
			s.awards = item.Awards
		}
	}
}

// clone is a copy that a forger may change.
func (s *story) clone() *story {
	c := *s
	c.commits = nil
	for _, one := range s.commits {
		c.commits = append(c.commits, commit{one.recorded, slices.Clone(one.records)})
	}
	c.points, c.evidence = maps.Clone(s.points), slices.Clone(s.evidence)
	return &c
}

// size is how many events there are.
func (s *story) size() (n uint64) {
	for _, c := range s.commits {
		n += uint64(len(c.records))
	}
	return n
}

// at finds an event: its commit and its place in it.
func (s *story) at(seq events.Seq) (c, i int) {
	left := int(seq)
	for c := range s.commits {
		if left <= len(s.commits[c].records) {
			return c, left - 1
		}
		left -= len(s.commits[c].records)
	}
	panic("no such event")
}

// record is that of an event.
func (s *story) record(seq events.Seq) events.Record {
	c, i := s.at(seq)
	return s.commits[c].records[i]
}

// put puts another record in an event's place.
func (s *story) put(seq events.Seq, r events.Record) {
	c, i := s.at(seq)
	s.commits[c].records[i] = r
}

// replace changes part of a record's text, which must be there.
func (s *story) replace(seq events.Seq, from, to string) {
	r := s.record(seq)
	if !bytes.Contains(r, []byte(from)) {
		panic("event does not say " + from + ": " + string(r))
	}
	s.put(seq, bytes.Replace(r, []byte(from), []byte(to), 1))
}

// resign changes a record's draft and signs it anew, with the key that who holds.
func (s *story) resign(seq events.Seq, who string, change func(*events.Draft)) {
	d, err := events.Decode(s.record(seq))
	if err != nil {
		panic(err)
	}
	d.Signature = ""
	change(&d)
	s.put(seq, signed(d, s.genesisFor(seq), private(who)))
}

// genesisFor is what the signature of an event covers.
func (s *story) genesisFor(seq events.Seq) string {
	if seq == 1 {
		return events.NoGenesis
	}
	return proof.Genesis(s.record(1))
}

// remove takes an event out, and its commit with it where nothing else stands in it.
func (s *story) remove(seq events.Seq) {
	c, i := s.at(seq)
	if s.commits[c].records = slices.Delete(s.commits[c].records, i, i+1); len(s.commits[c].records) == 0 {
		s.commits = slices.Delete(s.commits, c, c+1)
	}
}

// insert puts a commit before that of an event.
func (s *story) insert(before events.Seq, recorded time.Time, records ...events.Record) {
	c, _ := s.at(before)
	s.commits = slices.Insert(s.commits, c, commit{recorded, records})
}

// swap lets two events change places; recorded times stay.
func (s *story) swap(a, b events.Seq) {
	first, second := s.record(a), s.record(b)
	s.put(a, second)
	s.put(b, first)
}

// add appends a commit.
func (s *story) add(recorded time.Time, records ...events.Record) {
	s.commits = append(s.commits, commit{recorded, records})
}

// cut takes off what follows a size, its checkpoints included.
func (s *story) cut(size uint64) {
	for s.size() > size {
		s.commits = s.commits[:len(s.commits)-1]
	}
	maps.DeleteFunc(s.points, func(at uint64, _ []byte) bool { return at > size })
}

// ends are the sizes after each commit.
func (s *story) ends() (ends []uint64) {
	n := uint64(0)
	for _, c := range s.commits {
		n += uint64(len(c.records))
		ends = append(ends, n)
	}
	return ends
}

// head is the story's at a size.
func (s *story) head(size uint64) proof.Head {
	var tree proof.Range
	for _, c := range s.commits {
		for _, r := range c.records {
			if tree.Size() < size {
				tree.Append(events.LeafHash(r, c.recorded))
			}
		}
	}
	return proof.Head{Size: size, Root: tree.Root()}
}

// recordedAt is when an event was recorded.
func (s *story) recordedAt(seq events.Seq) time.Time {
	c, _ := s.at(seq)
	return s.commits[c].recorded
}

// logSigner is the log's key in the attacker's hand.
func logSigner(origin, who string) note.Signer {
	signer, err := proof.LogSigner(origin, private(who))
	if err != nil {
		panic(err)
	}
	return signer
}

// sign makes a checkpoint of a size with the log's key, cosigned by those who collude, at a time.
func (s *story) sign(size uint64, p *proof.Policy, at time.Time, colluding ...string) *proof.Checkpoint {
	c, err := proof.Sign(s.origin, s.head(size), logSigner(s.origin, "log"))
	if err != nil {
		panic(err)
	}
	cosign(c, p, at, colluding...)
	return c
}

// cosign lets witnesses cosign, without a look at anything.
func cosign(c *proof.Checkpoint, p *proof.Policy, at time.Time, colluding ...string) {
	for _, name := range colluding {
		signer, err := proof.CosignerAt(name, private(name), func() time.Time { return at })
		if err != nil {
			panic(err)
		}
		more, err := c.Cosign(signer)
		if err != nil {
			panic(err)
		}
		c.Merge(more, p)
	}
}

// cosigned is a note with more cosignatures.
func cosigned(msg []byte, p *proof.Policy, at time.Time, colluding ...string) []byte {
	c, err := proof.OpenCheckpoint(msg, p)
	if err != nil {
		panic(err)
	}
	cosign(c, p, at, colluding...)
	return c.Marshal()
}

// resettle keeps the checkpoints that still hold, and signs anew wherever else there was one and a commit ends, and at the end: without any
// witness but those who collude. It works the claims out anew.
func (s *story) resettle(p *proof.Policy, colluding ...string) {
	old := s.points
	s.points = map[uint64][]byte{}
	ends := s.ends()
	for i, end := range ends {
		if _, head, err := proof.ReadHead(old[end]); err == nil && head == s.head(end) {
			s.points[end] = old[end]
		} else if old[end] != nil || i == len(ends)-1 {
			s.points[end] = s.sign(end, p, s.commits[i].recorded.Add(3*time.Second), colluding...).Marshal()
		}
	}
	s.settleClaims()
}

// settleClaims works the claims out anew. Of what can't be folded there are none, and no verifier comes so far.
func (s *story) settleClaims() {
	if err := s.claim(); err != nil {
		s.standings, s.awards = []byte("{}"), []byte("{}")
	}
}

// fold folds the story as far as its rules admit it.
func (s *story) fold() (*projections.Live, error) {
	live, decoder := projections.NewRefold(), events.NewDecoder()
	for _, c := range s.commits {
		for _, r := range c.records {
			d, err := decoder.Decode(r)
			if err != nil {
				return live, err
			}
			last, _ := live.Last()
			e := events.Event{Draft: d, Seq: last + 1, Recorded: c.recorded, Record: r}
			if d.Causation != uuid.Nil {
				e.BatchLeaf = events.BatchLeaf(r)
			}
			if err := live.Admit(e); err != nil {
				return live, err
			}
		}
		live.Commit()
	}
	return live, nil
}

// claim works out what a bundle of the story claims.
func (s *story) claim() (err error) {
	live, err := s.fold()
	if err != nil {
		return err
	}
	s.standings, s.awards, err = live.ClaimLines()
	return err
}

// bundle writes the story, as whoever wants to.
func (s *story) bundle(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := proof.NewBundleWriter(&b, s.origin)
	n := uint64(0)
	for _, c := range s.commits {
		var data []byte
		for _, r := range c.records {
			data = append(append(data, r...), '\n')
		}
		w.Commit(events.Seq(n+1), c.recorded, data)
		n += uint64(len(c.records))
		if msg := s.points[n]; msg != nil {
			w.Checkpoint(msg)
		}
	}
	for _, hash := range s.evidence {
		w.Evidence(hash)
	}
	w.Standings(s.standings)
	w.Awards(s.awards)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// hashOf is the hash by which others name a record.
func hashOf(r events.Record) string {
	sum := events.RecordHash(r)
	return hex.EncodeToString(sum[:])
}

// draft is a new event of the attacker's.
func draft(n int, author, subject string, at time.Time, p events.Payload) events.Draft {
	return events.Draft{ID: eventID("attack", n), Campaign: id, Author: author, Subject: subject, Time: events.Milliseconds(at), Payload: p}
}
