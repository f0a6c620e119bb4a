package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// receiptsEnv names the directory of receipts.
const receiptsEnv = "CAMPAIGN_RECEIPTS"

// receipts are where the user's receipts are kept: in $CAMPAIGN_RECEIPTS, or beside his usual key; nil for a user without a home.
func (a *app) receipts() *client.Receipts {
	dir := os.Getenv(receiptsEnv)
	if dir == "" {
		usual, err := usualKeyFile()
		if err != nil {
			return nil
		}
		dir = filepath.Join(filepath.Dir(usual), "receipts")
	}
	return &client.Receipts{Dir: dir, Tell: func(id string, p *proof.Policy) {
		writeWrapped(plainText{a.err}, "", fmt.Sprintf(a.say("Biên nhận của chiến dịch %s được giữ trong %s. Dấu vân tay khóa của sổ, thấy lần đầu: %s. Hãy đối chiếu với chính sách do người khác trao.",
			"Receipts of campaign %s are kept in %s. The fingerprint of the log's key, seen for the first time: %s. Compare it with a policy that you got by another way."), id, filepath.Join(dir, id), p.Log.Fingerprint()), lineWidth)
	}, Refused: func(path string) {
		fmt.Fprintf(plainText{a.err}, a.say("Lời từ chối có chữ ký của sổ được giữ ở %s\n", "The log's signed refusal is kept in %s\n"), path)
	}}
}

func (a *app) receipt() *cobra.Command {
	var out string
	var force bool
	c := &cobra.Command{Use: "receipt CAMPAIGN [SEQ]", Short: "Check the receipts you kept against the log, or get one",
		Long: `What you sign comes with a receipt, which is kept in $CAMPAIGN_RECEIPTS (default:
beside your usual key): a C2SP tlog-proof that the log includes it. Signed events
that were refused come with the log's signed word on that, which is kept too.

Without SEQ: hold every kept receipt against the newest checkpoint. Exit status 3
where the log does not include what it said, or rewrote what was before it. With
SEQ: get the receipt of that event. Offline, verify --against checks the same.`,
		Example: "  campaign receipt cum2-2017\n  campaign receipt cum2-2017 412 --out 412.receipt", Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withCampaign(cmd.Context(), args[0], func(c *client.Client) error {
				if c.Receipts == nil {
					return fmt.Errorf("there is no place for receipts; name a directory in $%s", receiptsEnv)
				}
				if len(args) == 1 {
					return a.checkReceipts(cmd.Context(), c, args[0])
				}
				seq, err := strconv.ParseUint(args[1], 10, 63)
				if err != nil || seq == 0 {
					return usageError{fmt.Errorf("%q is not a sequence; name an event by its number", args[1])}
				}
				r, err := c.Receipt(cmd.Context(), args[0], events.Seq(seq))
				if err != nil {
					return err
				}
				return a.writeFile(firstOf(out, "-"), r.Marshal(), force)
			})
		}}
	c.Flags().StringVar(&out, "out", "", "where to write it (default: stdout)")
	c.Flags().BoolVar(&force, "force", false, forceFlag)
	return c
}

// checkReceipts holds all kept receipts against the newest checkpoint.
func (a *app) checkReceipts(ctx context.Context, c *client.Client, id string) error {
	list, newest, err := c.Receipts.Check(ctx, c, id)
	if err != nil {
		return a.unproven(err)
	}
	rows := make([][]string, 0, len(list))
	var first error
	for _, r := range list {
		state := a.say("có trong sổ", "in the log")
		if r.Err != nil {
			state = a.say("KHÔNG: ", "NO: ") + strings.TrimPrefix(r.Err.Error(), client.ErrUnproven.Error()+": ")
			if first == nil {
				first = fmt.Errorf("event %d: %w", r.Seq, r.Err)
			}
		}
		recorded := "–"
		if !r.Recorded.IsZero() { // else it can't be read
			recorded = a.local(r.Recorded).Format(time.RFC3339)
		}
		rows = append(rows, []string{fmt.Sprint(r.Seq), recorded, fmt.Sprint(r.Size), state})
	}
	switch a.output {
	case "csv":
		err = writeCSV(a.out, []string{"seq", "recorded", "size", "state"}, rows)
	case "table":
		t := table{header: []string{a.say("Sự kiện", "Event"), a.say("Ghi lúc", "Recorded"), a.say("Cỡ sổ", "Log size"), a.say("Kết quả", "Result")}, right: []bool{true, false, true, false}, flexible: 3, rows: rows}
		t.write(a.out)
		fmt.Fprintf(a.err, a.say("đối chiếu %s với điểm kiểm tra %d sự kiện\n", "%s held against the checkpoint of %d events\n"), a.count(len(list), "biên nhận", "receipt"), newest.Size)
	default:
		for _, row := range rows {
			if err := writeJSON(a.out, map[string]string{"seq": row[0], "recorded": row[1], "size": row[2], "state": row[3]}); err != nil {
				return err
			}
		}
	}
	if first != nil {
		return mismatch(first.Error())
	}
	return err
}

// unproven ends a command with the status of what can't be verified, where a proof was wrong.
func (a *app) unproven(err error) error {
	if errors.Is(err, client.ErrUnproven) {
		return mismatch(err.Error())
	}
	return err
}
