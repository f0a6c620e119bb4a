package events

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Limits on a regulation. Together with maxSourceBytes they keep a campaign within what one process folds at ease.
const (
	// maxRegulationBytes bounds the canonical form: campaign.opened less its envelope and its source's name.
	maxRegulationBytes = MaxOpeningBytes - 16<<10
	// maxLevels bounds the review chain; practice has five.
	maxLevels = 64
	// maxScorerIDs bounds the list of a level's scorers: as many as a cluster has units.
	maxScorerIDs = maxUnits
	// maxDeadlines bounds the calendar.
	maxDeadlines = 1000
	// maxDelayDays bounds how far back a claimed time may lie: ten years.
	maxDelayDays = 3650
	// defaultDelay is how far back a claimed time may lie if the regulation does not say: 45 days.
	defaultDelay = 45 * 24 * time.Hour
)

// ParseRegulation reads a regulation from YAML or JSON. name is the file's, for errors. Every scalar is taken as its source text
// and brought into NFC; quotes change nothing, except that an unquoted null is no value. Whatever FORMATS does not allow is
// refused with a *RegulationError that holds all problems found.
//
// A group's stated max must be the sum of max × weight over its children, where adjustments may be left out or counted
// with their max. It is O(n) in the source's bytes, which are at most 1 MiB, and what YAML aliases add, at most as much again.
func ParseRegulation(name string, src []byte) (*Regulation, error) {
	root, err := parseSource(src)
	return regulationOf(name, root, err)
}

// DecodeRegulation reads the regulation that a record carries. It accepts exactly what Regulation.Canonical gives.
func DecodeRegulation(canonical []byte) (*Regulation, error) {
	root, err := parseJSON(canonical)
	r, err := regulationOf("regulation", root, err)
	switch {
	case err != nil:
		return nil, err
	case !bytes.Equal(r.canonical, canonical):
		return nil, errors.New("the regulation is not in canonical form (RFC 8785, decimals as strings, text in NFC); open the campaign from its file")
	}
	return r, nil
}

// parseSource reads src as JSON if it starts like it, and as YAML if it does not or is not JSON: YAML in brackets looks the same
// at first, but does without quotes.
func parseSource(src []byte) (*node, error) {
	start := bytes.TrimLeft(bytes.TrimPrefix(src, []byte("\ufeff")), jsonSpace)
	if len(start) == 0 || start[0] != '{' && start[0] != '[' {
		return parseYAML(src)
	}
	root, jsonErr := parseJSON(src)
	if jsonErr == nil {
		return root, nil
	}
	root, err := parseYAML(src)
	if inner := bytes.TrimLeft(start[1:], jsonSpace); err != nil && len(inner) > 0 && inner[0] == '"' {
		err = jsonErr
		var broken *sourceError
		if errors.As(err, &broken) {
			broken.remedy += " (what starts like JSON is read as JSON)"
		}
	}
	return root, err
}

// regulationOf is the regulation that root states, if there was no error in making root.
func regulationOf(name string, root *node, err error) (*Regulation, error) {
	var broken *sourceError
	switch {
	case errors.As(err, &broken):
		return nil, &RegulationError{name, []RegulationProblem{{broken.line, broken.col, "", broken.problem, broken.remedy}}}
	case err != nil:
		return nil, err
	}
	r, problems := readRegulation(root)
	if len(problems) > 0 {
		refused := &RegulationError{name, problems}
		refused.sort()
		return nil, refused
	}
	return r, nil
}

func readRegulation(root *node) (*Regulation, []RegulationProblem) {
	rd := &regulationReader{r: &Regulation{}}
	v := value{rd, root, ""}.object("id", "title", "notice", "movement", "theme", "previous", "period", "clock", "delay", "levels",
		"official", "criteria", "clusters", "calendar", "council", "endorse", "transcribed", "conflict", "awards", "members", "witnesses")
	// What others refer to is read first.
	rd.readFrame(v)
	rd.readLevels(v)
	rd.readCriteria(v)
	rd.readClusters(v)
	rd.readCalendar(v.key("calendar"))
	rd.readDeliberation(v)
	rd.readAwards(v.key("awards"))
	rd.readMembers(v.key("members"))
	rd.readWitnesses(v.key("witnesses"), v.key("members"))
	if len(rd.problems) > 0 {
		return nil, rd.problems
	}
	rd.r.canonical = root.appendCanonical(nil)
	if size := len(rd.r.canonical); size > maxRegulationBytes {
		v.fail(fmt.Sprintf("the regulation has %d bytes in canonical form; at most %d fit the record that opens the campaign", size,
			maxRegulationBytes), "shorten texts or split the campaign")
	}
	return rd.r, rd.problems
}

// readFrame reads what the campaign is and when.
func (rd *regulationReader) readFrame(v value) {
	r := rd.r
	r.ID = v.need("id", "name the campaign, for example id: cum2-2017").id()
	r.Title = v.key("title").localized()
	r.Notice = v.key("notice").localized()
	r.Movement = v.key("movement").localized()
	r.Theme = v.key("theme").localized()
	if previous := v.key("previous").object("id", "genesis"); previous.given() {
		r.Previous.ID = previous.need("id", "name the campaign of the year before").id()
		r.Previous.Genesis = previous.need("genesis", "give the SHA-256 of that campaign's first record").hash()
	}
	r.Period.Zone = time.UTC
	if period := v.key("period").object("start", "end", "zone"); period.given() {
		rd.readPeriod(period)
	}
	r.Clock = enum(v.key("clock"), ClockLive, ClockHistoric)
	r.Delay = v.key("delay").duration()
}

func (rd *regulationReader) readPeriod(v value) {
	p := &rd.r.Period
	p.Start = v.need("start", "give the first day, like 2017-01-01").date()
	p.End = v.need("end", "give the last day, like 2017-12-31").date()
	if p.Start != "" && p.End != "" && p.End < p.Start {
		v.key("end").fail(fmt.Sprintf("the period ends on %s, before it starts on %s", p.End, p.Start), "put the two right")
	}
	zone := v.key("zone")
	name := zone.text()
	if name == "" {
		return
	}
	// "Local" is another zone on every machine.
	location, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		zone.fail(fmt.Sprintf("%q is not a time zone", name), "use a name like Asia/Ho_Chi_Minh or UTC")
		return
	}
	p.Zone = location
}

func (v value) date() string {
	text := v.text()
	if text == "" {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		v.fail(fmt.Sprintf("%q is not a date", text), "write it like 2017-12-31")
		return ""
	}
	return text
}

// duration is a whole number of days, hours or minutes.
func (v value) duration() time.Duration {
	text := v.text()
	if text == "" {
		return defaultDelay
	}
	var unit time.Duration
	switch text[len(text)-1] {
	case 'd':
		unit = 24 * time.Hour
	case 'h':
		unit = time.Hour
	case 'm':
		unit = time.Minute
	}
	digits := text[:len(text)-1]
	n, err := strconv.ParseInt(digits, 10, 64)
	const limit = maxDelayDays * 24 * time.Hour
	if unit == 0 || err != nil || strconv.FormatInt(n, 10) != digits || n < 0 || n > int64(limit/unit) {
		v.fail(fmt.Sprintf("%q is not a time span", text),
			fmt.Sprintf("write a whole number of days, hours or minutes like 45d, 36h or 90m, at most %dd", maxDelayDays))
		return defaultDelay
	}
	return time.Duration(n) * unit
}

func (rd *regulationReader) readLevels(v value) {
	const remedy = "list the review levels, lowest first, for example levels: [{id: approved, scorers: any}]"
	items := v.needList("levels", maxLevels, remedy)
	if len(items) > 0 {
		rd.levels = map[string]bool{}
	}
	for _, item := range items {
		item = item.object("id", "scorers", "sealed", "unrevealed")
		level := Level{ID: item.need("id", "name the level").id()}
		switch id := item.key("id"); level.ID {
		case OfficialHighest, DeadlineReports, DeadlineAppeals:
			id.fail(fmt.Sprintf("%q has a meaning of its own and cannot name a level", level.ID), "choose another id")
		default:
			id.unique(level.ID, "a level", rd.levels)
		}
		level.Scorers, level.ScorerIDs = readScorers(item.need("scorers", "say who scores: any, own-unit, peer-units, not-own, lead, council or a list of ids"))
		level.Sealed = item.key("sealed").boolean()
		if unrevealed := item.key("unrevealed"); unrevealed.given() {
			level.Unrevealed = enum(unrevealed, UnrevealedVoid, UnrevealedBlock)
		}
		rd.r.Levels = append(rd.r.Levels, level)
	}
	rd.r.Official = OfficialHighest
	official := v.key("official")
	if id := official.id(); id != "" && id != OfficialHighest {
		rd.r.Official = reference(official, id, "level", rd.levels)
	}
}

func readScorers(v value) (ScorerRule, []string) {
	if !v.given() || v.n.kind != arrayNode {
		return enum(v, ScorersAny, ScorersOwnUnit, ScorersPeerUnits, ScorersNotOwn, ScorersLead, ScorersCouncil), nil
	}
	if len(v.n.items) == 0 {
		v.fail("the list is empty", "name at least one scorer, or write any")
	}
	return ScorersList, idList(v, maxScorerIDs, "scorer", value.id)
}

// idList reads a list of ids, each given once.
func idList(v value, limit int, what string, read func(value) string) []string {
	seen := map[string]bool{}
	var ids []string
	for _, item := range v.list(limit) {
		id := read(item)
		item.unique(id, "a "+what, seen)
		ids = append(ids, id)
	}
	return ids
}

// What a deadline may be for besides a level: Deadline.For.
const (
	DeadlineReports = "reports"
	DeadlineAppeals = "appeals"
)

func (rd *regulationReader) readCalendar(v value) {
	seen := map[string]bool{}
	for _, item := range v.list(maxDeadlines) {
		item = item.object("for", "until", "late")
		d := Deadline{For: item.need("for", "name a level, reports or appeals").id()}
		at := item.key("for")
		if d.For != DeadlineReports && d.For != DeadlineAppeals {
			d.For = reference(at, d.For, "level", rd.levels)
		}
		// Reports are due several times a year; the others have one deadline.
		if d.For != DeadlineReports {
			at.unique(d.For, "a deadline for", seen)
		}
		d.Until = rd.readMoment(item.need("until", "give the time, like 2017-11-20T17:00"))
		d.Refuse = enum(item.key("late"), "mark", "refuse") == "refuse"
		rd.r.Calendar = append(rd.r.Calendar, d)
	}
}

// readMoment reads a time in the period's zone, or in the zone it names itself.
func (rd *regulationReader) readMoment(v value) time.Time {
	text := v.text()
	if text == "" {
		return time.Time{}
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, text, rd.r.Period.Zone); err == nil {
			return t
		}
	}
	v.fail(fmt.Sprintf("%q is not a time", text), "write it like 2017-11-20T17:00, which is in the period's zone, or 2017-11-20T17:00:00+07:00")
	return time.Time{}
}
