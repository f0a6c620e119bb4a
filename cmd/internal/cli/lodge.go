package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// lodgeFlags are the flags of lodge.
type lodgeFlags struct {
	witness, out, policy, ca string
	force                    bool
}

func (a *app) lodge() *cobra.Command {
	var f lodgeFlags
	c := &cobra.Command{Use: "lodge FILE", Short: "Lay signed events before a witness, which says when",
		Long: `Lay signed events before a witness, where the server does not take them or does
not answer. The witness keeps them and gives a lodging: its signed word that
these events lay before it at a time. It shows later that a server that never
recorded them could have. FILE is what campaign sign wrote (- is stdin); events
of one file are one body. The same file again gives the first lodging again.

The lodging goes to FILE.lodging, or --out (- is stdout). With --policy the
signature is checked too.`,
		Example: `  campaign sign events.ndjson -c cum2-2017 --key lan.key
  campaign lodge events.ndjson.signed.ndjson --witness http://192.0.2.7:7118 \
    --policy cum2.policy`, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.witness == "" {
				return usageError{errors.New("--witness is missing: the URL of a witness's --listen address; the policy may name it")}
			}
			if f.out == "" {
				if f.out = args[0]; f.out != "-" {
					f.out += ".lodging"
				}
			}
			return a.lodgeFile(cmd.Context(), args[0], f)
		}}
	c.Flags().StringVar(&f.witness, "witness", "", "URL of the witness (required)")
	c.Flags().StringVar(&f.out, "out", "", "where to keep the lodging (default: FILE.lodging; - for stdout)")
	c.Flags().StringVar(&f.policy, "policy", "", "file with the policy, to check the witness's signature with")
	c.Flags().BoolVar(&f.force, "force", false, forceFlag)
	caFlag(c, &f.ca)
	return c
}

func (a *app) lodgeFile(ctx context.Context, path string, f lodgeFlags) error {
	name, content, err := a.readFile(path, "stdin")
	if err != nil {
		return err
	}
	drafts, err := signedRecords(content)
	if err != nil {
		return inFile(name, err)
	}
	var policy *proof.Policy
	if f.policy != "" {
		if policy, err = a.readPolicy(f.policy); err != nil {
			return err
		}
	}
	c, err := a.remote(f.witness, f.ca)
	if err != nil {
		return usageError{fmt.Errorf("--witness: %w", err)}
	}
	defer c.HTTP.CloseIdleConnections()
	lodging, err := c.Lodge(ctx, drafts)
	if err != nil {
		return inFile(name, err)
	}
	text, err := a.checkLodging(lodging, drafts, policy)
	if err != nil {
		return err
	}
	if err := a.writeFile(f.out, lodging, f.force); err != nil {
		return err
	}
	if f.out != "-" {
		text += " " + fmt.Sprintf(a.say("Giấy gửi: %s.", "The lodging is in %s."), f.out)
	}
	fmt.Fprintln(a.err, plain(text))
	return nil
}

// signedRecords are the records of a file of events, each of which must be signed.
func signedRecords(content []byte) (records []events.Record, err error) {
	for text := range bytes.Lines(content) {
		record := bytes.TrimSuffix(text, []byte{'\n'})
		d, err := events.Decode(events.Record(record))
		if err == nil && d.Signature == "" {
			err = errors.New("it has no signature")
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w; give what campaign sign wrote", len(records)+1, err)
		}
		records = append(records, record)
	}
	if len(records) == 0 {
		return nil, events.ErrNoEvents
	}
	return records, nil
}

// checkLodging checks what a witness gave, as far as that goes without or with a policy, and says what was found.
func (a *app) checkLodging(lodging []byte, drafts []events.Record, policy *proof.Policy) (string, error) {
	var behind []byte
	for _, d := range drafts {
		behind = append(append(append(behind, '\n'), d...), '\n')
	}
	if !bytes.HasPrefix(lodging, []byte(proof.LodgingHeader+"\n")) || !bytes.HasSuffix(lodging, behind) {
		return "", mismatch(a.say("nhân chứng trả về thứ không phải là giấy gửi của các sự kiện này; không giữ lại gì", "what the witness gave is no lodging of these events; nothing was kept"))
	}
	if policy == nil {
		return a.say("Đã gửi dự thảo. Chữ ký của nhân chứng chưa được kiểm tra: thêm --policy để kiểm tra.", "Lodged. The witness's signature was not checked: --policy checks it."), nil
	}
	const originLine = 1
	if origin := string(bytes.SplitN(lodging, []byte{'\n'}, originLine+2)[originLine]); origin != policy.Origin {
		return "", mismatch(fmt.Sprintf(a.say("chính sách thuộc chiến dịch khác: nó dành cho sổ %s, còn giấy gửi thuộc sổ %s; không giữ lại gì, hãy chạy lại với chính sách của chiến dịch này",
			"the policy is of another campaign: it is for the log %s, and the lodging is of %s; nothing was kept, run it again with this campaign's policy"), policy.Origin, origin))
	}
	l, err := proof.OpenLodging(lodging, policy)
	if err == nil && !slices.EqualFunc(l.Drafts, drafts, func(x, y events.Record) bool { return bytes.Equal(x, y) }) {
		err = errors.New("it is of other events")
	}
	if err != nil {
		return "", mismatch(fmt.Sprintf(a.say("giấy gửi của nhân chứng không đúng: %v; không giữ lại gì", "the witness's lodging does not hold: %v; nothing was kept"), err))
	}
	const form = "2006-01-02 15:04:05 -07:00"
	return fmt.Sprintf(a.say("Nhân chứng %s xác nhận đã nhận dự thảo lúc %s.", "The witness %s says that it had the drafts at %s."), l.Witness, l.Time.Local().Format(form)), nil
}
