package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/backup"
	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
	"campaignledger/ledger"
)

const aboutRestore = `Restore a campaign from a backup's file into another data directory (--data),
or onto a cluster (--nats, with a directory of its own for what the server
keeps beside). The file is examined first, as by campaign backup --check, and
the restored campaign is compared with it afterwards. A restore that was cut
off is finished by the same command; until then the campaign can't be opened.

A restored campaign is a copy. It can be read everywhere, takes no events and
signs nothing, so that a restore beside a living server does no harm.

--take-over CAMPAIGN makes the copy the campaign that goes on, under the log
key of its own directory. That is recorded, as ledger.taken-over: of what, when
backed up, from which key to which, and why. In a signed campaign a head signs
it, any unit's, and it takes effect at the regulation's share of units
(campaign endorse); until then the copy takes nothing else. Then:

  - Events that came after the backup are gone. Who has receipts of them can
    prove them; they are told to the units, and entered again.
  - Auditors and witnesses get the policy anew (campaign policy): it names the
    new key. A witness that saw more events than the backup has, or runs on
    beside the old server, will refuse the copy's checkpoints. That is its
    duty: start a new one once the units agree on what was lost.
  - The old server must not come back. If both go on, witnesses and everybody
    who compares checkpoints see two heads of one campaign, under two keys.`

func (a *app) restore() *cobra.Command {
	var takeOver bool
	var reason string
	c := &cobra.Command{Use: "restore FILE|CAMPAIGN", Short: "Restore a campaign from a backup; take over the copy", Long: aboutRestore,
		Example: `  campaign restore cum2-2017-20171205T020000Z.backup --data /srv/campaign-2
  campaign restore cum2-2017-20171205T020000Z.backup \
    --nats nats://n1,nats://n2,nats://n3 --replicas 3
  campaign restore --take-over cum2-2017 --reason "the disk died" --key head.key`, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case takeOver && reason == "":
				return usageError{errors.New("--reason is missing: the record says why the copy was taken over")}
			case takeOver:
				return a.takeOver(cmd.Context(), args[0], reason)
			case reason != "":
				return usageError{errors.New("--reason belongs to --take-over")}
			}
			return a.restoreFile(cmd.Context(), args[0])
		}}
	c.Flags().BoolVar(&takeOver, "take-over", false, "make a restored copy the campaign that goes on")
	c.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return c
}

// restoreFile restores a backup into the data directory or the cluster.
func (a *app) restoreFile(ctx context.Context, path string) error {
	progress, done := a.steps()
	defer done()
	read, err := host.ReadBackup(path, progress)
	if err != nil {
		return notSame(err)
	}
	h, err := host.Open(ctx, a.hostConfig(zerolog.ErrorLevel))
	if errors.Is(err, ledger.ErrLocked) {
		return fmt.Errorf("%w; a campaign is restored where no server runs", err)
	}
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.MayRestore(ctx, read); err != nil {
		return err
	}
	if read, err = host.CheckBackup(ctx, path, a.dir, a.logger(zerolog.ErrorLevel), progress); err != nil {
		return notSame(err)
	}
	if _, err := h.Restore(ctx, path, read, progress); err != nil {
		return notSame(err)
	}
	done()
	return a.writeRestored(read)
}

func (a *app) writeRestored(r *backup.Reader) error {
	h, m := r.Header, r.Manifest
	switch a.output {
	case "json", "ndjson":
		return writeJSON(a.out, backupView{"", h, m, r.Sum})
	case "csv":
		return writeCSV(a.out, []string{"campaign", "seq", "root", "made"}, [][]string{{h.Campaign, fmt.Sprint(m.Seq), m.Root, h.Made}})
	}
	fmt.Fprintf(a.out, a.say("%s: đã khôi phục đến sự kiện %d, sao lưu lúc %s\n  gốc cây %s: khớp\n", "%s: restored up to event %d, backed up at %s\n  root %s: the same\n"),
		h.Campaign, m.Seq, a.moment(h.Made), m.Root)
	writeWrapped(plainText{a.err}, "", fmt.Sprintf(a.say("Bản khôi phục chỉ đọc được. Để tiếp tục chiến dịch trên bản này: campaign restore --take-over %s --reason LÝ-DO",
		"The copy is read-only. To let the campaign go on here: campaign restore --take-over %s --reason WHY"), h.Campaign), lineWidth)
	return nil
}

// takeOver takes over the copy of a campaign: an unsigned one at this machine's word, a signed one at a head's, which others endorse.
func (a *app) takeOver(ctx context.Context, id, reason string) error {
	signed, restored := false, (*server.Restored)(nil)
	err := a.withClient(ctx, func(c *client.Client) error {
		summary, err := c.Summary(ctx, id, a.lang)
		if err != nil {
			return err
		}
		signed, restored = summary.Signed, summary.Restored
		switch {
		case restored == nil && summary.ReadOnly != "":
			return readOnlyError(summary.ReadOnly)
		case restored == nil:
			return fmt.Errorf("campaign %s is no restored copy, or was taken over: there is nothing to take over", id)
		case signed:
			return nil
		}
		line, err := c.TakeOver(ctx, id, reason)
		if err != nil {
			return err
		}
		if _, err := a.verbatim().Write(line); err != nil {
			return err
		}
		a.tellTakenOver(id, restored)
		return nil
	})
	if err != nil || !signed {
		return err
	}
	p, err := restored.TakeOver(reason)
	if err != nil {
		return err
	}
	return a.withSigner(ctx, id, func(s signing) error {
		if err := s.say(ctx, events.Draft{Payload: p}); err != nil {
			return err
		}
		again, err := s.Summary(ctx, id, a.lang)
		if err == nil && again.Restored == nil {
			a.tellTakenOver(id, restored)
			return nil
		}
		s.next(a.say("Khi đủ tỷ lệ đơn vị đồng thuận, bản này tiếp tục chiến dịch: trưởng các đơn vị dùng campaign endorse %s (--list liệt kê)",
			"Once the share of units agrees, the campaign goes on here: heads of units use campaign endorse %s (--list shows it)"), id)
		return err
	})
}

// tellTakenOver says what comes next.
func (a *app) tellTakenOver(id string, r *server.Restored) {
	writeWrapped(plainText{a.err}, "", fmt.Sprintf(a.say(
		"Chiến dịch tiếp tục ở đây, khóa sổ mới %s. Máy chủ cũ không được chạy lại. Trao chính sách mới (campaign policy %s) cho kiểm toán viên và nhân chứng; báo các đơn vị rằng những gì sau sự kiện %d đã mất.",
		"The campaign goes on here, under the new log key %s. The old server must not come back. Hand the policy anew (campaign policy %s) to auditors and witnesses, and tell the units that what came after event %d is gone."),
		r.Key, id, r.Seq), lineWidth)
}
