package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/server"
	"campaignledger/cmd/internal/workbook"
	"campaignledger/events"
	"campaignledger/projections"
)

// exportWorkbook is the kind --workbook of campaign export.
func (a *app) exportWorkbook() exportKind {
	return exportKind{flag: "workbook", suffix: "-workbook.xlsx", usage: "a score workbook to fill in and import (.xlsx)",
		options: []string{"cluster", "level", "scorer", "filled"},
		about: `--workbook: criteria in rows and units in columns, one sheet for each review
level, for one scorer to fill in: by default your unit, or yourself where you
speak for none. campaign import takes it back and names what is wrong by its
cell. Cells that are not the scorer's are locked. A sealed level's workbook
(--level) is for campaign seal. --filled puts the current marks in.`,
		example: `  campaign export cum2-2017 --workbook --key cb-head.key
  campaign export cum2-2017 --workbook --scorer cao-bang --level cross --filled
  campaign import cum2-2017 cum2-2017-workbook.xlsx --dry-run`,
		make: func(ctx context.Context, id string, f exportFlags) (made exported, err error) {
			err = a.withCampaign(ctx, id, func(c *client.Client) error {
				content, err := a.workbookContent(ctx, c, id, f)
				if err != nil {
					return err
				}
				var out bytes.Buffer
				if err := workbook.Write(&out, content); err != nil {
					return err
				}
				var levels []string
				for _, l := range content.Levels {
					levels = append(levels, l.ID)
				}
				next := "import"
				if content.Levels[0].Sealed && content.Regulation.Signed() {
					next = "seal"
				}
				made = exported{content: out.Bytes(), told: fmt.Sprintf(a.say("người chấm %s, cấp %s; điền rồi: campaign %s %s TỆP", "scorer %s, levels %s; fill it in, then: campaign %s %s FILE"),
					content.Scorer, strings.Join(levels, ", "), next, id)}
				return nil
			})
			return made, err
		}}
}

// workbookContent gathers what a workbook is made of.
func (a *app) workbookContent(ctx context.Context, c *client.Client, id string, f exportFlags) (w workbook.Content, err error) {
	scorer, err := a.workbookScorer(ctx, c, id, f.scorer)
	if err != nil {
		return w, err
	}
	summary, err := c.Summary(ctx, id, a.lang)
	if err != nil {
		return w, err
	}
	r, err := c.Regulation(ctx, id)
	if err != nil {
		return w, err
	}
	w = workbook.Content{Regulation: r, Version: max(summary.Regulation, 1), Genesis: summary.Genesis, Scorer: scorer, Seq: summary.Seq, Lang: a.lang,
		Marks: map[workbook.Key]events.Mark{}, Targets: map[workbook.Key]events.Decimal{}}
	if w.Cluster, err = clusterFor(r, f.cluster, scorer); err != nil {
		return w, err
	}
	if w.Levels, err = a.workbookLevels(r, w.Cluster, scorer, f.levels); err != nil {
		return w, err
	}
	hasTargets := slices.ContainsFunc(leavesOf(r, w.Cluster), func(l *events.Criterion) bool { return l.Method == events.MethodTarget })
	if f.filled || hasTargets {
		err = fillWorkbook(ctx, c, summary, &w, f.filled)
	}
	return w, err
}

// workbookScorer is the scorer that is named, or whom the key speaks for. What is named is taken as it is: admission knows better.
func (a *app) workbookScorer(ctx context.Context, c *client.Client, id, named string) (string, error) {
	if named != "" {
		if !events.ValidID(named) {
			return "", usageError{fmt.Errorf("--scorer %.60q is not an id; name a unit or a member", named)}
		}
		return named, nil
	}
	summary, err := c.Summary(ctx, id, a.lang)
	if err != nil {
		return "", err
	}
	if !summary.Signed {
		return "", usageError{errors.New("say whose marks the workbook is for: --scorer UNIT")}
	}
	by, err := a.signer(ctx, c, id)
	if err != nil {
		return "", fmt.Errorf("whose marks the workbook is for: %w; or name the scorer: --scorer ID", err)
	}
	switch m := by.Member; m.Role {
	case events.RoleHead, events.RoleOfficer, events.RoleReviewer:
		return m.Unit, nil
	case events.RoleCouncil:
		return m.ID, nil
	default:
		return "", usageError{fmt.Errorf("%s (%s) gives no marks; name the scorer: --scorer ID", m.ID, m.Role)}
	}
}

// clusterFor is the cluster that is named, or the only one, or the only one that the scorer is a unit of.
func clusterFor(r *events.Regulation, named, scorer string) (*events.Cluster, error) {
	var all, own []string
	for _, c := range r.Clusters {
		all = append(all, c.ID)
		if slices.ContainsFunc(c.Units, func(u events.Unit) bool { return u.ID == scorer }) {
			own = append(own, c.ID)
		}
	}
	switch {
	case named != "":
	case len(all) == 1:
		named = all[0]
	case len(own) == 1:
		named = own[0]
	default:
		return nil, usageError{fmt.Errorf("--cluster is missing; name one of: %s", strings.Join(all, ", "))}
	}
	if c := r.Cluster(named); c != nil {
		return c, nil
	}
	return nil, usageError{fmt.Errorf("there is no cluster %.60q; use one of: %s", named, strings.Join(all, ", "))}
}

// workbookLevels are the levels that are named, or all at which the scorer scores. A sealed level has a workbook of its own, since its
// marks are not imported.
func (a *app) workbookLevels(r *events.Regulation, c *events.Cluster, scorer string, named []string) (levels []*events.Level, err error) {
	sealed := func(l *events.Level) bool { return l.Sealed && r.Signed() }
	var open, shut []*events.Level
	var ids []string
	for i := range r.Levels {
		l := &r.Levels[i]
		switch {
		case !workbook.Scores(l, c, scorer) || len(named) > 0 && !slices.Contains(named, l.ID):
			continue
		case sealed(l):
			shut = append(shut, l)
		default:
			open = append(open, l)
		}
		ids = append(ids, l.ID)
	}
	for _, id := range named {
		if !slices.Contains(ids, id) {
			return nil, usageError{fmt.Errorf("--level %.60q: there is no such level at which %s scores in cluster %s", id, scorer, c.ID)}
		}
	}
	switch {
	case len(shut) == 0 && len(open) == 0:
		return nil, usageError{fmt.Errorf("%s scores at no level of cluster %s; name another with --scorer", scorer, c.ID)}
	case len(shut) == 0:
		return open, nil
	case len(open) == 0 && len(shut) == 1:
		return shut, nil
	case len(open) == 0 || len(named) > 0:
		return nil, usageError{fmt.Errorf("level %s is sealed: its marks are sealed and not imported, so that it has a workbook of its own; make one with --level %s alone", shut[0].ID, shut[0].ID)}
	}
	for _, l := range shut {
		fmt.Fprintf(a.err, a.say("Cấp %s niêm phong, có bảng riêng: --workbook --level %s\n", "Level %s is sealed and has a workbook of its own: --workbook --level %s\n"), l.ID, l.ID)
	}
	return open, nil
}

// fillWorkbook adds the targets as they were after event w.Seq, and the scorer's marks.
func fillWorkbook(ctx context.Context, c *client.Client, summary server.CampaignSummary, w *workbook.Content, marks bool) error {
	query := url.Values{"cluster": {w.Cluster.ID}}
	for l, err := range auditLines(ctx, c, summary.ID, query, w.Seq) {
		switch {
		case err != nil:
			return err
		case l.Cluster != w.Cluster.ID || l.SupersededBy != 0 && l.SupersededBy <= w.Seq || slices.Contains(l.Hold, "reopened"):
		case l.Type == events.TypeTargetSet:
			target, err := events.ParseDecimal(l.Target)
			if err != nil {
				return fmt.Errorf("event %d: %w", l.Seq, err)
			}
			w.Targets[workbook.Key{Criterion: l.Criterion, Unit: l.Unit}] = target
		case marks && l.Type == events.TypeScoreEntered && l.Scorer == w.Scorer && l.Item == "":
			mark, err := markOfLine(l)
			if err != nil {
				return fmt.Errorf("event %d: %w", l.Seq, err)
			}
			w.Marks[workbook.Key{Level: l.Level, Criterion: l.Criterion, Unit: l.Unit}] = mark
		}
	}
	return nil
}

// markOfLine is the mark that a line of the history tells of.
func markOfLine(l projections.AuditLine) (m events.Mark, err error) {
	switch {
	case l.Mark != "":
		return parseMark(l.Mark)
	case l.Points != "":
		return parseMark("points:" + l.Points)
	case l.Actual != "":
		return parseMark("actual:" + l.Actual)
	}
	return parseMark("place:" + l.Place)
}

// auditPage is how many lines of the history are asked for at a time: some MiB.
const auditPage = 10_000

// auditLines are the lines that the query chooses, up to event last. What replaced a line may be later.
func auditLines(ctx context.Context, c *client.Client, id string, query url.Values, last events.Seq) iter.Seq2[projections.AuditLine, error] {
	return func(yield func(projections.AuditLine, error) bool) {
		query.Set("limit", fmt.Sprint(auditPage))
		for after := events.Seq(0); after < last; {
			query.Set("after", fmt.Sprint(after))
			audit, err := c.Audit(ctx, id, query)
			if err != nil {
				yield(projections.AuditLine{}, err)
				return
			}
			for _, l := range audit.Lines {
				if l.Seq > last || !yield(l, nil) {
					return
				}
				after = l.Seq
			}
			if len(audit.Lines) < auditPage {
				return
			}
		}
	}
}
