package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// claims are what a bundle says of its events.
type claims struct {
	evidence          []string
	standings, awards []byte
}

// add takes a part of a bundle that is a claim.
func (c *claims) add(item proof.BundleItem) {
	switch {
	case item.Evidence != "":
		c.evidence = append(c.evidence, item.Evidence)
	case item.Standings != nil:
		c.standings = item.Standings
	case item.Awards != nil:
		c.awards = item.Awards
	}
}

// recomputed is the line on standings, awards and the list of evidence.
func (v *verifier) recomputed() Line {
	if !v.whole || v.fold.stopped() {
		return v.cut(Recomputed)
	}
	last := events.Seq(v.chain.tree.Size())
	failed := func(text string) Line { return (&fault{last, text}).line(Recomputed) }
	standings, awards, err := v.fold.live.ClaimLines()
	switch {
	case err != nil:
		return failed(err.Error())
	case !bytes.Equal(standings, v.claims.standings):
		return failed(v.say("xếp hạng sau sự kiện %d không phải như gói kiểm chứng nói: %s", "the standings after event %d are not what the bundle says: %s", last, v.differ(standings, v.claims.standings)))
	case !bytes.Equal(awards, v.claims.awards):
		return failed(v.say("danh hiệu và phiếu bầu sau sự kiện %d không phải như gói kiểm chứng nói: %s", "the awards with their ballots after event %d are not what the bundle says: %s", last, v.differ(awards, v.claims.awards)))
	}
	named := slices.Sorted(maps.Keys(v.fold.evidence))
	if !slices.Equal(named, v.claims.evidence) {
		return failed(v.say("danh sách minh chứng không phải các tệp mà bản ghi nêu: %s", "the list of evidence is not that of the files that the records name: %s", v.listsDiffer(named, v.claims.evidence)))
	}
	said := v.say("danh hiệu kèm phiếu bầu", "awards with their ballots")
	if !v.fold.signed {
		said = v.say("không có danh hiệu", "no awards")
	}
	return Line{Name: Recomputed, Status: OK, Text: v.say("xếp hạng, %s, và %s khớp từng byte", "standings, %s, and %s are the same, byte for byte", said,
		v.count(uint64(len(named)), "tệp minh chứng được nêu", "named evidence file"))}
}

// differ shows where two lines part.
func (t tongue) differ(ours, theirs []byte) string {
	const before, after = 30, 40
	at := 0
	for at < min(len(ours), len(theirs)) && ours[at] == theirs[at] {
		at++
	}
	excerpt := func(b []byte) string {
		return string(bytes.ToValidUTF8(b[min(len(b), max(0, at-before)):min(len(b), at+after)], []byte("…")))
	}
	return t.say("tính lại …%s…, gói kiểm chứng …%s…", "recomputed …%s…, bundle …%s…", excerpt(ours), excerpt(theirs))
}

// listsDiffer names the first hash that the bundle has too many, not in its place, or not at all.
func (v *verifier) listsDiffer(ours, theirs []string) string {
	for i, hash := range theirs {
		if _, named := v.fold.evidence[hash]; !named {
			return v.say("không bản ghi nào nêu %s", "no record names %s", hash)
		}
		if i > 0 && theirs[i-1] >= hash {
			return v.say("%s không đúng chỗ", "%s is not in its place", hash)
		}
	}
	for i, hash := range ours { // theirs are some of ours, in order
		if i >= len(theirs) || theirs[i] != hash {
			return v.say("thiếu %s", "%s is missing", hash)
		}
	}
	return ""
}

// evidence is the line on files at hand.
func (v *verifier) evidence() (Line, error) {
	have := map[string]bool{}
	err := fs.WalkDir(v.o.Evidence, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		hash, err := hashFile(v.o.Evidence, path)
		have[hash] = true
		return err
	})
	if err != nil {
		return Line{}, fmt.Errorf("read the evidence: %w", err)
	}
	line := Line{Name: Evidence, Status: OK}
	for _, hash := range slices.Sorted(maps.Keys(v.fold.evidence)) {
		if !have[hash] {
			line.Status = NotCheckable
			line.Details = append(line.Details, v.say("không có %s", "not here: %s", hash))
		}
	}
	named := len(v.fold.evidence)
	line.Text = v.say("có %d trong %s mà bản ghi nêu", "%d of %s are here", named-len(line.Details), v.count(uint64(named), "tệp", "named file"))
	return line, nil
}

func hashFile(dir fs.FS, path string) (string, error) {
	f, err := dir.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
