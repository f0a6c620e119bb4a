package events

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	// maxAwards bounds the awards.
	maxAwards = 1000
	// maxSeats bounds a unit's seats in the council.
	maxSeats = 1000
	// maxFractionTerm bounds a fraction's two numbers: those of a percentage with six decimal places.
	maxFractionTerm = 100_000_000
)

// readDeliberation reads how the cluster decides.
func (rd *regulationReader) readDeliberation(v value) {
	r := rd.r
	council := v.key("council").object("seats-per-unit", "recuse-own")
	r.Council.SeatsPerUnit = council.key("seats-per-unit").integer(1, maxSeats, 0)
	r.Council.RecuseOwn = council.key("recuse-own").boolean()
	r.Endorse = v.key("endorse").fraction(true)
	r.Transcribed = enum(v.key("transcribed"), TranscribedConfirm, TranscribedOfficial)
	if own := v.key("conflict").object("lead-reviews-own").key("lead-reviews-own"); own.given() {
		r.Conflict.LeadReviewsOwn = enum(own, "refuse", "second")
	}
}

// fraction is a share from 0 to 1, like 2/3 or 80%, in lowest terms; above 0 if positive.
func (v value) fraction(positive bool) Fraction {
	text := v.text()
	if text == "" {
		return Fraction{}
	}
	f, ok := parseFraction(text)
	switch {
	case !ok:
		v.fail(fmt.Sprintf("%q is not a share", text), "write it like 2/3 or 80%")
	case f.Num > f.Den:
		v.fail(fmt.Sprintf("%q is more than the whole", text), "use at most 1/1 or 100%")
	case positive && f.Num == 0:
		v.fail(fmt.Sprintf("%q is nothing", text), "use a share above 0")
	default:
		return f
	}
	return Fraction{}
}

// parseFraction reads a fraction of whole numbers or a percentage with at most six decimal places.
func parseFraction(s string) (Fraction, bool) {
	var f Fraction
	if percent, ok := strings.CutSuffix(s, "%"); ok {
		d, err := ReadDecimal(percent)
		if err != nil || d < 0 || strings.HasPrefix(percent, "-") {
			return f, false
		}
		f = Fraction{int64(d), 100 * int64(DecimalOne)}
	} else {
		num, den, _ := strings.Cut(s, "/")
		var okNum, okDen bool
		f.Num, okNum = fractionTerm(num)
		f.Den, okDen = fractionTerm(den)
		if !okNum || !okDen || f.Den == 0 {
			return f, false
		}
	}
	a, b := f.Num, f.Den
	for b != 0 {
		a, b = b, a%b
	}
	return Fraction{f.Num / a, f.Den / a}, true
}

func fractionTerm(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= 0 && n <= maxFractionTerm && strconv.FormatInt(n, 10) == s
}

func (rd *regulationReader) readAwards(v value) {
	items := v.list(maxAwards)
	known := map[string]bool{}
	for i, item := range items {
		items[i] = item.object("id", "title", "authority", "places", "within", "quota", "vote")
		id := items[i].need("id", "name the award").id()
		items[i].key("id").unique(id, "an award", known)
	}
	within := map[string]string{}
	for _, item := range items {
		a := Award{ID: item.key("id").idAgain(), Title: item.key("title").localized(), Authority: item.key("authority").localized()}
		a.Places = item.need("places", "say how many nominees the cluster may send").integer(1, maxUnits, 1)
		if outer := item.key("within"); outer.given() {
			a.Within = reference(outer, outer.id(), "award", known)
			within[a.ID] = a.Within
		}
		a.Quota = readQuota(item.key("quota"), a.ID, known)
		a.Vote = readVote(item.key("vote"))
		rd.r.Awards = append(rd.r.Awards, a)
	}
	for _, item := range items {
		if outer := item.key("within"); outer.given() && inCycle(item.key("id").idAgain(), within) {
			outer.fail("an award stands within itself", "let one of the awards in this circle stand alone")
		}
	}
}

// idAgain is the id that was read and checked here before, "" if it was refused.
func (v value) idAgain() string {
	if v.given() && v.n.kind == scalarNode && !v.n.null && ValidID(v.n.text) {
		return v.n.text
	}
	return ""
}

// inCycle reports whether following within from id leads back to id. It is O(len(within)).
func inCycle(id string, within map[string]string) bool {
	at := within[id]
	for range within {
		if at == id || at == "" {
			break
		}
		at = within[at]
	}
	return at == id && id != ""
}

func readQuota(v value, award string, known map[string]bool) Quota {
	v = v.object("of", "share", "rounding")
	var q Quota
	if !v.given() {
		return q
	}
	of := v.need("of", "name the award the share is taken of")
	q.Of = reference(of, of.id(), "award", known)
	if q.Of == award && award != "" {
		of.fail("a quota is a share of another award", "name that one")
	}
	q.Share = v.need("share", "give the share, like 20%").fraction(true)
	switch enum(v.key("rounding"), "down", "up", "half-up") {
	case "up":
		q.RoundUp = true
	case "half-up":
		q.HalfAway = true
	}
	return q
}

func readVote(v value) Vote {
	v = v.object("threshold", "base", "quorum", "secret", "written")
	var vote Vote
	if !v.given() {
		return vote
	}
	vote.Threshold = v.need("threshold", "give the share of votes needed, like 2/3").fraction(true)
	vote.Quorum = v.key("quorum").fraction(false)
	vote.BaseMembers = enum(v.key("base"), "present", "members") == "members"
	vote.Secret = v.key("secret").boolean()
	vote.Written = v.key("written").boolean()
	return vote
}
