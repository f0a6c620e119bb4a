package projections

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// AuditLine is one event of the campaign's history: who said what of whom, when, what it replaced or was replaced by, and what keeps it
// from its effect. Keys are those of the payload where it has them; Sentence says the same in plain language.
type AuditLine struct {
	Seq        events.Seq   `json:"seq"`
	Type       events.Type  `json:"type"`
	Recorded   string       `json:"recorded"`
	Time       string       `json:"time"`
	Author     string       `json:"author"`
	ID         string       `json:"id"`
	Signed     bool         `json:"signed"` // by a signature of its own, or as a row of a signed import or sheet
	Cluster    string       `json:"cluster,omitempty"`
	Unit       string       `json:"unit,omitempty"` // the subject
	Criterion  string       `json:"criterion,omitempty"`
	Level      string       `json:"level,omitempty"`
	Scorer     string       `json:"scorer,omitempty"`
	Item       string       `json:"item,omitempty"`
	Points     string       `json:"points,omitempty"`
	Actual     string       `json:"actual,omitempty"`
	Place      string       `json:"place,omitempty"` // a mark's; of a publication, where it is
	Mark       string       `json:"mark,omitempty"`  // abstained or recused
	Target     string       `json:"target,omitempty"`
	Basis      string       `json:"basis,omitempty"`
	Evidence   string       `json:"evidence,omitempty"` // of a mark, as it stands there
	Files      []AuditFile  `json:"files,omitempty"`    // of evidence
	Reason     string       `json:"reason,omitempty"`
	Order      []string     `json:"order,omitempty"`
	File       string       `json:"file,omitempty"`   // that was imported, or that a regulation was read from
	SHA256     string       `json:"sha256,omitempty"` // of the imported file; of the regulation's canonical bytes
	Rows       int          `json:"rows,omitempty"`
	Member     string       `json:"member,omitempty"`
	Name       string       `json:"name,omitempty"` // the member's
	Role       string       `json:"role,omitempty"`
	Key        string       `json:"key,omitempty"`
	Titles     []string     `json:"titles,omitempty"` // awards that a unit registers for
	Stage      events.Stage `json:"stage,omitempty"`
	Version    int          `json:"version,omitempty"` // of the regulation
	Drive      string       `json:"drive,omitempty"`
	Title      string       `json:"title,omitempty"`
	Kind       string       `json:"kind,omitempty"`
	From       string       `json:"from,omitempty"` // first day, YYYY-MM-DD
	To         string       `json:"to,omitempty"`   // last day
	Goal       string       `json:"goal,omitempty"`
	Result     string       `json:"result,omitempty"`
	Theme      string       `json:"theme,omitempty"`
	Text       string       `json:"text,omitempty"`
	TextHash   string       `json:"textHash,omitempty"`
	Person     string       `json:"person,omitempty"`
	PersonHash string       `json:"personHash,omitempty"`
	Merit      string       `json:"merit,omitempty"`
	MeritHash  string       `json:"meritHash,omitempty"`
	Days       int          `json:"days,omitempty"`
	Marks      int          `json:"marks,omitempty"` // of a sealed sheet
	Root       string       `json:"root,omitempty"`  // of a sealed sheet
	As         string       `json:"as,omitempty"`
	AwardLine
	Note         string     `json:"note,omitempty"`
	Of           events.Seq `json:"of,omitempty"`     // the event that this one speaks of
	Import       events.Seq `json:"import,omitempty"` // the event that caused this one
	Supersedes   events.Seq `json:"supersedes,omitempty"`
	SupersededBy events.Seq `json:"supersededBy,omitempty"`
	Withdrawn    bool       `json:"withdrawn,omitempty"` // by the event that supersedes it
	Returned     events.Seq `json:"returned,omitempty"`  // the event that sent it back last, answered or not; only in Audit
	Late         bool       `json:"late,omitempty"`
	Hold         []string   `json:"hold,omitempty"`   // why it does not count: transcribed, second, reopened, act, review
	Agreed       int        `json:"agreed,omitempty"` // units that agree to this joint act so far
	Sentence     string     `json:"sentence,omitempty"`
}

// AuditFile is a file that an event names as evidence. Of a mark's evidence only the hash and who holds it are known.
type AuditFile struct {
	Name   string `json:"name,omitempty"`
	SHA256 string `json:"sha256"`
	Size   *int   `json:"size,omitempty"` // bytes
	Type   string `json:"type,omitempty"`
	Held   string `json:"held,omitempty"` // "unit" where the unit keeps it, and not the ledger
}

// heldByUnit is what Held says of a classified file.
const heldByUnit = "unit"

// AuditFilter chooses lines; zero fields choose all.
type AuditFilter struct {
	Cluster   string
	Unit      string // as subject, in a tie's order, or through what an event speaks of or lets count
	Criterion string // a leaf, or a group with all below it
	Author    string // who said it, or whose mark it is; a unit stands for all its members
	Type      events.Type
	From, To  time.Time // when it happened, both included: recorded, or in a historic campaign claimed
	After     events.Seq
	Before    events.Seq // 0: up to the end
	Limit     int        // at most so many lines; 0 for all
	Newest    bool       // the last so many, and not the first; they come in the order of sequences all the same
	Lang      string     // of sentences: "vi" or "en"; "" is "vi"
}

// Audit is the history that the filter chooses, in the order of sequences. O(n) in events.
func (l *Live) Audit(f AuditFilter) []AuditLine {
	l.mu.RLock()
	defer l.mu.RUnlock()
	chosen := l.chosen(f)
	if len(chosen) == 0 {
		return []AuditLine{}
	}
	return l.spellAll(chosen, f.Lang)
}

// chosen are the events that a filter chooses, in order. O(n) in events where few of them are.
func (l *Live) chosen(f AuditFilter) (list []events.Seq) {
	choice, last := l.choose(f), l.state.journal.committed()
	if f.Before != 0 {
		last = min(last, max(f.Before, 1)-1)
	}
	enough := func() bool { return f.Limit != 0 && len(list) >= f.Limit }
	if !f.Newest {
		for seq := f.After + 1; seq <= last && !enough(); seq++ {
			if choice.takes(l.state.journal.at(seq)) {
				list = append(list, seq)
			}
		}
		return list
	}
	for seq := last; seq > f.After && !enough(); seq-- {
		if choice.takes(l.state.journal.at(seq)) {
			list = append(list, seq)
		}
	}
	slices.Reverse(list)
	return list
}

// spellAll spells events out, of which there is at least one; mu is held. O(n) in the events from the first of them on.
func (l *Live) spellAll(list []events.Seq, lang string) []AuditLine {
	lines, later := make([]AuditLine, 0, len(list)), l.aftermath(slices.Min(list))
	for _, seq := range list {
		line := l.spell(seq)
		line.Returned, line.Agreed = later.returned[seq], l.agreed(seq, later)
		line.Sentence = Sentence(line, lang)
		lines = append(lines, line)
	}
	return lines
}

// AuditOf are the lines of some events, as Audit has them, with sentences in lang. It leaves out those that there are not. O(n) in the events
// from the first of them on.
func (l *Live) AuditOf(lang string, seqs ...events.Seq) []AuditLine {
	l.mu.RLock()
	defer l.mu.RUnlock()
	there := make([]events.Seq, 0, len(seqs))
	for _, seq := range seqs {
		if seq >= 1 && seq <= l.state.journal.committed() {
			there = append(there, seq)
		}
	}
	if len(there) == 0 {
		return []AuditLine{}
	}
	return l.spellAll(there, lang)
}

// auditLine spells an event out, without its sentence and whether it was returned.
func (l *Live) auditLine(seq events.Seq) AuditLine {
	line := l.spell(seq)
	if l.mayBeAct(seq) {
		line.Agreed = l.agreed(seq, l.aftermath(seq))
	}
	return line
}

// choice is an AuditFilter at work.
type choice struct {
	live    *Live
	filter  AuditFilter
	members map[string]bool // of the unit that is asked for as the author
	drives  map[string]bool // of the cluster that is asked for
}

// choose prepares a filter. O(members), and with a cluster O(n) in events.
func (l *Live) choose(f AuditFilter) choice {
	c := choice{live: l, filter: f}
	if f.Author != "" {
		c.members = map[string]bool{}
		for i := range l.roster {
			if m := &l.roster[i]; m.Unit == f.Author {
				c.members[m.ID] = true
			}
		}
	}
	if f.Cluster != "" {
		c.drives = map[string]bool{}
		for seq := events.Seq(1); seq <= l.state.journal.committed(); seq++ {
			e := l.state.journal.at(seq)
			if p, ok := e.payload().(*events.DriveLaunched); ok && (p.Cluster == "" || p.Cluster == f.Cluster) {
				c.drives[p.Drive] = true
			}
		}
	}
	return c
}

// takes reports whether the filter takes e.
func (c choice) takes(e *entry) bool {
	f := &c.filter
	switch {
	case f.Author != "" && f.Author != c.live.name(e.author) && f.Author != c.live.name(e.scorer) && !c.members[c.live.name(e.author)],
		f.Type != "" && f.Type != e.what.eventType(),
		!f.From.IsZero() && c.live.plan.happened(e) < millis(f.From),
		!f.To.IsZero() && c.live.plan.happened(e) > millis(f.To),
		f.Cluster != "" && !c.live.concerns(e, c.ofCluster),
		f.Unit != "" && !c.live.concerns(e, c.ofUnit),
		f.Criterion != "" && !c.live.concerns(e, c.ofCriterion):
		return false
	}
	return true
}

// name is the name of id, for a committed entry.
func (l *Live) name(id nameID) string { return l.state.journal.names[id] }

// payload is what an event says that is no entry; nil of an entry.
func (e *entry) payload() events.Payload {
	if e.more == nil || e.more.rare == nil {
		return nil
	}
	return e.more.payload
}

// maxSpokenOf bounds how far the filter follows what an event speaks of: an endorsement of an explanation of a return of an entry
// takes four steps, and endorsements of endorsements could go on for ever.
const maxSpokenOf = 8

// concerns reports whether is holds of e, of what it lets count or puts on hold, or of what it speaks of.
func (l *Live) concerns(e *entry, is func(*entry) bool) bool {
	j := &l.state.journal
	for range maxSpokenOf {
		if is(e) {
			return true
		}
		if e.more == nil || e.more.rare == nil {
			return false
		}
		if on := e.more.effect; on != nil {
			changes := func(seq events.Seq) bool { return is(j.at(seq)) }
			if slices.ContainsFunc(on.released, changes) || slices.ContainsFunc(on.reopened, changes) {
				return true
			}
		}
		if e.more.of == 0 {
			return false
		}
		e = j.at(e.more.of)
	}
	return false
}

func (c choice) ofCluster(e *entry) bool {
	if e.cluster >= 0 {
		return c.live.plan.clusters[e.cluster].ID == c.filter.Cluster
	}
	switch p := e.payload().(type) {
	case *events.DriveLaunched:
		return c.drives[p.Drive]
	case *events.DriveClosed:
		return c.drives[p.Drive]
	}
	at, known := c.live.plan.byID[c.filter.Cluster]
	if !known || e.payload() == nil {
		return false
	}
	_, has := c.live.plan.clusters[at].unitByID[e.more.subject]
	return has
}

func (c choice) ofUnit(e *entry) bool {
	switch {
	case e.what == kindTie:
		return slices.Contains(e.tie().Order, c.filter.Unit)
	case e.unit >= 0:
		return c.live.plan.clusters[e.cluster].Units[e.unit].ID == c.filter.Unit
	}
	return e.payload() != nil && e.more.subject == c.filter.Unit
}

func (c choice) ofCriterion(e *entry) bool {
	if e.leaf < 0 {
		return false
	}
	cluster := c.live.plan.clusters[e.cluster]
	for at := cluster.leaves[e.leaf]; at >= 0; at = cluster.nodes[at].parent {
		if cluster.nodes[at].ID == c.filter.Criterion {
			return true
		}
	}
	return false
}

// aftermath is what later events made of earlier ones.
type aftermath struct {
	returned map[events.Seq]events.Seq // by which event, the last one
	agreed   map[events.Seq]int        // endorsements
	acts     map[events.Seq]bool       // joint acts that took effect
}

// aftermath is that of event seq and all after it. O(n) in them.
func (l *Live) aftermath(seq events.Seq) aftermath {
	a := aftermath{map[events.Seq]events.Seq{}, map[events.Seq]int{}, map[events.Seq]bool{}}
	for ; seq <= l.state.journal.committed(); seq++ {
		e := l.state.journal.at(seq)
		if e.payload() == nil {
			continue
		}
		switch p := e.more.payload.(type) {
		case *events.ScoreReturned:
			a.returned[e.more.of] = seq
		case *events.RecordEndorsed:
			if p.As == events.EndorseAgree {
				a.agreed[e.more.of]++
			}
		}
		if on := e.more.effect; on != nil && on.clear&holdAct != 0 {
			for _, act := range on.released {
				a.acts[act] = true
			}
		}
	}
	return a
}

// mayBeAct reports whether event seq is of a type that joint acts have.
func (l *Live) mayBeAct(seq events.Seq) bool {
	switch l.state.journal.at(seq).what {
	case kindTie, kindAmended, kindAppointed, kindRekeyed, kindExcluded, kindLifted, kindBallotOpened, kindBallotClosed, kindTallied, kindAppealDecided:
		return l.plan.regulation.Signed()
	}
	return false
}

// agreed is how many units agree to the joint act of event seq, its author's counted where it counts; 0 if it is none.
func (l *Live) agreed(seq events.Seq, later aftermath) int {
	e := l.state.journal.at(seq)
	if !l.mayBeAct(seq) || e.hold&holdAct == 0 && !later.acts[seq] {
		return 0
	}
	unit := l.unitOf(l.name(e.author))
	if (e.what == kindRekeyed || e.what == kindAppointed) && e.more.subject != unit && l.planBefore(seq).leads(unit) { // of another: a lead is not counted
		return later.agreed[seq]
	}
	return later.agreed[seq] + 1
}

// planBefore is the plan that event seq was judged by. O(seq).
func (l *Live) planBefore(seq events.Seq) *plan {
	for seq--; seq > 0; seq-- {
		if e := l.state.journal.at(seq); e.payload() != nil && e.more.effect != nil && e.more.effect.plan != nil {
			return e.more.effect.plan
		}
	}
	return l.plan
}

// unitOf is a member's unit; "" if it has none.
func (l *Live) unitOf(member string) string {
	i, found := slices.BinarySearchFunc(l.roster, member, func(m Member, id string) int { return strings.Compare(m.ID, id) })
	if !found {
		return ""
	}
	return l.roster[i].Unit
}

// spell is event seq without what later events made of it, but for who superseded it.
func (l *Live) spell(seq events.Seq) AuditLine {
	e := l.state.journal.at(seq)
	d := e.details()
	line := AuditLine{Seq: seq, Type: e.what.eventType(), Recorded: events.FormatTime(fromMillis(e.recorded)),
		Time: events.FormatTime(fromMillis(e.time)), Author: l.name(e.author), ID: uuid.UUID(e.id).String(), Scorer: l.name(e.scorer),
		Item: l.name(d.item), Basis: l.name(d.basis), Evidence: d.evidence, Files: filesOf(d.evidence), Reason: d.reason,
		Import: e.causation.seq(), Supersedes: e.supersedes.seq(), SupersededBy: e.supersededBy.seq(), Late: e.late, Hold: holdWords(e.hold),
		Signed: l.plan.regulation.Signed()}
	if e.payload() != nil {
		line.Unit, line.Of = d.subject, d.of
		line.spellPayload(d.payload)
		line.Results = d.results
		if proposal, ok := l.proposalOf(e); ok && line.Award == "" {
			line.Award = proposal.Award
		}
	}
	if d.rare != nil {
		line.Appeal = d.appeal
	}
	if l.hidesVote(seq, 0) {
		line.Hidden, line.Votes, line.Reason = true, nil, ""
	}
	if e.supersededBy != 0 {
		line.Withdrawn = l.state.journal.at(e.supersededBy.seq()).what == kindWithdrawn
	}
	if e.cluster >= 0 {
		line.Cluster = l.plan.clusters[e.cluster].ID
	}
	if e.leaf >= 0 {
		c := l.plan.clusters[e.cluster]
		line.Unit, line.Criterion = c.Units[e.unit].ID, c.leafNode(int(e.leaf)).ID
	}
	if l.hasLevel(e) {
		line.Level = l.plan.regulation.Levels[e.level].ID
	}
	spellMark(e, &line)
	return line
}

// hasLevel reports whether e is about marks of one level.
func (l *Live) hasLevel(e *entry) bool {
	switch e.what {
	case kindScore, kindReturned, kindExplained, kindSealed, kindUnsealed:
		return true
	case kindWithdrawn:
		return e.supersedes != 0 && l.state.journal.at(e.supersedes.seq()).what == kindScore
	}
	return false
}

// holdWords are the words for the bits of a hold.
func holdWords(hold uint8) (words []string) {
	for _, h := range []struct {
		bit  uint8
		word string
	}{{holdTranscribed, "transcribed"}, {holdSecond, "second"}, {holdReopened, "reopened"}, {holdAct, "act"}, {holdSingle, "single"}, {holdReview, "review"}} {
		if hold&h.bit != 0 {
			words = append(words, h.word)
		}
	}
	return words
}

// filesOf are the files that a mark's evidence names; nil where it is a text.
func filesOf(evidence string) []AuditFile {
	if evidence == "" {
		return nil
	}
	var files []AuditFile
	for reference := range strings.SplitSeq(evidence, " ") {
		sum, unit, ok := CutEvidence(reference)
		if !ok {
			return nil
		}
		files = append(files, AuditFile{SHA256: sum, Held: holder(unit)})
	}
	return files
}

// holder is what Held says of a file.
func holder(unit bool) string {
	if unit {
		return heldByUnit
	}
	return ""
}

func spellMark(e *entry, line *AuditLine) {
	switch e.what {
	case kindTarget:
		line.Target = e.amount.String()
	case kindTie:
		line.Points = e.amount.String()
	case kindScore:
		switch e.mark {
		case events.MarkPoints:
			line.Points = e.amount.String()
		case events.MarkActual:
			line.Actual = e.amount.String()
		case events.MarkPlace:
			line.Place = e.amount.String()
		case events.MarkAbstained:
			line.Mark = "abstained"
		case events.MarkRecused:
			line.Mark = "recused"
		}
	}
}

// spellPayload spells out what an event says that is no entry; what its entry holds is spelled out already.
func (line *AuditLine) spellPayload(p events.Payload) {
	switch p := p.(type) {
	case *events.CampaignOpened:
		line.File, line.SHA256, line.Version = p.SourceName, p.SHA256, 1
	case *events.RegulationAmended:
		line.File, line.SHA256, line.Version, line.Reason = p.SourceName, p.SHA256, p.Version, p.Reason
	case *events.EntryWithdrawn:
		line.Reason = p.Reason
	case *events.TieDecided:
		line.Order, line.Reason = p.Order, p.Reason
	case *events.ImportStarted:
		line.File, line.SHA256, line.Rows = p.File, p.SHA256, p.Rows
	case *events.ScoreReturned:
		line.Reason = p.Reason
	case *events.ExplanationFiled:
		line.Text, line.TextHash = p.Text.Text, p.Text.Hash
		line.addFiles(p.Evidence)
	case *events.SheetSealed:
		line.Marks, line.Root = p.Marks, p.Root
	case *events.SheetRevealed: // says no more than whose sheet it opens
	case *events.StageAdvanced:
		line.Stage, line.Reason = p.Stage, p.Reason
	case *events.StandingsFrozen:
		line.Reason = p.Reason
	case *events.StandingsRevealed:
		line.Reason = p.Reason
	case *events.CampaignClosed:
		line.Reason = p.Reason
	case *events.PublicationStarted:
		line.Days, line.Place, line.Text = p.Days, p.Place, p.Text
	default:
		line.spellMember(p)
		line.spellYear(p)
		line.spellAward(p)
	}
}

// spellMember spells out what says who may speak, and joint acts.
func (line *AuditLine) spellMember(p events.Payload) {
	switch p := p.(type) {
	case *events.UnitJoined:
		line.Note, line.Titles = p.Note, p.Titles
	case *events.UnitWithdrawn:
		line.Reason = p.Reason
	case *events.MemberAppointed:
		line.Member, line.Name, line.Role, line.Key = p.Member, p.Name, p.Role, p.Key.String()
	case *events.MemberRekeyed:
		line.Member, line.Key, line.Reason = p.Member, p.Key.String(), p.Reason
	case *events.MemberRemoved:
		line.Member, line.Reason = p.Member, p.Reason
	case *events.RecordEndorsed:
		line.As, line.Note = p.As, p.Note
	}
}

// spellYear spells out the year's work beside the scores.
func (line *AuditLine) spellYear(p events.Payload) {
	switch p := p.(type) {
	case *events.DriveLaunched:
		line.Drive, line.Cluster, line.Title, line.Goal, line.Kind = p.Drive, p.Cluster, p.Title, p.Goal, p.Kind
		line.From, line.To = p.Starts, p.Ends
	case *events.DriveClosed:
		line.Drive, line.Result = p.Drive, p.Result
	case *events.ReportFiled:
		line.Drive, line.From, line.To, line.Reason = p.Drive, p.From, p.To, p.Reason
		line.Text, line.TextHash, line.Person, line.PersonHash = p.Text.Text, p.Text.Hash, p.Person.Text, p.Person.Hash
		line.addFiles(p.Evidence)
	case *events.CommendationRecorded:
		line.Drive, line.Kind, line.Theme = p.Drive, p.Kind, p.Theme
		line.Merit, line.MeritHash, line.Person, line.PersonHash = p.Merit.Text, p.Merit.Hash, p.Person.Text, p.Person.Hash
	}
}

func (line *AuditLine) addFiles(list []events.File) {
	for _, f := range list {
		line.Files = append(line.Files, AuditFile{Name: f.Name, SHA256: f.SHA256, Size: &f.Size, Type: f.Type, Held: holder(f.Unit)})
	}
}
