package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/host"
)

func (a *app) doctor() *cobra.Command {
	return &cobra.Command{Use: "doctor [CAMPAIGN]", Short: "Examine the stored log: what is wrong, what can be done",
		Long: `Examine one campaign, or the whole of this directory. Of a campaign: read the
whole log from the stream again, fold it, check every signature and the
settings of the streams, compare the log with every checkpoint that was signed,
with the tree on disk and with what this directory has seen, and read every
file of evidence and every detached text. Of the directory: NATS, the keys and
who may read them, room on the disk, streams and files that belong to no
campaign, and what something that was cut off has left. Records and checkpoints
are not changed; what can be made again from them (the tree, the file of
checkpoints) is made again at each start, also of doctor. Exit status 3 where
something is wrong, or read-only.

What is good of a broken campaign can be copied: campaign backup --good-prefix,
and campaign restore elsewhere.

What doctor says is what this machine says of itself. Others check a campaign
with verify (campaign export --bundle) and a witness of their own.`,
		Example: "  campaign doctor\n  campaign doctor cum2-2017 -o json", Args: cobra.RangeArgs(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withClient(cmd.Context(), func(c *client.Client) error {
				ids, bad := args, ""
				if len(ids) == 0 {
					var err error
					if bad, err = a.examineDirectory(cmd.Context(), c); err != nil {
						return err
					}
					list, err := c.List(cmd.Context(), a.lang, nil)
					if err != nil {
						return err
					}
					for _, s := range list {
						ids = append(ids, s.ID)
					}
				}
				return a.examine(cmd.Context(), c, ids, bad)
			})
		}}
}

// examineDirectory examines the data directory as a whole, and gives the first thing that is not well.
func (a *app) examineDirectory(ctx context.Context, c *client.Client) (bad string, err error) {
	findings, err := c.Examine(ctx)
	if err != nil {
		return "", err
	}
	if err := a.writeFindings("", findings); err != nil {
		return "", err
	}
	for _, f := range findings {
		if !f.OK && bad == "" {
			bad = f.Detail
		}
	}
	return bad, nil
}

// examine examines campaigns one after the other, and ends with the first thing that is not well, of them or before.
func (a *app) examine(ctx context.Context, c *client.Client, ids []string, bad string) error {
	for _, id := range ids {
		summary, err := c.Summary(ctx, id, a.lang)
		if err == nil { // else the examination says why
			a.proof = summary.Proof
		}
		bar := a.foldBar(int64(summary.Seq)) // of a broken log its good part, which grows as more is found
		findings, err := c.Doctor(ctx, id, func(done, events uint64) {
			bar.ChangeMax64(int64(events))
			_ = bar.Set64(int64(done)) // a bar that can't be drawn is no reason to stop
		})
		_ = bar.Finish()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var no *client.Error
		if errors.As(err, &no) && (no.Code == "no-campaign" || no.Code == "busy") { // nothing was found out
			return err
		}
		if err != nil {
			findings = []host.Finding{{Check: host.CheckOpen, Detail: err.Error()}} // one that can't be opened at all
		}
		if err := a.writeFindings(id, findings); err != nil {
			return err
		}
		for _, f := range findings {
			if !f.OK && bad == "" {
				bad = fmt.Sprintf("campaign %s: %s", id, f.Detail)
			}
		}
	}
	if bad != "" {
		return mismatch(bad)
	}
	return nil
}

// checkTitle names a check of doctor; n is how much was looked at.
func (a *app) checkTitle(check string, n uint64) string {
	if title := a.directoryTitle(check, n); title != "" {
		return title
	}
	switch check {
	case host.CheckEvidence:
		return fmt.Sprintf(a.say("tệp minh chứng: %s, đủ và nguyên vẹn", "evidence: %s, all there and whole"), a.count(int(n), "tệp", "file"))
	case host.CheckTexts:
		return fmt.Sprintf(a.say("văn bản tách rời: %d", "detached texts: %d"), n)
	case host.CheckOpen:
		return a.say("nhận sự kiện mới", "takes events")
	case host.CheckSettings:
		return a.say("thiết lập luồng", "settings of the streams")
	case host.CheckLog:
		return fmt.Sprintf(a.say("sổ: %s đủ, đúng dạng, đúng chữ ký, đúng luật", "log: %s there, canonical, signed, admitted"), a.count(int(n), "sự kiện", "event"))
	case host.CheckHead:
		return fmt.Sprintf(a.say("đã từng thấy: %s", "seen here before: %s"), a.count(int(n), "sự kiện", "event"))
	case host.CheckCheckpoints:
		return fmt.Sprintf(a.say("gốc cây khớp %s đã ký", "roots of %s that were signed"), a.count(int(n), "điểm kiểm tra", "checkpoint"))
	case host.CheckCopies:
		return a.say("điểm kiểm tra trong luồng và trong tệp", "checkpoints in the stream and in the file")
	case host.CheckTiles:
		return a.say("cây trên đĩa", "tree on disk")
	case host.CheckWitnesses:
		if a.proof.Witnesses == 0 {
			return a.say("không có nhân chứng", "no witnesses")
		}
		return fmt.Sprintf(a.say("nhân chứng đã ký điểm kiểm tra mới nhất: %d", "witnesses behind the newest checkpoint: %d"), n)
	}
	return check
}

// directoryTitle names a check of a data directory; "" for one of a campaign.
func (a *app) directoryTitle(check string, n uint64) string {
	switch check {
	case host.CheckStore:
		return fmt.Sprintf(a.say("kho NATS: %d luồng", "NATS store: %d streams"), n)
	case host.CheckKeys:
		return a.say("khóa của sổ và quyền đọc tệp bí mật", "the log's key, and who may read what is secret")
	case host.CheckSpace:
		return fmt.Sprintf(a.say("đĩa còn trống: %d MiB", "free disk space: %d MiB"), n)
	case host.CheckOrphans:
		return a.say("mỗi luồng thuộc một chiến dịch có ở đây", "every stream is of a campaign that is here")
	case host.CheckLeftovers:
		return a.say("không có gì sót lại", "nothing is left over")
	}
	return ""
}

// writeFindings writes what was found of a campaign, or of the directory, whose id is "".
func (a *app) writeFindings(id string, findings []host.Finding) error {
	switch a.output {
	case "json":
		if id == "" {
			return writeJSON(a.out, map[string]any{"directory": a.dir, "findings": findings})
		}
		return writeJSON(a.out, map[string]any{"campaign": id, "findings": findings})
	case "ndjson":
		return writeLines(a.out, findings)
	case "csv":
		var rows [][]string
		for _, f := range findings {
			rows = append(rows, []string{id, f.Check, fmt.Sprint(f.OK), fmt.Sprint(f.Count), fmt.Sprint(f.Seq), f.Detail})
		}
		return writeCSV(a.out, []string{"campaign", "check", "ok", "count", "seq", "detail"}, rows)
	}
	fmt.Fprintln(a.out, firstOf(id, a.dir))
	for _, f := range findings {
		state := a.say("tốt ", "ok  ")
		if !f.OK {
			state = a.say("HỎNG", "BAD ")
		}
		fmt.Fprintf(a.out, "  %s  %s\n", state, a.checkTitle(f.Check, f.Count))
		if f.Detail != "" {
			writeWrapped(a.out, "        ", f.Detail, lineWidth)
		}
	}
	return nil
}
