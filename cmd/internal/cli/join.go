package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
)

func (a *app) join() *cobra.Command {
	var titles []string
	var genesis, note string
	var yes bool
	c := &cobra.Command{Use: "join CAMPAIGN", Short: "Sign the pact: let your unit take part",
		Long: `Sign the pact with the key of your unit's head. Until then the unit may do
nothing in the campaign.

What is signed names the genesis hash: the SHA-256 of the campaign's first
record, which holds the whole regulation and every founding member's key. Give
the hash from the signed paper with --genesis, or compare it when it is shown.`,
		Example: `  campaign join cum2-2017 --genesis 5f0c… --title ministry-flag
  campaign join cum2-2017 --key lan.key`, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if genesis != "" {
				if err := checkGenesis(genesis); err != nil {
					return usageError{err}
				}
			}
			return a.withSigner(cmd.Context(), args[0], func(s signing) error {
				if err := s.ofUnit(); err != nil {
					return err
				}
				if err := s.showPact(cmd.Context(), genesis); err != nil {
					return err
				}
				if genesis == "" {
					if err := a.confirm(cmd.Context(), yes, "Mã này có đúng như trên bản giao ước giấy không?", "Is this the hash on the signed paper? (--genesis HEX says so)"); err != nil {
						return err
					}
				}
				return s.say(cmd.Context(), events.Draft{Subject: s.Member.Unit, Payload: &events.UnitJoined{Titles: titles, Note: note}})
			})
		}}
	c.Flags().StringSliceVar(&titles, "title", nil, "an award that the unit registers for; may be repeated")
	c.Flags().StringVar(&genesis, "genesis", "", "the genesis hash on the signed paper, which must match")
	c.Flags().StringVar(&note, "note", "", "a note")
	c.Flags().BoolVarP(&yes, "yes", "y", false, "you have compared the hash")
	return c
}

// ofUnit refuses who belongs to no unit, for what is said in a unit's name.
func (s signing) ofUnit() error {
	if s.Member.Unit == "" {
		return fmt.Errorf("%s is %s of no unit, and this is said in the name of one; let the unit's head or officer say it", s.Member.ID, s.Member.Role)
	}
	return nil
}

// showPact shows what is joined, from the first record itself, and refuses what is not the campaign of the paper.
func (s signing) showPact(ctx context.Context, paper string) error {
	first, err := s.Record(ctx, s.id, 1)
	if err != nil {
		return err
	}
	hash := client.RecordHash(first)
	if hash != s.Genesis {
		return fmt.Errorf("the server gives the genesis hash %s, and its first record has %s; nothing was signed", s.Genesis, hash)
	}
	if paper != "" && paper != hash {
		return fmt.Errorf("this is not the campaign on the paper: its genesis hash is %s, not %s; nothing was signed. Ask the lead, by another way", hash, paper)
	}
	a := s.app
	genesis1, genesis2 := halves(grouped(hash))
	key1, key2 := halves(s.Key.Public.Fingerprint())
	for _, row := range [][2]string{{a.say("Chiến dịch", "Campaign"), strings.TrimSuffix(s.id+" · "+s.summary.Title, " · ")}, {a.say("Đơn vị", "Unit"), s.Member.Unit},
		{a.say("Mã gốc", "Genesis"), genesis1}, {"", genesis2}, {a.say("Người ký", "Signer"), s.Member.ID}, {a.say("Khóa", "Key"), key1}, {"", key2}} {
		writeWrapped(plainText{a.err}, fmt.Sprintf("%-12s", row[0]), row[1], lineWidth)
	}
	return nil
}

// halves are two lines of a hash that stands in groups.
func halves(groups string) (string, string) {
	half := (len(groups) - 1) / 2
	return groups[:half], groups[half+1:]
}

// grouped is a hash in groups of eight digits, for people to compare.
func grouped(hash string) string {
	const digits = 8
	var parts []string
	for ; len(hash) > digits; hash = hash[digits:] {
		parts = append(parts, hash[:digits])
	}
	return strings.Join(append(parts, hash), " ")
}

func (a *app) leave() *cobra.Command {
	var reason string
	var yes bool
	c := &cobra.Command{Use: "leave CAMPAIGN", Short: "Withdraw your unit from the campaign",
		Long: `Withdraw your unit, as its head. Its members can say nothing after that, and it
can't join again; its standings stay as they are.`,
		Example: `  campaign leave cum2-2017 --reason "the unit was merged"`, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withSigner(cmd.Context(), args[0], func(s signing) error {
				if err := s.ofUnit(); err != nil {
					return err
				}
				if err := a.need(cmd.Context(), asked{value: &reason, name: "--reason", vi: "Vì sao rút lui?", en: "Why does the unit withdraw?"}); err != nil {
					return err
				}
				if err := a.confirm(cmd.Context(), yes, "Đơn vị "+s.Member.Unit+" rút lui và không thể trở lại?", "Withdraw unit "+s.Member.Unit+", which can't come back?"); err != nil {
					return err
				}
				return s.say(cmd.Context(), events.Draft{Subject: s.Member.Unit, Payload: &events.UnitWithdrawn{Reason: reason}})
			})
		}}
	c.Flags().StringVar(&reason, "reason", "", "why")
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return c
}
