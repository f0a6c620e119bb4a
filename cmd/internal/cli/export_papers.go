package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/pflag"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/papers"
	"campaignledger/events"
	"campaignledger/projections"
)

// paperOptions are what documents say that no event does, and which document it is.
type paperOptions struct {
	award, ballot, unit                    string
	blank, issue                           bool
	number, place, venue, chair, secretary string
	tellers, recipients                    []string
}

func (o *paperOptions) define(flags *pflag.FlagSet) {
	flags.StringVar(&o.award, "award", "", "of this award")
	flags.StringVar(&o.ballot, "ballot", "", "of this ballot")
	flags.StringVar(&o.unit, "unit", "", "of this unit")
	flags.BoolVar(&o.blank, "blank", false, "without marks, to fill in by hand")
	flags.BoolVar(&o.issue, "issue", false, "log the document (document.issued), signed with your key")
	flags.StringVar(&o.number, "number", "", "its number, as it stands on it (default: a blank to fill in)")
	flags.StringVar(&o.place, "place", "", "the place before its date (default: a blank)")
	flags.StringVar(&o.venue, "venue", "", "where the conference met (default: a blank)")
	flags.StringVar(&o.chair, "chair", "", "who signs for the cluster (default: the head of the lead)")
	flags.StringVar(&o.secretary, "secretary", "", "who keeps the minutes (default: a blank)")
	flags.StringArrayVar(&o.tellers, "teller", nil, "who signs the tally; may be repeated (default: those behind the count)")
	flags.StringArrayVar(&o.recipients, "recipient", nil, "who gets it; may be repeated (default: a blank)")
}

// onPaper are the flags of every document.
func onPaper(more ...string) []string {
	return append([]string{"as-of", "cluster", "number", "place", "chair", "secretary", "recipient", "issue"}, more...)
}

const aboutPapers = `--minutes, --tally, --proposal, --sheet, --summary: documents as PDF, A4, in
the layout of Vietnamese administrative documents, with sequence and head hash
on each page. They are made here, of the records, which are folded and checked
anew; the same records and options give the same bytes. --dossier: a zip with
all of it. --issue logs what was made, with kind, sequence and hash; campaign
document scan logs the signed copy afterwards, and campaign document check
makes it again.

Without --as-of a document is of the present state. Where minutes or a proposal
are made after a decision, a revocation, a ballot that was put again or a change
of the standings, the --as-of of the moment of the conference or the proposal is
named on stderr.`

func (a *app) exportMinutes() exportKind {
	return a.exportPaper(exportKind{flag: "minutes", suffix: "-minutes.pdf", usage: "the minutes of the deliberation, as a PDF", options: onPaper("venue"), about: aboutPapers,
		example: `  campaign export cum2-2017 --minutes --place "Lạng Sơn" --number 12/BB-CTĐ
  campaign export cum2-2017 --tally --ballot government-flag
  campaign export cum2-2017 --sheet --unit son-la --level self --blank
  campaign export cum2-2017 --dossier --out ho-so.zip --issue`}, events.DocumentMinutes)
}

func (a *app) exportTally() exportKind {
	return a.exportPaper(exportKind{flag: "tally", suffix: "-tally.pdf", usage: "the tally minutes of --ballot, as a PDF", options: onPaper("ballot", "venue", "teller")}, events.DocumentTally)
}

func (a *app) exportProposal() exportKind {
	return a.exportPaper(exportKind{flag: "proposal", suffix: "-proposal.pdf", usage: "the proposal of --award to the authority, as a PDF", options: onPaper("award", "unit")}, events.DocumentProposal)
}

func (a *app) exportSheet() exportKind {
	return a.exportPaper(exportKind{flag: "sheet", suffix: "-sheet.pdf", usage: "the score sheet of --unit at --level, filled or --blank, as a PDF", options: onPaper("unit", "level", "blank")}, events.DocumentSheet)
}

func (a *app) exportSummary() exportKind {
	return a.exportPaper(exportKind{flag: "summary", suffix: "-summary.pdf", usage: "the summary table of all units and criteria, as a PDF", options: onPaper()}, events.DocumentSummary)
}

func (a *app) exportDossier() exportKind {
	return a.exportPaper(exportKind{flag: "dossier", suffix: "-dossier.zip", usage: "all documents in one zip", options: []string{"as-of", "cluster", "place", "venue", "chair", "secretary", "issue"}}, events.DocumentDossier)
}

// exportPaper completes a kind of document.
func (a *app) exportPaper(k exportKind, kind string) exportKind {
	k.make = func(ctx context.Context, id string, f exportFlags) (made exported, err error) {
		o, err := f.paper.options(kind, a.lang, f)
		if err != nil {
			return made, err
		}
		err = a.withCampaign(ctx, id, func(c *client.Client) error {
			if made, err = a.makePaper(ctx, c, id, f.asOf, o); err == nil && f.paper.issue {
				made.after = func(ctx context.Context, path string) error { return a.issue(ctx, id, path, made.content, o, made.seq) }
			}
			return err
		})
		return made, err
	}
	return k
}

// options are what papers takes of the flags. What is logged must be made again from the event alone.
func (p *paperOptions) options(kind, lang string, f exportFlags) (papers.Options, error) {
	o := papers.Options{Kind: kind, Lang: lang, Cluster: f.cluster, Award: p.award, Ballot: p.ballot, Unit: p.unit, Blank: p.blank, Number: p.number, Place: p.place,
		Venue: p.venue, Chair: p.chair, Secretary: p.secretary, Tellers: p.tellers, Recipients: p.recipients}
	if len(f.levels) > 1 {
		return o, usageError{errors.New("--level: a sheet is of one level; give one")}
	}
	if len(f.levels) == 1 {
		o.Level = f.levels[0]
	}
	if p.issue && (p.blank || len(p.tellers)+len(p.recipients) > 0) {
		return o, usageError{errors.New("--issue: what is logged is made again from the log alone; leave out --blank, --teller and --recipient")}
	}
	return o, nil
}

// makePaper makes a document of the records, as of asOf ("" is now).
func (a *app) makePaper(ctx context.Context, c *client.Client, id, asOf string, o papers.Options) (made exported, err error) {
	source, err := a.foldedAt(ctx, c, id, asOf)
	if err != nil {
		return made, err
	}
	var document bytes.Buffer
	if err := papers.Write(&document, source, o); err != nil {
		var option *papers.OptionError
		if errors.As(err, &option) {
			return made, usageError{fmt.Errorf("--%s: %s", option.Option, option.Reason)}
		}
		return made, err
	}
	made.content, made.seq = document.Bytes(), source.Seq
	if asOf == "" && (o.Kind == events.DocumentMinutes || o.Kind == events.DocumentProposal) {
		made.hint = a.laterThan(source.Live.Awards(a.lang), o)
	}
	made.told = fmt.Sprintf(a.say("theo sổ đến sự kiện %d, mã băm đầu sổ %s…", "of the log up to event %d, head hash %s…"), source.Seq, source.Root[:16])
	return made, nil
}

// moment is the event with which the conference had voted, of minutes, or the cluster had proposed, of a proposal; 0 while it had not.
func moment(view *projections.Awards, o papers.Options) events.Seq {
	var proposed, closed, first events.Seq
	for _, state := range ofDocument(view, o) {
		for _, n := range state.Nominees {
			if o.Unit == "" || o.Unit == n.Unit {
				proposed = max(proposed, n.Proposed)
			}
			if n.Proposed != 0 && (first == 0 || n.Proposed < first) {
				first = n.Proposed
			}
		}
	}
	for _, state := range ofDocument(view, o) {
		for _, b := range state.Ballots {
			if first == 0 || b.Ended < first { // a later one came after the conference
				closed = max(closed, b.Ended)
			}
		}
	}
	if o.Kind == events.DocumentProposal && proposed != 0 || closed == 0 {
		return proposed
	}
	return closed
}

// ofDocument are the awards that a document is about.
func ofDocument(view *projections.Awards, o papers.Options) (list []projections.AwardState) {
	for _, state := range view.Awards {
		if (o.Cluster == "" || state.Cluster == o.Cluster) && (o.Kind != events.DocumentProposal || state.Award == o.Award) {
			list = append(list, state)
		}
	}
	return list
}

// laterThan says of minutes or a proposal what came after the moment that they speak of, and how to make them of that; "" if nothing did.
func (a *app) laterThan(view *projections.Awards, o papers.Options) string {
	at := moment(view, o)
	if at == 0 || o.Kind != events.DocumentMinutes && o.Kind != events.DocumentProposal {
		return ""
	}
	decisions, revocations, ballots, moved := 0, 0, 0, false
	for _, state := range ofDocument(view, o) {
		for _, n := range state.Nominees {
			moved = moved || n.Withdrawn == 0 && (n.Rank != n.RankNow || n.Points != n.PointsNow)
			for _, d := range n.Decisions {
				decisions++
				if d.Revoked != 0 {
					revocations++
				}
			}
		}
		for _, b := range state.Ballots {
			if b.Reopens != "" && b.Opened > at {
				ballots++
			}
		}
	}
	var later []string
	for _, x := range []struct {
		n      int
		vi, en string
	}{{decisions, "quyết định", "decision"}, {revocations, "lần hủy bỏ", "revocation"}, {ballots, "cuộc bỏ phiếu lại", "ballot put again"}} {
		switch {
		case x.n == 1 || x.n > 1 && a.lang == "vi":
			later = append(later, fmt.Sprintf("%d %s", x.n, a.say(x.vi, x.en)))
		case x.n > 1 && x.en == "ballot put again":
			later = append(later, fmt.Sprintf("%d ballots put again", x.n))
		case x.n > 1:
			later = append(later, fmt.Sprintf("%d %ss", x.n, x.en))
		}
	}
	if moved {
		later = append(later, a.say("thay đổi xếp hạng", "a change of the standings"))
	}
	if len(later) == 0 {
		return ""
	}
	return fmt.Sprintf(a.say("Văn bản này theo hiện trạng sổ. Sau sự kiện %d, khi hội nghị hoặc việc đề nghị xong, đã có: %s. Muốn theo thời điểm đó, dùng --as-of %d.",
		"This document is of the present state. After event %d, which ended the conference or the proposal, came: %s. For that moment use --as-of %d."), at, strings.Join(later, ", "), at)
}

// foldedAt folds the records up to a moment, checking all of them, and hashes them. It ends before what is hidden from who reads.
func (a *app) foldedAt(ctx context.Context, c *client.Client, id, asOf string) (papers.Source, error) {
	until, err := asOfSeq(ctx, c, id, asOf)
	if err != nil {
		return papers.Source{}, err
	}
	summary, err := c.Summary(ctx, id, a.lang)
	if err != nil {
		return papers.Source{}, err
	}
	r := replayer{app: a, live: projections.NewLive()}
	bar := a.foldBar(int64(summary.Seq))
	var leaves [][sha256.Size]byte
	stop := errors.New("far enough")
	err = c.Events(ctx, id, 0, false, func(e client.Event, _ []byte) error {
		if e.Leaf != "" || until != 0 && e.Seq > until {
			return stop
		}
		event, err := r.decode(e)
		if err == nil {
			err = r.live.Admit(event)
		}
		if err != nil {
			return fmt.Errorf("event %d: %w", e.Seq, err)
		}
		r.live.Commit()
		leaves = append(leaves, events.LeafHash(event.Record, event.Recorded))
		_ = bar.Add(1)
		return nil
	})
	_ = bar.Finish()
	if err != nil && !errors.Is(err, stop) {
		return papers.Source{}, err
	}
	root := events.BatchRoot(leaves)
	return papers.Source{Live: r.live, Seq: events.Seq(len(leaves)), Root: hex.EncodeToString(root[:])}, nil
}

// foldBar shows on a terminal how far a long fold has come.
func (a *app) foldBar(events int64) *progressbar.ProgressBar {
	const worthIt = 20_000 // events: about a tenth of a second
	if events < worthIt || !isTerminal(a.err) {
		return progressbar.DefaultSilent(events)
	}
	return progressbar.NewOptions64(events, progressbar.OptionSetWriter(a.err), progressbar.OptionSetDescription(a.say("dựng lại từ sổ", "folding the log")),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
}

// asOfSeq is the event that --as-of names; 0 for now.
func asOfSeq(ctx context.Context, c *client.Client, id, asOf string) (events.Seq, error) {
	if asOf == "" {
		return 0, nil
	}
	line, err := c.Standings(ctx, id, url.Values{"as_of": {asOf}, "detail": {"none"}})
	if err != nil {
		return 0, err
	}
	var answer standingsJSON
	err = json.Unmarshal(line, &answer)
	return events.Seq(answer.AsOf.Seq), err
}

// issue logs a document that was made.
func (a *app) issue(ctx context.Context, id, path string, content []byte, o papers.Options, seq events.Seq) error {
	sum := sha256.Sum256(content)
	name := filepath.Base(path)
	if path == "-" {
		name = id + "-" + o.Kind
	}
	p := &events.DocumentIssued{Award: o.Award, Ballot: o.Ballot, Chair: o.Chair, Cluster: o.Cluster, Kind: o.Kind, Lang: o.Lang, Level: o.Level, Name: name, Number: o.Number,
		Place: o.Place, Secretary: o.Secretary, Seq: int(seq), SHA256: hex.EncodeToString(sum[:]), Venue: o.Venue}
	return a.withSigner(ctx, id, func(s signing) error { return s.say(ctx, events.Draft{Subject: o.Unit, Payload: p}) })
}
