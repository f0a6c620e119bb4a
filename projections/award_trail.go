package projections

import (
	"cmp"
	"encoding/json"
	"slices"

	"campaignledger/events"
)

// Trail is all that is recorded behind one award, for an auditor: section after section in the order in which an award comes about, each
// event with its sequence.
type Trail struct {
	Campaign  string            `json:"campaign"`
	Signed    bool              `json:"signed"`
	Notice    string            `json:"notice,omitempty"`
	Seq       events.Seq        `json:"seq"`
	Award     string            `json:"award"`
	Sections  []TrailSection    `json:"sections"`
	States    []AwardState      `json:"awards"` // of the clusters asked for
	Standings []TrailStanding   `json:"standings"`
	Evidence  []TrailFile       `json:"evidence"` // that the events of the trail name
	Anomalies []Anomaly         `json:"anomalies"`
	Without   []json.RawMessage `json:"withoutHost"` // by cluster, as Without.AppendJSON has it; beside the official result, never in its place
	Beyond    []string          `json:"notAnswerable"`
}

// TrailSection is one step.
type TrailSection struct {
	Code  TrailCode   `json:"code"`
	Title string      `json:"title"`
	Lines []AuditLine `json:"lines"` // none: nothing of the kind is recorded
}

// TrailCode names a section; it is stable.
type TrailCode string

// The sections, in order.
const (
	TrailRegulation   TrailCode = "regulation"   // opened, joined, amended, and who agreed
	TrailMarks        TrailCode = "marks"        // of the nominees, and of all units where points are relative; returns, explanations, sheets, imports
	TrailTies         TrailCode = "ties"         // decided, and who agreed
	TrailEvaluations  TrailCode = "evaluations"  // of the nominees
	TrailExclusions   TrailCode = "exclusions"   // of the nominees, and who agreed
	TrailNominations  TrailCode = "nominations"  // with those taken back, and who looked again
	TrailBallots      TrailCode = "ballots"      // roll, presence, votes, counts, results
	TrailDecisions    TrailCode = "decisions"    // proposals, the authority's decisions, revocations
	TrailAppeals      TrailCode = "appeals"      // about any of these, and what followed
	TrailNotices      TrailCode = "notices"      // receipts and publications
	TrailDocuments    TrailCode = "documents"    // about the award, its ballots, or the cluster's deliberation; with their signed copies
	TrailCommendation TrailCode = "commendation" // of the nominees
)

// TrailCodes are all sections, in order.
func TrailCodes() []TrailCode {
	return []TrailCode{TrailRegulation, TrailMarks, TrailTies, TrailEvaluations, TrailExclusions, TrailNominations, TrailBallots, TrailDecisions,
		TrailAppeals, TrailNotices, TrailDocuments, TrailCommendation}
}

// TrailStanding is a nominee in the standings that its nomination names.
type TrailStanding struct {
	Cluster   string        `json:"cluster"`
	Standings StandingsName `json:"standings"`
	Unit      string        `json:"unit"`
	Rank      int           `json:"rank"`   // there
	Points    string        `json:"points"` // there
	RankNow   int           `json:"rankNow"`
	PointsNow string        `json:"pointsNow"`
	Moved     bool          `json:"moved"` // the standings may have moved since
}

// TrailFile is a file that events of the trail name.
type TrailFile struct {
	AuditFile
	Seqs []events.Seq `json:"seqs"`
	Here *bool        `json:"here,omitempty"` // whether the ledger holds it now; not asked of files that the unit holds
}

// AwardTrail gathers the trail of an award, in one cluster or in all ("") that nominate for it. It refuses, with a *Refusal, an award or a
// cluster that there is not. It belongs to the admitting goroutine, with nothing pending. O(n) in events, and what Anomalies costs.
func (l *Live) AwardTrail(award, cluster, lang string) (*Trail, error) {
	view := l.Awards(lang)
	if err := l.CheckFilter(AuditFilter{Cluster: cluster}); err != nil {
		return nil, err
	}
	if _, err := l.state.checkAward(award, "award"); err != nil {
		return nil, err
	}
	t := &Trail{Campaign: view.Campaign, Signed: view.Signed, Notice: view.Notice, Seq: view.Seq, Award: award, States: []AwardState{}, Standings: []TrailStanding{},
		Evidence: []TrailFile{}, Anomalies: []Anomaly{}, Without: []json.RawMessage{}}
	g := gathering{live: l, award: award, units: map[string]bool{}, clusters: map[string]bool{}, ballots: map[string]bool{}, sections: map[TrailCode][]events.Seq{}, where: map[events.Seq]TrailCode{}}
	for _, a := range view.Awards {
		if a.Award == award && (cluster == "" || a.Cluster == cluster) {
			t.States = append(t.States, a)
			g.clusters[a.Cluster] = true
			for _, b := range a.Ballots {
				g.ballots[b.Ballot] = true
			}
			for _, n := range a.Nominees {
				g.units[n.Unit] = true
				t.Standings = append(t.Standings, TrailStanding{a.Cluster, n.Standings, n.Unit, n.Rank, n.Points, n.RankNow, n.PointsNow, l.state.scalars.moved > n.Standings.Seq})
			}
		}
	}
	g.gather()
	t.spell(l, &g, lang)
	for _, a := range t.States {
		if err := t.diagnose(l, a, lang); err != nil {
			return nil, err
		}
	}
	t.Beyond = t.beyond(l, lang)
	return t, nil
}

// gathering sorts the events behind an award into sections.
type gathering struct {
	live            *Live
	award           string
	units, clusters map[string]bool
	ballots         map[string]bool
	sections        map[TrailCode][]events.Seq
	where           map[events.Seq]TrailCode // of the events that are taken
}

func (g *gathering) take(seq events.Seq, code TrailCode) {
	g.sections[code] = append(g.sections[code], seq)
	g.where[seq] = code
}

func (g *gathering) gather() {
	j := &g.live.state.journal
	for seq := events.Seq(1); seq <= j.committed(); seq++ {
		e := j.at(seq)
		if code := g.sectionOf(e); code != "" {
			g.take(seq, code)
		}
	}
}

// sectionOf is where an event belongs; "" if it is not behind the award.
func (g *gathering) sectionOf(e *entry) TrailCode {
	switch e.what {
	case kindOpened, kindJoined, kindLeft, kindAmended, kindTakenOver:
		return TrailRegulation
	case kindScore, kindTarget, kindWithdrawn, kindReturned, kindExplained, kindSealed, kindUnsealed, kindImport:
		return g.mark(e)
	case kindTie:
		return g.inCluster(e, TrailTies)
	case kindEvaluated:
		return g.ofUnit(e, TrailEvaluations)
	case kindExcluded, kindLifted:
		return g.ofUnit(e, TrailExclusions)
	case kindCommended:
		return g.ofUnit(e, TrailCommendation)
	}
	switch p := e.payload().(type) {
	case *events.NominationProposed:
		return g.ofAward(e, p.Award, TrailNominations)
	case *events.BallotOpened:
		return g.ofAward(e, p.Award, TrailBallots)
	case *events.AwardProposed:
		return g.ofAward(e, p.Award, TrailDecisions)
	case *events.DocumentIssued:
		return g.document(e, p)
	case *events.NominationWithdrawn, *events.BallotCast, *events.BallotTallied, *events.BallotClosed, *events.AwardDecided, *events.AwardRevoked:
		return g.where[e.more.of] // beside what it is about
	case *events.AppealFiled, *events.AppealDecided:
		if g.where[e.more.of] != "" || g.units[e.more.subject] {
			return TrailAppeals
		}
	case *events.RecordEndorsed:
		return g.endorsement(e, p)
	case *events.PublicationStarted:
		if e.more.of == 0 || g.where[e.more.of] != "" {
			return TrailNotices
		}
	}
	return ""
}

// document is where a document belongs: it is about the award, about a ballot on it, or about all that a cluster deliberated on; a signed
// copy belongs beside what it is the copy of.
func (g *gathering) document(e *entry, p *events.DocumentIssued) TrailCode {
	here := g.clusters[p.Cluster] || p.Cluster == "" && (len(g.live.plan.clusters) == 1 || p.Kind == events.DocumentDossier) // which is of all
	switch {
	case g.where[e.more.of] == TrailDocuments, g.ballots[p.Ballot], p.Award == g.award && (here || p.Cluster == ""):
		return TrailDocuments
	case p.Award == "" && here && slices.Contains([]string{events.DocumentMinutes, events.DocumentSummary, events.DocumentDossier}, p.Kind):
		return TrailDocuments
	}
	return ""
}

func (g *gathering) ofUnit(e *entry, code TrailCode) TrailCode {
	if g.units[e.more.subject] {
		return code
	}
	return ""
}

func (g *gathering) inCluster(e *entry, code TrailCode) TrailCode {
	if e.cluster >= 0 && g.clusters[g.live.plan.clusters[e.cluster].ID] {
		return code
	}
	return ""
}

func (g *gathering) ofAward(e *entry, award string, code TrailCode) TrailCode {
	if award == g.award {
		return g.inCluster(e, code)
	}
	return ""
}

// mark is where an entry, or what is said of one, belongs: with the marks, if it is about a nominee, or on a leaf whose points depend on
// the other units.
func (g *gathering) mark(e *entry) TrailCode {
	switch {
	case e.what == kindImport:
		return TrailMarks // its rows are
	case g.inCluster(e, TrailMarks) == "":
		return ""
	case e.unit < 0: // a sheet holds marks of many
		return TrailMarks
	}
	c := g.live.plan.clusters[e.cluster]
	if g.units[c.Units[e.unit].ID] || e.leaf >= 0 && relative(c.leafNode(int(e.leaf)).Method) {
		return TrailMarks
	}
	return ""
}

// endorsement belongs beside what it is about; a receipt is a notice.
func (g *gathering) endorsement(e *entry, p *events.RecordEndorsed) TrailCode {
	switch code := g.where[e.more.of]; {
	case code == "":
		return ""
	case p.As == events.EndorseReceived && code != TrailMarks:
		return TrailNotices
	default:
		return code
	}
}

// spell makes the sections of what was gathered.
func (t *Trail) spell(l *Live, g *gathering, lang string) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	later := l.aftermath(1)
	at := map[AuditFile]int{}
	for _, code := range TrailCodes() {
		s := TrailSection{Code: code, Title: code.title(lang), Lines: []AuditLine{}}
		for _, seq := range g.sections[code] {
			line := l.spell(seq)
			line.Returned, line.Agreed = later.returned[seq], l.agreed(seq, later)
			line.Sentence = Sentence(line, lang)
			s.Lines = append(s.Lines, line)
			for _, f := range line.Files {
				i, known := at[f]
				if !known {
					i = len(t.Evidence)
					at[f] = i
					t.Evidence = append(t.Evidence, TrailFile{AuditFile: f})
				}
				t.Evidence[i].Seqs = append(t.Evidence[i].Seqs, seq)
			}
		}
		t.Sections = append(t.Sections, s)
	}
}

// diagnose adds what an auditor looks at in a cluster: anomalies, and the result without the host's marks.
func (t *Trail) diagnose(l *Live, a AwardState, lang string) error {
	t.Anomalies = append(append(t.Anomalies, l.Anomalies(a.Cluster, lang)...), awardAnomalies(&a, l.awardFacts(a.Cluster), lang)...)
	host, err := l.HostOf(a.Cluster)
	if err != nil || host == "" {
		return err
	}
	w, err := l.Without(host)
	if err != nil {
		return err
	}
	t.Without = append(t.Without, w.AppendJSON(nil, JSONOptions{Cluster: a.Cluster, Lang: lang, NoDetail: true}))
	return nil
}

// beyond is what no record of this campaign can answer.
func (t *Trail) beyond(l *Live, lang string) (list []string) {
	vi := lang != "en"
	say := func(viText, enText string) {
		if vi {
			list = append(list, viText)
		} else {
			list = append(list, enText)
		}
	}
	say("Điểm chấm và minh chứng có đúng sự thật hay không.", "Whether the marks and the evidence are true.")
	say("Ai thật sự cầm khóa ký: chữ ký chứng minh khóa, không chứng minh con người.", "Who really holds a key: a signature proves the key, not the person.")
	say("Những gì được nói tại hội nghị mà không ghi vào sổ.", "What was said at the conference and not recorded.")
	if !t.Signed {
		say("Ai đã nhập: chiến dịch không ký số, ai vào được máy chủ đều ghi được dưới mọi tên.", "Who entered anything: the campaign is unsigned, and whoever reached the server could write in any name.")
	}
	paper, named, transcribed, quota := false, false, false, false
	for _, a := range t.States {
		quota = quota || a.Quota != nil && !a.Quota.Computed
		for _, b := range a.Ballots {
			paper, named = paper || b.Kind == events.BallotPaper, named || b.Kind == events.BallotNamed
		}
		for _, n := range a.Nominees {
			for _, d := range n.Decisions {
				transcribed = transcribed || d.Transcribed
			}
		}
	}
	if paper {
		say("Phiếu giấy có được đếm đúng không, và ai bỏ phiếu thế nào: chỉ có lời của tổ kiểm phiếu.", "Whether the paper slips were counted right, and who voted how: there is the tellers' word.")
	}
	if named {
		say("Người vận hành máy chủ có xem phiếu ký danh trước khi kết thúc hay không.", "Whether the server's operator looked at named votes before the close.")
	}
	if transcribed {
		say("Văn bản giấy của quyết định nhập thay có thật và nói đúng như vậy không: hãy so mã băm của bản quét.", "Whether the paper of a transcribed decision exists and says so: compare the scan's hash.")
	}
	if quota {
		say("Hạn mức tính trên nhiều cụm: sổ của một cụm không biết các cụm khác.", "The quota over several clusters: a campaign of one does not know the others.")
	}
	if slices.ContainsFunc(t.Evidence, func(f TrailFile) bool { return f.Held == heldByUnit }) {
		say("Nội dung minh chứng do đơn vị giữ: sổ chỉ có mã băm.", "What classified evidence that units hold says: the log has the hashes only.")
	}
	if slices.ContainsFunc(t.Sections, func(s TrailSection) bool { return slices.ContainsFunc(s.Lines, detached) }) {
		say("Nội dung lưu ngoài sổ còn hay đã bị xóa: sổ chỉ có mã băm.", "Whether texts kept outside the record still exist: the log has the hashes only.")
	}
	return list
}

// detached reports whether a line has a text that is kept outside the record.
func detached(line AuditLine) bool {
	return cmp.Or(line.TextHash, line.PersonHash, line.MeritHash, line.GroundHash) != ""
}

// title is a section's title in lang.
func (c TrailCode) title(lang string) string {
	titles := map[TrailCode][2]string{
		TrailRegulation:   {"Quy chế: ban hành, sửa đổi và đồng thuận", "Regulation: adopted, amended, and by whose agreement"},
		TrailMarks:        {"Điểm chấm của đơn vị được suy tôn: nhập, sửa, trả lại, giải trình", "Marks of the nominees: entries, corrections, returns, explanations"},
		TrailTies:         {"Phân định đồng hạng", "Tie decisions"},
		TrailEvaluations:  {"Đánh giá: ưu điểm; tồn tại, hạn chế", "Evaluations: strengths and shortcomings"},
		TrailExclusions:   {"Kiểm tra điều kiện: không xét khen thưởng", "Exclusions"},
		TrailNominations:  {"Suy tôn", "Nominations"},
		TrailBallots:      {"Bỏ phiếu: danh sách, có mặt, phiếu, kết quả", "Ballots: roll, presence, votes, results"},
		TrailDecisions:    {"Đề nghị và quyết định", "Proposals and decisions"},
		TrailAppeals:      {"Khiếu nại", "Appeals"},
		TrailNotices:      {"Thông báo và niêm yết công khai", "Notices and publications"},
		TrailDocuments:    {"Văn bản", "Documents"},
		TrailCommendation: {"Biểu dương, khen thưởng khác", "Commendations"},
	}
	if lang == "en" {
		return titles[c][1]
	}
	return titles[c][0]
}
