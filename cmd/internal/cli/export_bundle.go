package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

// exportBundle is the kind --bundle of campaign export.
func (a *app) exportBundle() exportKind {
	return exportKind{flag: "bundle", file: true, suffix: ".bundle", usage: "write to this `file` all that an auditor needs to check the campaign offline", options: []string{"as-of"},
		about: `--bundle FILE: every record with its recorded time, the checkpoints with the
witnesses' cosignatures, the hashes of evidence, and the standings and awards
that the server claims, up to the newest checkpoint; --as-of SEQ: the newest of
at most SEQ events. Whoever trusts neither this server nor its owner checks it
with verify and a policy that came by another way.`,
		example: `  campaign export cum2-2017 --bundle cum2-2017.bundle
  go run ./cmd/verify --policy cum2.policy cum2-2017.bundle`,
		make: func(_ context.Context, id string, f exportFlags) (exported, error) {
			at, err := bundleEnd(f.asOf)
			return exported{write: func(ctx context.Context, w io.Writer) (told string, err error) { return a.writeBundle(ctx, w, id, at) }}, err
		}}
}

// writeBundle writes a bundle, and says how far it goes and why no further.
func (a *app) writeBundle(ctx context.Context, w io.Writer, id string, at events.Seq) (told string, err error) {
	err = a.withCampaign(ctx, id, func(c *client.Client) error {
		summary, err := c.Summary(ctx, id, a.lang)
		if err != nil {
			return err
		}
		through, done := a.bar(a.say("gói kiểm chứng", "bundle"), -1)
		defer done()
		size, err := c.Bundle(ctx, id, at, teeTo{w, through})
		if err != nil {
			return err
		}
		told = fmt.Sprintf(a.say("sự kiện 1 đến %d; kiểm bằng verify với chính sách do người khác trao", "events 1 to %d; check it with verify and a policy that came by another way"), size)
		if size < summary.Seq {
			told += fmt.Sprintf(a.say("\nSổ có %d sự kiện: gói dừng ở điểm kiểm tra mới nhất %s.", "\nThe log has %d events: the bundle ends with the newest checkpoint %s."), summary.Seq, a.bundleLimit(at, summary))
		}
		return nil
	})
	return told, err
}

// bundleLimit is what a bundle's last checkpoint had to be.
func (a *app) bundleLimit(at events.Seq, summary server.CampaignSummary) string {
	switch {
	case at != 0 && at < summary.Seq:
		return fmt.Sprintf(a.say("không quá %d sự kiện", "of at most %d events"), at)
	case summary.Frozen != 0:
		return a.say("trước những gì đang bị đóng băng", "before what a freeze hides")
	case summary.Proof.Quorum > 0 && summary.Proof.Quorate < summary.Seq:
		return a.say("đủ túc số nhân chứng; đợi nhân chứng, hoặc --as-of để lấy phần sau", "that a quorum of witnesses cosigned; wait for them, or take more with --as-of")
	}
	return a.say("mà bạn được đọc", "of what you may read: votes in an open ballot are hidden")
}

// teeTo writes what passes to a bar too.
type teeTo struct {
	to, also interface{ Write([]byte) (int, error) }
}

func (t teeTo) Write(b []byte) (int, error) {
	n, err := t.to.Write(b)
	_, _ = t.also.Write(b[:n]) // a bar that can't be drawn is no reason to stop
	return n, err
}

func bundleEnd(asOf string) (events.Seq, error) {
	if asOf == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(asOf, 10, 63)
	if err != nil || n == 0 {
		return 0, usageError{fmt.Errorf("--as-of %q: a bundle ends at a sequence; give one like 412", asOf)}
	}
	return events.Seq(n), nil
}
